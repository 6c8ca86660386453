"""A face's files: a folder with `avatar.toml` and its layers, read and judged as a whole.

Everything that a stranger's folder may get wrong is found here, before anything is drawn, and told
by file, layer and remedy. What a designer has to know stands in docs/avatars.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import Struct, field

from kiosk.avatar.face.pose import MOVES, SHAPES
from kiosk.draw.image_file import ImageReader, PictureError
from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import Drawing, read
from kiosk.errors import ConfigError, UserError
from kiosk.lips.visemes import VISEMES
from kiosk.settings import packaged
from kiosk.settings.below import inside
from kiosk.settings.textfile import NoSuchFileError, read_toml

if TYPE_CHECKING:
    import pygame

FILE = "avatar.toml"
SHIPPED = packaged.path("avatars")
OWN = Path("/etc/kiosk/avatars")
"""Packs of a house."""
FALLBACK = "host"
"""Shown where another pack cannot be."""
MOST_LAYERS = 40
MOST_FILES = 200
MOST_BYTES = 16 << 20
MOST_PICTURE_BYTES = 8 << 20
MOST_PIXELS = 4096 * 4096
MOST_PIXELS_TOGETHER = 32_000_000
"""Of a pack's PNG, which are in memory for good: 128 MB."""
MOST_NUMBERS_TOGETHER = 60_000
"""Of a pack's SVG; the shipped ones have 6000."""
MOST_EFFORT_TOGETHER = 250_000
"""Of a pack's SVG (`svg/effort.py`), which are all drawn small when it is put on; the shipped ones
have 3000.
"""
_MOST_TOML = 64 << 10
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HEX = re.compile(r"#[0-9a-f]{6}")


class PackError(UserError, ValueError):
    """A pack that cannot be used; its message has a line for each fault."""


class Anchors(Struct, frozen=True, forbid_unknown_fields=True):
    """`[anchors]`: points that the figure moves about, in the canvas's units."""

    neck: tuple[float, float]
    """Where the head tilts."""
    face: tuple[float, float, float, float] | None = None
    """Left, top, width, height of what no card covers, at rest; None: all that follows the head."""


class Idle(Struct, frozen=True, forbid_unknown_fields=True):
    """`[idle]`: how it lives when nothing happens."""

    breath: float = 2.2
    """Units by which the head rises with each breath."""
    turn: tuple[float, float] = (15.0, 12.0)
    """Units, across and down, by which a layer of depth 1 moves as the face turns fully."""
    sway: float = 1.0
    """How far the head wanders; 1 as a person, 0 not at all."""
    glances: float = 1.0
    """How far the eyes wander."""
    blinks: float = 1.0
    """How often the eyes blink; 1 as a person, 0 never."""
    button: tuple[float, float] = (0.0, 1.0)
    """Where the button is, seen from the visitor: -1 left or up, 1 right or down."""


class Layer(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[layer]]`: one part of the figure; the first one is farthest back."""

    name: str
    file: str
    """SVG or PNG on the pack's canvas."""
    follows: Literal["stage", "body", "head", "gaze"] = "head"
    """What it moves with: nothing, the breath, the head, or the head and the eyes."""
    depth: float = 0.0
    """How much it moves as the head turns: -1 far behind, 0 the neck, 1 the tip of the nose."""
    reach: tuple[float, float] = (11.0, 8.0)
    """Units, across and down, by which one that follows the gaze moves at the farthest glance."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """Other files of the same part, by the name of the shape."""


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """`avatar.toml`."""

    name: str
    author: str
    licence: str
    canvas: tuple[float, float, float, float]
    """viewBox of every layer: left, top, width, height; its lower edge is the desk's."""
    anchors: Anchors
    layers: tuple[Layer, ...] = field(name="layer")
    about: str = ""
    voice: str = ""
    """Prebuilt voice that suits it, such as `Kore`: a suggestion for `live.voice`."""
    idle: Idle = Idle()
    colours: Mapping[str, str] = field(default_factory=dict)
    """For a colour of the drawings, what is drawn instead: both `#rrggbb`."""
    expressions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """For the name of an expression, what it sets: moves of the head and shapes of layers."""


