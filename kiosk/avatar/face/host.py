"""The host, part by part: a person in flat illustration, as SVG in design units.

The origin of the figure is the middle of the face, between the eyes; y grows downward; the desk
cuts the figure at y = 440. Only paths, ellipses and gradients in user space: what nanosvg draws
well (see `kiosk.avatar.svg`).
"""

from kiosk.avatar.face.mouth import draw_mouth
from kiosk.avatar.face.sprites import Part

TOP, BOTTOM, HALF_WIDTH = -300.0, 440.0, 380.0
"""The figure's place: what a picture of it must show."""
PIVOT = (0.0, 240.0)
"""Where the head tilts: the base of the neck."""
FACE_BOX = (-215.0, -285.0, 215.0, 225.0)
"""Left, top, right, bottom of all places where the head may be."""

_SKIN, _SKIN_SHADE, _SKIN_DEEP, _SKIN_LIGHT = "#f3c3a2", "#e2a381", "#c98265", "#fbd6ba"
_HAIR, _HAIR_DARK, _HAIR_LIGHT = "#3d2733", "#2b1a25", "#64424f"
_JACKET, _JACKET_DARK, _JACKET_LIGHT = "#1f7480", "#175761", "#2d909b"
_BLOUSE, _BLOUSE_SHADE = "#fff8ee", "#e9dccd"
_BRASS, _LASH = "#f2b84b", "#2f1c26"


def _gradient(name: str, y0: float, y1: float, *stops: tuple[float, str, float]) -> str:
    inner = "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity}"/>'
        for at, colour, opacity in stops
    )
    return (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" '
        f'x1="0" y1="{y0}" x2="0" y2="{y1}">{inner}</linearGradient>'
    )


def _glow(name: str, x: float, y: float, radius: float, colour: str, opacity: float) -> str:
    return (
        f'<radialGradient id="{name}" gradientUnits="userSpaceOnUse" cx="{x}" cy="{y}" r="{radius}">'
        f'<stop offset="0" stop-color="{colour}" stop-opacity="{opacity}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
    )


def _path(d: str, fill: str, **attributes: str) -> str:
    extra = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<path d="{d}" fill="{fill}"{extra}/>'


def _line(d: str, colour: str, width: float, **attributes: str) -> str:
    return _path(
        d, "none", stroke=colour, stroke_width=f"{width}", stroke_linecap="round",
        stroke_linejoin="round", **attributes,
    )  # fmt: skip


def _hair_back() -> str:
    return f"<defs>{_gradient('h', -250, 190, (0, _HAIR, 1), (1, _HAIR_DARK, 1))}</defs>" + _path(
        "M -172 176 C -208 96 -210 -104 -156 -188 C -114 -246 -52 -264 8 -260 "
        "C 92 -257 164 -212 186 -122 C 210 -22 206 96 174 176 C 150 204 108 206 80 198 "
        "L -80 198 C -108 206 -150 204 -172 176 Z",
        "url(#h)",
    )


