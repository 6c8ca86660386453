"""Tools of a running kiosk: declared to the service, called by it, answered."""

import sys
import time
from pathlib import Path

import pytest

from tests.support.kiosks import Concierge, Kiosk, runtime_directory, write_visitor

from ..tools.web_service import WebService
from .setup_service import SetupService


def test_the_model_calls_a_webhook_and_shows_a_card(tmp_path: Path) -> None:
    web = WebService()
    web.answer = (200, {}, b'{"ticket": 7}')
    service = SetupService(
        {"id": "a", "name": "call_staff", "args": {"reason": "a key is lost"}},
        {"id": "b", "name": "show_text", "args": {"text": "Room 5"}},
        {"id": "c", "name": "current_time", "args": {}},
        {"id": "d", "name": "open_vault", "args": {}},
        {"id": "e", "name": "set_expression", "args": {"name": "smile"}},
    )
    settings = (
        'tools.builtin=["show_text", "current_time", "set_expression"]',
        f'tools.call_staff.webhook="{web.url}/hook"',
        'tools.call_staff.arguments={reason="Why"}',
    )
    with runtime_directory() as directory:
        kiosk = Kiosk(directory, service.url, write_visitor(tmp_path / "v.wav"), *settings)
        try:
            (tool,) = service.setups.get(timeout=15)["tools"]
            declared = [one["name"] for one in tool["functionDeclarations"]]
            assert declared == ["show_text", "current_time", "set_expression", "call_staff"]
            came = [service.responses.get(timeout=15) for _ in range(5)]
            answers = {one["id"]: one["response"] for one in came}
            assert answers["a"] == {"ticket": 7}
            assert answers["b"] == {"done": True}
            assert set(answers["c"]) == {"date", "weekday", "time"}
            assert answers["d"]["error"]["code"] == "unknown_tool"
            assert answers["e"] == {"done": True}
            assert [request[3] for request in web.requests] == [{"reason": "a key is lost"}]
        finally:
            log = kiosk.close()
            service.close()
            web.close()
    assert "Traceback" not in log
    assert "a key is lost" not in log


def test_a_daemon_that_is_killed_in_a_call_does_not_begin_it_again(tmp_path: Path) -> None:
    web = WebService()
    web.gate.clear()
    service = SetupService({"id": "a", "name": "call_staff", "args": {}})
    wav = write_visitor(tmp_path / "v.wav")
    settings = f'tools.call_staff.webhook="{web.url}"'
    with runtime_directory() as directory:
        first = Kiosk(directory, service.url, wav, settings)
        assert web.came.wait(15)
        first.process.kill()
        first.close()
        web.gate.set()
        second = Kiosk(directory, service.url, wav, settings)
        try:
            told = service.responses.get(timeout=15)["response"]
            assert told["error"]["code"] == "in_doubt"
        finally:
            second.close()
            service.close()
            web.close()
        assert not list(directory.glob("tool-calls*")), "an end in order forgets the calls"
    assert len(web.requests) == 1


def test_a_call_that_is_taken_back_hangs_up(tmp_path: Path) -> None:
    web = WebService()
    web.gate.clear()
    service = SetupService({"id": "a", "name": "call_staff", "args": {}})
    settings = f'tools.call_staff.webhook="{web.url}"'
    with runtime_directory() as directory:
        kiosk = Kiosk(directory, service.url, write_visitor(tmp_path / "v.wav"), settings)
        try:
            assert web.came.wait(15)
            said_s = time.monotonic()
            service.say({"toolCallCancellation": {"ids": ["a"]}})
            assert web.gone()
            print(f"hung up after {(time.monotonic() - said_s) * 1000:.1f} ms")
            assert service.responses.empty()
        finally:
            kiosk.close()
            service.close()
            web.close()