class Fault(NamedTuple):
    """What is wrong, where, and how to mend it."""

    file: str
    layer: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}{f' (layer {self.layer})' if self.layer else ''}: {self.what}"


class Drawn(NamedTuple):
    """A layer and its drawings."""

    layer: Layer
    base: "Drawing | pygame.Surface"
    shapes: "Mapping[str, Drawing | pygame.Surface]"


class Pack(NamedTuple):
    """A pack that can be worn."""

    folder: Path
    manifest: Manifest
    layers: tuple[Drawn, ...]


def names() -> dict[str, Path]:
    """Every pack that is installed, and its folder; a house's own before a shipped one."""
    files = (file for home in (SHIPPED, OWN) for file in sorted(home.glob(f"*/{FILE}")))
    return {file.parent.name: file.parent for file in files}


def find(name: str) -> Path:
    """Folder of a pack: an installed one by its name, any other by a path with a slash.

    Raises `PackError` where there is none.
    """
    if "/" in name:
        return Path(name)
    installed = names()
    if name not in installed:
        raise PackError(
            f"there is no pack {name!r}. Installed are {', '.join(installed)}; a folder is named by"
            " its path, such as ./mine"
        )
    return installed[name]


def load(folder: Path) -> Pack:
    """Read a pack. Raises `PackError`, with a line for each fault."""
    pack, faults = examine(folder)
    if pack is None or faults:
        raise PackError("\n".join(f"{folder.name}/{fault}" for fault in faults))
    return pack


def manifest(folder: Path) -> Manifest:
    """Read `avatar.toml` alone. Raises `PackError`."""
    file = folder / FILE
    try:
        return _decoded(read_toml(file, _MOST_TOML))
    except NoSuchFileError:
        raise PackError(
            f"{file}: there is no such file: copy it from the pack `template`"
        ) from None
    except ConfigError as error:
        raise PackError(str(error)) from None
    except ValueError as error:
        raise PackError(f"{file}: {error}") from None


def _decoded(document: dict[str, Any]) -> Manifest:
    try:
        return msgspec.convert(document, Manifest)
    except msgspec.ValidationError as error:
        # It counts layers from 0; a designer knows them by name.
        match = re.search(r"\$\.layer\[(\d+)\]", str(error))
        layer = document["layer"][int(match[1])] if match else None
        name = layer.get("name") if isinstance(layer, dict) else None
        where = f" (layer {name})" if isinstance(name, str) else ""
        raise ValueError(f"{error}{where}: see docs/avatars.md for the keys") from None


def examine(folder: Path) -> tuple[Pack | None, list[Fault]]:
    """Read a pack and find all that is wrong with it; None where `avatar.toml` cannot be read."""
    try:
        told = manifest(folder)
    except PackError as error:
        without_path = str(error).removeprefix(str(folder / FILE)).lstrip(":, ")
        return None, [Fault(FILE, "", without_path)]
    faults = list(_judge(told))
    if faults:
        return None, faults
    with ImageReader() as reader:
        files = _Files(folder, told, reader)
        layers = [files.drawn(layer) for layer in told.layers]
    whole = tuple(layer for layer in layers if layer is not None)
    return (None if files.faults else Pack(folder, told, whole)), files.faults


