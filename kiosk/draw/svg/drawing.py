"""An SVG file, judged, as words and numbers.

Two drawings with the same words are two shapes of one part, and any mixture of their numbers is a
shape between. Only elements, attributes and values that are known here reach the renderer.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from kiosk.draw.svg import document
from kiosk.draw.svg.document import GRADIENTS, Bounds, DrawingError, Node
from kiosk.draw.svg.effort import Effort
from kiosk.draw.svg.pens import Pens
from kiosk.draw.svg.values import (
    MAX_NUMBER,
    NUMBERS,
    Kind,
    ValueRefusedError,
    Values,
    inner,
    link,
    px,
    short,
)

PART = Bounds(max_bytes=512 << 10, max_elements=2000, max_numbers=8000, max_effort=40_000)
"""Bounds of a part of the face, which is drawn again at each new shape."""
PICTURE = Bounds(max_bytes=4 << 20, max_elements=8000, max_numbers=120_000, max_effort=100_000)
"""Bounds of a picture, which is drawn once, on a thread beside the drawing thread."""
DASHES_OF_AN_ELEMENT = 5
"""This many dashes take as long to draw as one element."""
MAX_DASHES = 50_000
"""Of a drawing, by the length of its outlines and its shortest repeat of dashes."""
MIN_PAGE, MAX_FORM = 1e-3, 1e4
"""The shortest side of a page in units, and the largest ratio of its sides."""


def _one_of(*words: str) -> Kind:
    def kind(out: Values, value: str) -> None:
        if value not in words:
            raise ValueRefusedError(f'"{short(value)}" is not drawn', f"use {' or '.join(words)}")
        out.word(value)

    return kind


def _word(pattern: str) -> Kind:
    def kind(out: Values, value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValueRefusedError(f'"{short(value)}" is not drawn', "export it as plain SVG")
        out.word(value)

    return kind


_UNITS = _one_of("userSpaceOnUse", "objectBoundingBox")
_FIT_PATTERN = r"(none|x(Min|Mid|Max)Y(Min|Mid|Max))(\s+(meet|slice))?"
_FIT = _word(_FIT_PATTERN)
_LENGTH, _SIZE, _SHARE, _RUN = Values.length, Values.size, Values.share, Values.run
_PAINT, _LINK, _NAME = "paint", "link", "name"

PROPERTIES: Mapping[str, Kind | str] = {
    "clip-path": _LINK, "filter": _LINK, "mask": _LINK,
    "marker": _LINK, "marker-start": _LINK, "marker-mid": _LINK, "marker-end": _LINK,
    "fill": _PAINT, "stroke": _PAINT, "stop-color": _PAINT, "flood-color": _PAINT, "color": _PAINT,
    "opacity": _SHARE, "fill-opacity": _SHARE, "stroke-opacity": _SHARE, "stop-opacity": _SHARE,
    "flood-opacity": _SHARE,
    "stroke-width": _SIZE, "stroke-dashoffset": _LENGTH, "stroke-miterlimit": Values.sizes,
    "stroke-dasharray": Values.dashes,
    "fill-rule": _one_of("nonzero", "evenodd"), "clip-rule": _one_of("nonzero", "evenodd"),
    "stroke-linecap": _one_of("butt", "round", "square"),
    "stroke-linejoin": _word("miter|round|bevel|miter-clip|arcs"),
    "paint-order": _word(r"(normal|fill|stroke|markers)(\s+(fill|stroke|markers))*"),
    "display": _word("[a-z-]+"), "visibility": _one_of("visible", "hidden", "collapse"),
    "overflow": _one_of("visible", "hidden", "auto", "scroll"),
    "mix-blend-mode": _word("[a-z-]+"), "isolation": _one_of("auto", "isolate"),
    "mask-type": _one_of("luminance", "alpha"),
    "shape-rendering": _word("[a-zA-Z-]+"),
    "color-interpolation-filters": _one_of("sRGB", "linearRGB", "auto"),
    "transform": Values.transform,
}  # fmt: skip
ATTRIBUTES: Mapping[str, Kind | str] = {
    "d": Values.path, "points": Values.points, "viewBox": _RUN, "preserveAspectRatio": _FIT,
    "x": _LENGTH, "y": _LENGTH, "cx": _LENGTH, "cy": _LENGTH, "fx": _LENGTH, "fy": _LENGTH,
    "x1": _LENGTH, "y1": _LENGTH, "x2": _LENGTH, "y2": _LENGTH,
    "width": _SIZE, "height": _SIZE, "rx": _SIZE, "ry": _SIZE, "r": _SIZE, "fr": _SIZE,
    "offset": _SHARE, "spreadMethod": _one_of("pad", "reflect", "repeat"),
    "gradientTransform": Values.transform, "gradientUnits": _UNITS,
    "clipPathUnits": _UNITS, "maskUnits": _UNITS, "maskContentUnits": _UNITS,
    "filterUnits": _UNITS, "primitiveUnits": _UNITS,
    "markerUnits": _one_of("strokeWidth", "userSpaceOnUse"), "refX": _LENGTH, "refY": _LENGTH,
    "markerWidth": _SIZE, "markerHeight": _SIZE,
    "orient": _word(r"auto|auto-start-reverse|[-\d.]+"),
    "href": _LINK, "id": _NAME, "in": _NAME, "in2": _NAME, "result": _NAME,
    "stdDeviation": Values.sizes, "dx": _RUN, "dy": _RUN, "values": _RUN, "tableValues": _RUN,
    "k1": _RUN, "k2": _RUN, "k3": _RUN, "k4": _RUN, "slope": _RUN, "intercept": _RUN,
    "amplitude": _RUN, "exponent": _RUN, "operator": _word("[a-z]+"), "mode": _word("[a-z-]+"),
    "type": _word("[a-zA-Z]+"), "edgeMode": _word("[a-z]+"),
}  # fmt: skip
_NEUTRAL: Mapping[str, frozenset[str]] = {
    "vector-effect": frozenset({"none"}),
    "transform-origin": frozenset({"0", "0 0", "0px 0px"}),
}
"""Properties that are passed over where they change nothing, and else refused."""
_SOURCES = frozenset({"SourceGraphic", "SourceAlpha"})
_IN_STYLE = frozenset({"mix-blend-mode", "isolation"})
"""librsvg reads these in a `style` alone, as the standard has it."""
_OF_THE_PAGE = frozenset({"x", "y", "width", "height", "viewBox", "preserveAspectRatio", "id"})


class Drawing:
    """A drawing: its words with places for numbers, and the numbers."""

    def __init__(
        self, elements: Sequence[tuple[str, int, str]], values: Values, root: Node, effort: int
    ) -> None:
        self.elements = tuple(elements)
        """Name, line in the file and words of each element."""
        self.numbers = np.array(values.numbers)
        self.count = values.read
        """Numbers as the file has them; in full forms they are more."""
        self.effort = effort
        """What the renderer does for it; see `effort.py`."""
        self._low, self._high = np.array(values.lows), np.array(values.highs)
        self._words = "".join(words for _, _, words in elements)
        self.box, self.size, self.fit = _page(root)
        """Its viewBox, its width and height in px, and how the one is fitted into the other."""

    def text(self, numbers: "np.ndarray | None" = None) -> str:
        """SVG elements in the units of the viewBox, with other numbers in them where given."""
        x, y, width, height = self.box
        page = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        return self._framed(f'{page} viewBox="{x:g} {y:g} {width:g} {height:g}"', numbers)

    def page(self) -> str:
        """SVG elements in px, on a page of `size`."""
        box = " ".join(f"{number:g}" for number in self.box)
        return self._framed(
            f'width="{self.size[0]:g}" height="{self.size[1]:g}" viewBox="{box}"'
            f' preserveAspectRatio="{self.fit}"',
            None,
        )

    def _framed(self, frame: str, numbers: "np.ndarray | None") -> str:
        """In an svg element of its own, so that percentages are those of the page."""
        held = self.numbers if numbers is None else np.clip(numbers, self._low, self._high)
        return f'<svg {frame} overflow="visible">{self._words % tuple(held.tolist())}</svg>'

    def against(self, other: "Drawing") -> None:
        """Hold that the other one is a shape of the same part.

        Raises:
            DrawingError: it has other words, and only numbers can mix.
        """
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


def read(data: bytes, colours: Mapping[str, str] | None = None, bounds: Bounds = PART) -> Drawing:
    """Read an SVG file.

    Args:
        data: what is in it.
        colours: for `#rrggbb` in the drawing, what is to be drawn instead.
        bounds: what it may hold.

    Raises:
        DrawingError: what is wrong, where, and the remedy.
    """
    root = document.read(data, bounds)
    _fill_gradients(root)
    writer = _Writer(root, Values(colours or {}, bounds.max_numbers))
    elements = writer.written()
    effort = Effort(writer.ids, writer.links, writer.counts, bounds.max_effort).judge(root)
    values = writer.values
    dashes = values.outline_length / values.dash_length if values.dash_length else 0.0
    if dashes > MAX_DASHES:
        raise DrawingError(f"more than {MAX_DASHES} dashes: make them longer, or paths")
    drawing = Drawing(elements, values, root, effort + int(dashes / DASHES_OF_AN_ELEMENT))
    Pens(writer.ids, writer.links, max(drawing.box[2:])).judge(root)
    return drawing


class _Writer:
    """Writes elements as words and numbers."""

    def __init__(self, root: Node, values: Values) -> None:
        self._root, self.values = root, values
        self.nodes = [node for node in root.iter() if isinstance(node, Node)]
        self.ids: dict[str, Node] = {}
        for node in self.nodes:
            if identity := node.get("id"):
                self.ids.setdefault(identity, node)
        self.links = {node: _links(node) for node in self.nodes}
        self.counts: dict[Node, int] = {}
        """How many numbers each element is written with."""
        # Each export of a design tool names things anew; here they are numbered as they come.
        wanted = {name for links in self.links.values() for name in links.values()}
        names = [*(name for name in self.ids if name in wanted), *sorted(wanted - self.ids.keys())]
        self._ids = {name: f"i{number}" for number, name in enumerate(names)}
        results = [node.get("result", "") for node in self.nodes if "result" in node.attrib]
        self._results = {name: f"r{number}" for number, name in enumerate(dict.fromkeys(results))}
        self._elements: list[tuple[str, int, str]] = []

    def written(self) -> list[tuple[str, int, str]]:
        """Name, line and words of each element."""
        self._write(self._root)
        return self._elements

    def _write(self, node: Node) -> None:
        tag = "g" if node is self._root else node.tag
        before = self.values.read
        attributes, style = [f"<{tag}"], list[str]()
        for name in sorted(node.attrib):
            self.values.words = []
            try:
                self._value(node, name, node.attrib[name])
            except ValueRefusedError as error:
                raise node.fault(f"{name}: {error}", error.remedy) from None
            if words := "".join(self.values.words):
                is_style = name in _IN_STYLE
                (style if is_style else attributes).append(
                    f"{name}:{words};" if is_style else f' {name}="{words.strip()}"'
                )
        attributes.append(f' style="{"".join(style)}">' if style else ">")
        self.counts[node] = self.values.read - before
        self._elements.append((node.tag, node.line, "".join(attributes)))
        for child in node:
            assert isinstance(child, Node)  # noqa: S101 - `document.read` makes no other
            self._write(child)
        last, line, words = self._elements[-1]
        self._elements[-1] = (last, line, f"{words}</{tag}>")

    def _value(self, node: Node, name: str, value: str) -> None:
        """Add the words and numbers of an attribute; none where it says nothing."""
        out, link_to = self.values, self.links[node].get(name)
        kind = PROPERTIES.get(name) or ATTRIBUTES.get(name)
        if name in _NEUTRAL and value not in _NEUTRAL[name]:
            raise ValueRefusedError(f'"{short(value)}" is not drawn', "apply it to the shape")
        if kind is None or not value or (node is self._root and name in _OF_THE_PAGE):
            return
        if link_to is not None:
            out.word(f"#{self._ids[link_to]}" if name == "href" else f"url(#{self._ids[link_to]})")
        elif name == "id":
            out.word(self._ids.get(value, "") if self.ids[value] is node else "")
        elif kind is _NAME:
            if value not in self._results.keys() | _SOURCES:
                raise ValueRefusedError(f'"{short(value)}" is not drawn', "export it as PNG")
            out.word(self._results.get(value, value))
        elif (value in {"inherit", "none", "currentColor"} and name in PROPERTIES) or kind is _LINK:
            out.word(value)
        elif kind is _PAINT:
            out.colour(value)
        elif value != "auto" or kind not in {_SIZE, _LENGTH}:
            assert not isinstance(kind, str)  # noqa: S101 - the others are functions
            kind(out, value)


def _fill_gradients(root: Node) -> None:
    """Where a gradient repeats, give each a stop at both its ends: cairo would mix the last colour
    of a round with the first of the next across what has none.
    """
    if all(node.get("spreadMethod", "pad") == "pad" for node in root.iter()):
        return
    for gradient in [node for node in root.iter() if node.tag in GRADIENTS and len(node)]:
        for place, offset in ((0, "0"), (-1, "1")):
            near = gradient[place]
            assert isinstance(near, Node)  # noqa: S101 - `document.read` makes no other
            end = Node("stop", {**near.attrib, "offset": offset})
            end.line = near.line
            gradient.insert(0 if offset == "0" else len(gradient), end)


def _links(node: Node) -> dict[str, str]:
    """The ids that an element's attributes name."""
    if (every := node.attrib.pop("marker", "none")) != "none":
        # Of the short form librsvg knows nothing as an attribute.
        for name in ("marker-start", "marker-mid", "marker-end"):
            node.attrib.setdefault(name, every)
    found = {}
    for name, value in node.attrib.items():
        kind = PROPERTIES.get(name)
        is_link = kind is _LINK and value not in {"none", "inherit", ""}
        try:
            if name == "href":
                found[name] = inner(value)
            elif is_link or (kind is _PAINT and value.startswith("url(")):
                found[name] = link(value)
        except ValueRefusedError as error:
            raise node.fault(f"{name}: {error}", error.remedy) from None
    return found