def test_the_model_calls_a_tool_of_an_mcp_server_and_those_that_are_slow_or_gone_cost_nothing(
    tmp_path: Path,
) -> None:
    program = Path(__file__).parents[1] / "tools" / "mcp_program.py"
    web = WebService()
    web.gate.clear()
    service = SetupService(
        {"id": "a", "name": "desk_say", "args": {"words": "hello"}}, only_declared=True
    )
    settings = (
        'tools.builtin=["current_time"]',
        f'tools.desk.command=["{sys.executable}", "{program}"]',
        'tools.desk.only=["say"]',
        'tools.gone.mcp="http://127.0.0.1:9/mcp"',
        f'tools.slow.mcp="{web.url}/mcp"',
    )
    with runtime_directory() as directory:
        kiosk = Kiosk(directory, service.url, write_visitor(tmp_path / "v.wav"), *settings)
        try:
            declared: list[str] = []
            while "desk_say" not in declared:
                (tool,) = service.setups.get(timeout=15)["tools"]
                declared = [one["name"] for one in tool["functionDeclarations"]]
            told = service.responses.get(timeout=15)["response"]
            assert declared == ["current_time", "desk_say"]
            assert told == {"result": {"result": "hello"}}
        finally:
            log = kiosk.close()
            service.close()
            web.close()
    assert "tools.gone: no tools of this MCP server: no answer" in log
    assert [request[3]["method"] for request in web.requests] == ["server/discover"]
    assert "Traceback" not in log


GATE = """
import gpiozero
from typing import Literal

async def gate(wing: Literal["east", "west"], seconds: int = 5) -> dict:
    "Opens a gate."
    return {"wing": wing, "seconds": seconds, "door": gpiozero.Device.pin_factory.pin(22).state}
"""


def test_the_model_switches_an_output_and_calls_a_function_of_the_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    (tmp_path / "gate.py").write_text(GATE)
    service = SetupService(
        {"id": "a", "name": "open_door", "args": {}},
        {"id": "b", "name": "light", "args": {"on": "yes"}},
        {"id": "c", "name": "light", "args": {"on": True}},
        {"id": "d", "name": "gate", "args": {"wing": "north"}},
    )
    settings = (
        'tools.open_door.about="Opens the door."', "tools.open_door.pin=22",
        "tools.open_door.pulse_ms=60000", 'tools.light.about="Switches it."', "tools.light.pin=23",
        f'tools.gate.python="{tmp_path}/gate.py:gate"',
    )  # fmt: skip
    with runtime_directory() as directory:
        kiosk = Kiosk(directory, service.url, write_visitor(tmp_path / "v.wav"), *settings)
        try:
            came = [service.responses.get(timeout=15) for _ in range(4)]
            answers = {one["id"]: one["response"] for one in came}
            assert answers["a"] == answers["c"] == {"done": True}
            assert answers["b"]["error"]["code"] == "bad_arguments"
            assert answers["d"]["error"]["code"] == "bad_arguments"
            gate = {"id": "e", "name": "gate", "args": {"wing": "east"}}
            service.say({"toolCall": {"functionCalls": [gate]}})
            told = service.responses.get(timeout=15)["response"]
            assert told == {"wing": "east", "seconds": 5, "door": 1}, "the pulse goes on"
        finally:
            log = kiosk.close()
            service.close()
    assert "Traceback" not in log


KNOWN = """
use = "desk"
[place.desk]
fallback = "Sorry."
[[place.desk.entry]]
questions = ["please call somebody", "call a colleague"]
answer = "A colleague will come."
call = { name = "call_staff", args = { reason = "a visitor" } }
"""


def test_a_question_at_the_concierge_leads_to_a_call_and_its_answer(tmp_path: Path) -> None:
    web = WebService()
    (tmp_path / "known.toml").write_text(KNOWN)
    known = ("--knowledge", str(tmp_path / "known.toml"))
    concierge = Concierge(tmp_path / "record", options=known)
    settings = (
        f'tools.call_staff.webhook="{web.url}"', 'tools.call_staff.arguments={reason="Why"}',
        'tools.call_staff.show="On the way."',
    )  # fmt: skip
    with runtime_directory() as directory:
        wav = write_visitor(tmp_path / "v.wav")
        kiosk = Kiosk(directory, concierge.url, wav, *settings).up()
        try:
            assert kiosk.do("say", text="please call somebody")["ok"]
            turn = kiosk.answered()
            assert (turn["outcome"], turn["said"]) == ("answered", "A colleague will come.")
            assert [request[3] for request in web.requests] == [{"reason": "a visitor"}]
        finally:
            log = kiosk.close()
            concierge.close()
            web.close()
    assert "Traceback" not in log