class _Files:
    """Reads the layers' files, each once, and collects faults."""

    def __init__(self, folder: Path, told: Manifest, reader: ImageReader) -> None:
        self._folder, self._told, self._reader = folder, told, reader
        self._read: dict[str, Drawing | pygame.Surface | None] = {}
        self._bytes = self._pixels = self._numbers = self._effort = 0
        self.faults: list[Fault] = []

    def drawn(self, layer: Layer) -> Drawn | None:
        """A layer and its drawings; None where its base cannot be used."""
        base = self._file(layer, layer.file)
        shapes: dict[str, Drawing | pygame.Surface] = {}
        for shape, name in layer.shapes.items():
            drawing = self._file(layer, name)
            if drawing is None or base is None:
                continue
            if isinstance(drawing, Drawing) and isinstance(base, Drawing):
                try:
                    base.against(drawing)
                except DrawingError as error:
                    self._fault(name, layer, f"{error} ({layer.file})")
            elif isinstance(drawing, Drawing) or isinstance(base, Drawing):
                self._fault(
                    name, layer, f"SVG and PNG in one layer: make it like its base {layer.file}"
                )
            shapes[shape] = drawing
        return None if base is None else Drawn(layer, base, shapes)

    def _fault(self, name: str, layer: Layer, what: str) -> None:
        self.faults.append(Fault(name, layer.name, what))

    def _file(self, layer: Layer, name: str) -> "Drawing | pygame.Surface | None":
        if name not in self._read:
            self._read[name] = None
            try:
                self._read[name] = self._open(name)
            except (OSError, ValueError) as error:
                told = getattr(error, "strerror", None) or str(error)
                if isinstance(error, FileNotFoundError):
                    told = f"there is no such file: export it to {self._folder}, or mend its name"
                self._fault(name, layer, told)
        return self._read[name]

    def _open(self, name: str) -> "Drawing | pygame.Surface":
        if not name.endswith((".svg", ".png")):
            raise ValueError("neither .svg nor .png: export the layer as one of them")
        try:
            file = inside(self._folder, name)
        except ValueError:
            raise ValueError(
                "leads out of the pack: put the file into the folder and name it without .. or /"
            ) from None
        if not file.is_file():
            raise FileNotFoundError(name)
        limit = MOST_PICTURE_BYTES if name.endswith(".png") else MOST_BYTES
        size = file.stat().st_size
        self._bytes += size
        if size > limit or self._bytes > MOST_BYTES:
            raise ValueError(
                f"more than {limit >> 20} MiB, or the pack more than {MOST_BYTES >> 20}: make the"
                " pictures smaller"
            )
        if name.endswith(".png"):
            return self._picture(file)
        left, top, width, height = self._told.canvas
        drawing = read(file.read_bytes(), self._told.colours)
        self._numbers += drawing.count
        if self._numbers > MOST_NUMBERS_TOGETHER:
            raise ValueError(
                f"the drawings have more than {MOST_NUMBERS_TOGETHER} numbers together: simplify"
                " the paths"
            )
        self._effort += drawing.effort
        if self._effort > MOST_EFFORT_TOGETHER:
            raise ValueError(
                f"the drawings are too much together ({MOST_EFFORT_TOGETHER} elements, with effects"
                " and long paths counted): simplify them, or export layers as PNG"
            )
        if any(abs(a - b) > 0.01 for a, b in zip(drawing.box, self._told.canvas, strict=True)):
            box = " ".join(f"{number:g}" for number in drawing.box)
            raise ValueError(
                f"its viewBox is {box}, the canvas {left:g} {top:g} {width:g} {height:g}: export"
                " every layer with the same page"
            )
        return drawing

    def _picture(self, file: Path) -> "pygame.Surface":
        """A layer of pixels, decoded."""
        left = MOST_PIXELS_TOGETHER - self._pixels
        try:
            picture = self._reader.read_whole(file, min(MOST_PIXELS, left))
        except PictureError as error:
            together = f", of {MOST_PIXELS_TOGETHER // 10**6} million for all PNG together"
            what = error.what + together * (left < MOST_PIXELS)
            raise ValueError(f"{what}: {error.remedy}") from None
        _, _, width, height = self._told.canvas
        across, down = picture.get_size()
        self._pixels += across * down
        if abs(across * height - down * width) > max(across, down) * max(width, height) / 200:
            raise ValueError(
                f"{across}x{down} pixels are of another form than the canvas"
                f" ({width:g}x{height:g}): export the whole canvas"
            )
        return picture


