"""The face as an avatar: pose → parts in their places → the few pixels that changed."""

import logging
from collections.abc import Iterator, Sequence
from itertools import takewhile
from math import cos, radians, sin

import pygame
from msgspec import structs

from kiosk.avatar.face import pack as packs
from kiosk.avatar.face.manifest import Manifest
from kiosk.avatar.face.part import Box, FacePart
from kiosk.avatar.face.pose import Habits, Mood, Pose, PosturePhase, pose
from kiosk.avatar.face.sprites import PIXEL_STEPS, Sprites
from kiosk.avatar.face.voice import ReplyListener
from kiosk.avatar.interface import LocalAvatar
from kiosk.core.scene import Scene, Senses
from kiosk.draw.sprite import Sprite, moved, repaint

log = logging.getLogger("kiosk.screen")

_BUDGET_SCREENS, _BUDGET_BYTES = 40, 96 << 20
"""Memory for sprites: so many pictures of the avatar's own place (4 bytes a pixel), at most so
much. All of a figure's steps are some 25 of them; with less, a large part is drawn again and again.
"""
_BREATH_STEPS = 4.8
"""About so many steps is a breath in, and one out, at any size: half a pixel each for a person at
1080 lines. Between two of them nothing has moved, and nothing is drawn.
"""
_MIN_STEP_PX = 1 / PIXEL_STEPS
"""The smallest step that can be drawn, in pixels."""
_TILT_DEG, _DROP = 5.0, 18.0
"""How far the head tilts and drops at most, in degrees and units, in a state of its own."""


