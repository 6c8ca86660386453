"""The example of the reception: what it names is there, and each of its tools does what it says."""

from datetime import datetime
from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.knowledge.reading import KnowledgeReader
from kiosk.settings.layers import load
from kiosk.settings.types import Settings
from kiosk.tools.tool_faults import faults

RECEPTION = Path(__file__).parents[2] / "config" / "examples" / "reception"
CONFIG = RECEPTION / "kiosk.toml"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load([CONFIG], system=None).settings


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOOL_DESK", "TOOL_VISITORS"):
        monkeypatch.setenv(name, f"secret-of-{name.lower()}")


def test_no_tool_has_a_fault(settings: Settings, secrets: None) -> None:
    assert set(settings.tools.own) == {"call_staff", "sign_in", "open_door"}
    assert not any(faults(settings).values())


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("who does the invoices", "Ms Okafor"),
        ("where does Mr Lindqvist work", "004"),
        ("how do I get to room 301", "third"),
        ("where do pallets go", "Mill Lane"),
        ("what is the wireless network called", "wagner-guests"),
    ],
)
def test_what_visitors_ask_is_found(question: str, fact: str) -> None:
    reader = KnowledgeReader(RECEPTION / "knowledge", "en", "Europe/Berlin")
    known = reader.read(datetime(2026, 12, 1, 12, 0))
    assert (known.faults, known.passed_over) == ({}, ())
    found = known.look_up(question, "en", datetime(2026, 12, 1, 12, 0), None)
    assert any(fact in f"{one.title} {one.text}" for one in found[:3])


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("sign_in", '{"name": "Ada", "visits": "Mr Wagner"}', ("visitors.example", '"Ada"')),
        ("call_staff", '{"reason": "a parcel"}', ("Please come to the entrance: a parcel",)),
        ("open_door", "{}", ("22", "3000")),
    ],
)
def test_a_dry_run_tells_what_a_call_would_do_and_no_secret(
    secrets: None, capfdbinary: pytest.CaptureFixture[bytes], name: str, args: str, told: tuple
) -> None:
    assert main(["tools", "call", name, args, "--dry-run", "--config", str(CONFIG)]) == 0
    words = capfdbinary.readouterr().out.decode()
    assert all(one in words for one in told), words
    assert "secret-of" not in words
