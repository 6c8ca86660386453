"""Broken tables of tools, made up: each is one clear message, and no traceback."""

import random
from pathlib import Path

from kiosk.errors import ConfigError
from kiosk.settings.layers import load
from kiosk.tools.tool_faults import faults
from tests.support.layers import write

TABLES = 250
NAMES = ("door", "Door", "open-door", "look_up", "show_text", "a" * 41, "api_key", "5", "x")
KEYS = (
    "about", "arguments", "optional", "timeout_s", "answer", "show", "pin", "pulse_ms", "webhook",
    "active_high", "method", "headers", "body", "python", "mcp", "command", "only", "pinn", "token",
)  # fmt: skip
VALUES = (
    '""', '"Opens."', '22', '-1', '99', 'true', '1.5', 'nan', 'inf', '[]', '["a"]', '[1]', '{}',
    '{ a = "b" }', '{ A = "b" }', '{ a = { type = "INTEGER" } }', '{ a = { type = 5 } }',
    '2026-12-01', '{ a = { type = "object", properties = {} } }', '{ a = { enum = [1, "b"] } }',
    '{ a = 2026-12-01 }', '"https://a.example"', '"http://a.example"', '"https://{tool-x}/"',
    '"POST"', '"later"', '{ Authorization = "Bearer AbCdEf0123456789" }',
    '{ Authorization = "{tool-desk}" }', '"os:path"', '"/nowhere.py:f"', '"nowhere:f"',
    '["/nowhere", "a"]', '{ text = "{nobody}" }', '"\\u0000"', '"' + "a" * 3000 + '"',
    '10_000_000_000_000_000_000_000', '{ a = { b = { c = [[[[1]]]] } } }',
)  # fmt: skip


TAKEN = {
    "about": '"Opens."', "arguments": '{ a = "b" }', "optional": '["b"]', "timeout_s": "2",
    "answer": '"later"', "pin": "22", "pulse_ms": "50", "webhook": '"https://a.example"',
    "headers": '{ A = "{tool-desk}" }', "body": '{ text = "{nobody}" }', "python": '"os:path"',
    "mcp": '"https://a.example"', "command": '["/nowhere"]', "only": '["a"]', "method": '"PUT"',
}  # fmt: skip
"""What each key alone may hold."""


def table(rng: random.Random) -> str:
    if rng.random() < 0.5:
        name, keys = rng.choice(("door", "x")), rng.sample(list(TAKEN), rng.randint(1, 4))
        lines = [f"{key} = {TAKEN[key]}" for key in keys]
    else:
        name, keys = rng.choice(NAMES), rng.sample(KEYS, rng.randint(1, 4))
        lines = [f"{key} = {rng.choice(VALUES)}" for key in keys]
    return "\n".join([f"[tools.{name}]", *lines])


def test_each_of_them_is_told_in_a_line_with_its_place(tmp_path: Path) -> None:
    rng, refused, faulty, fine = random.Random(14), 0, 0, 0
    for _ in range(TABLES):
        text = table(rng)
        file = write(tmp_path / "tools.toml", text)
        try:
            settings = load([file], system=None).settings
        except ConfigError as error:
            refused += 1
            for line in str(error).splitlines():
                assert str(file) in line, text
                assert len(line) < 1000
                assert "AbCdEf0123456789" not in line
            continue
        found = [one for of_tool in faults(settings).values() for one in of_tool]
        faulty += bool(found)
        fine += not found
        for one in found:
            assert one.where.startswith("tools."), text
            assert one.what
            assert one.remedy
            assert "\n" not in one.line()
    assert refused > 90
    assert faulty > 90
    assert fine < 30
