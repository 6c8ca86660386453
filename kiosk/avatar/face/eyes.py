"""Eyes and brows as SVG, for any lid, gaze and mood.

nanosvg cannot clip, so an iris is not cut off by the lids: they are skin with a hole in it, laid
over.
"""

from kiosk.avatar.face.palette import (
    BROW,
    EYE_WHITE,
    IRIS,
    IRIS_LIGHT,
    IRIS_RIM,
    LASH,
    PUPIL,
    SKIN,
    SKIN_DEEP,
    SKIN_SHADE,
)
from kiosk.avatar.face.pen import d, line, oval, shape, turned


def draw_eye(side: float, lids: float, gaze_x: float, gaze_y: float, smile: float) -> str:
    """SVG of one eye about its middle, in design units.

    `side` is -1 for the visitor's left, whose outer corner points left, and 1 for the right; lids 0
    (open) to 1, gaze -1 to 1, smile 0 to 1.
    """
    upper = -29 + 45 * lids
    lower = 17 - 4 * smile
    x, y = side * gaze_x * 11, -5 + gaze_y * 8
    shine = side * -6.5
    rim = ("C", -25, upper, 13, upper - 4, 36, -1)
    opening = d("M -35 5", *rim, "C", 24, lower, -18, lower + 1, "-35 5 Z")
    wing = d(
        "M", 27, -10 + 9 * lids, "C 33 -4", 38, -7 + 3 * lids, 46, -14 + 20 * lids,
        "C", 44, -2 + 10 * lids, "38 2 33 2 Z",
    )  # fmt: skip
    skin = "M -44 -34 C -20 -44 24 -46 44 -32 L 46 20 C 30 32 -24 32 -44 22 Z"
    drawing = (
        oval(0, 0, 38, 28, EYE_WHITE)
        + oval(x, y, 20.5, 20.5, IRIS_RIM)
        + oval(x, y, 18, 18, IRIS)
        + shape(d("M", x - 14.5, y + 4, "a 14.5 14.5 0 0 0 29 0 Z"), IRIS_LIGHT, 0.75)
        + oval(x, y, 10, 10, PUPIL)
        + oval(x + shine, y - 7.5, 5.6, 5.6, "#ffffff")
        + oval(x - shine, y + 7.5, 2.6, 2.6, "#ffffff", opacity=0.8)
        # the lid's shadow on the eye
        + line(d("M -30 6 C", -22, upper + 7, 14, upper + 4, "34 3"), "#6b4a55", 7, 0.2)
        + shape(f"{skin} {opening}", SKIN, rule="evenodd")
        # the lid itself and its crease
        + shape(
            d("M -35 3 C -25 -32 13 -36 36 -2 C", 13, upper - 4, -25, upper, "-35 3 Z"),
            SKIN_SHADE,
            0.7 * lids,
        )
        + line(
            d("M -31 -10 C", -20, -36 + 9 * lids, 14, -40 + 9 * lids, "37 -14"), SKIN_DEEP, 2.6, 0.5
        )
        + line(d("M -34 4.5", *rim), LASH, 5.6)
        + shape(wing, LASH)
        + line(
            d("M", -20, lower - 1.5, "C", -8, lower + 2, 16, lower + 1, "30 7"), SKIN_DEEP, 2, 0.5
        )
    )
    return turned(drawing, f"scale({side * 1.14:.2f} 1.14)")


def draw_brow(side: float, worry: float) -> str:
    """SVG of one brow about its middle; `side` as of an eye, worry 0 to 1."""
    inner, peak, outer = 3 - 12 * worry, -9 + 6 * worry, 8 + 3 * worry
    data = d(
        "M", -36, inner + 2, "C", -36, inner - 4, -30, inner - 6, -24, inner - 7,
        "C", -4, peak - 4, 20, peak - 2, 42, outer, "C", 20, peak + 6, -2, peak + 6, -24, inner + 3,
        "C", -30, inner + 5, -36, inner + 6, -36, inner + 2, "Z",
    )  # fmt: skip
    return turned(shape(data, BROW), f"scale({side:.0f} 1)")
