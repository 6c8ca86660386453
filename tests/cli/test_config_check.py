"""`kiosk config check`: each room judges what the settings point to, and says how to mend it."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kiosk.audio import audio_check
from kiosk.audio.process.devices import on_card
from kiosk.cli import config_check
from kiosk.gpio import lines, pins
from kiosk.runtime import daemon
from kiosk.service import unit_check
from kiosk.settings import installation, secrets, show
from kiosk.settings.findings import Finding
from kiosk.settings.installation import Installation
from kiosk.settings.layers import load
from kiosk.settings.setting_files import SettingFile, files_of

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a GPIO chip, without sound and screen, with one folder for everything."""
    for name in secrets.NAMES:
        monkeypatch.delenv(name.upper().replace("-", "_"), raising=False)
    for name in ("CREDENTIALS_DIRECTORY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(secrets, "SYSTEM", tmp_path / "etc")
    monkeypatch.setattr(pins, "DEV", tmp_path)
    monkeypatch.setattr(config_check, "KNOWLEDGE", tmp_path / "etc" / "concierge.toml")
    (tmp_path / "gpiochip0").touch()
    (tmp_path / "etc").mkdir()
    return tmp_path


QUIET = (
    'live.endpoint="ws://127.0.0.1:8765"',
    "audio.output=null",
    "display.driver=none",
    f"audio.input=file:{REPOSITORY}/config/apology/en.wav",
)
"""Settings of which nothing is to be said there."""


def judged(*overrides: str, system: Path | None = None) -> list[Finding]:
    return config_check.findings(load(overrides=[*QUIET, *overrides], system=system))


def told(*overrides: str, system: Path | None = None) -> str:
    [finding] = judged(*overrides, system=system)
    return finding.line()


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_of_a_whole_installation_nothing_is_said(house: Path) -> None:
    assert judged() == []


# --- files of settings ---------------------------------------------------------------------------


def test_every_file_that_is_passed_over_is_named_with_its_reason(house: Path) -> None:
    etc, folder = house / "etc", house / "etc" / "kiosk.d"
    write(etc / "kiosk.toml.txt", "")
    write(folder / "10-good.toml", "")
    for name in ("20-museum.toml.txt", ".hidden.toml", "30.toml~", "40.toml.rpmsave", "README"):
        write(folder / name, "broken")
    (folder / "50.toml.d").mkdir()
    lines = {Path(finding.where).name: finding.line() for finding in judged(system=etc)}
    assert set(lines) == {
        *("kiosk.toml.txt", "20-museum.toml.txt", ".hidden.toml", "30.toml~", "40.toml.rpmsave"),
        *("README", "50.toml.d"),
    }
    assert (
        "only names that end in .toml are. Name it 20-museum.toml if" in lines["20-museum.toml.txt"]
    )
    assert "hidden file" in lines[".hidden.toml"]
    assert "a folder is not looked into" in lines["50.toml.d"]
    assert f"mv '{etc}/kiosk.toml.txt' '{etc}/kiosk.toml'" in lines["kiosk.toml.txt"]


def test_a_broken_file_of_settings_is_no_finding_but_the_end(house: Path) -> None:
    write(house / "etc" / "kiosk.d" / "20.toml", "[live")
    with pytest.raises(ValueError, match=r"20\.toml, line 1"):
        judged(system=house / "etc")


# --- secrets -------------------------------------------------------------------------------------


def test_a_missing_key_is_told_where_one_is_needed(house: Path) -> None:
    line = told('live.endpoint=""')
    assert line.startswith("warning [this machine]: gemini-api-key: there is none. sudo install")
    (house / "etc" / "gemini-api-key").write_text("abc")
    (house / "etc" / "gemini-api-key").chmod(0o600)
    assert judged('live.endpoint=""') == []


def test_more_than_a_key_is_an_error_and_not_shown(house: Path) -> None:
    (house / "etc" / "heygen-api-key").write_text('HEYGEN_KEY="abcdefg"\n')
    (house / "etc" / "heygen-api-key").chmod(0o600)
    line = told()
    assert line.startswith("error: heygen-api-key: ")
    assert "a name and = before the secret" in line
    assert "abcdefg" not in line


def test_a_key_under_an_editors_name_is_found(house: Path) -> None:
    write(house / "etc" / "gemini-api-key.txt", "abc")
    assert f"mv '{house}/etc/gemini-api-key.txt' '{house}/etc/gemini-api-key'" in told()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter: pytest's own are for this user alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def stranger() -> Iterator[None]:
    """An ordinary user; root becomes nobody for that."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


def test_an_ordinary_user_is_told_what_was_not_looked_into(
    house: Path, public: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(secrets, "SYSTEM", public)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(public / "none"))
    monkeypatch.setattr(config_check, "KNOWLEDGE", public / "concierge.toml")
    file = write(public / "gemini-api-key", "abc")
    file.chmod(0o600 if os.geteuid() == 0 else 0)
    request.getfixturevalue("stranger")
    line = told("button.source=none")
    assert line.startswith(f"note [not looked into]: {file}: may not be read by this user")
    assert "sudo kiosk config check" in line


def test_folders_that_an_ordinary_user_may_not_enter_are_findings(
    house: Path, request: pytest.FixtureRequest
) -> None:
    """`house` is one: nothing in it can be looked into, and nothing of that is a traceback."""
    write(house / "etc" / "gemini-api-key", "abc")
    house.chmod(0o700 if os.geteuid() == 0 else 0)
    request.getfixturevalue("stranger")
    found = judged("button.source=none", f"screen.content={house}/content", "theme.logo=a.png")
    assert {finding.severity for finding in found} <= {"error", "note"}
    assert {"screen.content", "theme.logo"} <= {finding.where for finding in found}
    assert sum(finding.needs == "rights" for finding in found) == len(secrets.NAMES)
    shut = unit_check._unreadable(house / "content", "nobody")
    assert shut is None or shut in house.parents


# --- sound ---------------------------------------------------------------------------------------


@pytest.fixture
def asound(tmp_path: Path) -> Path:
    """Card 1 records with device 0, and is in use."""
    (tmp_path / "card1" / "pcm0c").mkdir(parents=True)
    (tmp_path / "Device").symlink_to("card1")
    write(tmp_path / "cards", " 1 [Device         ]: USB-Audio - USB PnP Sound Device\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "way", "known"),
    [
        ("Device", "capture", True),
        ("Device", "playback", False),
        ("plughw:CARD=Device,DEV=0", "capture", True),
        ("plughw:CARD=Device,DEV=1", "capture", False),
        ("hw:Device", "capture", True),
        ("hw:Gone", "capture", None),
        ("pulse", "capture", None),
        ("default", "capture", None),
    ],
)
def test_the_kernel_knows_a_card_that_is_in_use(
    asound: Path, name: str, way: str, known: bool | None
) -> None:
    assert on_card(name, way, asound) is known  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Device", None),
        ("USB PnP", None),
        ("Gone", 'no device is named "Gone"; there are: "pulse". Plug it in, or name another one;'
         " ids of the cards here: Device"),
        ("plughw:CARD=Device,DEV=3", "has no microphone there"),
        ("pulse", None),
    ],
)  # fmt: skip
def test_a_microphone_that_this_machine_has_or_has_not(
    asound: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str | None
) -> None:
    monkeypatch.setattr(
        audio_check, "_listed", lambda many: [audio_check.Device(0, "pulse", 32, 48000)]
    )
    settings = load(overrides=[f'audio.input="{name}"', "audio.output=null"], system=None).settings
    lines = [finding.line() for finding in audio_check.judge(settings, asound)]
    if says is None:
        assert lines == []
    else:
        assert says in lines[0]
        assert lines[0].startswith("warning [this machine]: audio.input: ")


def test_portaudio_is_asked_in_a_process_of_its_own(asound: Path) -> None:
    """With whatever this machine has."""
    assert all(device.channels > 0 for device in audio_check._listed("inputs"))
    assert "pyaudio" not in sys.modules


def test_a_recording_that_cannot_be_played(house: Path) -> None:
    gone = told("audio.input=file:/nope.wav?loop=1")
    assert gone.startswith("error: audio.input: cannot play /nope.wav: No such file")
    mp3 = write(house / "a.mp3", "ID3 and so on, no WAV at all")
    assert "it is not a WAV file. Expected a WAV of PCM" in told(f"audio.input=file:{mp3}")
    os.mkfifo(house / "pipe")
    assert "it is not a file" in told(f"audio.input=file:{house}/pipe")
    assert "cannot write /nope/x.wav. Expected a file" in told("audio.output=file:/nope/x.wav")


# --- button and lamp -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (("button.pin=1",), "warning: button.pin: GPIO 1 belongs to the EEPROM"),
        (("button.pin=3", "button.pull=down"), "error: button.pull: GPIO 3 is pulled up"),
        (("button.pin=3",), None),
        (("button.source=script:/nope.jsonl",), "error: button.source: /nope.jsonl: there is no"),
        (("button.source=none", "lamp.driver=led", "lamp.pin=0"), "warning: lamp.pin: GPIO 0"),
    ],
)
def test_pins_and_scripts(house: Path, overrides: tuple[str, ...], says: str | None) -> None:
    if says is None:
        assert judged(*overrides) == []
    else:
        assert says in told(*overrides)


@pytest.mark.parametrize(
    ("used", "consumer", "says"),
    [
        (1, b"fan@0", 'button.pin: GPIO 17 is in use by "fan@0". Take the overlay that has it out'),
        (1, b"", 'GPIO 17 is in use by "the kernel"'),
        (1, b"lg", None),  # the kiosk that runs
        (0, b"", None),
    ],
)
def test_a_pin_that_somebody_else_has(
    house: Path, monkeypatch: pytest.MonkeyPatch, used: int, consumer: bytes, says: str | None
) -> None:
    """The kernel's answer is filled in here: a machine of its own is needed for a real line."""

    def ioctl(descriptor: int, request: int, buffer: bytearray) -> None:
        assert request == 0xC100B405  # GPIO_V2_GET_LINEINFO_IOCTL, as gcc has it
        line = lines._LINE_INFO.unpack(buffer)[2]
        assert line == 17
        buffer[:] = lines._LINE_INFO.pack(b"GPIO17", consumer, line, 0, used, b"", b"")

    monkeypatch.setattr(lines.fcntl, "ioctl", ioctl)
    if says is None:
        assert judged() == []
    else:
        assert says in told()
        assert told().startswith("warning [this machine]: ")


def test_what_is_no_chip_has_no_lines(house: Path) -> None:
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        lines.user_of(house / "gpiochip0", 17)


def test_a_machine_without_gpio(house: Path) -> None:
    (house / "gpiochip0").unlink()
    assert told().startswith("warning [this machine]: button.source: this machine has no GPIO")
    assert told("button.source=none", "lamp.driver=pwm").startswith(
        "warning [this machine]: lamp.driver: "
    )
    assert judged("button.source=keyboard") == []


# --- screen --------------------------------------------------------------------------------------


def test_pictures_and_cards_are_opened_as_the_screen_opens_them(house: Path) -> None:
    folder = house / "content"
    good = (REPOSITORY / "docs/images/kiosk.png").read_bytes()
    write(folder / "broken.png", "no picture")
    (folder / "good.png").write_bytes(good)
    write(
        folder / "attract.toml",
        '[[card]]\nkind = "image"\npicture = "good.png"\n'
        '[[card]]\nkind = "map"\npicture = "gone.png"\n',
    )
    here = f"screen.content={folder}"
    found = judged(here, "theme.logo=broken.png", "theme.background=good.png")
    assert [finding.where for finding in found] == [f"{folder}/attract.toml, card 2", "theme.logo"]
    assert "gone.png does not exist" in found[0].what
    write(folder / "attract.toml", "[[card]]\nkind = 3\n")
    assert f"error: {folder}/attract.toml: card 1: not a card" in told(here)
    (folder / "attract.toml").rename(folder / "attract.toml.txt")
    assert "attract.toml.txt: is not read" in told(here)


def test_a_content_folder_that_is_not_there(house: Path) -> None:
    assert "/nope is no folder that is here" in told("screen.content=/nope")


def test_a_font_that_is_none(house: Path) -> None:
    file = write(house / "font.ttf", "no font")
    assert f"error: theme.font: {file} is no font" in told(f"theme.font={file}")
    assert "/nope.ttf does not exist" in told("theme.font_bold=/nope.ttf")


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("screen.language=xx", 'note: screen.language: the screen has no words in "xx"'),
        ("live.language=fi-FI", 'note: live.language: the screen has no words in "fi-FI"'),
        ("screen.quiet_hours=22:00-22:00", "warning: screen.quiet_hours: "),
        ("avatar.cloud.hours=09:00-09:00", "warning: avatar.cloud.hours: "),
    ],
)
def test_values_that_do_nothing(house: Path, override: str, says: str) -> None:
    assert told(override).startswith(says)


