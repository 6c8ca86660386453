"""What `make install` takes from a package index is what was locked, file by file."""

import hashlib
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SERVICE_EXTRAS = ("concierge", "knowledge", "screen", "vertex", "board", "heygen", "avatarim")


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {normalized(name): version.partition(";")[0].strip() for name, version in pins}


def locked() -> set[tuple[str, str]]:
    """Name and version of each file."""
    found = set()
    for line in (REPOSITORY / "hashes.txt").read_text().splitlines():
        if not line.startswith("#"):
            file = line.split("  ")[1]
            stem = file.removesuffix(".tar.gz")
            name, version = stem.split("-")[:2] if file.endswith(".whl") else stem.rsplit("-", 1)
            found.add((normalized(name), version))
    return found


def test_every_locked_file_is_of_the_pinned_version() -> None:
    pins = pinned()
    stale = {(name, version) for name, version in locked() if pins.get(name) != version}
    assert not stale, "constraints.txt has changed: run scripts/lock"


def test_whatever_the_service_may_need_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in SERVICE_EXTRAS:
        wanted += project["optional-dependencies"][extra]
    names = {normalized(re.split(r"[\[<>=!~; ]", one)[0]) for one in wanted} | {"setuptools"}
    assert names <= {name for name, _ in locked()}, "a dependency is new: run scripts/lock"


def check(folder: Path, hashes: Path, python: str = "3.13") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REPOSITORY / "scripts/locked", folder, python],
        env={**os.environ, "LIST": str(hashes)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with a file of an index, and a list that has it."""
    folder, hashes = tmp_path / "files", tmp_path / "hashes.txt"
    folder.mkdir()
    (folder / "good-1.0.tar.gz").write_bytes(b"good")
    digest = hashlib.sha256(b"good").hexdigest()
    machine = os.uname().machine
    hashes.write_text(f"# For Python 3.11, 3.13 on {machine}.\n{digest}  good-1.0.tar.gz\n")
    return folder, hashes


def test_the_locked_file_passes(files: tuple[Path, Path]) -> None:
    assert check(*files).returncode == 0


@pytest.mark.parametrize("attack", ["changed", "another name", "one more"])
def test_a_file_that_was_not_locked_is_refused(files: tuple[Path, Path], attack: str) -> None:
    good = files[0] / "good-1.0.tar.gz"
    if attack == "changed":
        good.write_bytes(b"evil")
    elif attack == "another name":
        good.rename(files[0] / "other-1.0.tar.gz")
    else:
        (files[0] / "evil-1.0.tar.gz").write_bytes(b"evil")
    done = check(*files)
    assert done.returncode == 1
    assert "is not the file that was locked" in done.stderr


def test_a_python_without_a_lock_is_told_of(files: tuple[Path, Path]) -> None:
    done = check(*files, python="3.12")
    assert done.returncode == 0
    assert "files are not checked" in done.stdout