def _body() -> str:
    return (
        "<defs>"
        + _gradient("j", 260, 450, (0, _JACKET_LIGHT, 1), (0.45, _JACKET, 1), (1, _JACKET_DARK, 1))
        + _gradient("n", 150, 290, (0, _SKIN_DEEP, 0.85), (0.55, _SKIN_SHADE, 0.5), (1, _SKIN, 0))
        + "</defs>"
        # neck and neckline
        + _path(
            "M -52 110 L -52 222 C -54 250 -84 262 -118 272 L 0 380 L 118 272 C 84 262 54 250 52 222 "
            "L 52 110 Z",
            _SKIN,
        )
        + _path("M -52 140 L -52 222 C -52 234 -58 242 -66 250 C -30 262 40 262 66 250 "
                "C 58 242 52 234 52 222 L 52 140 Z", "url(#n)")
        + _line("M -34 268 C -22 276 -14 284 -8 296", _SKIN_SHADE, 4, opacity="0.7")
        + _line("M 34 268 C 22 276 14 284 8 296", _SKIN_SHADE, 4, opacity="0.7")
        # blouse: collar open in a V
        + _path("M -70 254 L 0 352 L 70 254 L 112 300 L 60 470 L -60 470 L -112 300 Z", _BLOUSE)
        + _path("M 0 352 L 0 470 L 60 470 L 92 330 L 58 300 Z", _BLOUSE_SHADE, opacity="0.55")
        + _line("M 0 356 L 0 470", _BLOUSE_SHADE, 3)
        + _path("M -70 252 L -96 268 L -64 338 L -4 350 Z", "#ffffff")
        + _path("M 70 252 L 96 268 L 64 338 L 4 350 Z", "#ffffff")
        + _line("M -64 338 L -5 351 M 64 338 L 5 351", _BLOUSE_SHADE, 3)
        # jacket: two fronts, sleeves, lapels
        + _path(
            "M -88 262 C -130 282 -196 288 -246 306 C -304 328 -330 382 -342 470 L -22 470 "
            "C -34 420 -66 340 -88 262 Z", "url(#j)",
        )
        + _path(
            "M 88 262 C 130 282 196 288 246 306 C 304 328 330 382 342 470 L 22 470 "
            "C 34 420 66 340 88 262 Z", "url(#j)",
        )
        + _path("M 246 306 C 304 328 330 382 342 470 L 252 470 C 256 420 254 370 236 330 Z",
                _JACKET_DARK, opacity="0.55")
        + _path("M -236 330 C -254 370 -256 420 -252 470 L -268 470 C -270 420 -262 370 -236 330 Z",
                _JACKET_DARK, opacity="0.55")
        + _path("M -88 258 C -100 264 -112 270 -122 276 L -148 336 L -114 348 L -128 370 L -22 470 "
                "C -32 410 -62 330 -88 258 Z", _JACKET_LIGHT)
        + _path("M 88 258 C 100 264 112 270 122 276 L 148 336 L 114 348 L 128 370 L 22 470 "
                "C 32 410 62 330 88 258 Z", _JACKET)
        + _line("M -148 336 L -114 348 L -128 370", _JACKET_DARK, 3)
        + _line("M 148 336 L 114 348 L 128 370", _JACKET_DARK, 3)
        # badge
        + '<g transform="rotate(-4 190 392)">'
        + _path("M 158 378 h 64 a 7 7 0 0 1 7 7 v 18 a 7 7 0 0 1 -7 7 h -64 a 7 7 0 0 1 -7 -7 v -18 "
                "a 7 7 0 0 1 7 -7 Z", _BRASS)
        + _line("M 163 389 h 40 M 163 399 h 26", "#9a6a17", 3.5, opacity="0.8")
        + "</g>"
    )  # fmt: skip


def _head() -> str:
    face = (
        "M -144 -50 C -144 -150 -90 -206 0 -206 C 90 -206 144 -150 144 -50 C 144 36 132 96 98 142 "
        "C 70 180 34 200 0 200 C -34 200 -70 180 -98 142 C -132 96 -144 36 -144 -50 Z"
    )
    return (
        "<defs>"
        + _glow("l", -84, 78, 52, "#ee7d6c", 0.42)
        + _glow("r", 84, 78, 52, "#ee7d6c", 0.42)
        + "</defs>"
        + _path(face, _SKIN)
        # the side away from the light, and the hair's shadow on the forehead
        + _path("M 144 -50 C 144 36 132 96 98 142 C 70 180 34 200 0 200 C -8 200 -16 199 -24 197 "
                "C 22 186 60 160 86 120 C 112 76 122 20 124 -60 C 124 -90 120 -118 110 -144 "
                "C 132 -122 144 -90 144 -50 Z", _SKIN_SHADE, opacity="0.45")
        + _path("M 40 -200 C 14 -140 -62 -88 -142 -58 C -142 -110 -110 -190 -20 -206 Z",
                _SKIN_SHADE, opacity="0.6")
        + _path("M 40 -200 C 66 -146 104 -96 142 -66 C 140 -130 104 -190 40 -206 Z",
                _SKIN_SHADE, opacity="0.6")
        + '<ellipse cx="-84" cy="78" rx="52" ry="42" fill="url(#l)"/>'
        + '<ellipse cx="84" cy="78" rx="52" ry="42" fill="url(#r)"/>'
        + _line("M -20 172 C -8 177 8 177 20 172", _SKIN_SHADE, 4, opacity="0.6")
    )  # fmt: skip


