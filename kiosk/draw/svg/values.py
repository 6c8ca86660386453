"""Values of SVG attributes and properties, as fixed words and numbers that can be mixed.

Paths become absolute, and their short forms (H, V, S, T) full ones, because a drawing program
chooses these anew at each export: two shapes of one part could not be mixed otherwise.

Source: https://www.w3.org/TR/SVG2/ (paths, coords, styling) and https://www.w3.org/TR/css-color-3/
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from math import dist

MAX_NUMBER = 1e6
"""The largest number, in units: design tools place pages thousands of units from the origin."""
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
NUMBERS = re.compile(_NUMBER)
_LENGTH = re.compile(rf"({_NUMBER})(px|%|mm|cm|in|pt|pc|Q)?")
_PX = {"": 1.0, "px": 1.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "pt": 96 / 72,
       "pc": 16.0, "Q": 96 / 101.6}  # fmt: skip
_ARC = re.compile(
    rf"[\s,]*({_NUMBER})[\s,]*({_NUMBER})[\s,]*({_NUMBER})[\s,]*([01])[\s,]*([01])[\s,]*"
    rf"({_NUMBER})[\s,]*({_NUMBER})[\s,]*"
)
_CALL = re.compile(r"[\s,]*([a-zA-Z]+)\s*\(([^()]*)\)[\s,]*")
_LINK = re.compile(r"""url\(\s*["']?(.*?)["']?\s*\)(?:\s.*)?""")
_ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_FULL = {"H": "L", "V": "L", "S": "C", "T": "Q"}
_TURNS = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2), "rotate": (1, 3), "skewX": (1,),
          "skewY": (1,)}  # fmt: skip


