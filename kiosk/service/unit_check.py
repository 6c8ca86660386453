"""Whether the service may reach the files that the settings name: its unit closes many places.

systemd is asked for the unit's directives, because a list of them here would miss the drop-ins.
"""

import grp
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from kiosk.settings.findings import Finding
from kiosk.settings.installation import join_group
from kiosk.settings.setting_files import SettingFile, files_of
from kiosk.settings.types import Settings

UNIT = "kiosk.service"
DIRECTIVES = (
    *("LoadState", "User", "ProtectHome", "ProtectSystem", "PrivateTmp", "InaccessiblePaths"),
    *("TemporaryFileSystem", "BindPaths", "BindReadOnlyPaths", "ReadWritePaths", "ReadOnlyPaths"),
    *("StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory"),
    *("NoExecPaths", "ExecPaths"),
)
_HOMES = ("/home", "/root", "/run/user")
_OWN = {
    "StateDirectory": "/var/lib",
    "RuntimeDirectory": "/run",
    "CacheDirectory": "/var/cache",
    "LogsDirectory": "/var/log",
}
"""Directives that give a unit its own directories, and where they are. Source: systemd.exec(5)."""
DEV = Path("/dev")
MAX_FILES = 500
"""Files of one folder whose modes are checked."""
SHOW_TIMEOUT_S = 10.0
"""For systemctl to answer; later it is taken for absent."""


def judge(settings: Settings, files: Sequence[str] = ()) -> Iterator[Finding]:
    """Which files the installed service cannot reach.

    Args:
        settings: whose values name files and devices.
        files: paths of the settings' own files.
    """
    unit = shown()
    if unit.get("LoadState") != "loaded":
        return
    user = unit.get("User") or "root"
    for name in files:
        if shut := unreadable(Path(name), user):
            yield _shut(name, shut, user)
    for key, device in _devices(settings):
        if unreadable(device, user):
            yield Finding(
                key, f"{device} may not be opened by the service's user {user}",
                join_group(device.group(), user), "error", "machine",
            )  # fmt: skip
    for file in files_of(settings):
        if why := closed(file, unit):
            yield Finding(
                file.key, f"{file.path} is closed to the service ({why})",
                f"Move it to /srv/kiosk or /etc/kiosk, or open it: systemctl edit {UNIT}",
            )  # fmt: skip
        elif file.use != "write" and (shut := unreadable(file.path, user)):
            yield _shut(file.key, shut, user)


def _devices(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Devices that the settings ask for: one of each kind, because all of a kind have one group."""
    gpio = settings.button.source == "gpio"
    wanted = [
        (
            "button.source" if gpio else "lamp.driver",
            "gpiochip*",
            gpio or settings.lamp.driver != "none",
        ),
        ("audio.input", "snd/controlC*", not settings.audio.input.startswith("file:")),
    ]
    for key, pattern, asked in wanted:
        if asked:
            yield from ((key, device) for device in sorted(DEV.glob(pattern))[:1])


def _shut(where: str, path: Path, user: str) -> Finding:
    return Finding(
        where, f"{path} may not be read by the service's user {user}", f"sudo chmod a+rX '{path}'"
    )


def shown() -> dict[str, str]:
    """The unit's directives as systemd has them; empty where there is no systemd."""
    command = ["systemctl", "show", UNIT, "--property", ",".join(DIRECTIVES)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SHOW_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return {}  # No systemd, or an image that is being built: then there is nothing to ask.
    lines = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in lines}


def closed(file: SettingFile, unit: Mapping[str, str]) -> str:
    """Which directive closes a file to the service; empty where none does.

    Args:
        file: what is wanted, and for what.
        unit: directives by name. Source: systemd.exec(5), Sandboxing.
    """
    path = Path(os.path.normpath(file.path.absolute()))
    if why := _hidden(path, unit):
        return why
    if file.use == "run" and (why := _not_run(path, unit)):
        return why
    return _not_written(path, unit) if file.use == "write" else ""


def _hidden(path: Path, unit: Mapping[str, str]) -> str:
    bound = _paths(unit, "BindPaths") + _paths(unit, "BindReadOnlyPaths")
    if _below(path, bound):
        return ""
    home = unit.get("ProtectHome", "no")
    if home in {"yes", "tmpfs"} and _below(path, _HOMES):
        return f"ProtectHome={home}"
    if unit.get("PrivateTmp", "no") not in {"no", ""} and _below(path, ("/tmp", "/var/tmp")):  # noqa: S108
        return f"PrivateTmp={unit['PrivateTmp']}: it has a /tmp of its own"
    for name in ("InaccessiblePaths", "TemporaryFileSystem"):
        if where := _below(path, _paths(unit, name)):
            return f"{name}={where}"
    return ""


def _not_run(path: Path, unit: Mapping[str, str]) -> str:
    barred = _below(path, _paths(unit, "NoExecPaths"))
    allowed = _below(path, _paths(unit, "ExecPaths"))
    return f"NoExecPaths={barred}" if len(barred) > len(allowed) else ""


def _not_written(path: Path, unit: Mapping[str, str]) -> str:
    own = [f"{_OWN[name]}/{each}" for name in _OWN for each in unit.get(name, "").split() if each]
    barred = _below(path, _paths(unit, "ReadOnlyPaths"))
    allowed = _below(path, _paths(unit, "ReadWritePaths") + own)
    if len(barred) > len(allowed):
        return f"ReadOnlyPaths={barred}"
    protect = unit.get("ProtectSystem", "no")
    places = {
        "strict": ["/"],
        "full": ["/usr", "/boot", "/efi", "/etc"],
        "yes": ["/usr", "/boot", "/efi"],
    }.get(protect, [])
    if _below(path, places) and not allowed:
        return f"ProtectSystem={protect}: it writes only to {', '.join(own) or 'nothing'}"
    if unit.get("ProtectHome") == "read-only" and _below(path, _HOMES) and not allowed:
        return "ProtectHome=read-only"
    return ""


def _paths(unit: Mapping[str, str], name: str) -> list[str]:
    """Paths of a directive, as the service sees them: of `-/from:/to:rbind` the second."""
    words = [each.lstrip("-+").split(":") for each in unit.get(name, "").split()]
    return [word[1 if name.startswith("Bind") and len(word) > 1 else 0] for word in words]


def _below(path: Path, places: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """The longest of the places that the path is in; empty where it is in none."""
    return max((each for each in places if path.is_relative_to(each)), key=len, default="")


def unreadable(path: Path, user: str) -> Path | None:
    """The first part of a path that the user may not pass or read; None where there is none.

    Only owner, group and mode are checked. For a folder the files in it are checked too.
    """
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return None
    groups = {account.pw_gid} | {g.gr_gid for g in grp.getgrall() if user in g.gr_mem}
    for part in (*reversed(path.absolute().parents), path):
        try:
            status = part.stat()
        except OSError:
            return None  # It is not there, or this user may not look: another finding says so.
        wanted = 0o1 if stat.S_ISDIR(status.st_mode) else 0o4
        if part == path and stat.S_ISDIR(status.st_mode):
            wanted = 0o5
        shift = 6 if status.st_uid == account.pw_uid else 3 if status.st_gid in groups else 0
        if account.pw_uid and (status.st_mode >> shift) & wanted != wanted:
            return part
    try:
        inside = [each for each in islice(sorted(path.iterdir()), MAX_FILES) if each.is_file()]
    except OSError:
        return None  # No folder, or this user may not look into it.
    return next((each for each in inside if unreadable(each, user)), None)