def _page(root: Node) -> tuple[tuple[float, ...], tuple[float, float], str]:
    """The viewBox, the size in px, and preserveAspectRatio, of the outermost element."""
    sides = [root.get(name, "") for name in ("width", "height")]
    try:
        known = [px(side) if side and "%" not in side and side != "auto" else 0 for side in sides]
    except ValueRefusedError as error:
        raise root.fault(f"width or height: {error}", error.remedy) from None
    box = tuple(map(float, NUMBERS.findall(root.get("viewBox", f"0 0 {known[0]} {known[1]}"))))
    if len(box) != 4 or not max(map(abs, box)) <= MAX_NUMBER or min(box[2:]) < MIN_PAGE:
        raise root.fault("no viewBox of four numbers", "give it the pack's canvas as viewBox")
    width, height = known
    if not (width >= MIN_PAGE and height >= MIN_PAGE and max(known) <= MAX_NUMBER):
        wide = box[2] / box[3]
        width = min(width or height * wide or box[2], MAX_NUMBER)
        height = width / wide
    if not 1 / MAX_FORM <= width / height <= MAX_FORM:
        raise root.fault(f"a page of {width:g}x{height:g} px", "give it the form of its drawing")
    fit = root.get("preserveAspectRatio", "") or "xMidYMid meet"
    if not re.fullmatch(_FIT_PATTERN, fit):
        raise root.fault(f'preserveAspectRatio: "{short(fit)}" is not drawn', "take it away")
    return box, (width, height), fit
