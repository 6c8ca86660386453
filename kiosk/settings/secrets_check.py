"""Whether the secrets that the settings need are there, and hold a key and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.errors import CredentialError
from kiosk.settings import secrets
from kiosk.settings.findings import Finding
from kiosk.settings.textfile import misnamed
from kiosk.settings.tool_settings import secrets_of
from kiosk.settings.types import Settings
from kiosk.settings.urls import IN_URLS, is_loopback


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with the secrets; never what they are."""
    needed = list(_needed(settings))
    for name in dict.fromkeys([*secrets.NAMES, *needed]):
        file = secrets.SYSTEM / name
        yield from misnamed(file)
        if _is_hidden(file):
            yield Finding(
                str(file), "may not be read by this user, which is as it should be",
                "To have it judged too: sudo kiosk config check", "note", "rights",
            )  # fmt: skip
            continue
        try:
            found = secrets.find(name)
        except CredentialError as error:
            yield Finding(name, str(error), f"The secret alone belongs there: {file}", "error")
            continue
        if found is None and name in needed:
            yield Finding(
                name, "there is none",
                f"sudo install -m 600 /dev/stdin {file} (paste it, Enter, Ctrl-D)", "warning",
                "machine",
            )  # fmt: skip


def _is_hidden(file: Path) -> bool:
    """Whether there is, or may be, a file that this user may not read."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # Not even its folder may be entered.
    return not os.access(file, os.R_OK, effective_ids=True)


def _needed(settings: Settings) -> Iterator[str]:
    live, avatar = settings.live, settings.avatar
    by_itself = avatar.driver == "avatarim" and avatar.avatarim.mode == "visitors-voice"
    here = is_loopback(urlsplit(live.endpoint).hostname or "")
    if live.api == "developer" and not (by_itself or here):
        yield secrets.API_KEY
    if avatar.driver != "face":
        yield {
            "heygen": secrets.HEYGEN_KEY,
            "liveavatar": secrets.LIVEAVATAR_KEY,
            "avatarim": secrets.AVATARIM_TOKEN,
        }[avatar.driver]
    for tool in settings.tools.own.values():
        yield from secrets_of(tool)
    urls = avatar.avatarim.video_url + avatar.avatarim.push_url
    yield from (name for name in IN_URLS if f"{{{name}}}" in urls)