def _judge(told: Manifest) -> Iterator[Fault]:
    """What is wrong within `avatar.toml` though it can be read."""
    anchors = (*told.anchors.neck, *(told.anchors.face or ()))
    numbers = [*told.canvas, *anchors, *msgspec.structs.astuple(told.idle)]
    flat = [n for item in numbers for n in (item if isinstance(item, tuple) else (item,))]
    if not all(abs(number) <= 5000 for number in flat):
        yield Fault(FILE, "", "a number beyond 5000 in canvas, anchors or idle: draw smaller")
    elif not all(side >= 50 for side in told.canvas[2:]):
        yield Fault(FILE, "", "canvas is left, top, width, height; the sides are 50 to 5000")
    if not 0 < len(told.layers) <= MOST_LAYERS:
        yield Fault(FILE, "", f"{len(told.layers)} layers: there are 1 to {MOST_LAYERS}")
    if sum(1 + len(layer.shapes) for layer in told.layers) > MOST_FILES:
        yield Fault(FILE, "", f"more than {MOST_FILES} files: let layers do with fewer shapes")
    for old, new in told.colours.items():
        if not (_HEX.fullmatch(old) and _HEX.fullmatch(new)):
            yield Fault(FILE, "", f'colours: "{old}" = "{new}": both are #rrggbb in small letters')
    seen: set[str] = set()
    for layer in told.layers:
        if not _NAME.fullmatch(layer.name) or layer.name in seen:
            yield Fault(
                FILE, layer.name, "a layer's name is a word in small letters, and no other's"
            )
        seen.add(layer.name)
        if not all(abs(number) <= 500 for number in (layer.depth * 100, *layer.reach)):
            yield Fault(FILE, layer.name, "depth is -5 to 5, reach -500 to 500 units")
        for shape in layer.shapes:
            if (not _NAME.fullmatch(shape) and shape not in VISEMES) or shape == "sil":
                yield Fault(
                    FILE, layer.name,
                    f'"{shape}" is no name of a shape: use a viseme\'s (the base is "sil") or a'
                    " word in small letters",
                )  # fmt: skip
    yield from _judge_expressions(told)


def _judge_expressions(told: Manifest) -> Iterator[Fault]:
    shapes = {shape for layer in told.layers for shape in layer.shapes}
    for name, sets in told.expressions.items():
        if not _NAME.fullmatch(name):
            yield Fault(FILE, "", f'expressions: "{name}" is no word in small letters')
        for key, value in sets.items():
            if key not in MOVES and key not in shapes:
                yield Fault(
                    FILE, "",
                    f'expressions.{name}: no layer has the shape "{key}": use one of'
                    f" {', '.join(sorted(shapes | set(MOVES)))}",
                )  # fmt: skip
            elif not abs(value) <= (1 if key not in ("tilt", "drop") else 40):
                yield Fault(FILE, "", f"expressions.{name}: {key} = {value:g} is too much: 0 to 1")
    driven = shapes - set(VISEMES) - set(SHAPES)
    asked = {key for sets in told.expressions.values() for key in sets}
    for shape in sorted(driven - asked):
        yield Fault(
            FILE, "",
            f'nothing ever shows the shape "{shape}": name it in an expression, or use one of'
            f" {', '.join(SHAPES)}",
        )  # fmt: skip


def expressions(name: str) -> Sequence[str]:
    """Names of the expressions that a pack offers; of the fallback where it cannot be read."""
    try:
        return sorted(manifest(find(name)).expressions)
    except PackError:
        return sorted(manifest(SHIPPED / FALLBACK).expressions)


def choose(name: str) -> tuple[Pack, str]:
    """The pack to wear, and why it is not the one that was asked for; empty where it is."""
    try:
        return load(find(name)), ""
    except PackError as error:
        first, *more = str(error).splitlines() or [""]
        rest = f" (and {len(more)} more: kiosk avatars check)" if more else ""
        return load(SHIPPED / FALLBACK), f"{first}{rest}"