class Face(LocalAvatar):
    """Our own face, drawn on the board.

    Args:
        name: of the pack, or a path to one; where it is broken, the shipped host is shown.
        seed: of its life.
        beside: draw large parts in a thread beside; without, a moment's picture is always the same.
    """

    def __init__(self, name: str, seed: int = 1, *, beside: bool = False) -> None:
        self._seed, self._beside = seed, beside
        self._pack, self.trouble = packs.choose(name)
        """Why another pack is shown than was asked for; empty where none is. Written by the thread
        that makes and paints the face, read once by any."""
        if self.trouble:
            log.warning(
                'avatar.pack: %s. Using the face "%s" instead', self.trouble, packs.FALLBACK
            )
        self._listener = ReplyListener()
        self._phase = PosturePhase.at_rest(Scene().state)
        self._mood = Mood()
        self._shown: list[Sprite] = []
        self._pose: Pose | None = None
        """The one that is shown; None where it is not all in its place."""
        self._parts: list[FacePart] = []
        self._standing = 0
        """Parts at the back that stand still: they are painted on the ground, once."""
        self._sprites: Sprites | None = None

    def place(self, backdrop: pygame.Surface) -> None:
        """Fit the figure into the backdrop: its feet, so to speak, on the lower edge."""
        self.clear()
        self._backdrop = backdrop
        if not self._parts:
            try:
                self._load()
            except pygame.error as error:
                self._fall_back(error)
                return
        width, height = backdrop.get_size()
        left, top, across, down = self._pack.manifest.canvas
        self._scale = min(height / down, width / across)
        middle, lower_edge = left + across / 2, top + down
        self._origin = (width / 2 - middle * self._scale, height - lower_edge * self._scale)
        budget = min(_BUDGET_SCREENS * 4 * width * height, _BUDGET_BYTES)
        self._sprites = Sprites(self._scale, budget, beside=self._beside)
        self._ground = backdrop.copy() if self._standing else backdrop

    def _fall_back(self, error: pygame.error) -> None:
        """Show the shipped host from now on; raises where that is what failed."""
        if self._pack.folder == packs.SHIPPED / packs.FALLBACK:
            raise error
        self.trouble = f"{self._pack.folder.name} cannot be drawn: {error}"
        log.warning('avatar.pack: %s. Using the face "%s" instead', self.trouble, packs.FALLBACK)
        self._pack = packs.load(packs.SHIPPED / packs.FALLBACK)
        self._load()
        self.place(self._backdrop)

    def _load(self) -> None:
        """Make the parts of the pack; `pygame.error` where one cannot be drawn."""
        manifest = self._pack.manifest
        self._idle, self._neck = manifest.idle, manifest.anchors.neck
        self._habits = Habits(
            manifest.idle.sway, manifest.idle.glances, manifest.idle.blinks, manifest.idle.button
        )
        self._parts = [FacePart(layer, manifest.canvas, self._neck) for layer in self._pack.layers]
        self._standing = sum(
            1 for _ in takewhile(lambda part: part.layer.follows == "stage", self._parts)
        )
        self._head = _head_box(manifest, self._parts)

    def clear(self) -> None:
        """Let the sprites go."""
        self._shown = []
        self._pose = None
        if self._sprites is not None:
            self._sprites.close()
            self._sprites = None

    @property
    def face_rect(self) -> pygame.Rect:
        """Where the head may be, relative to the backdrop."""
        left, top, right, bottom = (side * self._scale for side in self._head)
        x = self._origin[0] + self._neck[0] * self._scale
        y = self._origin[1] + self._neck[1] * self._scale
        return pygame.Rect(
            round(x + left), round(y + top), round(right - left), round(bottom - top)
        )

    def paint(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        scene: Scene,
        senses: Senses,
        now_s: float,
        *,
        damage: Sequence[pygame.Rect] = (),
    ) -> list[pygame.Rect]:
        """Paint what changed since the last frame; see `Avatar.paint`."""
        self._phase = self._phase.turned(scene.state, now_s)
        sets = self._pack.manifest.expressions.get(scene.expression, {})
        self._mood = self._mood.turned(scene.expression, sets, now_s)
        voice = self._listener.voice(senses, now_s)
        now = self._stepped(pose(now_s, self._phase, voice, self._seed, self._mood, self._habits))
        if now == self._pose and not damage:
            return []
        try:
            shown = list(self.sprites(now))
        except pygame.error as error:
            self._fall_back(error)
            shown = list(self.sprites(now))
        assert self._sprites is not None  # noqa: S101 - as in `sprites`
        self._pose = now if self._sprites.settled else None
        still = self._standing
        dirty = [hurt.clip(rect).move(-rect.x, -rect.y) for hurt in damage]
        if not self._shown:
            dirty.append(self._backdrop.get_rect())
        stirred = moved(self._shown[:still], shown[:still])
        dirty += repaint(self._ground, self._backdrop, shown[:still], stirred)
        dirty += moved(self._shown[still:], shown[still:])
        self._shown = shown
        return repaint(surface, self._ground, shown[still:], dirty, rect.topleft)

    def _stepped(self, now: Pose) -> Pose:
        """The pose with the breath in steps that all of the figure takes at once."""
        far_px = self._idle.breath * self._scale
        step_px = max(round(far_px / _BREATH_STEPS / _MIN_STEP_PX), 1) * _MIN_STEP_PX
        steps = far_px / step_px if far_px >= step_px else _BREATH_STEPS
        most = int(steps)
        step = min(max(round(now.breath * steps), -most), most)
        return structs.replace(now, breath=step / steps)

    def sprites(self, now: Pose) -> Iterator[Sprite]:
        """Every part of the figure in its place, from back to front."""
        assert self._sprites is not None  # noqa: S101 - it is painted after `place`
        breath = self._idle.breath * now.breath
        shapes = now.shapes()
        for part in self._parts:
            layer = part.layer
            tilt_deg = x = y = 0.0
            if layer.follows == "body":
                y = -breath
            elif layer.follows != "stage":
                tilt_deg = now.tilt_deg
                x = self._idle.turn[0] * layer.depth * now.turn_x
                y = self._idle.turn[1] * layer.depth * now.turn_y
                if layer.follows == "gaze":
                    x += layer.reach[0] * now.gaze_x
                    y += layer.reach[1] * now.gaze_y
                x, y = _tilted(x, y, tilt_deg)
                y += now.drop - breath
            yield self._sprites.place(
                part,
                part.key(now, shapes),
                self._origin[0] + (self._neck[0] + x) * self._scale,
                self._origin[1] + (self._neck[1] + y) * self._scale,
                tilt_deg,
            )
        self._sprites.settle()


def _tilted(x: float, y: float, tilt_deg: float) -> tuple[float, float]:
    turn, over = cos(radians(tilt_deg)), sin(radians(tilt_deg))
    return x * turn - y * over, x * over + y * turn


def _head_box(manifest: Manifest, parts: Sequence[FacePart]) -> Box:
    """Where the face may be, counted from the neck, wherever the head moves."""
    idle, (neck_x, neck_y) = manifest.idle, manifest.anchors.neck
    if manifest.anchors.face is not None:
        left, top, width, height = manifest.anchors.face
        x, y = left - neck_x, top - neck_y
        boxes = [(1.0, (x, y, x + width, y + height))]
    else:
        heads = [part for part in parts if part.layer.follows in ("head", "gaze")] or parts
        boxes = [(abs(part.layer.depth), part.box) for part in heads]
    corners = []
    for depth, (left, top, right, bottom) in boxes:
        x, y = (depth * far for far in idle.turn)
        for tilt_deg in (-_TILT_DEG, 0.0, _TILT_DEG):
            corners += [
                _tilted(across, down, tilt_deg)
                for across in (left - x, right + x)
                for down in (top - y, bottom + y)
            ]
    xs, ys = zip(*corners, strict=True)
    return (min(xs), min(ys) - idle.breath, max(xs), max(ys) + _DROP + idle.breath)
