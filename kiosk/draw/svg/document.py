"""An SVG file as elements: read by expat, with its stylesheet worked into them.

A file may come from anybody. Entities are refused because they can grow, references and imports
because they lead out of the file. Elements are counted while they are read. An error names the line
of what is not drawn, and the remedy.
"""

from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.parsers import expat

from kiosk.draw.svg import styles
from kiosk.draw.svg.values import ValueRefusedError
from kiosk.errors import UserError

MAX_DEPTH = 64
"""How deep elements may stand within each other, `use` followed."""
_SVG = "http://www.w3.org/2000/svg "
_HREF = "http://www.w3.org/1999/xlink href"

SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
DRAWN = SHAPES | {"g", "use", "svg", "symbol"}
GRADIENTS = frozenset({"linearGradient", "radialGradient"})
_EFFECTS = frozenset(
    (
        *("feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feDropShadow"),
        *("feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feMerge"),
        *("feMergeNode", "feOffset"),
    )
)
_ELEMENTS = DRAWN | GRADIENTS | _EFFECTS | {"clipPath", "defs", "filter", "marker", "mask", "stop"}
_SILENT = frozenset({"title", "desc", "metadata"})
_TEXT = "turn the text into paths (Object to Path, Create Outlines, Convert to Curves)"
_AS_PNG = "export it as PNG"
_STILL = "delete the animation"
_REMEDIES = {
    "text": _TEXT, "tspan": _TEXT, "textPath": _TEXT, "flowRoot": _TEXT, "font": _TEXT,
    "image": _AS_PNG,
    "pattern": "expand the pattern, so that it is shapes (Pattern to Objects, Object > Expand)",
    "foreignObject": f"it is HTML, such as Figma's angular gradient: {_AS_PNG}",
    "meshgradient": "use a linear or radial gradient",
    "script": "take the script away",
    "animate": _STILL, "animateTransform": _STILL, "animateMotion": _STILL, "set": _STILL,
}  # fmt: skip


class DrawingError(UserError, ValueError):
    """A drawing that cannot be used: what is wrong, and the remedy."""


class Bounds(NamedTuple):
    """The most that a drawing may hold."""

    max_bytes: int
    max_elements: int
    max_numbers: int
    max_effort: int
    """Elements as the renderer meets them, `use` followed; see `effort.py`."""


class Node(Element):
    """An element: its `attrib` has attributes and properties alike, without namespaces."""

    line = 0

    def fault(self, what: str, remedy: str) -> DrawingError:
        """The error that this element causes."""
        return DrawingError(f"line {self.line}: {what}: {remedy}")


def read(data: bytes, bounds: Bounds) -> Node:
    """Read a file.

    Raises:
        DrawingError: it is no SVG, or has what is not drawn; with line and remedy.
    """
    if len(data) > bounds.max_bytes:
        raise DrawingError(
            f"{len(data) >> 10} KiB, more than {bounds.max_bytes >> 10}: simplify the paths, or"
            f" {_AS_PNG}"
        )
    reader = _Reader(bounds)
    try:
        reader.parser.Parse(data, True)
    except DrawingError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # Also of an unknown encoding.
        raise DrawingError(f"no XML ({error}): export it again as plain SVG") from None
    if reader.root is None:
        raise DrawingError("no svg element: export it again as plain SVG")
    try:
        styles.apply(reader.root, "".join(reader.styles))
    except ValueRefusedError as error:
        raise DrawingError(f"its stylesheet: {error}: {error.remedy}") from None
    return reader.root


class _Reader:
    """Takes expat's events."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.SkippedEntityHandler = self._entity
        parser.CharacterDataHandler = self._text
        self.root: Node | None = None
        self.styles: list[str] = []
        self._open: list[Node] = []
        self._skipped = 0
        self._in_style = False
        self._count = 0

    def _doctype(self, *declaration: object) -> None:
        """Refuse a DOCTYPE with entities. One that only names SVG does no harm: none is fetched."""
        if declaration[-1]:
            self._entity()

    def _entity(self, *_: object) -> None:
        raise self._fault(
            "it has entities of its own",
            "in Illustrator save it without Preserve Illustrator Editing Capabilities",
        )

    def _instruction(self, target: str, _: str) -> None:
        if target == "xml-stylesheet":
            raise self._fault("its stylesheet is another file", "export it with styles inside")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) + self._skipped >= MAX_DEPTH:
            raise self._fault(f"more than {MAX_DEPTH} groups within each other", "ungroup them")
        tag = name.removeprefix(_SVG)
        if self._skipped or tag in _SILENT or (" " in tag and self._open):
            self._skipped += 1
            return
        if not self._open and (tag != "svg" or tag == name):
            raise self._fault("it does not begin with an svg element of SVG's namespace",
                              "export it again as plain SVG")  # fmt: skip
        if tag == "style":
            self._in_style = True
            self._skipped += 1
            return
        if tag == "a":  # A link is a group here: nobody can follow it.
            tag = "g"
            attributes = {name: attributes[name] for name in attributes if "href" not in name}
        if tag not in _ELEMENTS:
            remedy = "draw the effect as a gradient, or export it as PNG"
            raise self._fault(
                f"<{tag}> is not drawn",
                _REMEDIES.get(tag, remedy if tag.startswith("fe") else "export it as plain SVG"),
            )
        self._count += 1
        if self._count > self._bounds.max_elements:
            raise self._fault(f"more than {self._bounds.max_elements} elements",
                              "simplify the drawing")  # fmt: skip
        node = Node(tag, self._kept(attributes))
        node.line = self.parser.CurrentLineNumber
        if self._open:
            self._open[-1].append(node)
        else:
            self.root = node
        self._open.append(node)

    def _kept(self, attributes: dict[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for name, value in attributes.items():
            if name.startswith("on"):
                raise self._fault(f"{name} is a script", "take the script away")
            if name == _HREF:
                kept.setdefault("href", value.strip())
            elif " " not in name:
                kept[name] = value.strip()
        return kept

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            self._in_style = self._in_style and self._skipped > 0
        else:
            self._open.pop()

    def _text(self, text: str) -> None:
        if self._in_style:
            self.styles.append(text)

    def _fault(self, what: str, remedy: str) -> DrawingError:
        return DrawingError(f"line {self.parser.CurrentLineNumber}: {what}: {remedy}")