def test_a_screen_that_is_not_there(house: Path) -> None:
    line = told("display.driver=wayland")
    assert line.startswith("warning [this machine]: display.driver: no screen is here (wayland)")


# --- avatar --------------------------------------------------------------------------------------


def test_a_broken_pack(house: Path) -> None:
    assert "error: avatar.pack: there is no pack 'hsot'" in told("avatar.pack=hsot")
    pack = write(house / "mine" / "avatar.toml", "name = 3\n").parent
    assert f"error: avatar.pack: {pack}/avatar.toml: " in told(f"avatar.pack={pack}")


def test_a_key_in_clear_in_the_address_of_a_stream(house: Path) -> None:
    url = 'avatar.avatarim.video_url="rtmp://play.example/a?auth_key={}"'
    line = told(url.format("1-2-3"))
    assert "write {avatarim-video-key} in its place" in line
    assert "1-2-3" not in line
    line = told(url.format("{avatarim-video-key}"))
    assert "avatarim-video-key: there is none" in line


def test_a_house_that_has_a_concierge_of_its_own(house: Path) -> None:
    write(house / "etc" / "concierge.toml", "use = 3")
    assert "concierge.toml: " in told()


# --- what the unit closes ------------------------------------------------------------------------

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
    assert unit_check._unreadable(picture.parent, "nobody") is None
    picture.chmod(0o600)
    assert unit_check._unreadable(picture.parent, "nobody") == picture


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
    assert unit_check._unreadable(font, "nobody") is None
    font.chmod(0o640)
    assert unit_check._unreadable(font, "nobody") == font
    font.chmod(0o644)
    folder.chmod(0o750)
    assert unit_check._unreadable(font, "nobody") == folder
    assert unit_check._unreadable(font, "no-such-user") is None


