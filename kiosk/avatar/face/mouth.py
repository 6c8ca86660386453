"""The mouth as SVG, for any opening, width, rounding and smile.

Inside, teeth, tongue and lips are drawn in that order; the lips cover what sticks out of the
opening.
"""

from kiosk.avatar.face.palette import (
    LIP_SEAM,
    LIP_SHINE,
    LOWER_LIP,
    MOUTH_INSIDE,
    SKIN_DEEP,
    TEETH,
    TONGUE,
    UPPER_LIP,
)
from kiosk.avatar.face.pen import d, line, oval, shape


def draw_mouth(opened: float, wide: float, rounded: float, smile: float) -> str:
    """SVG of the mouth about the middle of its closed lips, in design units; arguments 0 to 1."""
    half = 42 + 12 * wide + 13 * smile - 21 * rounded - 5 * opened * (1 - wide)
    gap = 50 * opened
    corner = 2 - (13 * smile + 3 * wide) * (1 - 0.45 * opened)
    top = 4.5 * smile - 0.22 * gap
    bottom = 6 * smile + 0.78 * gap
    full = 1 + 0.25 * rounded - 0.18 * wide - 0.12 * smile

    def arch(middle: float) -> float:
        """Height of a cubic's two handles so that half way it passes `middle`."""
        return (middle - 0.25 * corner) / 0.75

    def across(handles: float, width: float = 0.55) -> tuple[str | float, ...]:
        """From the left corner to the right one."""
        return "C", -width * half, handles, width * half, handles, half, corner

    def back(handles: float, width: float = 0.55) -> tuple[str | float, ...]:
        """From the right corner to the left one."""
        return "C", width * half, handles, -width * half, handles, -half, corner, "Z"

    start = ("M", -half, corner)
    upper, lower, under = arch(top), arch(bottom), arch(bottom + 13 * full)
    bow = top - 11 * full
    drawn = []
    if gap > 1:
        drawn.append(shape(d(*start, *across(upper), *back(lower)), MOUTH_INSIDE))
        drawn.append(_teeth(0.64 * half, top, min(0.42 * gap, 13.0)))
    if gap > 12:
        drawn.append(oval(0, bottom - 0.04 * gap, 0.5 * half, 0.24 * gap, TONGUE))
    crest = d(
        *start, "C", -0.62 * half, bow + 6, -0.32 * half, bow - 1, -0.14 * half, bow,
        "Q", 0, bow + 4, 0.14 * half, bow,
        "C", 0.32 * half, bow - 1, 0.62 * half, bow + 6, half, corner, *back(upper),
    )  # fmt: skip
    drawn.append(shape(crest, UPPER_LIP))
    drawn.append(shape(d(*start, *across(lower), *back(under, 0.6)), LOWER_LIP))
    drawn.append(
        oval(-0.1 * half, bottom + 6.5 * full, 0.24 * half, 2.2 * full, LIP_SHINE, opacity=0.75)
    )
    if gap <= 3:
        drawn.append(line(d(*start, *across(upper)), LIP_SEAM, 3.2))
    for side in (-1, 1):
        x = side * (half + 3)
        dimple = d("M", x, corner - 4, "Q", x + side * 5, corner, x + side * 2, corner + 6)
        drawn.append(line(dimple, SKIN_DEEP, 3, 0.25 + 0.4 * smile))
    return "".join(drawn)


def _teeth(half: float, top: float, depth: float) -> str:
    edge = top + depth
    return shape(
        d(
            "M", -half, top - 3, "L", half, top - 3,
            "C", 0.96 * half, edge, 0.5 * half, edge, 0, edge,
            "C", -0.5 * half, edge, -0.96 * half, edge, -half, top - 3, "Z",
        ),
        TEETH,
    )  # fmt: skip
