"""A pack: a folder with `avatar.toml` and the layers of a face, read and judged as a whole.

Everything that a stranger's folder may get wrong is found here and in `manifest.py`, before
anything is drawn, and named by file, layer and remedy.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kiosk.avatar.face.manifest import (
    FILE,
    Fault,
    Layer,
    Manifest,
    PackError,
    manifest_faults,
    read_manifest,
)
from kiosk.draw.image_file import ImageReader, PictureError
from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import Drawing, read
from kiosk.settings import packaged
from kiosk.settings.below import inside

if TYPE_CHECKING:
    import pygame

SHIPPED = packaged.path("avatars")
OWN = Path("/etc/kiosk/avatars")
"""Packs of a house."""
FALLBACK = "host"
"""Shown where another pack cannot be."""
MAX_PACK_BYTES = 16 << 20
"""Of all files of a pack, and of each SVG."""
MAX_PICTURE_BYTES = 8 << 20
"""Of each PNG of a pack."""
MAX_PICTURE_PIXELS = 4096 * 4096
"""Of each PNG of a pack: 64 MB in memory."""
MAX_PACK_PIXELS = 32_000_000
"""Of a pack's PNG, which are in memory for good: 128 MB."""
MAX_PACK_NUMBERS = 60_000
"""Of a pack's SVG; the shipped ones have 6000."""
MAX_PACK_EFFORT = 250_000
"""Of all SVG files of a pack together (`svg/effort.py`), which are drawn small when it is loaded.
The packs that come with the kiosk have 3000."""


class Drawn(NamedTuple):
    """A layer and its drawings."""

    layer: Layer
    base: "Drawing | pygame.Surface"
    shapes: "Mapping[str, Drawing | pygame.Surface]"


class Pack(NamedTuple):
    """A pack that can be shown."""

    folder: Path
    manifest: Manifest
    layers: tuple[Drawn, ...]


def names() -> dict[str, Path]:
    """Every pack that is installed, and its folder; a house's own before a shipped one."""
    found: dict[str, Path] = {}
    for home in (SHIPPED, OWN):
        for file in sorted(home.glob(f"*/{FILE}")):
            found[file.parent.name] = file.parent
    return found


def find(name: str) -> Path:
    """Folder of a pack: an installed one by its name, any other by a path with a slash.

    Raises:
        PackError: there is none.
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
    """Read a pack.

    Raises:
        PackError: it has faults; the message has a line for each.
    """
    pack, faults = examine(folder)
    if pack is None or faults:
        raise PackError("\n".join(f"{folder.name}/{fault}" for fault in faults))
    return pack


def examine(folder: Path) -> tuple[Pack | None, list[Fault]]:
    """Read a pack and find all that is wrong with it; None where `avatar.toml` cannot be read."""
    try:
        manifest = read_manifest(folder)
    except PackError as error:
        return None, [Fault(FILE, "", _after_name(str(error), folder))]
    faults = list(manifest_faults(manifest))
    if faults:
        return None, faults
    with ImageReader() as reader:
        files = _Files(folder, manifest, reader)
        layers = [files.drawn(layer) for layer in manifest.layers]
    whole = tuple(layer for layer in layers if layer is not None)
    return (None if files.faults else Pack(folder, manifest, whole)), files.faults


def _after_name(message: str, folder: Path) -> str:
    """A message without the file's path before it."""
    return message.removeprefix(str(folder / FILE)).lstrip(":, ")


class _Files:
    """Reads the layers' files, each once, and collects faults."""

    def __init__(self, folder: Path, manifest: Manifest, reader: ImageReader) -> None:
        self._folder, self._manifest, self._reader = folder, manifest, reader
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
                what = getattr(error, "strerror", None) or str(error)
                if isinstance(error, FileNotFoundError):
                    what = f"there is no such file: export it to {self._folder}, or mend its name"
                self._fault(name, layer, what)
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
        limit = MAX_PICTURE_BYTES if name.endswith(".png") else MAX_PACK_BYTES
        size = file.stat().st_size
        self._bytes += size
        if size > limit or self._bytes > MAX_PACK_BYTES:
            raise ValueError(
                f"more than {limit >> 20} MiB, or the pack more than {MAX_PACK_BYTES >> 20}: make"
                " the pictures smaller"
            )
        if name.endswith(".png"):
            return self._picture(file)
        left, top, width, height = self._manifest.canvas
        drawing = read(file.read_bytes(), self._manifest.colours)
        self._numbers += drawing.count
        if self._numbers > MAX_PACK_NUMBERS:
            raise ValueError(
                f"the drawings have more than {MAX_PACK_NUMBERS} numbers together: simplify"
                " the paths"
            )
        self._effort += drawing.effort
        if self._effort > MAX_PACK_EFFORT:
            raise ValueError(
                f"the drawings are too much together ({MAX_PACK_EFFORT} elements, with effects"
                " and long paths counted): simplify them, or export layers as PNG"
            )
        if any(abs(a - b) > 0.01 for a, b in zip(drawing.box, self._manifest.canvas, strict=True)):
            box = " ".join(f"{number:g}" for number in drawing.box)
            raise ValueError(
                f"its viewBox is {box}, the canvas {left:g} {top:g} {width:g} {height:g}: export"
                " every layer with the same page"
            )
        return drawing

    def _picture(self, file: Path) -> "pygame.Surface":
        """A layer of pixels, decoded."""
        left = MAX_PACK_PIXELS - self._pixels
        try:
            picture = self._reader.read_whole(file, min(MAX_PICTURE_PIXELS, left))
        except PictureError as error:
            together = f", of {MAX_PACK_PIXELS // 10**6} million for all PNG together"
            what = error.what + together * (left < MAX_PICTURE_PIXELS)
            raise ValueError(f"{what}: {error.remedy}") from None
        _, _, width, height = self._manifest.canvas
        across, down = picture.get_size()
        self._pixels += across * down
        if abs(across * height - down * width) > max(across, down) * max(width, height) / 200:
            raise ValueError(
                f"{across}x{down} pixels are of another form than the canvas"
                f" ({width:g}x{height:g}): export the whole canvas"
            )
        return picture


def expressions(name: str) -> Sequence[str]:
    """Names of the expressions that a pack offers; of the fallback where it cannot be read."""
    try:
        return sorted(read_manifest(find(name)).expressions)
    except PackError:
        return sorted(read_manifest(SHIPPED / FALLBACK).expressions)


def choose(name: str) -> tuple[Pack, str]:
    """The pack to show, and why it is not the one that was asked for; empty where it is."""
    try:
        return load(find(name)), ""
    except PackError as error:
        first, *more = str(error).splitlines() or [""]
        rest = f" (and {len(more)} more: kiosk avatars check)" if more else ""
        return load(SHIPPED / FALLBACK), f"{first}{rest}"
