"""What a model does not take is told by the check, and never dialled with."""

from pathlib import Path

import pytest

from kiosk.errors import ConfigError
from kiosk.runtime import daemon, last_good
from kiosk.runtime.live_check import judge, refuse
from kiosk.settings.layers import load

TWO = "[live]\nthinking = 'low'\n[live.tuning]\nproactive_audio = true\n"


def test_each_mistake_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TWO)
    with pytest.raises(ConfigError) as told:
        refuse(load([file], system=None))
    thinking, proactive = str(told.value).splitlines()
    assert thinking == (
        f'{file}, line 2: live.thinking: "low" cannot be used: gemini-3.8-live does not take it.'
        ' Set ""'
    )
    assert proactive.startswith(f"{file}, line 4: live.tuning.proactive_audio: ")


def test_what_is_missing_is_told_at_the_model(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[live]\nmodel = "gemini-3.8-live-extended-thinking"\n')
    with pytest.raises(ConfigError, match=r"mine\.toml, line 2: live\.thinking: .* needs one"):
        refuse(load([file], system=None))


def test_nobody_is_dialled_with_it(tmp_path: Path) -> None:
    wrong = load(overrides=["live.thinking=low"], system=None)
    with pytest.raises(ConfigError, match=r"live\.thinking"):
        daemon.run(wrong, tmp_path)
    _, mistake = last_good.load([], ["live.thinking=low"], tmp_path, Path("/nonexistent"))
    assert mistake is not None
    assert "gemini-3.8-live does not take it" in mistake.told


def test_of_an_unknown_model_it_is_a_warning() -> None:
    loaded = load(overrides=["live.model=gemini-9-live", "live.thinking=low"], system=None)
    refuse(loaded)
    found = list(judge(loaded.settings))
    assert [one.severity for one in found] == ["warning", "warning"]
    assert {one.where for one in found} == {"live.thinking", "live.model"}
