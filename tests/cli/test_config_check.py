"""`kiosk config check`: each room judges what the settings point to, and says how to mend it."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.runtime import daemon
from kiosk.settings.layers import load
from tests.support.installed import QUIET, REPOSITORY, house, judged, told, write

__all__ = ["house"]


def test_of_a_whole_installation_nothing_is_said(house: Path) -> None:
    assert judged() == []


# --- files of settings ---------------------------------------------------------------------------


def test_a_broken_file_of_settings_is_no_finding_but_the_end(house: Path) -> None:
    write(house / "etc" / "kiosk.d" / "20.toml", "[live")
    with pytest.raises(ValueError, match=r"20\.toml, line 1"):
        judged(system=house / "etc")


# --- secrets -------------------------------------------------------------------------------------


# --- sound ---------------------------------------------------------------------------------------


# --- button and lamp -----------------------------------------------------------------------------


# --- screen --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("screen.language=xx", 'note: screen.language: the screen has no words in "xx"'),
        ("live.language=fi-FI", 'note: live.language: the screen has no words in "fi-FI"'),
        ("screen.quiet_hours=22:00-22:00", "warning: screen.quiet_hours: "),
        ("avatar.cloud.hours=09:00-09:00", "warning: avatar.cloud.hours: "),
        ("money.daily_soft=60", "warning: money.daily_soft: 60 is not below the hard one, 60"),
    ],
)
def test_values_that_do_nothing(house: Path, override: str, says: str) -> None:
    assert told(override).startswith(says)


def test_a_model_that_nobody_has_heard_of(house: Path) -> None:
    model, price = (finding.line() for finding in judged("live.model=gemini-9-live"))
    assert model.startswith("warning: live.model: gemini-9-live is not known here, and is taken")
    assert price.startswith('warning: live.model: no price of "gemini-9-live" is known')


def test_what_the_model_does_not_take(house: Path) -> None:
    line = told("live.tuning.affective_dialog=true")
    assert line.startswith("error: live.tuning.affective_dialog: true cannot be used: gemini-3.8-l")
    assert line.endswith("Set false")


# --- tools ---------------------------------------------------------------------------------------


def test_a_tool_that_says_nothing_is_an_error(house: Path) -> None:
    assert told('tools.bell.about="Rings."').startswith("error: tools.bell: it says nothing")


def test_an_output_on_a_machine_without_pins(house: Path) -> None:
    (house / "gpiochip0").unlink()
    line = told('button.source="none"', 'tools.door.about="Opens."', "tools.door.pin=22")
    assert line.startswith("warning [this machine]: tools.door.pin: this machine has no GPIO")


def test_a_program_that_is_not_there_is_told(house: Path) -> None:
    line = told('tools.lift.command=["/nowhere/lift"]')
    assert line.startswith("warning [this machine]: tools.lift.command: '/nowhere/lift' is not")


def test_a_secret_of_a_tool_is_looked_for(house: Path) -> None:
    hook = 'tools.call_staff.webhook="https://a.example"'
    webhook = (hook, 'tools.call_staff.headers={A="{tool-desk}"}')
    assert told(*webhook).startswith("warning [this machine]: tool-desk: there is none.")
    write(house / "etc" / "tool-desk", "abc")
    (house / "etc" / "tool-desk").chmod(0o600)
    assert judged(*webhook) == []


# --- avatar --------------------------------------------------------------------------------------


def test_a_house_that_has_a_concierge_of_its_own(house: Path) -> None:
    write(house / "etc" / "concierge.toml", "use = 3")
    assert "concierge.toml: " in told()


# --- what the unit closes ------------------------------------------------------------------------


# --- the command ---------------------------------------------------------------------------------


def check(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [word for override in (*QUIET, "button.source=none") for word in ("--set", override)]
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "config", "check", *words, *arguments],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_exit_status_and_lines(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("ok\nread ")
    result = check(tmp_path, "--set", "screen.quiet_hours=10:00-10:00")
    assert result.returncode == 0
    assert result.stdout.startswith("ok, with 1 warning\nwarning: screen.quiet_hours (--set): ")
    result = check(tmp_path, "--set", "theme.font=/nope.ttf")
    assert (result.returncode, result.stderr) == (2, "")
    assert result.stdout.startswith("1 error\nerror: theme.font (--set): /nope.ttf does not exist.")


def test_findings_for_a_program(tmp_path: Path) -> None:
    result = check(tmp_path, "--json", "--set", "theme.font=/nope.ttf")
    assert result.returncode == 2
    [finding] = json.loads(result.stdout)
    assert finding["where"] == "theme.font"
    assert finding["severity"] == "error"
    assert {"what", "remedy", "needs"} <= set(finding)


def test_a_file_that_is_passed_over_is_in_the_journal_once_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class StopHereError(Exception):
        pass

    def stop(*_: object) -> None:
        raise StopHereError

    root, ours = logging.getLogger(), logging.getLogger("kiosk")
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(ours, "level", ours.level)
    monkeypatch.setattr(daemon, "Kiosk", stop)
    write(tmp_path / "kiosk.d" / "20-museum.toml.txt", "")
    with pytest.raises(StopHereError):
        daemon.run(load(system=tmp_path), tmp_path)
    assert capsys.readouterr().err.count("20-museum.toml.txt: is not read: only names") == 1