class ValueRefusedError(ValueError):
    """A value that is not drawn: what is wrong, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Values:
    """Collects the words and numbers of a drawing.

    Args:
        colours: for `#rrggbb`, what is to be drawn instead.
        max_numbers: more are refused.
    """

    def __init__(self, colours: Mapping[str, str], max_numbers: int) -> None:
        self._colours, self._max_numbers = colours, max_numbers
        self.words: list[str] = []
        """Words of the present element: a format string for its numbers."""
        self.read = 0
        """How many numbers were read, as the file writes them; full forms of paths have more."""
        self.numbers: list[float] = []
        self.lows: list[float] = []
        self.highs: list[float] = []
        """Bounds of each number: a mixture is clipped to them, so that it is always legal."""
        self.outline_length = 0.0
        """Length of the control polygons of all paths, in units."""
        self.dash_length = 0.0
        """The shortest repeat of dashes, in units; 0 without any."""

    def word(self, text: str) -> None:
        """Add text that stays the same in any mixture."""
        self.words.append(text.replace("%", "%%"))

    def count(self, numbers: int) -> None:
        """Count numbers as they are read."""
        self.read += numbers
        if self.read > self._max_numbers:
            raise ValueRefusedError(f"more than {self._max_numbers} numbers", "simplify the paths")

    def number(self, value: float, low: float = -MAX_NUMBER, high: float = MAX_NUMBER) -> None:
        """Add a number that mixes with that of another shape."""
        self.count(1)
        self._put(value, low, high)

    def _put(self, value: float, low: float = -MAX_NUMBER, high: float = MAX_NUMBER) -> None:
        if not abs(value) <= MAX_NUMBER:
            raise ValueRefusedError(
                f"the number {value:g} is beyond {MAX_NUMBER:.0f}", "draw on the canvas"
            )
        self.numbers.append(value)
        self.lows.append(low)
        self.highs.append(high)
        self.words.append("%.9g ")

    # --- kinds of value ----------------------------------------------------------------------

    def length(self, value: str, low: float = -MAX_NUMBER) -> None:
        """A number with or without a unit; absolute units become px."""
        match = _LENGTH.fullmatch(value)
        if match is None:
            raise ValueRefusedError(
                f'"{short(value)}" is no number', "write it in the canvas's units"
            )
        if match[2] == "%":
            self.number(float(match[1]), low)
            self.words[-1] = "%.9g%%"
        else:
            self.number(px(value), low)

    def size(self, value: str) -> None:
        """A length that is not negative."""
        self.length(value, 0.0)

    def lengths(self, value: str) -> None:
        """Lengths with commas or blanks between."""
        for one in re.split(r"[\s,]+", value.strip(" \t\r\n,")):
            self.length(one)

    def share(self, value: str) -> None:
        """0 to 1, or percent of it."""
        number, percent = value.removesuffix("%").strip(), value.endswith("%")
        if not NUMBERS.fullmatch(number):
            raise ValueRefusedError(f'"{short(value)}" is no number', "write a number from 0 to 1")
        self.number(min(max(float(number) / (100 if percent else 1), 0.0), 1.0), 0.0, 1.0)

    def run(self, value: str) -> None:
        """Numbers with commas or blanks between."""
        for number in _numbers(value):
            self.number(number)

    def sizes(self, value: str) -> None:
        """Numbers that are not negative."""
        for number in _numbers(value):
            self.number(number, 0.0)

    def points(self, value: str) -> None:
        """Pairs of numbers."""
        numbers = _numbers(value)
        pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
        for pair in pairs:
            self.number(pair[0])
            self.number(pair[1])
        self.outline_length += sum(dist(one, other) for one, other in pairwise(pairs))

    def dashes(self, value: str) -> None:
        """Add dashes, as text: mixed with 0 they would become endlessly many."""
        if value == "none":
            return self.word(value)
        lengths = [px(one) for one in re.split(r"[\s,]+", value)]
        repeat = sum(lengths)
        if min(lengths) < 0:
            raise ValueRefusedError(f'"{short(value)}" are no dashes', "mend them")
        if repeat > 0:
            self.dash_length = min(self.dash_length or repeat, repeat)
        return self.word(" ".join(f"{one:g}" for one in lengths))

    def colour(self, value: str) -> None:
        """A colour as four numbers, so that colours mix as places do."""
        levels = rgba(value)
        if levels is None:
            raise ValueRefusedError(f'"{short(value)}" is no colour', "write the colour as #rrggbb")
        red, green, blue = (round(level) for level in levels[:3])
        instead = self._colours.get(f"#{red:02x}{green:02x}{blue:02x}")
        if instead is not None:
            red, green, blue = (int(instead[at : at + 2], 16) for at in (1, 3, 5))
        self.words.append("rgba(")
        for level in (red, green, blue):
            self.number(level, 0.0, 255.0)
            self.words[-1] = "%.0f,"
        self._put(levels[3], 0.0, 1.0)
        self.words[-1] = "%.4g)"

    def transform(self, value: str) -> None:
        """Moves, turns and scales, as the attribute writes them (no units)."""
        if value == "none":
            return
        at = 0
        for call in _CALL.finditer(value):
            numbers = _numbers(re.sub(r"(?<=[\d.])(px|deg)\b", "", call[2]))
            if call.start() != at or len(numbers) not in _TURNS.get(call[1], ()):
                break
            at = call.end()
            self.word(f"{call[1]}(")
            for number in numbers:
                self.number(number)
            self.word(")")
        if at != len(value):
            raise ValueRefusedError(f'transform="{short(value)}" is not understood',
                                    "apply it to the shape")  # fmt: skip

    def path(self, data: str) -> None:
        """Path data, made absolute."""
        if data.strip() == "none":
            return
        self.count(len(NUMBERS.findall(data)))
        place = (0.0, 0.0)
        for command, numbers, flags in _absolute(data):
            self.words.append(command)
            for index, number in enumerate(numbers):
                if index in flags:  # The flags of an arc are no quantities.
                    self.word(f"{number:.0f} ")
                else:
                    self._put(number)
            if flags:
                self.outline_length += 4 * (abs(numbers[0]) + abs(numbers[1]))
            ends = numbers[5:] if flags else numbers
            for end in zip(ends[::2], ends[1::2], strict=True):
                self.outline_length += dist(place, end)
                place = end


def _numbers(text: str) -> list[float]:
    """Numbers with commas or blanks between."""
    if NUMBERS.sub(" ", text).strip(" \t\r\n,"):
        raise ValueRefusedError(f'"{short(text)}" is no list of numbers', "export it again")
    return [float(number) for number in NUMBERS.findall(text)]


def calls(transform: str) -> Iterator[tuple[str, list[float]]]:
    """Names and numbers of a transform that `Values.transform` takes."""
    for call in _CALL.finditer(transform):
        yield call[1], _numbers(re.sub(r"(?<=[\d.])(px|deg)\b", "", call[2]))


def px(value: str) -> float:
    """A length in px.

    Raises:
        ValueRefusedError: it is none, or a relative one.
    """
    match = _LENGTH.fullmatch(value.strip())
    if match is None or match[2] == "%":
        raise ValueRefusedError(f'"{short(value)}" is no length', "write it in px")
    return float(match[1]) * _PX[match[2] or ""]


def rgba(value: str) -> tuple[float, float, float, float] | None:
    """Red, green and blue to 255, alpha to 1; None where it is no colour."""
    if match := re.fullmatch(r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", value):
        digits = match[1] if len(match[1]) > 4 else "".join(c + c for c in match[1])
        red, green, blue, alpha = (int(f"{digits}ff"[at : at + 2], 16) for at in (0, 2, 4, 6))
        return red, green, blue, alpha / 255
    if match := re.fullmatch(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)", value):
        red, green, blue = (min(int(level), 255) for level in match.groups())
        return red, green, blue, 1.0
    import tinycss2.color3  # At its first use, because few drawings need it.

    colour = tinycss2.color3.parse_color(re.sub(r"\)\s*icc-color\(.*", ")", value))
    if colour is None or isinstance(colour, str):
        return None
    red, green, blue, alpha = (min(max(level, 0.0), 1.0) for level in colour)
    return 255 * red, 255 * green, 255 * blue, alpha


def link(value: str) -> str:
    """The id that `url(#id)` names.

    Raises:
        ValueRefusedError: it names none, or something outside the file.
    """
    match = _LINK.fullmatch(value)
    if match is None:
        raise ValueRefusedError(f'"{short(value)}" is not drawn', "export it as plain SVG")
    return inner(match[1])


def inner(reference: str) -> str:
    """The id that `#id` names.

    Raises:
        ValueRefusedError: it leads out of the file.
    """
    if not reference.startswith("#"):
        raise ValueRefusedError(f'"{short(reference)}" leads out of the file',
                                "draw it in the same file")  # fmt: skip
    return reference[1:]


def short(text: str) -> str:
    """The beginning of a text, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:40]}…"


