"""A pack's manifest, `avatar.toml`: what it may say, and what is wrong with it.

What a designer has to know stands in docs/avatars.md.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct, field

from kiosk.avatar.face.pose import MOVES, SHAPES
from kiosk.errors import ConfigError, UserError
from kiosk.lips.visemes import VISEMES
from kiosk.settings.textfile import NoSuchFileError, read_toml

FILE = "avatar.toml"
MAX_LAYERS = 40
"""Each is one blit in each frame that it changes in."""
MAX_FILES = 200
"""Layers and their shapes together."""
MIN_SIDE, MAX_COORDINATE = 50, 5000
"""Of the canvas, its anchors and moves, in units: within these nothing overflows when scaled."""
_MAX_TOML_BYTES = 64 << 10
"""Of a pack's manifest; those that come with the kiosk have far less."""
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


class IdleLife(Struct, frozen=True, forbid_unknown_fields=True):
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
    idle: IdleLife = IdleLife()
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


def read_manifest(folder: Path) -> Manifest:
    """Read `avatar.toml` alone.

    Raises:
        PackError: it is missing, is no TOML, or has keys or values that no pack has.
    """
    file = folder / FILE
    try:
        return _decoded(read_toml(file, _MAX_TOML_BYTES))
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


def manifest_faults(manifest: Manifest) -> Iterator[Fault]:
    """Find what is wrong in a manifest although it can be read."""
    anchors = (*manifest.anchors.neck, *(manifest.anchors.face or ()))
    numbers = [*manifest.canvas, *anchors, *msgspec.structs.astuple(manifest.idle)]
    flat = [n for item in numbers for n in (item if isinstance(item, tuple) else (item,))]
    if not all(abs(number) <= MAX_COORDINATE for number in flat):
        yield Fault(FILE, "", "a number beyond 5000 in canvas, anchors or idle: draw smaller")
    elif not all(side >= MIN_SIDE for side in manifest.canvas[2:]):
        yield Fault(FILE, "", "canvas is left, top, width, height; the sides are 50 to 5000")
    if not 0 < len(manifest.layers) <= MAX_LAYERS:
        yield Fault(FILE, "", f"{len(manifest.layers)} layers: there are 1 to {MAX_LAYERS}")
    if sum(1 + len(layer.shapes) for layer in manifest.layers) > MAX_FILES:
        yield Fault(FILE, "", f"more than {MAX_FILES} files: let layers do with fewer shapes")
    for old, new in manifest.colours.items():
        if not (_HEX.fullmatch(old) and _HEX.fullmatch(new)):
            yield Fault(FILE, "", f'colours: "{old}" = "{new}": both are #rrggbb in small letters')
    seen: set[str] = set()
    for layer in manifest.layers:
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
    yield from _expression_faults(manifest)


def _expression_faults(manifest: Manifest) -> Iterator[Fault]:
    shapes = {shape for layer in manifest.layers for shape in layer.shapes}
    for name, sets in manifest.expressions.items():
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
    asked = {key for sets in manifest.expressions.values() for key in sets}
    for shape in sorted(driven - asked):
        yield Fault(
            FILE, "",
            f'nothing ever shows the shape "{shape}": name it in an expression, or use one of'
            f" {', '.join(SHAPES)}",
        )  # fmt: skip
