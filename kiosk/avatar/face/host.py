"""The host, part by part: a person in flat illustration, as SVG in design units.

The origin of the figure is the middle of the face, between the eyes; y grows downward; the desk
cuts the figure at y = 440. Only paths, ellipses and gradients in user space: what nanosvg draws
well (see `kiosk.avatar.svg`).
"""

from kiosk.avatar.face.eyes import draw_brow, draw_eye
from kiosk.avatar.face.mouth import draw_mouth
from kiosk.avatar.face.palette import (
    BLOUSE,
    BLOUSE_SHADE,
    BLUSH,
    BRASS,
    BRASS_DARK,
    HAIR,
    HAIR_DARK,
    HAIR_LIGHT,
    JACKET,
    JACKET_DARK,
    JACKET_LIGHT,
    SKIN,
    SKIN_DEEP,
    SKIN_LIGHT,
    SKIN_SHADE,
)
from kiosk.avatar.face.pen import fade, glow, line, shape, turned
from kiosk.avatar.face.sprites import Part

TOP, BOTTOM, HALF_WIDTH = -290.0, 440.0, 380.0
"""The figure's place: what a picture of it must show."""
PIVOT = (0.0, 240.0)
"""Where the head tilts: the base of the neck."""
FACE_BOX = (-228.0, -275.0, 228.0, 238.0)
"""Left, top, right, bottom of all places where the head may be."""


def _hair_back() -> str:
    return fade("back", -240, 200, (0, HAIR, 1), (1, HAIR_DARK, 1)) + shape(
        "M -160 196 C -214 120 -208 -96 -158 -176 C -118 -232 -56 -252 6 -250 "
        "C 88 -248 162 -204 184 -116 C 208 -22 214 120 162 196 C 144 212 108 208 78 198 "
        "L -78 198 C -108 208 -142 212 -160 196 Z",
        "url(#back)",
    )


def _neck() -> str:
    return (
        shape(
            "M -50 110 L -50 222 C -52 250 -84 262 -118 272 L 0 380 L 118 272 "
            "C 84 262 52 250 50 222 L 50 110 Z",
            SKIN,
        )
        + fade("chin", 150, 262, (0, SKIN_DEEP, 0.9), (0.6, SKIN_SHADE, 0.6), (1, SKIN_SHADE, 0))
        + shape(
            "M -50 140 L -50 222 C -50 234 -54 244 -62 252 C -30 266 40 266 62 252 "
            "C 54 244 50 234 50 222 L 50 140 Z",
            "url(#chin)",
        )
        + line("M -36 272 C -24 279 -16 287 -11 298", SKIN_SHADE, 4, 0.7)
        + line("M 36 272 C 24 279 16 287 11 298", SKIN_SHADE, 4, 0.7)
    )


def _blouse() -> str:
    return (
        shape("M -70 254 L 0 352 L 70 254 L 112 300 L 60 470 L -60 470 L -112 300 Z", BLOUSE)
        + shape("M 0 352 L 0 470 L 60 470 L 92 330 L 58 300 Z", BLOUSE_SHADE, 0.55)
        + line("M 0 358 L 0 470", BLOUSE_SHADE, 3)
        + shape("M -68 250 L -98 268 L -64 340 L -3 352 Z", "#ffffff")
        + shape("M 68 250 L 98 268 L 64 340 L 3 352 Z", "#ffffff")
        + line("M -64 340 L -4 352 M 64 340 L 4 352", BLOUSE_SHADE, 3)
    )


def _jacket() -> str:
    cloth = fade("cloth", 260, 450, (0, JACKET_LIGHT, 1), (0.45, JACKET, 1), (1, JACKET_DARK, 1))
    front = (
        "M 88 262 C 130 282 196 286 244 304 C 302 326 330 382 342 470 L 22 470 "
        "C 34 420 66 340 88 262 Z"
    )
    lapel = (
        "M 88 258 C 100 264 112 270 122 276 L 148 336 L 114 348 L 128 370 L 22 470 "
        "C 32 410 62 330 88 258 Z"
    )
    fold = "M 236 330 C 254 370 256 420 252 470 L 268 470 C 270 420 262 370 236 330 Z"
    half = shape(front, "url(#cloth)") + shape(fold, JACKET_DARK, 0.55)
    notch = line("M 148 336 L 114 348 L 128 370", JACKET_DARK, 3)
    return (
        cloth
        + turned(half + shape(lapel, JACKET_LIGHT) + notch, "scale(-1 1)")
        + half
        + shape("M 244 304 C 302 326 330 382 342 470 L 262 470 C 264 420 258 366 236 330 Z",
                JACKET_DARK, 0.35)
        + shape(lapel, JACKET)
        + notch
        + line("M -86 264 C -62 334 -34 412 -24 470", JACKET_DARK, 3, 0.35)
        + line("M 86 264 C 62 334 34 412 24 470", JACKET_DARK, 3, 0.35)
    )  # fmt: skip


