"""Google's own client moves: each field of its Live messages is sent, read, or left out on purpose.

`make test` looks at the version that is installed, the long tests at the newest of the index.
"""

import subprocess
import sys
import tomllib
import warnings
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import messages

from . import live_api_paper, sdk

LIST = Path(__file__).with_name("sdk.toml")
TYPES = "google/genai/types.py"
PAIRS = (
    ("client", "LiveClientMessage", messages.ClientMessage),
    ("client", "RealtimeInputConfig", messages.RealtimeInputConfig),
    ("server", "LiveServerMessage", messages.ServerMessage),
)
INTERNAL = {"server LiveServerMessage.unknown"}
"""Never on the wire."""


def listed() -> dict[str, Any]:
    return tomllib.loads(LIST.read_text())


def names(entries: list[dict[str, Any]]) -> set[str]:
    return {f"{entry['side']} {field}" for entry in entries for field in entry["fields"]}


def left_out() -> set[str]:
    """Fields that are neither sent nor read, on purpose; below them nothing is compared."""
    return {row.name for row in live_api_paper.rows() if row.left_out}


def judge(source: str) -> list[str]:
    """What in a version of the SDK's types nobody has decided about yet, a line each."""
    told, unused = listed(), left_out()
    ours = names(told["ours"])
    found = sdk.compare(sdk.parse(source), PAIRS, unused)
    return [
        *(f"{name} is new" for name in sorted(found.new - unused)),
        *(f"{name} is not the SDK's" for name in sorted(found.ours - ours - INTERNAL)),
        *(
            f"{name} has the new value {value}"
            for name, values in sorted(found.enums.items())
            for value in values
            if value not in told["enums"].get(name, ())
        ),
    ]


def installed() -> str:
    file = next(file for file in metadata.files("google-genai") or () if str(file) == TYPES)
    return file.read_text()


def newest(folder: Path) -> tuple[str, str] | None:
    """The newest version of the index and its types, or None where the index is not reached."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary", ":all:", "--dest", str(folder), "google-genai"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        return None
    with zipfile.ZipFile(wheels[0]) as wheel:
        return wheels[0].name.split("-")[1], wheel.read(TYPES).decode()


HELP = "read or send it in kiosk/core/messages.py, or list it with a reason in docs/live-api.md"


def test_each_field_of_the_installed_sdk_is_decided_about():
    assert not (undecided := judge(installed())), f"{HELP}: {undecided}"


@pytest.mark.long
def test_each_field_of_the_newest_sdk_is_decided_about(tmp_path):
    found = newest(tmp_path)
    if found is None:
        pinned = metadata.version("google-genai")
        warnings.warn(f"no index: compared with {pinned}, which is installed", stacklevel=1)
        found = pinned, installed()
    version, source = found
    assert not (undecided := judge(source)), f"google-genai {version}: {HELP}: {undecided}"


def test_what_is_listed_is_there_and_has_a_reason():
    told, source = listed(), sdk.parse(installed())
    for entry in told["ours"]:
        assert len(entry["reason"]) > 10
    for name in left_out():
        kind, _, field = name.partition(" ")[2].partition(".")
        assert field in source.fields[kind], f"{name} is no more: take it off the list"
    assert told["enums"].keys() <= source.enums.keys()
    used = left_out() & sdk.compare(source, PAIRS, set()).shared
    assert not used, f"sent or read by now: take it off the list: {used}"


SOURCE = """
class Colour(_common.CaseInSensitiveEnum):
    RED = 'RED'
    '''A word about it.'''
    BLUE = 'BLUE'

class Part(_common.BaseModel):
    text: Optional[str] = Field(default=None)
    colour: Optional[Colour] = Field(default=None)

class Content(_common.BaseModel):
    parts: Optional[list[Part]] = Field(default=None)
    role: Optional[str] = Field(default=None)
    def from_text(self): ...
"""


def test_what_is_new_is_found_at_every_depth():
    types = sdk.parse(SOURCE)
    assert types.enums == {"Colour": ["RED", "BLUE"]}
    pairs = [("client", "Content", messages.Content)]
    assert sdk.compare(types, pairs, set()).new == {"client Part.colour"}
    assert sdk.compare(types, pairs, {"client Content.parts"}).new == set()
    without_role = sdk.parse(SOURCE.replace("    role: Optional[str] = Field(default=None)\n", ""))
    assert sdk.compare(without_role, pairs, set()).ours == {"client Content.role"}


def test_a_field_an_enumeration_and_a_message_that_come_later_are_told():
    source = installed()
    field = "class LiveServerContent(_common.BaseModel):\n"
    later = source.replace(field, f"{field}  mood: Optional[str] = Field(default=None)\n")
    assert judge(later) == ["server LiveServerContent.mood is new"]
    value = "class InteractionStatus(_common.CaseInSensitiveEnum):\n"
    later = source.replace(value, f"{value}  ASLEEP = 'ASLEEP'\n")
    assert judge(later) == ["InteractionStatus has the new value ASLEEP"]
    message = "class LiveServerMessage(_common.BaseModel):\n"
    later = source.replace(message, f"{message}  dream: Optional[Part] = Field(default=None)\n")
    assert judge(later) == ["server LiveServerMessage.dream is new"]
