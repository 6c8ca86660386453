"""SVG as a pack may have it: read, judged, and taken apart into words and numbers.

The renderer in SDL_image (nanosvg) passes over what it does not know in silence, so a drawing that
uses it is refused here, with the remedy. A drawing is then a text with numbers in it. Two drawings
with the same text are two shapes of one part, and any mixture of their numbers is a shape between.

A file is a stranger's: expat reads it with no DTD, so that there are no entities at all, and what
it may hold is counted while it is read. That is the whole of defusedxml's work for a format that
needs no DTD.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from xml.parsers import expat

import numpy as np

from kiosk.errors import UserError

MOST_BYTES = 512 << 10
MOST_ELEMENTS = 1000
MOST_NUMBERS = 8_000
"""Of which the renderer's time is the square, where all lines cross the whole canvas: 3 s."""
DEEPEST = 40
"""Groups within groups; nanosvg forgets attributes from 128 on."""
FARTHEST = 10_000.0
"""The largest number, in units: farther out there is nothing to see, and much to compute."""
_SVG = "http://www.w3.org/2000/svg "
_HREF = "http://www.w3.org/1999/xlink href"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_ARC = re.compile(
    rf"[\s,]*({_NUMBER})[\s,]*({_NUMBER})[\s,]*({_NUMBER})[\s,]*([01])[\s,]*([01])[\s,]*"
    rf"({_NUMBER})[\s,]*({_NUMBER})[\s,]*"
)
_ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_TURNS = {"matrix": 6, "translate": 2, "scale": 2, "rotate": 3, "skewX": 1, "skewY": 1}

