"""How much work a drawing is for the renderer, with all its references followed.

A file of few bytes can ask for a million elements (`use` of `use`), or refer to itself. Each
opacity of a group, mask, filter and blend mode takes a picture of its own, as large as the whole.
"""

from collections.abc import Mapping

from kiosk.draw.svg.document import DRAWN, GRADIENTS, MAX_DEPTH, Node

MAX_LAYERS = 8
"""Pictures that are needed at once: 8 MB each on a screen of 1920×1080."""
MAX_FILTER_STEPS = 20
"""Of one filter; each has a picture of its own, too."""
MAX_CLIP_NUMBERS = 1000
"""Of the shapes in one clip path: cairo cuts outlines with each other in the square of them."""
_EFFORTS = {"opacity": 8, "mask": 100, "mix-blend-mode": 8}
_STEP_EFFORT, _BLUR_EFFORT = 200, 800
"""What a filter step and a blur cost beyond their element, in elements. One takes 0.07 ms for
800×800 pixels on the machine of docs/performance.md."""
_CROSSING_NUMBERS = 45
"""The renderer's time for a path whose lines all cross grows with the square of its numbers: n
numbers cost (n / this)² elements.
"""
_MARKERS = ("marker", "marker-start", "marker-mid", "marker-end")
_PAINTS = ("fill", "stroke")


class Effort:
    """Judges elements with their references.

    Args:
        ids: the first element with each id.
        links: for each element, the ids that its attributes name.
        numbers: how many numbers each element has.
        max_effort: the most elements that the renderer may meet.
    """

    def __init__(
        self,
        ids: Mapping[str, Node],
        links: Mapping[Node, Mapping[str, str]],
        numbers: Mapping[Node, int],
        max_effort: int,
    ) -> None:
        self._ids, self._links, self._numbers = ids, links, numbers
        self._max_effort = max_effort
        self._known: dict[Node, tuple[int, int]] = {}
        self._open: set[Node] = set()

    def judge(self, root: Node) -> int:
        """The effort of drawing it, in elements.

        Raises:
            DrawingError: it is too much, or a reference leads to nothing or to itself.
        """
        return self._measure(root)[0]

    def _measure(self, node: Node) -> tuple[int, int]:
        """Elements that the renderer meets, and pictures that it holds at once."""
        if node in self._known:
            return self._known[node]
        if node in self._open:
            raise node.fault("it refers to itself", "export it again as plain SVG")
        if len(self._open) >= MAX_DEPTH:
            raise node.fault(f"more than {MAX_DEPTH} elements within each other", "ungroup them")
        self._open.add(node)
        below = [self._measure(child) for child in node if isinstance(child, Node)]
        below += [self._linked(node, name, target) for name, target in self._links[node].items()]
        self._open.discard(node)
        own = _layers(node)
        effort = 1 + sum(own) + (self._numbers[node] // _CROSSING_NUMBERS) ** 2
        effort += sum(effort for effort, _ in below)
        layers = bool(own) + max((layers for _, layers in below), default=0)
        if effort > self._max_effort:
            raise node.fault(
                "too much to draw: elements, copies, masks, filters and long paths come to"
                f" {effort} of {self._max_effort}",
                "simplify the drawing, or export it as PNG",
            )
        if layers > MAX_LAYERS:
            raise node.fault(f"more than {MAX_LAYERS} masks, filters and opacities of groups within"
                             " each other", "flatten the groups")  # fmt: skip
        if node.tag == "filter" and sum(1 for _ in node.iter()) > MAX_FILTER_STEPS:
            raise node.fault(f"a filter of more than {MAX_FILTER_STEPS} steps", "simplify it")
        if node.tag == "clipPath" and self._size(node) > MAX_CLIP_NUMBERS:
            raise node.fault(f"a clip path of more than {MAX_CLIP_NUMBERS} numbers",
                             "simplify it, or use a mask")  # fmt: skip
        self._known[node] = effort, layers
        return effort, layers

    def _linked(self, node: Node, name: str, identity: str) -> tuple[int, int]:
        target = self._ids.get(identity)
        if target is None:
            raise node.fault(f"{name} names #{identity}, which is not in the file",
                             "export it again as plain SVG")  # fmt: skip
        if target.tag not in _fitting(node, name):
            raise node.fault(f"{name} names #{identity}, which is a <{target.tag}>",
                             "export it again as plain SVG")  # fmt: skip
        if target.tag in GRADIENTS and not self._has_colours(target):
            raise target.fault(f"the gradient #{identity} has no colours", "give it stops")
        effort, layers = self._measure(target)
        times = 1 + self._numbers[node] // 2 if name in _MARKERS else 1
        return effort * times, layers

    def _has_colours(self, gradient: Node) -> bool:
        """Whether the gradient, or one that its `href` leads to, has stops."""
        seen: set[Node] = set()
        while gradient not in seen:
            seen.add(gradient)
            if len(gradient):
                return True
            following = self._ids.get(self._links[gradient].get("href", ""))
            gradient = gradient if following is None else following
        return False

    def _size(self, clip: Node) -> int:
        """Numbers of the shapes in a clip path, those that its `use` elements copy included."""
        nodes = [node for node in clip.iter() if isinstance(node, Node)]
        targets = [self._ids.get(self._links[node].get("href", "")) for node in nodes]
        nodes += [
            node
            for target in targets
            if target is not None
            for node in target.iter()
            if isinstance(node, Node)
        ]
        return sum(self._numbers[node] for node in nodes)


def _layers(node: Node) -> list[int]:
    """The effort of each picture that the renderer makes for this element alone."""
    efforts = [
        effort
        for name, effort in _EFFORTS.items()
        if node.get(name, "1") not in {"1", "1.0", "100%", "none", "normal"}
    ]
    if node.tag in {"feGaussianBlur", "feDropShadow"}:
        efforts.append(_BLUR_EFFORT)
    elif node.tag.startswith("fe"):
        efforts.append(_STEP_EFFORT)
    return efforts


def _fitting(node: Node, name: str) -> frozenset[str]:
    """The elements that an attribute may name."""
    if name in _PAINTS or node.tag in GRADIENTS:
        return GRADIENTS
    if name == "href":
        return DRAWN
    return frozenset({"marker" if name in _MARKERS else {"clip-path": "clipPath"}.get(name, name)})
