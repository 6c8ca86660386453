"""What `--faults` does on the wire, and how its file is read."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kiosk.concierge.faults import plan as fault_plan
from kiosk.concierge.faults.kinds import GARBAGE, KINDS
from kiosk.errors import ConfigError

from .conftest import Concierge, terse
from .test_serve import run
from .visitor import END, START, VERTEX, VERTEX_MODEL, Visitor, audio, setup

PCM = bytes(640)


@pytest.fixture
def bad(tmp_path: Path) -> Iterator[Callable[[str], Concierge]]:
    """Start a concierge with these faults."""
    running: list[Concierge] = []

    def begin(plan: str) -> Concierge:
        directory = tmp_path / str(len(running))
        directory.mkdir()
        file = directory / "faults.toml"
        file.write_text('heard = "where are the toilets"\n' + plan)
        options = ("--faults", str(file), "--knowledge", str(terse(directory)))
        running.append(Concierge(directory, *options))
        return running[-1]

    yield begin
    for concierge in running:
        concierge.stop()
        assert "Traceback" not in concierge.log.read_text()


def fault(**fields: Any) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[fault]]", *lines, ""])


async def ask(visitor: Visitor) -> None:
    await visitor.say(PCM * 20)
    await visitor.until("turnComplete")


async def recorded(concierge: Concierge, visitor: Visitor) -> list[dict[str, Any]]:
    """The turns of a visitor whose line has just ended."""
    async with asyncio.timeout(5):
        while True:
            there = (concierge.record / "turns.jsonl").exists()
            if there and (turns := concierge.turns(visitor.session)):
                return turns
            await asyncio.sleep(0.02)


def struck(concierge: Concierge) -> list[str]:
    lines = (concierge.record / "faults.jsonl").read_text().splitlines()
    return [json.loads(line)["fault"] for line in lines]


# --- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("seed = ", ["not valid TOML"]),
        ("sede = 1", ["`sede`", "docs/faults.md"]),
        ('seed = "x"', ["seed = 'x'", "Expected `int`"]),
        ('[readings]\nupdates = "never"', ["readings.updates = 'never'"]),
        (fault(when="speaking", do="explode"), ["fault[0].do = 'explode'", "choose of refuse"]),
        (fault(when="speaking"), ["fault[0].do = None"]),
        (fault(when="noon", do="reset"), ["fault[0].when = 'noon'"]),
        (fault(when="asked", do="close", code=99), ["fault[0].code = 99", ">= 1000"]),
        (fault(when="asked", do="slow"), ["fault[0]", "`each_s`"]),
        (fault(when="asked", do="reset", samples=5), ["fault[0].samples", '"answering"']),
        (fault(when="asked", do="reset", after_s=[-1, 2]), ["fault[0].after_s", "less than 0"]),
        (fault(when="upgrade", do="reset"), ["fault[0].when", '"refuse"']),
        (fault(when="asked", do="send", garbage=["rubbish"]), ["['rubbish']", "no json"]),
    ],
)
def test_mistakes_name_file_key_value_and_remedy(
    plan: str, words: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(plan)
    with pytest.raises(ConfigError) as caught:
        fault_plan.load(file)
    for word in (str(file), *words):
        assert word in str(caught.value)


def test_a_mistake_is_one_message_and_status_2(tmp_path: Path) -> None:
    result = run("--faults", str(tmp_path / "nowhere"))
    assert result.returncode == 2
    assert "there is no such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_documented_is_what_there_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    for name in KINDS:
        assert f"`{name}`" in text, name
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert 'do = "go away"' in example


def test_the_example_of_the_documents_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    file = tmp_path / "faults.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    (only,) = fault_plan.load(file).faults
    assert only.samples == (4000, 16000)


def test_behaving_services_do_not_import_it() -> None:
    words = "import sys, kiosk.concierge.serve; print([m for m in sys.modules if 'faults' in m])"
    found = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


# --- the wire ----------------------------------------------------------------------------------


async def test_dials_are_refused_as_often_as_asked(bad) -> None:
    concierge = bad(fault(when="upgrade", do="refuse", status=503, times=2, retry_after_s=9))
    for _ in range(2):
        with pytest.raises(InvalidStatus) as caught:
            await Visitor.arrive(concierge.port)
        assert caught.value.response.status_code == 503
        assert caught.value.response.headers["Retry-After"] == "9"
    visitor = await Visitor.arrive(concierge.port)
    await visitor.leave()


async def test_reset_strikes_at_its_sample_and_that_message_is_not_taken(bad) -> None:
    concierge = bad(fault(when="speaking", samples=960, do="reset"))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.send(START)
    for _ in range(3):
        await visitor.send(audio(PCM))
    with pytest.raises(ConnectionClosed):
        await visitor.until("nothing")
    again = await Visitor.arrive(concierge.port)
    await again.leave()
    (cut,) = concierge.turns(visitor.session)
    assert (cut["samples"], cut["outcome"]) == (640, "cut")
    assert struck(concierge) == ["reset"]


async def test_moments_are_seen_in_snake_case_too(bad) -> None:
    """As google-genai writes it."""
    concierge = bad(fault(when="speaking", samples=480, do="reset"))
    visitor = await Visitor.arrive(concierge.port)
    blob = audio(PCM)["realtimeInput"]["audio"]
    spoken = {"audio": {"data": blob["data"], "mime_type": blob["mimeType"]}}
    await visitor.send({"realtime_input": {"activity_start": {}}})
    for _ in range(2):
        await visitor.send({"realtime_input": spoken})
    with pytest.raises(ConnectionClosed):
        await visitor.until("nothing")
    assert struck(concierge) == ["reset"]


async def test_drawn_numbers_are_the_same_for_the_same_seed(bad) -> None:
    plan = "seed = 5\n" + fault(when="speaking", samples=[0, 6400], do="close", times=0)
    taken = []
    for _ in range(2):
        concierge = bad(plan)
        counts = []
        for _ in range(3):
            visitor = await Visitor.arrive(concierge.port)
            await visitor.say(PCM * 30)
            assert (await visitor.closed())[0] == 1011
            counts.append((await recorded(concierge, visitor))[0]["samples"])
        taken.append(counts)
    assert taken[0] == taken[1]
    assert len(set(taken[0])) > 1, "and others on other connections"


@pytest.mark.parametrize("left", ["9.5s", None, 7, "a while"])
async def test_go_away_says_what_it_is_told_to(bad, left: object) -> None:
    more = {} if left is None else {"time_left": left}
    concierge = bad(fault(when="between", do="go away", close_after_s=0.2, **more))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    visitor.strict = False
    told = await visitor.until("goAway")
    assert told == {"goAway": {} if left is None else {"timeLeft": left}}
    assert (await visitor.closed())[0] == 1011


async def test_frozen_says_nothing_and_still_ends_with_the_server(bad) -> None:
    concierge = bad(fault(when="asked", do="freeze"))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await visitor.until("turnComplete")
    at = time.monotonic()
    assert concierge.stop() == 0
    assert time.monotonic() - at < 4


async def test_deaf_takes_nothing_in_and_mute_says_nothing(bad) -> None:
    plan = fault(when="connected", connection=1, do="deaf")
    plan += fault(when="asked", connection=2, do="mute")
    concierge = bad(plan)
    deaf = await Visitor.arrive(concierge.port)
    mute = await Visitor.arrive(concierge.port)
    for visitor in (deaf, mute):
        await visitor.say(PCM * 20)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await visitor.until("modelTurn")
        await visitor.leave()
    await asyncio.sleep(0.1)
    turns = concierge.turns(mute.session)
    assert [turn["samples"] for turn in turns] == [6400]
    assert concierge.turns(deaf.session) == []


async def test_setup_can_be_late_and_a_handle_expired(bad) -> None:
    plan = fault(when="setup", connection=1, do="delay", each_s=0.4, for_s=0.1)
    plan += fault(when="setup", resuming=True, do="close", code=1007, reason="Gone.")
    concierge = bad(plan)
    at = time.monotonic()
    visitor = await Visitor.arrive(concierge.port)
    assert time.monotonic() - at > 0.4
    handle = await visitor.handle()
    with pytest.raises(ConnectionClosed) as caught:
        await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1007


async def test_answers_can_be_poisoned_silent_or_soundless(bad) -> None:
    plan = fault(when="connected", connection=1, do="poison")
    plan += fault(when="connected", connection=2, do="silence")
    plan += fault(when="connected", connection=3, do="soundless")
    concierge = bad(plan)
    poisoned, silent, soundless = [await Visitor.arrive(concierge.port) for _ in range(3)]
    await poisoned.say(PCM * 20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await poisoned.until("modelTurn")
    assert poisoned.texts("inputTranscription") == "where are the toilets"
    await ask(silent)
    assert len(silent.pcm()) > 24_000
    assert not any(silent.pcm())
    await ask(soundless)
    assert soundless.pcm() == b""


async def test_updates_can_lag_and_have_no_handle(bad) -> None:
    plan = fault(when="setup", connection=1, do="lag", updates=3)
    plan += fault(when="setup", connection=2, do="not resumable")
    concierge = bad(plan)
    transparent = setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    visitor = await Visitor.arrive(concierge.port, VERTEX, transparent)
    await visitor.send(START)
    for _ in range(4):
        await visitor.send(audio(PCM))
    for expected in ("0", "1", "2"):
        update = (await visitor.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
        assert update["lastConsumedClientMessageIndex"] == expected
    other = await Visitor.arrive(concierge.port)
    assert await other.until("sessionResumptionUpdate") == {"sessionResumptionUpdate": {}}


async def test_all_garbage_can_be_sent_and_the_rest_goes_on(bad) -> None:
    concierge = bad(fault(when="asked", do="send", garbage=list(GARBAGE), megabytes=0.1))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    frames = [await visitor.socket.recv() for _ in range(len(GARBAGE) + 2)]
    assert all(garbage in frames for garbage in GARBAGE.values())
    assert any(len(frame) > 100_000 for frame in frames)


async def test_frames_can_be_text_and_of_a_later_version(bad) -> None:
    concierge = bad(fault(when="setup", do="novel") + fault(when="asked", do="text"))
    visitor = await Visitor.arrive(concierge.port, strict=False)
    await visitor.say(PCM * 20)
    while not isinstance(frame := await visitor.socket.recv(), str):
        pass
    assert json.loads(frame)["later"] == {"on": [1, None]}


# --- readings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("readings", "indexes"),
    [
        ("", ["0", "1", "2"]),
        ("first_index = 0", [None, "0", "1"]),
        ("first_index = 2", ["1", "2", "3"]),
        ('index_type = "number"', [0, 1, 2]),
    ],
)
async def test_indexes_are_counted_as_the_reading_says(
    bad, readings: str, indexes: list[object]
) -> None:
    concierge = bad("[readings]\n" + readings)
    transparent = setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    visitor = await Visitor.arrive(concierge.port, VERTEX, transparent)
    await visitor.send(START)
    await visitor.send(audio(PCM))
    updates = [await visitor.until("sessionResumptionUpdate") for _ in range(3)]
    found = [u["sessionResumptionUpdate"].get("lastConsumedClientMessageIndex") for u in updates]
    assert found == indexes
    await visitor.leave()


async def test_indexes_can_go_on_over_a_resume(bad) -> None:
    concierge = bad('[readings]\nindexes = "session"\nupdates = "second"')
    visitor = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    )
    await visitor.until("sessionResumptionUpdate")
    await visitor.send(START)
    for _ in range(3):
        await visitor.send(audio(PCM))
    at = time.monotonic()
    update = (await visitor.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
    assert time.monotonic() - at > 0.5, "once a second"
    assert update["lastConsumedClientMessageIndex"] == "4"
    resumed = {"transparent": True, "handle": update["newHandle"]}
    again = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption=resumed)
    )
    await again.until("sessionResumptionUpdate")
    await again.send(END)
    await again.until("turnComplete")
    update = (await again.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
    assert update["lastConsumedClientMessageIndex"] == "5"
    assert concierge.turns(again.session)[-1]["samples"] == 960


@pytest.mark.parametrize(("reading", "samples"), [("restored", 960), ("forgotten", 320)])
async def test_open_utterance_is_restored_or_forgotten(bad, reading: str, samples: int) -> None:
    concierge = bad(f'[readings]\nopen_utterance = "{reading}"')
    visitor = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    )
    await visitor.handle()
    await visitor.send(START)
    await visitor.handle()
    await visitor.send(audio(PCM))
    await visitor.handle()
    await visitor.send(audio(PCM))
    handle = await visitor.handle()
    visitor.socket.transport.abort()
    resumed = {"transparent": True, "handle": handle}
    again = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption=resumed)
    )
    if reading == "forgotten":
        await again.send(START)
    await again.send(audio(PCM))
    await again.send(END)
    await again.until("turnComplete")
    assert concierge.turns(again.session)[-1]["samples"] == samples
    await again.leave()


async def test_only_the_newest_handle_may_be_good(bad) -> None:
    concierge = bad('[readings]\nolder_handles = "refused"')
    visitor = await Visitor.arrive(concierge.port)
    older = await visitor.handle()
    await ask(visitor)
    newer = await visitor.handle()
    await visitor.leave()
    with pytest.raises(ConnectionClosed):
        await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": older}))
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": newer}))
    await again.leave()


async def test_unanswered_turn_may_be_answered_after_the_resume(bad) -> None:
    plan = '[readings]\nunanswered_turn = "answered"\n' + fault(
        when="asked", connection=1, do="delay", each_s=0.3
    )
    concierge = bad(plan)
    visitor = await Visitor.arrive(concierge.port)
    await visitor.handle()
    await visitor.say(PCM * 20)
    handle = await visitor.handle()
    assert "modelTurn" not in str(visitor.frames)
    visitor.socket.transport.abort()
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    await again.until("turnComplete")
    assert again.texts("outputTranscription") == "There."
    cut, whole = concierge.turns(again.session)
    assert (cut["outcome"], whole["outcome"]) == ("cut", "complete")
    assert cut["samples"] == whole["samples"] == 6400
    await again.leave()


# --- the record --------------------------------------------------------------------------------


async def test_the_record_says_what_survives(bad) -> None:
    concierge = bad("")
    visitor = await Visitor.arrive(concierge.port)
    handle = await visitor.handle()
    await ask(visitor)
    visitor.socket.transport.abort()
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    told = [{"role": "user", "parts": [{"text": "in writing"}]}]
    await again.send({"clientContent": {"turns": told}})
    await ask(again)
    await again.leave()
    lines = (concierge.record / "states.jsonl").read_text().splitlines()
    states = [json.loads(line) for line in lines]
    assert states[0]["resumed"] is False
    last = states[-1]
    assert last["resumed"] is True
    assert last["session"] == visitor.session
    assert [(e["role"], e["text"], bool(e["pcm"])) for e in last["history"]] == [
        ("user", "in writing", False),
        ("user", "where are the toilets", True),
        ("model", "There.", False),
    ]
    assert len((concierge.record / last["history"][1]["pcm"]).read_bytes()) == 12_800


@pytest.mark.parametrize("message", [START, {"realtimeInput": {"text": "hello"}}])
async def test_input_while_a_tool_call_waits_may_be_refused(bad, message: dict[str, Any]) -> None:
    concierge = bad('[readings]\ninput_in_a_call = "refused"')
    visitor = await Visitor.arrive(concierge.port)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    (call,) = (await visitor.until("toolCall"))["toolCall"]["functionCalls"]
    response = {"id": call["id"], "name": call["name"], "response": {"ok": True}}
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    await visitor.until("turnComplete")
    await ask(visitor)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    await visitor.until("toolCall")
    await visitor.send(message)
    assert await visitor.closed() == (1008, "The operation was aborted.")


@pytest.mark.parametrize("announced", [True, False])
async def test_history_has_a_moment_of_its_own(bad, announced) -> None:
    concierge = bad(fault(when="history", do="close", code=1007, reason="no history"))
    config = {"historyConfig": {"initialHistoryInClientContent": True}} if announced else {}
    visitor = await Visitor.arrive(concierge.port, first=setup(**config))
    turns = [{"role": "user", "parts": [{"text": "hello"}]}]
    await visitor.send({"clientContent": {"turns": turns, "turnComplete": True}})
    if announced:
        assert await visitor.closed() == (1007, "no history")
    else:
        await visitor.until("turnComplete")
        await visitor.leave()
