"""One layer of a pack as something that can be drawn: its shapes, and the room that they take."""

from collections.abc import Mapping
from math import cos, radians, sin

import numpy as np
import pygame

from kiosk.avatar.face import pack
from kiosk.avatar.face.pose import Pose
from kiosk.draw import svg
from kiosk.draw.svg.drawing import Drawing
from kiosk.lips.visemes import VISEMES, Mouth

STEPS = 8
"""Steps of a shape from 0 to 1: each mixture that passes is a picture to be drawn and kept."""
_SPOKEN_SMILE = 0.6
"""How much of a smile is gone while the lips form a sound."""
_LOOK_PX = 200
"""Pixels of the canvas's longer side when a part is measured."""
_OVERHANG = 0.3
"""How far beyond the canvas, in parts of its sides, a part is looked for."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class FacePart:
    """A layer: `key` says which of its shapes a pose needs, `raster` draws that.

    Args:
        layer: its words and drawings.
        canvas: the pack's.
        pivot: the neck; everything here is counted from it.
    """

    def __init__(self, layer: pack.Drawn, canvas: Box, pivot: tuple[float, float]) -> None:
        self.layer = layer.layer
        self.name = self.layer.name
        self._pivot = pivot
        self._canvas = canvas
        self._shapes = tuple(layer.shapes)
        self._speaks = tuple(name in layer.shapes for name in VISEMES)
        self._is_mouth = any(self._speaks) or not {"open", "wide", "round"}.isdisjoint(self._shapes)
        self.is_urgent = self._is_mouth or any(name.startswith("blink") for name in self._shapes)
        """Lips and lids: they are drawn at once, at any size."""
        self._svg = isinstance(layer.base, Drawing)
        self._drawings = [layer.base, *layer.shapes.values()]
        if self._svg:
            assert isinstance(layer.base, Drawing)  # noqa: S101 - as `_svg` says
            base = layer.base.numbers
            self._deltas = np.array([d.numbers - base for d in self._drawings[1:]])  # type: ignore[union-attr]
            self._shuts = np.array([name.startswith("blink") for name in self._shapes], bool)
            self._pictures: list[pygame.Surface] = []
        else:
            self._pictures = [p for p in self._drawings if isinstance(p, pygame.Surface)]
        self.box = self._measure()

    def key(self, now: Pose, shapes: Mapping[str, float]) -> tuple[float, ...]:
        """How far each of its shapes is there, in steps."""
        if not self._shapes:
            return ()
        if self._is_mouth:
            # Visemes without a file of their own are mixed from how open, wide and round they are.
            weights = zip(now.mouth.weights, self._speaks, strict=True)
            others = Mouth(tuple(0.0 if own else weight for weight, own in weights))
            asked = now.asked
            # Lips that speak smile less: a round "oo" has no corners to draw apart.
            rest = 1 - _SPOKEN_SMILE * (1 - now.mouth.weights[0])
            shapes = {
                **shapes,
                "smile": shapes["smile"] * rest,
                "frown": shapes["frown"] * rest,
                "open": max(others.open, asked.get("open", 0.0)),
                "wide": max(others.wide, asked.get("wide", 0.0)),
                "round": max(others.round, asked.get("round", 0.0)),
            }
        amounts = [shapes.get(name, 0.0) for name in self._shapes]
        if not self._svg:
            # A picture cannot be half another one.
            best = max(range(len(amounts)), key=amounts.__getitem__)
            return (float(best + 1 if amounts[best] >= 0.5 else 0),)
        return tuple(round(amount * STEPS) / STEPS for amount in amounts)

    def raster(
        self,
        key: tuple[float, ...],
        size: tuple[int, int],
        at: tuple[float, float],
        tilt_deg: float,
        scale: float,
    ) -> pygame.Surface:
        """Draw a shape on a picture of `size` pixels, the pivot at `at` of it.

        It has alpha, and is not yet in the display's own format.
        """
        if self._svg:
            transform = (
                f"translate({at[0]:.3f} {at[1]:.3f}) rotate({tilt_deg:.3f}) scale({scale:.5f}) "
                f"translate({-self._pivot[0]:.3f} {-self._pivot[1]:.3f})"
            )
            return svg.picture(self._text(key), size, transform)
        return self._paste(self._pictures[int(key[0]) if key else 0], size, at, tilt_deg, scale)

    def _text(self, key: tuple[float, ...]) -> str:
        """The words of a mixture.

        Shapes add up, but a shut eye is shut: on the way there whatever else it does fades.
        """
        base = self._drawings[0]
        assert isinstance(base, Drawing)  # noqa: S101 - as `_svg` says
        if not any(key):
            return base.text()
        amounts = np.array(key)
        numbers = base.numbers + (amounts * ~self._shuts) @ self._deltas
        for amount, delta in zip(amounts[self._shuts], self._deltas[self._shuts], strict=True):
            numbers += amount * (base.numbers + delta - numbers)
        return base.text(numbers)

    def _paste(
        self,
        whole: pygame.Surface,
        size: tuple[int, int],
        at: tuple[float, float],
        tilt_deg: float,
        scale: float,
    ) -> pygame.Surface:
        left, top, right, bottom = self.box
        per_unit = whole.get_width() / self._canvas[2]
        x, y = left + self._pivot[0] - self._canvas[0], top + self._pivot[1] - self._canvas[1]
        cut = pygame.Rect(
            round(x * per_unit), round(y * per_unit),
            round((right - left) * per_unit), round((bottom - top) * per_unit),
        ).clip(whole.get_rect())  # fmt: skip
        turned = pygame.transform.rotozoom(
            whole.subsurface(cut).convert_alpha(), -tilt_deg, scale / per_unit
        )
        # Its middle, counted from the pivot, goes round with the tilt.
        mid_x = (cut.centerx / per_unit + self._canvas[0] - self._pivot[0]) * scale
        mid_y = (cut.centery / per_unit + self._canvas[1] - self._pivot[1]) * scale
        turn, over = cos(radians(tilt_deg)), sin(radians(tilt_deg))
        picture = pygame.Surface(size, pygame.SRCALPHA).convert_alpha()
        middle = (at[0] + mid_x * turn - mid_y * over, at[1] + mid_x * over + mid_y * turn)
        picture.blit(turned, turned.get_rect(center=(round(middle[0]), round(middle[1]))))
        return picture

    def _measure(self) -> Box:
        """The room that no shape leaves; none where nothing is to be seen.

        Visemes exclude each other, the other shapes add up.
        """
        looks = [self._box_of(drawing) for drawing in range(len(self._drawings))]
        base = looks[0] or next(filter(None, looks), (0.0, 0.0, 0.0, 0.0))
        room = list(base)
        more = [0.0] * 4
        for name, box in zip(self._shapes, looks[1:], strict=True):
            for edge, choose in enumerate((min, min, max, max)):
                if box is not None and name in VISEMES:
                    room[edge] = choose(room[edge], box[edge])
                elif box is not None:
                    more[edge] += choose(0.0, box[edge] - base[edge])
        left, top, right, bottom = (edge + far for edge, far in zip(room, more, strict=True))
        return left, top, right, bottom

    def _box_of(self, index: int) -> Box | None:
        """The room of one drawing; None where it is empty."""
        left, top, width, height = self._canvas
        drawing = self._drawings[index]
        if isinstance(drawing, pygame.Surface):
            whole = drawing
            units = width / whole.get_width()
            from_x, from_y, pad = left, top, 0
        else:
            units = max(width, height) / _LOOK_PX
            from_x, from_y = left - _OVERHANG * width, top - _OVERHANG * height
            size = (
                round((1 + 2 * _OVERHANG) * width / units),
                round((1 + 2 * _OVERHANG) * height / units),
            )
            transform = f"scale({1 / units:.5f}) translate({-from_x:.3f} {-from_y:.3f})"
            whole, pad = svg.picture(drawing.text(), size, transform), 1
        seen = whole.get_bounding_rect(min_alpha=1)
        if not seen:
            return None
        seen = seen.inflate(2 * pad, 2 * pad)
        x, y = from_x - self._pivot[0], from_y - self._pivot[1]
        return (
            seen.left * units + x,
            seen.top * units + y,
            seen.right * units + x,
            seen.bottom * units + y,
        )
