"""`kiosk` as a person meets it: exit status, messages, no traceback."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kiosk import __version__
from kiosk.cli import main
from kiosk.errors import DeviceError, UserError
from kiosk.settings import paths

REPOSITORY = Path(__file__).parents[2]
SECRET = "AIzaSyA-secret-0123456789abcdefghijklmn"


def kiosk(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def refused(*arguments: str, **environment: str) -> str:
    """Run something that a person must mend, and return the message."""
    result = kiosk(*arguments, **environment)
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_version_and_help() -> None:
    assert kiosk("--version").stdout == f"kiosk {__version__}\n"
    result = kiosk("--help")
    assert result.returncode == 0
    for verb in ("run", "demo", "concierge", "ctl", "config"):
        assert verb in result.stdout


def test_no_verb_or_an_unknown_one_is_refused() -> None:
    assert "usage:" in refused()
    assert "usage:" in refused("dance")
    assert "usage:" in refused("ctl", "dance")
    assert "usage:" in refused("run", "--sett", "x")


def test_config_check_names_the_files_read(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[button]\npin = 4\n")
    # PortAudio's libraries leave files in the home directory.
    result = kiosk("config", "check", "--config", str(file), HOME=str(tmp_path))
    assert result.returncode == 0
    assert result.stdout.startswith("ok")
    assert result.stdout.endswith(f"read {file}\n")


@pytest.mark.parametrize("verb", [("config", "check"), ("config", "show"), ("run",)])
def test_bad_settings_end_any_verb_with_a_message(verb: tuple[str, ...], tmp_path: Path) -> None:
    directory = ("--runtime-dir", str(tmp_path)) if verb == ("run",) else ()
    message = refused(*verb, *directory, "--set", "live.modle=x")
    assert message == "kiosk: --set: live.modle is no known key. Did you mean live.model?\n"
    assert "there is no such file" in refused(*verb, *directory, "--config", "/nonexistent.toml")


def test_config_show_is_toml_and_shows_no_secret(tmp_path: Path) -> None:
    result = kiosk("config", "show", "--set", "button.pin=4", GEMINI_API_KEY=SECRET)
    assert result.returncode == 0
    assert tomllib.loads(result.stdout)["button"]["pin"] == 4
    assert "# from --set" in result.stdout
    assert "set (from the environment variable GEMINI_API_KEY)" in result.stdout
    assert "not set" in result.stdout
    assert SECRET not in result.stdout


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    command = f"{sys.executable} -m kiosk config show | head -1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.stdout == "[live]\n"
    assert result.stderr == ""
    assert result.returncode == 0


def test_ctl_without_a_kiosk(tmp_path: Path) -> None:
    message = refused("ctl", "--runtime-dir", str(tmp_path), "status")
    assert f"nobody listens at {tmp_path / 'control.sock'}" in message


def test_settings_cost_no_heavy_import() -> None:
    """What `kiosk run` does before its first message must not load what draws or computes."""
    script = (
        "import sys; from kiosk.cli import main; main._parser(); from kiosk.settings import layers;"
        "layers.load();"
        "print(sorted(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    for module in ("numpy", "pygame", "gpiozero", "asyncio", "websockets", "difflib", "json"):
        assert f"'{module}'" not in result.stdout


# --- what the verbs hand on ----------------------------------------------------------------------


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Stands in for the kiosk itself."""
    module = ModuleType("kiosk.runtime.daemon")
    monkeypatch.setitem(sys.modules, "kiosk.runtime.daemon", module)
    monkeypatch.setattr("kiosk.runtime.daemon", module, raising=False)
    return module


def test_run_hands_on_settings_and_directory(app: ModuleType, tmp_path: Path) -> None:
    got: list[object] = []

    def run(loaded: object, runtime_dir: Path) -> int:
        got.extend([loaded.settings.lamp.pin, runtime_dir])  # type: ignore[attr-defined]
        return 7

    app.run = run  # type: ignore[attr-defined]
    directory = tmp_path / "a" / "b"
    assert main.main(["run", "--set", "lamp.pin=4", "--runtime-dir", str(directory)]) == 7
    assert got == [4, directory]
    assert directory.is_dir()


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (UserError("mend me"), 2, "kiosk: mend me\n"),
        (DeviceError("lost"), 1, "kiosk: lost\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_end_with_a_status(
    app: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    error: BaseException,
    status: int,
    says: str,
) -> None:
    def run(loaded: object, runtime_dir: Path) -> int:
        raise error

    app.run = run  # type: ignore[attr-defined]
    assert main.main(["run", "--runtime-dir", str(tmp_path)]) == status
    assert capsys.readouterr().err == says