def _nose() -> str:
    return (
        _path("M 4 -40 C 12 -10 22 14 22 28 C 22 36 12 40 0 40 C 8 34 10 26 8 10 Z",
              _SKIN_SHADE, opacity="0.55")
        + _line("M -15 33 C -10 41 10 42 16 33", _SKIN_DEEP, 4.5)
        + _path("M -5 -30 C -2 -10 -2 8 -5 22 C -9 10 -9 -12 -5 -30 Z", _SKIN_LIGHT, opacity="0.8")
    )  # fmt: skip


def _hair_front() -> str:
    return (
        "<defs>"
        + _gradient("f", -262, 190, (0, "#4a303d", 1), (0.5, _HAIR, 1), (1, _HAIR_DARK, 1))
        + "</defs>"
        # from the parting to the visitor's left, and down beside the cheek
        + _path(
            "M 52 -222 C 30 -158 -40 -104 -124 -84 C -136 -52 -140 -10 -138 44 C -136 104 -128 150 -104 186 "
            "C -130 200 -158 196 -172 176 C -208 96 -210 -104 -156 -188 C -114 -246 -52 -264 8 -260 "
            "C 30 -259 46 -248 52 -222 Z", "url(#f)",
        )
        + _path(
            "M 40 -236 C 54 -176 92 -118 130 -90 C 140 -52 142 -10 138 44 C 134 104 128 150 104 186 "
            "C 130 200 160 196 174 176 C 206 96 210 -22 186 -122 C 164 -212 92 -257 8 -260 Z", "url(#f)",
        )
        # light on the hair
        + _line("M -140 -120 C -112 -176 -70 -212 -12 -226", _HAIR_LIGHT, 9, opacity="0.75")
        + _line("M -152 -84 C -150 -96 -148 -102 -146 -108", _HAIR_LIGHT, 9, opacity="0.75")
        + _line("M 92 -204 C 124 -182 146 -150 156 -112", _HAIR_LIGHT, 8, opacity="0.6")
        + _line("M -46 -150 C -78 -122 -104 -108 -132 -100", _HAIR_DARK, 4, opacity="0.45")
        + _line("M -162 20 C -162 80 -156 128 -142 164", _HAIR_LIGHT, 5, opacity="0.35")
        + _line("M 164 0 C 166 70 160 124 146 164", _HAIR_LIGHT, 5, opacity="0.35")
    )  # fmt: skip