def test_every_setting_that_names_a_file_is_known() -> None:
    overrides = [
        *("audio.input=file:/a.wav?loop=1", "audio.output=file:/b.wav", "theme.font=/f.ttf"),
        *("button.source=script:/s.jsonl", "theme.font_bold=/g.ttf", "avatar.pack=/p/mine"),
        'avatar.avatarim.video_url="external:/x/play"',
    ]
    settings = load(overrides=overrides, system=None).settings
    assert {(f.key, str(f.path)) for f in files_of(settings)} == {
        *(("audio.input", "/a.wav"), ("audio.output", "/b.wav"), ("theme.font", "/f.ttf")),
        *(("button.source", "/s.jsonl"), ("theme.font_bold", "/g.ttf"), ("avatar.pack", "/p/mine")),
        *(("screen.content", "/etc/kiosk/content"), ("avatar.avatarim.video_url", "/x/play")),
    }
    plain = ["audio.input=Device", "avatar.pack=host", 'avatar.avatarim.video_url="rtmp://h/x"']
    settings = load(overrides=plain, system=None).settings
    assert [f.key for f in files_of(settings)] == ["screen.content"]


def test_a_path_in_either_spelling_is_loaded_as_the_disk_has_it(tmp_path: Path) -> None:
    (tmp_path / "gru\u0308n.wav").touch()
    name = f"file:{tmp_path}/gr\u00fcn.wav?loop=1"
    loaded = load(overrides=[f"audio.input={name}"], system=None)
    assert loaded.settings.audio.input == f"file:{tmp_path}/gru\u0308n.wav?loop=1"
    assert "grün" in show.settings(loaded).encode().decode("utf-8").replace("u\u0308", "ü")


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


def of_avatar(*overrides: str) -> list[str]:
    return [one.line() for one in judged(*overrides) if one.where.startswith("avatar")]


def test_an_avatar_that_is_paid_for_day_and_night_is_told(house):
    always = ("avatar.driver=liveavatar", "avatar.cloud.always_on=true")
    [line] = of_avatar(*always)
    assert line.startswith("warning: avatar.cloud.always_on: ")
    assert "avatar.cloud.hours" in line
    assert of_avatar(*always, 'avatar.cloud.hours="09:00-17:30"') == []


def test_the_older_avatar_of_heygen_is_told_to_end(house):
    [line] = of_avatar("avatar.driver=heygen")
    assert line.startswith("note: avatar.driver: HeyGen sends users")
