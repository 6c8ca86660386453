"""What the keys of `[live.tuning]` may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import ConfigError
from kiosk.settings.checks import quoted
from kiosk.settings.layers import load
from kiosk.settings.live_tuning import TuningSettings
from tests.support.layers import refused


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("temperature=2.5", 'expected "auto", or a number from 0 to 2'),
        ("temperature=warm", 'expected "auto", or a number from 0 to 2'),
        ("temperature=true", 'expected "auto", or a number from 0 to 2'),
        ("temperature=nan", 'expected "auto", or a number from 0 to 2'),
        ("top_k=1.5", 'expected "auto", or a whole number from 1 to 1000'),
        ("max_output=8", 'expected "auto", or a whole number from 16 to 65536'),
        ("media_resolution=huge", 'expected one of "auto", "low", "medium", "high"'),
        ("transcription_languages=german", "expected a list of language tags"),
        ('transcription_languages=["german language"]', "expected a list of language tags"),
        ("vocabulary=Nofretete", "expected a list of at most 100 words"),
        ('vocabulary=["a\\nb"]', "expected a list of at most 100 words"),
        ("compress_at=4999", "expected a whole number from 5000 to 128000"),
        ("compress_at=8000", "compress_to = 8000 cannot be used: it is not below"),
    ],
)
def test_what_cannot_be_sent_is_told_with_what_can(override: str, says: str) -> None:
    assert says in refused(f"live.tuning.{override}")


def test_values_as_they_are_sent() -> None:
    told = ["temperature=1", "top_k=40", 'vocabulary=["Nut","Nut"]', "transcription_languages=[]"]
    tuning = load((), [f"live.tuning.{one}" for one in told], None).settings.live.tuning
    assert (tuning.temperature, tuning.top_k, tuning.vocabulary) == (1.0, 40, ("Nut",))
    assert isinstance(tuning.temperature, float)
    assert (tuning.seed, tuning.transcription_languages) == (None, ())


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(TuningSettings.__struct_fields__), VALUES)
def test_whatever_is_written_is_taken_or_refused_in_one_line(key: str, value: object) -> None:
    override = f"live.tuning.{key}={quoted(value)}"
    try:
        load((), [override], None)
    except ConfigError as error:
        (line,) = str(error).splitlines()
        assert line.startswith(("--set: live.tuning.", "--set live.tuning."))
