"""Whether a value can be used, and how a person is told what was expected."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from kiosk.settings import checks


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ("auto", None),
        ("1280x720", (1280, 720)),
        ("64×16384", (64, 16384)),
        ([800, 480], (800, 480)),
    ],
)
def test_a_size_is_a_pair(value: object, pair: tuple[int, int] | None) -> None:
    assert checks.size(value) == pair


@pytest.mark.parametrize("value", ["", "63x64", "1280*720", [1280], [800, 480, 3], [1.5, 99], 5])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="width and height"):
        checks.size(value)


@pytest.mark.parametrize("name", ["default", "USB PnP", "plughw:CARD=Device,DEV=0", "file:/a.wav"])
def test_a_device_has_a_name_that_lasts(name: str) -> None:
    assert checks.audio_output(name) == name


@pytest.mark.parametrize("name", ["1", "hw:1", "plughw:CARD=1,DEV=0"])
def test_a_number_that_changes_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a stable name"):
        checks.audio_input(name)


def test_only_what_is_heard_can_be_played_round_and_round() -> None:
    assert checks.audio_input("file:/a.wav?loop=1") == "file:/a.wav?loop=1"
    with pytest.raises(ValueError, match=r"PATH\.wav"):
        checks.audio_output("file:/a.wav?loop=1")
    with pytest.raises(ValueError, match="loop=1"):
        checks.audio_input("file:/a.wav?loop=2")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Literal["a", "b"], 'one of "a", "b"'),
        (Annotated[int, Meta(ge=0, le=27)], "a whole number from 0 to 27"),
        (Annotated[str, Meta(description="a colour")], "a colour"),
        (bool, "true or false"),
    ],
)
def test_a_person_is_told_what_was_expected(kind: object, expected: str) -> None:
    assert checks.expected_of(kind, "x") == expected


@given(st.text())
def test_any_text_is_written_as_toml_on_one_line(text: str) -> None:
    import tomllib

    written = checks.quoted(text)
    assert "\n" not in written
    assert tomllib.loads(f"a = {written}")["a"] == text


def test_what_is_long_is_shown_in_part() -> None:
    assert checks.shortened("x" * 100) == '"' + "x" * 56 + "..."
    assert checks.shortened(10**5000) == "(too long to show)"
