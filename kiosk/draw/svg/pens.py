"""How wide the lines of a drawing become when all its transforms stretch them.

The renderer draws round ends and joins as polygons, which have more corners the wider the line is:
a line of a million pixels takes all memory of the board.
"""

from collections.abc import Mapping
from math import hypot, radians, tan

from kiosk.draw.svg.document import GRADIENTS, Node
from kiosk.draw.svg.values import NUMBERS, ValueRefusedError, calls, px

MAX_PAGES = 10.0
"""Width of the widest line that is drawn, in longer sides of the page."""


class Pens:
    """Judges elements that have passed `effort.py`, and so do not refer to themselves.

    Args:
        ids: the first element with each id.
        links: for each element, the ids that its attributes name.
        page: the longer side of the drawing, in units.
    """

    def __init__(
        self, ids: Mapping[str, Node], links: Mapping[Node, Mapping[str, str]], page: float
    ) -> None:
        self._ids, self._links, self._page = ids, links, page
        self._known: dict[Node, tuple[float, float]] = {}
        self._root: Node | None = None

    def judge(self, root: Node) -> None:
        """Check that no line is wider than `MAX_PAGES`.

        Raises:
            DrawingError: one is; it names the element.
        """
        self._root = root
        self._measure(root)

    def _measure(self, node: Node) -> tuple[float, float]:
        """The most by which an element stretches what is in it, and its widest line in units."""
        if node in self._known:
            return self._known[node]
        width = self._width(node)
        below = [self._measure(child) for child in node if isinstance(child, Node)]
        for name, identity in self._links[node].items():
            target = self._ids[identity]
            if target.tag not in GRADIENTS:
                times = max(width, 1.0) if name.startswith("marker") else 1.0
                stretched, pen = self._measure(target)
                below.append((times * stretched, times * pen))
        stretch = max((stretch for stretch, _ in below), default=1.0)
        pen = max([width * stretch, *(pen for _, pen in below)])
        own = self._stretch(node)
        found = own * max(stretch, 1.0), own * pen
        if not max(found) <= MAX_PAGES * self._page:
            raise node.fault(
                f"its lines become wider than {MAX_PAGES:.0f} pages", "flatten its transforms"
            )
        self._known[node] = found
        return found

    def _width(self, node: Node) -> float:
        """Width of its own lines; 1 where it gives none. Source: SVG 2, `stroke-width`."""
        return self._length(node.get("stroke-width", "1"), 1.0)

    def _length(self, text: str, usual: float) -> float:
        try:
            return px(text)
        except ValueRefusedError:
            return self._page if text.endswith("%") else usual

    def _stretch(self, node: Node) -> float:
        """By how much its transform, or its own viewBox, stretches a line at most."""
        stretch = 1.0
        for name, numbers in calls(node.get("transform", "")):
            if name == "scale":
                stretch *= max(map(abs, numbers))
            elif name == "matrix":
                a, b, c, d = numbers[:4]
                stretch *= hypot(a, b, c, d)
            elif name in {"skewX", "skewY"}:
                stretch *= 1 + abs(tan(radians(numbers[0])))
        if node.tag == "use":
            target = self._ids[self._links[node]["href"]] if "href" in self._links[node] else node
            return stretch * (self._fitted(target, node) if target.tag == "symbol" else 1.0)
        if node.tag == "marker" or (node.tag == "svg" and node is not self._root):
            return stretch * self._fitted(node, node)
        return stretch

    def _fitted(self, page: Node, place: Node) -> float:
        """By how much a viewBox is stretched in its place."""
        box = [float(number) for number in NUMBERS.findall(page.get("viewBox", ""))]
        if len(box) != 4 or min(box[2:]) <= 0:
            return 1.0
        names = ("markerWidth", "markerHeight") if page.tag == "marker" else ("width", "height")
        usual = 3.0 if page.tag == "marker" else self._page
        return max(self._length(place.get(name, ""), usual) for name in names) / min(box[2:])