def test_requests_of_the_screen_are_put_as_they_are_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, object]] = []

    def ask(path: Path, request: dict[str, object]) -> dict[str, object]:
        asked.append(request)
        return {"ok": True}

    monkeypatch.setattr("kiosk.cli.ctl.ask", ask)
    words = "show list --title Today --item Tea --item Cake --seconds 9"
    for line in (words, "hide", "language de", "expression smile"):
        assert main.main(["ctl", "--runtime-dir", str(tmp_path), *line.split()]) == 0
    card = {"kind": "list", "title": "Today", "items": ["Tea", "Cake"]}
    assert asked == [
        {"do": "show", **card, "seconds": 9.0},
        {"do": "hide"},
        {"do": "language", "language": "de"},
        {"do": "expression", "name": "smile"},
    ]


def test_demo_and_concierge_get_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    demo, concierge, serve = (ModuleType(f"kiosk.{n}") for n in ("demo", "concierge", "serve"))
    got: dict[str, object] = {}
    demo.run = lambda **options: got.update(options) or 0  # type: ignore[attr-defined]
    serve.main = lambda argv: got.update(argv=argv) or 3  # type: ignore[attr-defined]
    concierge.serve = serve  # type: ignore[attr-defined]
    for module in (demo, concierge):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("kiosk.demo", demo, raising=False)
    monkeypatch.setattr("kiosk.concierge", concierge, raising=False)

    assert main.main(["demo", "--size", "800x480", "--set", "lamp.pin=4", "--out", "x"]) == 0
    assert main.main(["concierge", "--port", "0", "--help"]) == 3
    assert got == {
        "files": [],
        "overrides": ["lamp.pin=4", "display.size=800x480"],
        "out": Path("x"),
        "scripted": False,
        "fullscreen": False,
        "avatar": "face",
        "argv": ["--port", "0", "--help"],
    }


# --- the runtime directory -----------------------------------------------------------------------


def test_runtime_directory_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{tmp_path / 'systemd'}:{tmp_path / 'second'}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "xdg"))
    assert paths.runtime_dir(tmp_path / "given") == tmp_path / "given"
    assert paths.runtime_dir() == tmp_path / "systemd"
    assert (tmp_path / "systemd").stat().st_mode & 0o777 == 0o750
    monkeypatch.delenv("RUNTIME_DIRECTORY")

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(paths, "SYSTEM", tmp_path / "file" / "kiosk")
    assert paths.runtime_dir() == tmp_path / "xdg" / "kiosk"
    monkeypatch.setattr(paths, "SYSTEM", tmp_path / "run" / "kiosk")
    assert paths.runtime_dir() == tmp_path / "run" / "kiosk"

    monkeypatch.setattr(paths, "SYSTEM", tmp_path / "file" / "kiosk")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    with pytest.raises(UserError, match="--runtime-dir"):
        paths.runtime_dir()
    with pytest.raises(UserError, match="cannot be made"):
        paths.runtime_dir(tmp_path / "file")


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_runtime_directory_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(UserError, match=r"others may write to it.*chmod go-w"):
        paths.runtime_dir(tmp_path)
    tmp_path.chmod(0o750)
    assert paths.runtime_dir(tmp_path) == tmp_path


def test_a_runtime_directory_of_somebody_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its owner could replace what is in it."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(UserError, match="belongs to another user"):
        paths.runtime_dir(tmp_path)


def test_ctl_finds_the_socket_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(paths, "SYSTEM", tmp_path / "run")
    own = tmp_path / "kiosk" / "control.sock"
    assert paths.control_socket() == tmp_path / "run" / "control.sock"
    own.parent.mkdir()
    own.touch()
    assert paths.control_socket() == own
    assert paths.control_socket(Path("/x")) == Path("/x/control.sock")


def test_what_is_printed_for_programs_is_json(tmp_path: Path) -> None:
    from kiosk.cli import ctl

    assert json.loads(ctl.readable({"ok": True, "state": "attract"})) == {
        "ok": True,
        "state": "attract",
    }


def test_what_is_printed_drives_no_terminal(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A pack's name, or what a visitor said, may hold anything."""
    from kiosk.cli import ctl

    told = {"said": "\x1b[2J\x9b31m\u202e\u200bGrüße 👋\U000e0041"}
    text = ctl.readable(told)
    assert json.loads(text) == told
    assert all(c.isprintable() or c == "\n" for c in text)
    main._print("name\x1b[2J\u202e\nnext\udcff")
    assert capfdbinary.readouterr().out == b"name[2J\nnext\\udcff\n"