_PARTS = frozenset({"g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})
_SILENT = frozenset({"title", "desc", "metadata"})
_REFUSED = {
    "text": "turn the text into paths",
    "image": "make it a PNG layer of its own",
    "use": "unlink the clone, so that it is a copy",
    "symbol": "draw it where it is to be seen",
    "style": "write colours as attributes, without CSS classes",
    "filter": "draw the effect as a gradient, or make the layer a PNG",
    "mask": "cut the shapes themselves",
    "clipPath": "cut the shapes themselves, or lay a shape with a hole over them",
    "pattern": "draw the pattern as shapes",
    "marker": "draw the arrow head as a shape",
    "svg": "draw everything in one svg element",
    "a": "take the link away",
    "script": "take the script away",
    "switch": "export as plain SVG",
    "foreignObject": "export as plain SVG",
}
_LENGTHS = frozenset(
    (
        *("x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2"),
        *("fx", "fy", "stroke-width", "stroke-miterlimit", "offset"),
        *("opacity", "fill-opacity", "stroke-opacity", "stop-opacity"),
    )
)
_COLOURS = frozenset({"fill", "stroke", "stop-color"})
_WORDS = {
    "fill-rule": {"nonzero", "evenodd"},
    "stroke-linecap": {"butt", "round", "square"},
    "stroke-linejoin": {"miter", "round", "bevel"},
    "spreadMethod": {"pad", "reflect", "repeat"},
    "gradientUnits": {"userSpaceOnUse"},
    "display": {"none", "inline", "block"},
}
_NEUTRAL = {
    "clip-path": "none", "filter": "none", "mask": "none", "mix-blend-mode": "normal",
    "marker": "none", "marker-start": "none", "marker-mid": "none", "marker-end": "none",
    "stroke-dasharray": "none", "visibility": "visible", "fill": "",
}  # fmt: skip
"""What a drawing program may write that changes nothing; any other value would."""
_CURES = {
    "clip-path": "cut the shapes themselves, or lay a shape with a hole over them",
    "mask": "cut the shapes themselves",
    "filter": "draw the effect as a gradient, or make the layer a PNG",
    "mix-blend-mode": "choose the mixed colour",
    "stroke-dasharray": "draw the dashes as paths",
    "visibility": "delete what is hidden",
    "class": "write colours as attributes, without CSS classes",
}


class DrawingError(UserError, ValueError):
    """A drawing that cannot be used: what is wrong, and the remedy."""


class Drawing:
    """A drawing: its words with places for numbers, and the numbers."""

    def __init__(
        self,
        elements: Sequence[tuple[str, int, str]],
        numbers: Sequence[float],
        box: tuple[float, ...],
    ) -> None:
        self.elements = tuple(elements)
        """Name, line in the file and words of each element."""
        self.numbers = np.array(numbers)
        self.box = box
        """Its viewBox."""
        self._words = "".join(words for _, _, words in elements)

    def text(self, numbers: "np.ndarray | None" = None) -> str:
        """The SVG elements, with other numbers in their places where given."""
        values = self.numbers if numbers is None else numbers
        return self._words % tuple(values.tolist())

    def against(self, other: "Drawing") -> None:
        """Raise `DrawingError` unless the other one has the same words."""
        if len(self.elements) != len(other.elements):
            raise DrawingError(
                f"it has {len(other.elements)} elements and the base has {len(self.elements)}:"
                " start from a copy of the base and only move its points"
            )
        for number, (mine, its) in enumerate(zip(self.elements, other.elements, strict=True), 1):
            if mine[2] != its[2]:
                raise DrawingError(
                    f"element {number} ({its[0]}, line {its[1]}) is drawn with other commands or"
                    f" attributes than that of the base ({mine[0]}, line {mine[1]}): start from a"
                    " copy of the base and only move its points"
                )


def read(data: bytes, colours: Mapping[str, str] | None = None) -> Drawing:
    """Read an SVG file.

    Args:
        data: what is in it.
        colours: for `#rrggbb` in the drawing, what is to be drawn instead.

    Raises `DrawingError`.
    """
    if len(data) > MOST_BYTES:
        raise DrawingError(
            f"{len(data) >> 10} KiB, more than {MOST_BYTES >> 10}: simplify the paths, or make the"
            " layer a PNG"
        )
    reader = _Reader(colours or {})
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DrawingError(f"no XML ({error}): export it again as plain SVG") from None
    return reader.drawing()


class _Reader:
    """Takes expat's events."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        self._colours = colours
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._open: list[str] = []
        self._skipped = 0
        self._elements: list[tuple[str, int, str]] = []
        self._words = ""
        self._numbers: list[float] = []
        self._box: tuple[float, ...] = ()
        self._ids: dict[str, int] = {}
        self._wanted: set[str] = set()
        self._painted: set[str] = set()
        self._bare: set[str] = set()
        """Gradients measured by their object; one that only lends its stops may be."""

    def drawing(self) -> Drawing:
        """What was read."""
        if not self._box:
            raise DrawingError("no svg element: export it again as plain SVG")
        if unknown := sorted(self._wanted - set(self._ids)):
            raise DrawingError(f"no gradient #{unknown[0]} in it: export it again as plain SVG")
        if flat := sorted(self._painted & self._bare):
            raise DrawingError(
                f"gradient #{flat[0]} has no gradientUnits and would be one flat colour: give it"
                ' gradientUnits="userSpaceOnUse", and its ends in the canvas\'s units'
            )
        named = [
            (tag, line, re.sub("\0(.*?)\0", lambda match: f"g{self._ids[match[1]]}", words))
            for tag, line, words in self._elements
        ]
        return Drawing(named, self._numbers, self._box)

    # --- expat's events ----------------------------------------------------------------------

    def _doctype(self, *_: object) -> None:
        raise self._fault("it has a DOCTYPE", "save it as plain SVG, without one")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) + self._skipped >= DEEPEST:
            raise self._fault(f"more than {DEEPEST} groups within each other", "ungroup them")
        tag = name.removeprefix(_SVG)
        if self._skipped or tag in _SILENT or (" " in tag and self._open):
            self._skipped += 1
            return
        if not self._open and (tag != "svg" or tag == name):
            raise self._fault("it does not begin with an svg element of SVG's namespace",
                              "export it again as plain SVG")  # fmt: skip
        if len(self._elements) >= MOST_ELEMENTS:
            raise self._fault(f"more than {MOST_ELEMENTS} elements", "simplify the drawing")
        if self._open and tag not in _PARTS | _GRADIENTS | {"stop", "defs"}:
            raise self._fault(f"<{tag}> is not drawn", _REFUSED.get(tag, "export as plain SVG"))
        if not self._open:
            self._box = self._view(attributes)
        self._open.append(tag)
        self._words = f"<{'g' if tag == 'svg' else tag}"
        self._attributes(tag, attributes)
        self._words += ">"
        self._elements.append((tag, self.parser.CurrentLineNumber, self._words))

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        tag = self._open.pop()
        last, line, words = self._elements[-1]
        self._elements[-1] = (last, line, f"{words}</{'g' if tag == 'svg' else tag}>")

    # --- attributes --------------------------------------------------------------------------

    def _view(self, attributes: dict[str, str]) -> tuple[float, ...]:
        view = attributes.get("viewBox")
        if view is None:
            view = f"0 0 {attributes.get('width', '')} {attributes.get('height', '')}"
        numbers = tuple(map(float, _NUMBERS.findall(view)))
        if len(numbers) != 4 or not all(map(isfinite, numbers)) or min(numbers[2:]) <= 0:
            raise self._fault("no viewBox of four numbers", "give it the pack's canvas as viewBox")
        return numbers

    def _attributes(self, tag: str, attributes: dict[str, str]) -> None:
        given = {name: value.strip() for name, value in attributes.items() if name != "style"}
        for rule in attributes.get("style", "").split(";"):
            name, _, value = rule.partition(":")
            given[name.strip()] = value.replace("!important", "").strip()
        if tag in _GRADIENTS and "gradientUnits" not in given:
            self._bare.add(given.get("id", ""))
        if tag in {"svg", "g"} and given.get("opacity", "1") not in {"1", "1.0"}:
            raise self._fault("a group's opacity is not drawn", "give it to each shape in it")
        for name, value in given.items():
            self._attribute(tag, name, value)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if tag == "svg" and name in {"x", "y", "width", "height"}:
            return
        if name == "id" and tag in _GRADIENTS:
            self._ids.setdefault(value, len(self._ids))
            self._words += f' id="\0{value}\0"'
        elif name in {_HREF, "href"} and tag in _GRADIENTS:
            self._words += f' xlink:href="#{self._reference(value)}"'
        elif name == "d":
            self._words += ' d="'
            self._path(value)
            self._words += '"'
        elif name in {"transform", "gradientTransform"}:
            self._words += f' {name}="'
            self._transform(value)
            self._words += '"'
        elif name == "points":
            self._words += ' points="'
            self._run(value)
            self._words += '"'
        elif name in _COLOURS:
            self._words += f' {name}="'
            self._colour(name, value)
            self._words += '"'
        elif name in _LENGTHS:
            bare = value.removesuffix("px")
            if not _NUMBERS.fullmatch(bare):
                raise self._fault(
                    f'{name}="{_short(value)}" is no number', "write it in the canvas's units"
                )
            self._words += f' {name}="'
            self._number(bare)
            self._words += '"'
        elif name in _WORDS:
            if value not in _WORDS[name]:
                raise self._fault(
                    f'{name}="{_short(value)}" is not drawn',
                    f"use {' or '.join(sorted(_WORDS[name]))}",
                )
            self._words += f' {name}="{value}"'
        elif name in _CURES and value != _NEUTRAL.get(name):
            raise self._fault(f'{name}="{_short(value)}" is not drawn', _CURES[name])

    def _path(self, data: str) -> None:
        steps = re.split(r"([A-DF-Za-df-z])", data)
        if steps[0].strip(" \t\r\n,"):
            raise self._fault("a path that does not begin with a command", "draw it again")
        for command, arguments in zip(steps[1::2], steps[2::2], strict=True):
            arity = _ARITY.get(command.upper())
            if arity is None:
                raise self._fault(f"no command {command!r} in paths", "export it again")
            self._words += command
            if arity == 7:
                self._arcs(arguments)
            else:
                count = self._run(arguments)
                if count % arity if arity else count:
                    raise self._fault(
                        f"path command {command} has {count} numbers, not by {arity or 'none'}",
                        "export it again",
                    )

    def _arcs(self, arguments: str) -> None:
        at = 0
        for arc in _ARC.finditer(arguments):
            if arc.start() != at:
                break
            at = arc.end()
            for index, number in enumerate(arc.groups()):
                if index in {3, 4}:  # Flags are no quantities: they are words.
                    self._words += f"{number} "
                else:
                    self._number(number)
        if at != len(arguments):
            raise self._fault("path command A without seven numbers", "export it again")

    def _transform(self, value: str) -> None:
        at = 0
        for call in re.finditer(r"[\s,]*([a-zA-Z]+)\s*\(([^()]*)\)[\s,]*", value):
            if call.start() != at or call[1] not in _TURNS:
                break
            at = call.end()
            self._words += f"{call[1]}("
            if not 0 < self._run(call[2]) <= _TURNS[call[1]]:
                break
            self._words += ")"
        else:
            if at == len(value):
                return
        raise self._fault(f'transform="{_short(value)}" is not understood', "apply it to the shape")

    def _run(self, text: str) -> int:
        """Numbers with commas or blanks between; how many."""
        if _NUMBERS.sub(" ", text).strip(" \t\r\n,"):
            raise self._fault(f'"{_short(text)}" is no list of numbers', "export it again")
        numbers = _NUMBERS.findall(text)
        for number in numbers:
            self._number(number)
        return len(numbers)

    def _number(self, text: str) -> None:
        value = float(text)
        if not abs(value) <= FARTHEST:
            raise self._fault(
                f"the number {_short(text)} is beyond {FARTHEST:.0f}", "draw on the canvas"
            )
        self._numbers.append(value)
        self._words += "%.3f "
        if len(self._numbers) > MOST_NUMBERS:
            raise self._fault(f"more than {MOST_NUMBERS} numbers", "simplify the paths")

    def _colour(self, name: str, value: str) -> None:
        if value == "none" and name != "stop-color":
            self._words += value
        elif value.startswith("url(") and value.endswith(")"):
            reference = value[4:-1].strip("\"'")
            self._painted.add(reference[1:])
            self._words += f"url(#{self._reference(reference)})"
        else:
            levels = self._levels(name, value)
            hexed = "#" + "".join(f"{level:02x}" for level in levels)
            if (instead := self._colours.get(hexed)) is not None:
                levels = self._levels(name, instead)
            # Numbers too: so colours mix as places do.
            self._words += "rgb(%.0f,%.0f,%.0f)"
            self._numbers += levels

    def _levels(self, name: str, value: str) -> list[int]:
        if match := re.fullmatch(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", value):
            digits = match[1] if len(match[1]) == 6 else "".join(c + c for c in match[1])
            return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
        if match := re.fullmatch(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)", value):
            return [min(int(level), 255) for level in match.groups()]
        raise self._fault(f'{name}="{_short(value)}" is not drawn', "write the colour as #rrggbb")

    def _reference(self, value: str) -> str:
        if not value.startswith("#"):
            raise self._fault(
                f'"{_short(value)}" leads out of the file', "draw the gradient in the same file"
            )
        self._wanted.add(value[1:])
        return f"\0{value[1:]}\0"

    def _fault(self, what: str, remedy: str) -> DrawingError:
        return DrawingError(f"line {self.parser.CurrentLineNumber}: {what}: {remedy}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
