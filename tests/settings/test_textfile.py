"""One reader for all that people write: what it forgives, what it refuses, and whose it is."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.avatar.face.manifest import read_manifest
from kiosk.concierge import known_answers
from kiosk.concierge.faults import plan as fault_plan
from kiosk.controls.script_button import read_script
from kiosk.display import content
from kiosk.errors import ConfigError
from kiosk.settings.below import inside
from kiosk.settings.layers import load
from kiosk.settings.textfile import NoSuchFileError, line_of, parse_toml, read_text, spelled

NFC, NFD = (unicodedata.normalize(form, "Grüße aus Łódź") for form in ("NFC", "NFD"))
KNOWLEDGE = """use = "here"
[place.here]
greeting = "Grüße aus Łódź"
fallback = "No."
[[place.here.entry]]
questions = ["when do you open"]
answer = "At nine."
"""
PACK = """name = "Grüße aus Łódź"
author = "a"
licence = "CC0"
canvas = [0, 0, 100, 100]
[anchors]
neck = [50, 50]
[[layer]]
name = "head"
file = "head.svg"
"""


def settings(file: Path) -> str:
    return load([file], system=Path("/nonexistent")).settings.live.instructions


READERS: dict[str, tuple[str, str, Callable[[Path], str]]] = {
    "settings": ("x.toml", "[live]\ninstructions = 'Grüße aus Łódź'\n", settings),
    "attract cards": (
        "attract.toml",
        '[[card]]\nkind = "text"\ntext = "Grüße aus Łódź"\n',
        lambda file: content.attract(file.parent)[0].text,
    ),
    "pack": ("avatar.toml", PACK, lambda file: read_manifest(file.parent).name),
    "knowledge": (
        "x.toml",
        KNOWLEDGE,
        lambda file: next(
            entry.answer for entry in known_answers.load(file).entries if entry.answer == NFC
        ),
    ),
    "faults": (
        "x.toml",
        'heard = "Grüße aus Łódź"\n',
        lambda file: asyncio.run(fault_plan.load(file).recogniser().listen().finish()),
    ),
    "script": (
        "x.jsonl",
        '# Grüße aus Łódź\n{"at_s": 1, "do": "press"}\n',
        lambda file: NFC if read_script(file)[0].do == "press" else "",
    ),
}  # fmt: skip
FORMS = {
    "plain": lambda text: text.encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "decomposed letters": lambda text: unicodedata.normalize("NFD", text).encode(),
    "all of them": lambda text: (
        unicodedata.normalize("NFD", text).replace("\n", "\r\n").encode("utf-8-sig")
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("whose", READERS)
def test_whatever_an_editor_makes_of_it_is_read(tmp_path: Path, whose: str, form: str) -> None:
    name, text, read = READERS[whose]
    file = tmp_path / name
    file.write_bytes(FORMS[form](text))
    assert read(file) == NFC


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("whose", READERS)
def test_utf_16_is_told_as_such(tmp_path: Path, whose: str, encoding: str) -> None:
    name, text, read = READERS[whose]
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    with pytest.raises(ValueError, match=r"UTF-16 or UTF-32; expected UTF-8.*iconv") as caught:
        read(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("whose", [name for name in READERS if name != "script"])
def test_a_mistake_is_told_with_line_and_column(tmp_path: Path, whose: str) -> None:
    name, text, read = READERS[whose]
    file = tmp_path / name
    file.write_text("# a line before\r\nx = “curly”\r\n" + text, "utf-8")
    with pytest.raises(ValueError, match=rf"{name}, line 2, column 5: not valid TOML \(invalid"):
        read(file)


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for what, says in (
        ("pipe", "is not a file but a pipe"),
        ("gone", "there is no such file"),
        (".", "is a directory"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=says):
            read_text(tmp_path / what, 100)
    with pytest.raises(NoSuchFileError):
        read_text(tmp_path / "gone" / "x", 100)
    (tmp_path / "long").write_text("x" * 2000)
    with pytest.raises(ConfigError, match="longer than 1 KiB"):
        read_text(tmp_path / "long", 1024)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 'x", "line 1"),
        ("a = 1\nb = '''\nx\n", "x.toml, line 3, at the end: not valid TOML"),
        ("a = 1\na = 2", "x.toml, line 2, at the end: not valid TOML (cannot overwrite a value)"),
        ("a = " + "9" * 5000, "x.toml: not valid TOML ("),
        ("a = " + "[" * 100_000, "nested too deeply"),
    ],
)
def test_where_a_mistake_stands(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_toml(text, "x.toml")
    assert says in str(caught.value)


TOML = '''# [live]
top.level = 1
[live]            # voice = 1
 "voice" = "Puck"
instructions = """
voice = 2
[visit]
"""
[ avatar . cloud ]
hours = ""
[avatar]
heygen = { avatar = "a", quality = "low" }
cloud.always_on = true
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("live.voice", 4),
        ("live.instructions", 5),
        ("live", 3),
        ("top.level", 2),
        ("avatar.cloud.hours", 10),
        ("avatar.cloud.always_on", 13),
        ("avatar.heygen.quality", 12),
        ("visit.end_after_s", 0),
        ("visit", 0),
    ],
)
def test_the_line_of_a_key(key: str, line: int) -> None:
    assert line_of(key, TOML) == line


def test_a_file_is_found_in_either_spelling(tmp_path: Path) -> None:
    for number, (here, there) in enumerate(((NFC, NFD), (NFD, NFC))):
        folder = tmp_path / here
        folder.mkdir()
        (folder / f"{here}.png").touch()
        assert spelled(tmp_path / there / f"{there}.png") == folder / f"{here}.png"
        assert inside(tmp_path, f"{there}/{there}.png") == folder / f"{here}.png"
        assert spelled(tmp_path / there / "new.wav") == folder / "new.wav"
        assert spelled(tmp_path / "absent" / there) == tmp_path / "absent" / there
        folder.rename(tmp_path / f"away {number}")
