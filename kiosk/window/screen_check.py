"""Whether what the screen is to show is there and can be drawn: cards, pictures, fonts, words."""

import os
from collections.abc import Iterator
from pathlib import Path

import pygame

from kiosk.display import content
from kiosk.display.text import house_words, strings
from kiosk.draw.image_file import ImageReader, PictureError
from kiosk.draw.svg import librsvg
from kiosk.errors import ConfigError
from kiosk.settings.below import inside
from kiosk.settings.findings import Finding
from kiosk.settings.textfile import misnamed
from kiosk.settings.types import Settings
from kiosk.window.video_drivers import candidates, is_present

_USUAL_CONTENT = "/etc/kiosk/content"
"""The default need not be there."""


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[screen]`, `[theme]` and `[display]`."""
    screen = settings.screen
    words, mistakes = house_words.read(Path(screen.words))
    yield from mistakes
    yield from _language(settings, {*strings.languages(), *words})
    if (hours := screen.quiet_hours) and hours[:5] == hours[6:]:
        yield Finding(
            "screen.quiet_hours", f'"{hours}" begins and ends at once: it is never quiet',
            'Write "" for none, or two times such as "22:00-07:00"', "warning",
        )  # fmt: skip
    folder = Path(screen.content)
    # Not Path.is_dir, which raises where a folder above it may not be entered.
    if not os.path.isdir(folder) and screen.content != _USUAL_CONTENT:  # noqa: PTH112
        yield Finding("screen.content", f"{folder} is no folder that is here", "Check the path")
    with ImageReader() as reader:
        yield from _attract(reader, folder)
        for key in ("logo", "background"):
            if name := getattr(settings.theme, key):
                yield from _picture(reader, f"theme.{key}", folder, name)
    for key in ("font", "font_bold"):
        if name := getattr(settings.theme, key):
            yield from _font(f"theme.{key}", name)
    yield from _driver(settings.display.driver)
    yield from _renderer(settings.display.driver)


def _language(settings: Settings, known: set[str]) -> Iterator[Finding]:
    tag = settings.screen.language or settings.live.language
    if strings.primary(tag) not in known:
        key = "screen.language" if settings.screen.language else "live.language"
        yield Finding(
            key, f'the screen has no words in "{tag}" and is written in English',
            f"screen.language: one of {', '.join(sorted(known))}", "note",
        )  # fmt: skip


def _attract(reader: ImageReader, folder: Path) -> Iterator[Finding]:
    file = folder / content.ATTRACT
    yield from misnamed(file)
    try:
        cards = content.attract(folder)
    except ConfigError as error:
        words = str(error).removeprefix(str(file)).lstrip(":, ")
        yield Finding(str(file), words, "Without it there are no cards")
        return
    for number, card in enumerate(cards, 1):
        if card.picture:
            yield from _picture(reader, f"{file}, card {number}", folder, card.picture)


def _picture(reader: ImageReader, where: str, folder: Path, name: str) -> Iterator[Finding]:
    file = folder / name
    try:
        reader.check(inside(folder, name))
    except PictureError as error:
        yield Finding(where, f"{file} {error.what}", error.remedy)
    except (OSError, ValueError) as error:
        yield Finding(where, str(error), f"Put the picture into {folder}")


def _font(key: str, name: str) -> Iterator[Finding]:
    pygame.font.init()
    try:
        # pygame opens what is no font; only drawing with it tells.
        pygame.font.Font(name, 20).render("x", False, (0, 0, 0))
    except FileNotFoundError:
        yield Finding(
            key, f"{name} does not exist", 'Check the path, or write "" for the system\'s'
        )
    except (OSError, pygame.error):
        yield Finding(
            key,
            f"{name} is no font that can be used",
            'Name a TrueType or OpenType file, or write "" for the system\'s',
        )


def _driver(driver: str) -> Iterator[Finding]:
    if driver == "none":
        return
    drivers = candidates(driver, os.environ)
    if not any(is_present(name, os.environ) for name in drivers):
        tried = ", ".join(drivers) or "no desktop, no graphics card"
        yield Finding(
            "display.driver", f"no screen is here ({tried})",
            'Plug one in (HDMI before the board starts); without one: "none"',
            "warning", "machine",
        )  # fmt: skip


def _renderer(driver: str) -> Iterator[Finding]:
    if driver == "none":
        return
    try:
        librsvg.load()
    except pygame.error as error:
        what, _, remedy = str(error).rpartition(": ")
        remedy = remedy[:1].upper() + remedy[1:]
        yield Finding("display.driver", what, remedy, needs="machine")
