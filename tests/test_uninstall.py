"""`make uninstall` takes away what is Kiosk's, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

UNINSTALL = Path(__file__).parents[1] / "scripts" / "uninstall"


def uninstall(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [UNINSTALL], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )


def installed(root: Path, prefix: str = "/opt/kiosk") -> Path:
    """The files of an installation below `root`."""
    home = root / prefix.lstrip("/")
    units = root / "usr/local/lib/systemd/system"
    for folder in (home / "bin", units / "kiosk.service.d", root / "etc/kiosk/kiosk.d"):
        folder.mkdir(parents=True)
    for file in (home / "pyvenv.cfg", home / "bin/kiosk", root / "etc/kiosk/kiosk.toml"):
        file.touch()
    for unit in ("kiosk.service", "kiosk-console.service", "kiosk.service.d/avatar.conf"):
        (units / unit).touch()
    return home


def test_a_space_in_destdir_deletes_nobody_else(tmp_path: Path) -> None:
    """Unquoted it is two paths, and the first of them somebody's folder."""
    root = tmp_path / "image of mine"
    bystanders = [tmp_path / "image", tmp_path / "of", tmp_path / "mine/etc/kiosk"]
    for bystander in bystanders:
        bystander.mkdir(parents=True)
    installed(root)
    done = uninstall(DESTDIR=str(root), PURGE="1")
    assert done.returncode == 0, done.stderr
    assert all(bystander.is_dir() for bystander in bystanders)
    assert [path for path in root.rglob("*") if "kiosk" in path.name] == []


def test_the_configuration_stays_without_purge(tmp_path: Path) -> None:
    installed(tmp_path)
    assert uninstall(DESTDIR=str(tmp_path)).returncode == 0
    assert (tmp_path / "etc/kiosk/kiosk.toml").exists()
    assert not (tmp_path / "opt/kiosk").exists()


@pytest.mark.parametrize("file", ["pyvenv.cfg", "precious"])
def test_what_is_no_installation_of_ours_is_refused_before_anything_goes(
    tmp_path: Path, file: str
) -> None:
    installed(tmp_path)
    other = tmp_path / "srv/other"
    other.mkdir(parents=True)
    (other / file).touch()
    done = uninstall(DESTDIR=str(tmp_path), PREFIX="/srv/other", PURGE="1")
    assert done.returncode == 1
    assert "no installation of Kiosk" in done.stderr
    assert (other / file).exists()
    assert (tmp_path / "etc/kiosk/kiosk.toml").exists()
    assert (tmp_path / "usr/local/lib/systemd/system/kiosk.service").exists()


@pytest.mark.parametrize("name", ["DESTDIR", "PREFIX"])
def test_relative_paths_are_refused(tmp_path: Path, name: str) -> None:
    done = uninstall(**{"DESTDIR": str(tmp_path), name: "some where"})
    assert done.returncode == 1
    assert "absolute" in done.stderr