_Step = tuple[str, list[float], tuple[int, ...]]
"""A command, its numbers, and which of these are flags."""


def _absolute(data: str) -> Iterator[_Step]:
    """The steps of a path as M, L, C, Q, A and Z with absolute numbers."""
    steps = re.split(r"([A-DF-Za-df-z])", data)
    if steps[0].strip(" \t\r\n,"):
        raise ValueRefusedError("a path that does not begin with a command", "draw it again")
    x = y = start_x = start_y = 0.0
    curve, control_x, control_y = "", 0.0, 0.0
    """The curve just before, and its last point of control."""
    for written, arguments in zip(steps[1::2], steps[2::2], strict=True):
        command = written.upper()
        for given in _groups(written, arguments):
            if written.islower():
                _shift(command, given, x, y)
            full = _FULL.get(command, command)
            numbers = given
            if command == "H":
                numbers = [given[0], y]
            elif command == "V":
                numbers = [x, given[0]]
            elif command in "ST":
                is_smooth = curve == full
                numbers = [2 * x - control_x if is_smooth else x,
                           2 * y - control_y if is_smooth else y, *given]  # fmt: skip
            yield full, numbers, (3, 4) if full == "A" else ()
            x, y = numbers[-2:] or (start_x, start_y)
            if full == "M":
                start_x, start_y = x, y
                command = "L"  # Further pairs are lines.
            curve = full
            if full in "CQ":
                control_x, control_y = numbers[-4:-2]


def _groups(written: str, arguments: str) -> Iterator[list[float]]:
    """The numbers of a command, as many at a time as it takes."""
    arity = _ARITY.get(written.upper())
    if arity is None:
        raise ValueRefusedError(f"no command {written!r} in paths", "export it again")
    if arity == 7:
        at = 0
        for arc in _ARC.finditer(arguments):
            if arc.start() != at:
                break
            at = arc.end()
            yield [float(number) for number in arc.groups()]
        if at != len(arguments) or not at:
            raise ValueRefusedError("path command A without seven numbers", "export it again")
        return
    numbers = _numbers(arguments)
    if len(numbers) % arity if arity else numbers:
        raise ValueRefusedError(
            f"path command {written} has {len(numbers)} numbers, not by {arity or 'none'}",
            "export it again",
        )
    if not arity:
        yield []
    for at in range(0, len(numbers), arity or 1):
        yield numbers[at : at + arity]


def _shift(command: str, numbers: list[float], x: float, y: float) -> None:
    """Make a step's numbers absolute, in place."""
    if command == "H":
        numbers[0] += x
    elif command == "V":
        numbers[0] += y
    elif command == "A":
        numbers[5] += x
        numbers[6] += y
    else:
        for at in range(0, len(numbers), 2):
            numbers[at] += x
            numbers[at + 1] += y


Kind = Callable[[Values, str], None]
