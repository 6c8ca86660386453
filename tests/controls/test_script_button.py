"""A button that a script presses."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from kiosk.controls.script_button import ScriptButton, ScriptedEdge, read_script
from kiosk.errors import ConfigError
from tests.controls.edges import Edges, until


def script(tmp_path: Path, *lines: str | dict[str, object]) -> Path:
    file = tmp_path / "script.jsonl"
    file.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return file


def test_a_script_is_read(tmp_path: Path) -> None:
    file = script(
        tmp_path,
        *("# a visitor", "", {"at_s": 1.5, "do": "press"}, '  {"do":"release","at_s":3}'),
    )
    assert read_script(file) == [ScriptedEdge(1.5, "press"), ScriptedEdge(3.0, "release")]
    assert read_script(script(tmp_path)) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("press", "line 2: "),
        ('{"at_s": 1}', "line 2: .*`do`"),
        ('{"at_s": "1", "do": "release"}', "line 2: .*at_s"),
        ('{"at_s": -1, "do": "release"}', "line 2: .*at_s"),
        ('{"at_s": 1, "do": "hold"}', "line 2: .*hold"),
        ('{"at_s": 1, "do": "release", "x": 1}', "line 2: .*x"),
        ('{"at_s": 1, "do": "press"}', "line 2: press follows press"),
        ('{"at_s": 0.5, "do": "release"}', "line 2: at_s = 0.5 is before 1"),
        ("[" * 100_000, "line 2: "),
    ],
)
def test_a_script_that_cannot_be_used(tmp_path: Path, line: str, says: str) -> None:
    file = script(tmp_path, {"at_s": 1, "do": "press"}, line)
    with pytest.raises(ConfigError, match=says):
        read_script(file)


def test_a_script_begins_with_a_press(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 1: release follows nothing"):
        read_script(script(tmp_path, {"at_s": 1, "do": "release"}))


def test_a_script_is_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "script.jsonl"
    file.write_bytes("# Grüße".encode("utf-16"))
    with pytest.raises(ConfigError, match="expected UTF-8"):
        read_script(file)


async def test_edges_come_at_times_of_the_microphone(tmp_path: Path, edges: Edges) -> None:
    file = script(tmp_path, {"at_s": 0.1, "do": "press"}, {"at_s": 0.3, "do": "release"})
    first_s: list[float] = []
    pressed = ScriptButton(file, lambda at_s: first_s[0] + at_s if first_s else None)
    pressed.start(edges)
    await asyncio.sleep(0.2)
    assert edges.seen == [], "the microphone has not begun"
    first_s.append(time.monotonic())
    await asyncio.to_thread(until, lambda: len(edges.seen) == 2)
    # Stamped with the microphone's time, not with that of the timer.
    assert edges.seen == [(True, first_s[0] + 0.1), (False, first_s[0] + 0.3)]
    assert time.monotonic() >= first_s[0] + 0.3


async def test_a_closed_script_presses_no_more(tmp_path: Path, edges: Edges) -> None:
    begin_s = time.monotonic()
    pressed = ScriptButton(
        script(tmp_path, {"at_s": 0.05, "do": "press"}), lambda at_s: begin_s + at_s
    )
    pressed.start(edges)
    pressed.close()
    await asyncio.sleep(0.15)
    assert edges.seen == []
