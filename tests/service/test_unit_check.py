"""`kiosk config check` of what the unit closes, and what the service's user may not read."""

import os
from pathlib import Path

import pytest

from kiosk.cli import config_check
from kiosk.service import unit_check
from kiosk.settings import installation
from kiosk.settings.installation import Installation
from kiosk.settings.layers import load
from kiosk.settings.setting_files import SettingFile
from tests.support.installed import QUIET, house, public, write

__all__ = ["house", "public"]

SHIPPED = {
    "ProtectHome": "yes",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "StateDirectory": "kiosk",
    "RuntimeDirectory": "kiosk",
}


@pytest.mark.parametrize(
    ("path", "use", "more", "says"),
    [
        ("/home/me/mine", "read", {}, "ProtectHome=yes"),
        ("/root/x", "read", {}, "ProtectHome=yes"),
        ("/run/user/1000/x", "read", {}, "ProtectHome=yes"),
        ("/homes/x", "read", {}, ""),
        ("/srv/kiosk/../../home/me", "read", {}, "ProtectHome=yes"),
        ("/home/me/mine", "read", {"ProtectHome": "read-only"}, ""),
        ("/home/me/mine", "write", {"ProtectHome": "read-only", "ProtectSystem": "no"}, "ProtectH"),
        ("/home/me/mine", "read", {"BindReadOnlyPaths": "/home/me/mine"}, ""),
        ("/home/me/mine/a", "read", {"BindPaths": "-/data:/home/me/mine:rbind"}, ""),
        ("/tmp/x.wav", "read", {}, "PrivateTmp=yes"),
        ("/var/tmp/x.wav", "read", {"PrivateTmp": "disconnected"}, "PrivateTmp=disconnected"),
        ("/tmp/x.wav", "read", {"PrivateTmp": "no"}, ""),
        ("/srv/secret/x", "read", {"InaccessiblePaths": "/mnt -/srv/secret"}, "InaccessiblePaths="),
        ("/opt/x", "read", {"TemporaryFileSystem": "/opt:ro"}, "TemporaryFileSystem=/opt"),
        ("/srv/out.wav", "write", {}, "ProtectSystem=strict"),
        ("/srv/out.wav", "read", {}, ""),
        ("/var/lib/kiosk/out.wav", "write", {}, ""),
        ("/srv/out.wav", "write", {"ReadWritePaths": "/srv"}, ""),
        ("/srv/out.wav", "write", {"ProtectSystem": "full"}, ""),
        ("/etc/out.wav", "write", {"ProtectSystem": "full"}, "ProtectSystem=full"),
        ("/srv/a", "write", {"ProtectSystem": "no", "ReadOnlyPaths": "/srv"}, "ReadOnlyPaths=/srv"),
        ("/srv/player", "run", {"NoExecPaths": "/"}, "NoExecPaths=/"),
        ("/srv/player", "run", {"NoExecPaths": "/", "ExecPaths": "/srv /usr"}, ""),
    ],
)
def test_what_a_unit_closes(path: str, use: str, more: dict[str, str], says: str) -> None:
    file = SettingFile("a.key", Path(path), use)  # type: ignore[arg-type]
    found = unit_check.closed(file, SHIPPED | more)
    assert found.startswith(says)
    assert bool(found) == bool(says)


def test_the_unit_is_asked_of_systemd(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for systemctl answers what the container's said."""
    asked = house / "asked"
    lines = "\\n".join(
        ["LoadState=loaded", "User=nobody", *(f"{k}={v}" for k, v in SHIPPED.items())]
    )
    systemctl = write(house / "systemctl", f'#!/bin/sh\necho "$@" >{asked}\nprintf "{lines}\\n"\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{house}:{os.environ['PATH']}")
    monkeypatch.setattr(installation, "installation", lambda: Installation.SERVICE)
    monkeypatch.setattr(config_check, "installation", lambda: Installation.SERVICE)
    settings = load(
        overrides=["screen.content=/home/me/content", "audio.output=file:/srv/out.wav"], system=None
    ).settings
    lines_of = {finding.where: finding.line() for finding in unit_check.judge(settings)}
    assert "is closed to the service (ProtectHome=yes)" in lines_of["screen.content"]
    assert (
        "ProtectSystem=strict: it writes only to /var/lib/kiosk, /run/kiosk"
        in (lines_of["audio.output"])
    )
    assert "show kiosk.service --property" in asked.read_text()
    systemctl.write_text("#!/bin/sh\nexit 1\n")
    assert unit_check.shown() == {}


def test_settings_that_the_service_may_not_read(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root, who checks, may."""
    monkeypatch.setattr(unit_check, "shown", lambda: {"LoadState": "loaded", "User": "nobody"})
    file = write(public / "kiosk.toml", "")
    settings = load(system=public).settings
    file.chmod(0o644)
    assert list(unit_check.judge(settings, [str(file)])) == []
    file.chmod(0o600)
    [finding] = unit_check.judge(settings, [str(file)])
    assert finding.line() == (
        f"error: {file}: {file} may not be read by the service's user nobody. sudo chmod a+rX"
        f" '{file}'"
    )


def test_a_picture_that_the_service_may_not_read(public: Path) -> None:
    picture = write(public / "content" / "a.png", "")
    picture.chmod(0o644)
    assert unit_check.unreadable(picture.parent, "nobody") is None
    picture.chmod(0o600)
    assert unit_check.unreadable(picture.parent, "nobody") == picture


def test_a_device_that_the_services_user_may_not_open(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root, who checks, may open all of them."""
    monkeypatch.setattr(unit_check, "shown", lambda: {"LoadState": "loaded", "User": "nobody"})
    monkeypatch.setattr(unit_check, "DEV", public)
    chip, card = write(public / "gpiochip0", ""), write(public / "snd" / "controlC1", "")
    settings = load(system=None).settings
    for device in (chip, card):
        device.chmod(0o666)
    assert list(unit_check.judge(settings)) == []
    for device in (chip, card):
        device.chmod(0o660)
    button, sound = unit_check.judge(settings)
    assert button.line().startswith(
        f"error [this machine]: button.source: {chip} may not be opened by the service's user"
        f" nobody. sudo usermod -aG {chip.group()} nobody"
    )
    assert str(card) in sound.what
    quiet = load(overrides=[*QUIET, "button.source=keyboard"], system=None).settings
    assert list(unit_check.judge(quiet)) == []


def test_a_file_that_the_services_user_may_not_read(public: Path) -> None:
    folder = public / "shut"
    font = write(folder / "font.ttf", "")
    font.chmod(0o644)
    assert unit_check.unreadable(font, "nobody") is None
    font.chmod(0o640)
    assert unit_check.unreadable(font, "nobody") == font
    font.chmod(0o644)
    folder.chmod(0o750)
    assert unit_check.unreadable(font, "nobody") == folder
    assert unit_check.unreadable(font, "no-such-user") is None
