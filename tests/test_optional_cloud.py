"""Cloud avatars are one room, and a kiosk without that room is whole.

The room is deleted from a copy of the checkout. Every other module is imported there, tests of the
core, the wire, the reply and the display pass there, and a daemon starts there with our own face.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.cli.ctl import ask
from kiosk.errors import UserError
from tests.support.kiosks import runtime_directory, until

REPOSITORY = Path(__file__).parents[1]
ROOM = "kiosk.avatar.cloud"
TRY_THE_ROOM = {"kiosk.cli.avatars_check", "kiosk.cli.avatars_meter"}
"""What `kiosk avatars check` runs: it opens sessions of a cloud avatar."""
REPLY = {"test_output.py", "test_output_patience.py", "test_router.py"}
ROOMS = ("core", "live", "reply", "display")
RUN = {"test_conversation.py", "test_link.py", "test_captions.py"} | REPLY
"""What is run of the tests that need none of it; the others of these rooms are imported."""


def imports(module: Path) -> set[str]:
    """What a file imports at its top."""
    names: set[str] = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A checkout without the room, and without the tests that import it."""
    root = tmp_path_factory.mktemp("without") / "kiosk"
    # What is compiled comes along, but for what another test compiles just now (`….pyc.1234`).
    without = shutil.ignore_patterns("*.pyc.*", "cloud", "golden", "gallery")
    for folder in ("kiosk", "tests", "benchmarks", "config", "docs"):
        shutil.copytree(REPOSITORY / folder, root / folder, symlinks=True, ignore=without)
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    gone = {ROOM}
    while found := [
        file
        for file in root.glob("tests/**/*.py")
        if any(name == one or name.startswith(f"{one}.") for name in imports(file) for one in gone)
    ]:
        for file in found:
            gone.add(".".join(file.relative_to(root).with_suffix("").parts))
            file.unlink()
    return root


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_other_module_is_imported_without_it(copy: Path) -> None:
    modules = [
        ".".join(file.relative_to(copy).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted(copy.glob("kiosk/**/*.py"))
        if file.name != "__main__.py"
    ]
    modules = [module for module in modules if module not in TRY_THE_ROOM]
    assert len(modules) > 150
    done = python(copy, "-c", f"import kiosk, {', '.join(modules)}; print(kiosk.__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(copy / "kiosk/__init__.py")


def test_tests_that_need_none_of_it_pass_without_it(copy: Path) -> None:
    assert {file.name for file in copy.glob("tests/reply/*.py")} >= REPLY
    options = ("-q", "-m", "not cloud and not long", "-k", " or ".join(sorted(RUN)))
    rooms = (f"tests/{room}" for room in ROOMS)
    passed = python(copy, "-m", "pytest", "-p", "no:cacheprovider", *options, *rooms)
    assert passed.returncode == 0, passed.stdout
    (count,) = re.findall(r"(\d+) passed", passed.stdout)
    assert int(count) > 100


def test_a_daemon_starts_without_it_with_our_own_face(copy: Path) -> None:
    with runtime_directory() as directory:
        settings = [
            *('live.endpoint="ws://127.0.0.1:9"', 'audio.input="null"', 'audio.output="null"'),
            *("button.source=none", "display.driver=dummy", "display.size=[640,360]"),
        ]
        daemon = subprocess.Popen(
            [
                *(sys.executable, "-m", "kiosk", "run", "--runtime-dir", str(directory)),
                *(word for setting in settings for word in ("--set", setting)),
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "STATE_DIRECTORY": str(directory / "s")},
            stderr=subprocess.PIPE,
            text=True,
        )

        def drawn() -> bool:
            assert daemon.poll() is None
            try:
                status = ask(directory / "control.sock", {"do": "status"})
            except UserError:
                return False
            assert status["avatar"]["driver"] == "face"
            return status["display"]["frames"] > 0

        try:
            until(drawn)
        finally:
            daemon.terminate()
            _, told = daemon.communicate(timeout=10)
        assert "Traceback" not in told