def _eye(side: float, lids: float, gaze_x: float, gaze_y: float, smile: float) -> str:
    """One eye about its middle; `side` -1 is the visitor's left, whose outer corner points left.

    Lids are skin with a hole in it, laid over the iris: nanosvg cannot clip.
    """
    upper = -27 + 43 * lids
    lower = 17 - 3 * smile
    x, y = side * gaze_x * 11, -4 + gaze_y * 8
    opening = f"M -35 5 C -24 {upper:.2f} 14 {upper - 3:.2f} 36 -1 C 24 {lower:.2f} -18 {lower + 1:.2f} -35 5 Z"
    lash = f"M -34 4.5 C -24 {upper:.2f} 14 {upper - 3:.2f} 36 -1"
    wing = f"M 28 {(-9 + 8 * lids):.2f} C 33 -4 38 -6 45 {(-12 + 18 * lids):.2f} C 43 {(-2 + 10 * lids):.2f} 38 2 33 2 Z"
    shine = side * -6
    return (
        f'<g transform="scale({side:.0f} 1)">'
        '<ellipse cx="0" cy="0" rx="38" ry="26" fill="#fffdf8"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="19.5" fill="#4b2c20"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="17" fill="#8a5433"/>'
        f'<path d="M {x - 14:.2f} {y + 4:.2f} a 14 14 0 0 0 28 0 Z" fill="#b57a48" opacity="0.7"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="9.5" fill="#20110e"/>'
        f'<circle cx="{x + shine:.2f}" cy="{y - 7:.2f}" r="5.2" fill="#ffffff"/>'
        f'<circle cx="{x - shine:.2f}" cy="{y + 7:.2f}" r="2.4" fill="#ffffff" opacity="0.8"/>'
        + _line(f"M -30 6 C -22 {upper + 7:.2f} 14 {upper + 4:.2f} 34 3", "#6b4a55", 7, opacity="0.22")
        + _path(
            "M -42 -32 C -20 -42 24 -44 44 -30 L 46 20 C 30 30 -24 30 -42 22 Z " + opening,
            _SKIN, fill_rule="evenodd",
        )
        + _path(f"M -34 3 C -24 -30 14 -33 36 -2 C 14 {upper - 3:.2f} -24 {upper:.2f} -34 3 Z",
                _SKIN_SHADE, opacity=f"{0.75 * lids:.2f}")
        + _line(f"M -30 -10 C -20 {-34 + 8 * lids:.2f} 14 {-37 + 8 * lids:.2f} 36 -14", _SKIN_DEEP, 2.6,
                opacity="0.55")
        + _line(lash, _LASH, 6)
        + _path(wing, _LASH)
        + _line(f"M -22 {lower - 2.5:.2f} C -8 {lower + 2:.2f} 16 {lower + 1:.2f} 30 6", _SKIN_DEEP, 2,
                opacity="0.5")
        + "</g>"
    )  # fmt: skip


def _brow(side: float, worry: float) -> str:
    inner, peak = 5 - 11 * worry, -11 + 6 * worry
    outer = 7 + 4 * worry
    return (
        f'<g transform="scale({side:.0f} 1)">'
        + _path(
            f"M -35 {inner + 3:.2f} C -34 {inner - 6:.2f} -28 {inner - 8:.2f} -22 {inner - 8.5:.2f} "
            f"C 0 {peak - 5:.2f} 22 {peak - 1:.2f} 40 {outer:.2f} "
            f"C 22 {peak + 8:.2f} 0 {peak + 7:.2f} -20 {inner + 4:.2f} "
            f"C -26 {inner + 6:.2f} -34 {inner + 8:.2f} -35 {inner + 3:.2f} Z",
            _HAIR,
        )
        + "</g>"
    )


HAIR_BACK = Part("hair back", _hair_back, (-212, -266, 212, 208), (0, 0))
BODY = Part("body", _body, (-346, 105, 346, 452), (0, 0), pixel_steps=4)
HEAD = Part("head", _head, (-148, -210, 148, 204), (0, 0))
NOSE = Part("nose", _nose, (-24, -44, 28, 48), (0, 0), pixel_steps=4)
HAIR_FRONT = Part("hair front", _hair_front, (-212, -266, 212, 204), (0, 0))
LEFT_EYE = Part("left eye", _eye, (-48, -46, 48, 34), (-63, 0), pixel_steps=4)
RIGHT_EYE = Part("right eye", _eye, (-48, -46, 48, 34), (63, 0), pixel_steps=4)
LEFT_BROW = Part("left brow", _brow, (-46, -24, 46, 26), (-64, -58), pixel_steps=4)
RIGHT_BROW = Part("right brow", _brow, (-46, -24, 46, 26), (64, -58), pixel_steps=4)
MOUTH = Part("mouth", draw_mouth, (-76, -36, 76, 72), (0, 108), pixel_steps=4)
