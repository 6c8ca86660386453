"""`[tools.NAME]`: tables whose names a person chooses, each key with its bounds."""

import re
from pathlib import Path

import msgspec
import pytest

from kiosk.errors import ConfigError
from kiosk.settings import show
from kiosk.settings.layers import load
from kiosk.settings.tool_settings import ToolSettings, secrets_of
from tests.support.layers import write

FILE = """
[tools.door]
about = "Opens."
pin = 22

[tools.call_staff]
webhook = "https://a.example/hook/{tool-path}"
arguments.reason = "Why"
headers = { Authorization = "Bearer {tool-desk}" }
body = { text = "Come: {reason}", n = [1, { key = "{tool-body}" }] }
"""


def test_tools_are_read_shown_and_read_again(tmp_path: Path) -> None:
    loaded = load([write(tmp_path / "a.toml", FILE)], ["tools.door.pulse_ms=50"], None)
    own = loaded.settings.tools.own
    assert own["door"] == ToolSettings(about="Opens.", pin=22, pulse_ms=50)
    assert own["call_staff"].body == {"text": "Come: {reason}", "n": [1, {"key": "{tool-body}"}]}
    assert secrets_of(own["call_staff"]) == ["tool-path", "tool-desk", "tool-body"]
    shown = write(tmp_path / "b.toml", show.settings(loaded))
    assert load([shown], system=None).settings == loaded.settings


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("tools.Door.pin=3", '"Door" is no name for a tool'),
        ("tools.door.pinn=3", "Did you mean tools.door.pin?"),
        ("tools.door=5", "Each other name is a table, such as [tools.open_door]"),
        ("tools.door={}", "tools.door is no known key"),
        ("tools.door.pin=28", "a whole number from 0 to 27"),
        ("tools.door.pin=true", "a whole number from 0 to 27"),
        ("tools.door.timeout_s=61", "a number from 0.1 to 60"),
        ("tools.door.optional=5", "a list of names of arguments"),
        ("tools.door.arguments=5", "a table"),
        ("tools.door.body={a=2020-01-01}", "no dates"),
        ('tools.door.method="DELETE"', '"POST", "PUT", "PATCH", "GET"'),
        ('tools.builtin=["fly"]', "a list of names out of show_text"),
        ("tools.builtin={}", "a list of names out of show_text"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(override: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(expected)):
        load(overrides=[override], system=None)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example", "https://a.example:8443/x?y={tool-key}", "http://127.0.0.1:9/x",
        "http://192.168.1.9/relay", "http://[fd00::1]/x", "http://door.local/open", "",
    ],
)  # fmt: skip
def test_a_tool_is_encrypted_or_in_the_house(url: str) -> None:
    loaded = load(overrides=[f'tools.a.webhook="{url}"'], system=None)
    assert loaded.settings.tools.own["a"].webhook == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example", "http://8.8.8.8/", "ftp://a.example", "https://", "a.example",
        "https://me:pw@a.example", "https://{tool-host}/", "https://a.example/{reason}",
        "https://a.example/{gemini-api-key}", "https://a.example/#x", "https://a.example:0/",
        "https://a.example:99999/", "https://a.example/\\\\n", "https://exämple.org",
    ],
)  # fmt: skip
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"tools\.a\.webhook"):
        load(overrides=[f'tools.a.webhook="{url}"'], system=None)


@pytest.mark.parametrize(
    "headers",
    [
        '{Authorization="Bearer abcdefgh12345678"}', '{X-Api-Key="abcdefgh12345678"}',
        '{"X Y"="abcdefgh12345678"}', '{Host="abcdefgh12345678"}', '{X="abcdefgh12345678\\n"}',
        '{X=5, Y="abcdefgh12345678"}', '["abcdefgh12345678"]',
    ],
)  # fmt: skip
def test_headers_hold_no_secret_and_what_is_refused_is_not_shown(headers: str) -> None:
    with pytest.raises(ConfigError, match=r"tools\.a\.headers") as told:
        load(overrides=[f"tools.a.headers={headers}"], system=None)
    assert "abcdefgh12345678" not in str(told.value)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("command=[]", "a program and its arguments"),
        ("command='x'", "a program and its arguments"),
        ("command=['']", "a program and its arguments"),
        ("command=['x', 5]", "a program and its arguments"),
        ("command=['x', '{tool-desk}']", "everybody on the board can read"),
        ("environment=5", "a table of variables"),
        ("environment={A=5}", "a table of variables"),
        ("environment={'A B'='x'}", "a table of variables"),
        ("environment={API_TOKEN='x'}", "the secret of API_TOKEN by its name"),
        ("only=[5]", "a list of names of tools of the server"),
        ("only=['']", "a list of names of tools of the server"),
        ("mcp='ftp://a.example'", "https://host/path"),
        ("mcp='http://a.example'", "https://, or http:// for this board"),
    ],
)
def test_servers_are_named_rightly(override: str, says: str) -> None:
    with pytest.raises(ConfigError, match=rf"tools\.a\.{override.partition('=')[0]}") as told:
        load(overrides=[f"tools.a.{override}"], system=None)
    assert says in str(told.value)


def test_the_secrets_of_a_server_are_known() -> None:
    overrides = [
        "tools.a.mcp='https://a.example/{tool-path}'", "tools.a.headers={X-Key='{tool-desk}'}",
        "tools.a.environment={X_KEY='{tool-lift}'}",
    ]  # fmt: skip
    tool = load(overrides=overrides, system=None).settings.tools.own["a"]
    assert secrets_of(tool) == ["tool-path", "tool-desk", "tool-lift"]


def test_each_key_stands_in_the_papers() -> None:
    paper = (Path(__file__).parents[2] / "docs" / "tools.md").read_text("utf-8")
    names = [field.name for field in msgspec.structs.fields(ToolSettings)]
    assert [name for name in names if f"`{name}`" not in paper] == []