def _badge() -> str:
    plate = (
        "M 158 378 h 64 a 7 7 0 0 1 7 7 v 18 a 7 7 0 0 1 -7 7 h -64 a 7 7 0 0 1 -7 -7 v -18 "
        "a 7 7 0 0 1 7 -7 Z"
    )
    return turned(
        shape(plate, BRASS) + line("M 163 389 h 40 M 163 399 h 26", BRASS_DARK, 3.5, 0.8),
        "rotate(-4 190 392)",
    )


def _body() -> str:
    return _neck() + _blouse() + _jacket() + _badge()


def _head() -> str:
    face = (
        "M -144 -46 C -144 -146 -90 -202 0 -202 C 90 -202 144 -146 144 -46 C 144 38 134 96 100 142 "
        "C 72 180 36 200 0 200 C -36 200 -72 180 -100 142 C -134 96 -144 38 -144 -46 Z"
    )
    away = (
        "M 144 -46 C 144 38 134 96 100 142 C 72 180 36 200 0 200 C -8 200 -16 199 -24 197 "
        "C 24 186 64 160 90 120 C 114 78 124 20 126 -60 C 126 -90 122 -118 112 -144 "
        "C 132 -122 144 -86 144 -46 Z"
    )
    return (
        shape(face, SKIN)
        + shape(away, SKIN_SHADE, 0.4)
        # the hair's shadow on the forehead
        + shape("M 46 -210 C 14 -136 -62 -84 -144 -50 C -142 -110 -110 -190 -20 -202 Z",
                SKIN_SHADE, 0.55)
        + shape("M 40 -200 C 66 -142 104 -90 144 -56 C 142 -126 104 -186 40 -202 Z",
                SKIN_SHADE, 0.55)
        + glow(-90, 76, 52, BLUSH, 0.4)
        + glow(90, 76, 52, BLUSH, 0.4)
        + line("M -18 176 C -7 181 7 181 18 176", SKIN_SHADE, 4, 0.6)
    )  # fmt: skip


def _nose() -> str:
    return (
        shape("M 6 -26 C 12 -6 21 14 21 27 C 21 35 12 39 0 39 C 8 33 10 25 9 12 Z", SKIN_SHADE, 0.5)
        + line("M -14 33 C -9 41 9 42 15 33", SKIN_DEEP, 4.5)
        + shape("M -4 -16 C -2 -4 -2 10 -4 20 C -8 10 -8 -4 -4 -16 Z", SKIN_LIGHT, 0.8)
    )


def _hair_front() -> str:
    left = (
        "M 54 -214 C 32 -150 -40 -98 -126 -76 C -140 -44 -143 -4 -141 44 "
        "C -139 104 -132 152 -100 190 C -124 208 -148 206 -160 196 "
        "C -214 120 -208 -96 -158 -176 C -118 -232 -56 -252 6 -250 C 30 -249 48 -240 54 -214 Z"
    )
    right = (
        "M 40 -232 C 54 -170 92 -112 132 -84 C 142 -50 144 -8 141 44 C 139 104 132 152 100 190 "
        "C 124 208 146 206 162 196 C 214 120 208 -22 184 -116 C 162 -204 88 -248 6 -250 Z"
    )
    return (
        fade("front", -252, 196, (0, HAIR_LIGHT, 1), (0.3, HAIR, 1), (1, HAIR_DARK, 1))
        + shape(left, "url(#front)")
        + shape(right, "url(#front)")
        + line("M 44 -226 C 52 -176 88 -118 126 -90", HAIR_DARK, 4, 0.5)
        # light on it, and strands
        + line("M -138 -112 C -110 -166 -70 -200 -14 -214", "#7d5566", 9, 0.55)
        + line("M -151 -76 C -149 -86 -148 -92 -146 -97", "#7d5566", 9, 0.55)
        + line("M 94 -196 C 124 -176 144 -146 154 -110", "#7d5566", 8, 0.4)
        + line("M 20 -196 C -14 -146 -66 -114 -122 -98", HAIR_DARK, 3.5, 0.35)
        + line("M -170 0 C -176 70 -170 130 -148 172", HAIR_LIGHT, 5, 0.5)
        + line("M 172 0 C 178 70 172 130 150 172", HAIR_LIGHT, 5, 0.5)
    )


HAIR_BACK = Part("hair back", _hair_back, (-212, -254, 212, 214), (0, 0))
BODY = Part("body", _body, (-346, 105, 346, 452), (0, 0), pixel_steps=4)
HEAD = Part("head", _head, (-148, -206, 148, 204), (0, 0))
NOSE = Part("nose", _nose, (-24, -30, 28, 48), (0, 0))
HAIR_FRONT = Part("hair front", _hair_front, (-212, -254, 212, 214), (0, 0))
LEFT_EYE = Part("left eye", draw_eye, (-58, -54, 58, 42), (-64, 0))
RIGHT_EYE = Part("right eye", draw_eye, (-58, -54, 58, 42), (64, 0))
LEFT_BROW = Part("left brow", draw_brow, (-48, -26, 48, 26), (-66, -64))
RIGHT_BROW = Part("right brow", draw_brow, (-48, -26, 48, 26), (66, -64))
MOUTH = Part("mouth", draw_mouth, (-82, -44, 82, 76), (0, 108))
