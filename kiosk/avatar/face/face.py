"""The face as an avatar: pose → parts in their places → the few pixels that changed."""

from collections.abc import Iterator, Sequence
from math import cos, radians, sin

import pygame

from kiosk.audio.visemes import AFTER, BEFORE, RATE_HZ, mouth, stress
from kiosk.avatar.base import OnTheBoard
from kiosk.avatar.face import host
from kiosk.avatar.face.pose import Phase, Pose, Voice, pose
from kiosk.avatar.face.sprites import Part, Sprite, Sprites
from kiosk.avatar.rects import merged
from kiosk.core.scene import Scene, Senses

_STRESS_SAMPLES = RATE_HZ // 3
_STILL_S = 0.06
"""A playhead that has not moved for so long stands: sound is held or has ended, and lips close."""
_CLOSE_S = 0.12
"""Seconds in which they close then."""
_BUDGET_SCREENS = 16
"""Memory for sprites, in pictures of the avatar's own place (4 bytes a pixel)."""


class Ear:
    """What is heard of the reply: silence unless the playhead moves."""

    def __init__(self) -> None:
        self._playhead = 0
        self._moved_s = float("-inf")

    def voice(self, senses: Senses, now_s: float) -> Voice:
        """Mouth and stress at the sample now being heard."""
        playhead = senses.playhead()
        if playhead != self._playhead:
            self._playhead, self._moved_s = playhead, now_s
        rest = (now_s - self._moved_s - _STILL_S) / _CLOSE_S
        if rest >= 1 or playhead <= 0:
            return Voice()
        shape = mouth(senses.reply(playhead - BEFORE, playhead + AFTER))
        force = stress(senses.reply(playhead - _STRESS_SAMPLES, playhead))
        if rest > 0:
            left = 1 - rest
            shape = shape.relaxed(left)
            force *= left
        return Voice(shape, force)


class Face(OnTheBoard):
    """Our own face, drawn on the board."""

    def __init__(self, pack: str, seed: int = 1) -> None:
        self._pack = pack
        self._seed = seed
        self._ear = Ear()
        self._phase = Phase.at_rest(Scene().state)
        self._shown: list[Sprite] = []

    def place(self, backdrop: pygame.Surface) -> None:
        """Fit the figure into the backdrop: its feet, so to speak, on the lower edge."""
        width, height = backdrop.get_size()
        self._backdrop = backdrop
        self._scale = min(height / (host.BOTTOM - host.TOP), width / (2 * host.HALF_WIDTH))
        self._origin = (width / 2, height - host.BOTTOM * self._scale)
        self._sprites = Sprites(self._scale, _BUDGET_SCREENS * 4 * width * height)
        self._shown = []

    def clear(self) -> None:
        """Let the sprites go."""
        self._shown = []
        del self._sprites, self._backdrop

    @property
    def face_rect(self) -> pygame.Rect:
        """Where the head may be, relative to the backdrop."""
        left, top, right, bottom = (side * self._scale for side in host.FACE_BOX)
        x, y = self._origin
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
        shown = list(
            self.parts(pose(now_s, self._phase, self._ear.voice(senses, now_s), self._seed))
        )
        dirty = [hurt.clip(rect).move(-rect.x, -rect.y) for hurt in damage]
        if len(shown) == len(self._shown):
            for old, new in zip(self._shown, shown, strict=True):
                if old.surface is not new.surface or old.rect != new.rect:
                    dirty += (old.rect, new.rect)
        else:
            dirty.append(self._backdrop.get_rect())
        self._shown = shown
        changed = []
        clip = surface.get_clip()
        for area in merged(part.clip(self._backdrop.get_rect()) for part in dirty):
            place = area.move(rect.topleft)
            surface.set_clip(place)
            surface.blit(self._backdrop, place, area)
            for sprite in shown:
                if sprite.rect.colliderect(area):
                    surface.blit(sprite.surface, sprite.rect.move(rect.topleft))
            changed.append(place)
        surface.set_clip(clip)
        return changed

    def parts(self, now: Pose) -> Iterator[Sprite]:
        """Every part of the figure in its place, from back to front."""
        breath = 2.2 * now.breath
        smile = _steps(now.smile, 6)
        lids = _steps(now.lids, 8)
        gaze = (_steps(now.gaze_x, 8), _steps(now.gaze_y, 6))
        shape = now.mouth
        lips = (_steps(shape.open, 10), _steps(shape.wide, 4), _steps(shape.round, 4), smile)
        raised = -11 * now.brows + 7 * now.lids * (1 - now.lids)

        def head(part: Part, depth: float, *shape: float, lift: float = 0.0) -> Sprite:
            """A part of the head: nearer ones (depth 1 is the nose) move more when it turns."""
            x = part.anchor[0] + 15 * depth * now.turn_x
            y = part.anchor[1] + 12 * depth * now.turn_y + lift
            return self._put(part, shape, (x, y), now.drop + 0.8 * breath, now.tilt_deg)

        yield head(host.HAIR_BACK, -0.2)
        yield self._put(host.BODY, (), (0, 0), 4 - breath, 0)
        yield head(host.HEAD, 0.15)
        yield head(host.LEFT_EYE, 0.75, -1.0, lids, *gaze, smile)
        yield head(host.RIGHT_EYE, 0.75, 1.0, lids, *gaze, smile)
        yield head(host.NOSE, 1.0)
        yield head(host.MOUTH, 0.8, *lips)
        yield head(host.HAIR_FRONT, 0.3)
        yield head(host.LEFT_BROW, 0.7, -1.0, _steps(now.worry, 4), lift=raised)
        yield head(host.RIGHT_BROW, 0.7, 1.0, _steps(now.worry, 4), lift=raised)

    def _put(
        self,
        part: Part,
        shape: tuple[float, ...],
        at: tuple[float, float],
        drop: float,
        tilt_deg: float,
    ) -> Sprite:
        """Tilt a place about the pivot, lower it, and turn design units into pixels."""
        turn, over = cos(radians(tilt_deg)), sin(radians(tilt_deg))
        from_x, from_y = at[0] - host.PIVOT[0], at[1] - host.PIVOT[1]
        tilted_x = host.PIVOT[0] + from_x * turn - from_y * over
        tilted_y = host.PIVOT[1] + from_x * over + from_y * turn + drop
        return self._sprites.place(
            part,
            shape,
            self._origin[0] + tilted_x * self._scale,
            self._origin[1] + tilted_y * self._scale,
            tilt_deg,
        )


def _steps(value: float, steps: int) -> float:
    """Round to one of `steps` parts of 1: each value that passes is a picture to be drawn and
    kept.
    """
    return round(value * steps) / steps
