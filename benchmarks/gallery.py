"""Every pack in every state, and the screen in its languages and modes, as contact
sheets: `python -m benchmarks.gallery docs/gallery`.
"""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pygame
from msgspec.structs import replace

from benchmarks.preview import content, draw, scenes
from kiosk.avatar.face.face import Face
from kiosk.avatar.face.pack import expressions
from kiosk.core.scene import State
from kiosk.display.text.fonts import Fonts
from kiosk.display.text.strings import strings
from kiosk.display.theme import INK, Look

LANDSCAPE, PORTRAIT, SMALL = (1280, 720), (720, 1280), (800, 480)
PACKS = ("host", "robot", "lumen")
LANGUAGES = ("en", "de", "zh", "ar")
SCREENS = ("attract", "listening", "speaking", "card-map", "answered", "offline")
MODES = ("attract", "listening-silent", "speaking", "card-list", "countdown", "out-of-order")
CARDS = ("card-text", "card-list", "card-image", "card-map", "card-qr", "card-broken")
_GAP, _LABEL_PX = 10, 17
_PAPER = (244, 245, 247)

Shot = tuple[str, pygame.Surface]


def sheet(shots: Iterable[Shot], columns: int, width: int) -> pygame.Surface:
    """Pictures beside and below each other, each with its name."""
    fonts = Fonts()
    small = []
    for name, shot in shots:
        height = shot.get_height() * width // shot.get_width()
        small.append((name, pygame.transform.smoothscale(shot, (width, height))))
    cell = (width + _GAP, small[0][1].get_height() + fonts.line_px(_LABEL_PX) + _GAP)
    rows = -(-len(small) // columns)
    paper = pygame.Surface((columns * cell[0] + _GAP, rows * cell[1] + _GAP)).convert()
    paper.fill(_PAPER)
    for index, (name, shot) in enumerate(small):
        left, top = _GAP + index % columns * cell[0], _GAP + index // columns * cell[1]
        paper.blit(shot, (left, top))
        paper.blit(fonts.render(name, _LABEL_PX, INK), (left, top + shot.get_height()))
    return paper


def pack_shots(pack: str, size: tuple[int, int], look: Look) -> Iterator[Shot]:
    """A pack in every state and expression."""
    by_name = {name: (scene, senses) for name, scene, senses in scenes()}
    for state in State:
        scene, senses = by_name[state.value]
        yield state.value, draw(size, scene, senses, look, Face(pack))
    resting, senses = by_name[State.ATTRACT.value]
    for name in expressions(pack):
        yield name, draw(size, replace(resting, expression=name), senses, look, Face(pack))


def screen_shots(
    names: Sequence[str], size: tuple[int, int], look: Look, language: str = "en"
) -> Iterator[Shot]:
    """The screen in some scenes."""
    by_name = {name: (scene, senses) for name, scene, senses in scenes(language)}
    for name in names:
        scene, senses = by_name[name]
        yield name, draw(size, scene, senses, look, Face("host"))


def write(out: Path) -> list[Path]:
    """Draw all sheets."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((64, 64))
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []

    def save(name: str, shots: Iterable[Shot], columns: int, width: int) -> None:
        path = out / f"{name}.jpg"
        pygame.image.save(sheet(shots, columns, width), path)
        written.append(path)

    with TemporaryDirectory() as folder:
        look = content(Path(folder))
        for pack in PACKS:
            save(pack, pack_shots(pack, LANDSCAPE, look), 4, 400)
            save(f"{pack}-portrait", pack_shots(pack, PORTRAIT, look), 8, 210)
        for language in LANGUAGES:
            save(f"language-{language}", screen_shots(SCREENS, LANDSCAPE, look, language), 3, 480)
            save(
                f"language-{language}-portrait",
                screen_shots(SCREENS, PORTRAIT, look, language), 6, 230,
            )  # fmt: skip
        save("cards", screen_shots(CARDS, LANDSCAPE, look), 3, 480)
        save("cards-portrait", screen_shots(CARDS, PORTRAIT, look), 6, 230)
        save("small", screen_shots(MODES, SMALL, look), 3, 480)
        save("high-contrast", screen_shots(MODES, LANDSCAPE, look.contrasting()), 3, 480)
        large = replace(look, large_type=True)
        save("large-type", screen_shots(MODES, LANDSCAPE, large), 3, 480)
        both = large.contrasting()
        save("large-type-high-contrast-portrait", screen_shots(MODES, PORTRAIT, both), 6, 230)
    (out / "README.md").write_text(_index(written), "utf-8")
    pygame.font.quit()
    pygame.display.quit()
    return written


def _index(written: Sequence[Path]) -> str:
    """A page that shows all of them."""
    lines = ["# Gallery", "", "Made by `python -m benchmarks.gallery docs/gallery`.", ""]
    for path in written:
        words = path.stem
        if words.startswith("language-"):
            tag = words.split("-")[1]
            words = words.replace(f"language-{tag}", strings(tag)["name"])
        title = words.replace("-", " ")
        lines += [f"## {title[0].upper()}{title[1:]}", "", f"![{title}]({path.name})", ""]
        if (film := path.with_suffix(".mp4")).is_file():
            command = (
                f"kiosk avatars preview {path.stem} --out docs/gallery/{film.name} --size 640x360"
            )
            lines += [f"[It speaks: a film of 20 s, with sound]({film.name}), by `{command}`.", ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.gallery", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    options = parser.parse_args(arguments)
    for path in write(options.out):
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
