"""Parts as pictures: mixed shapes, and large ones drawn beside."""

import time

import numpy as np
import pygame
import pytest
from msgspec.structs import replace

from kiosk.avatar.face import pack
from kiosk.avatar.face import sprites as sprites_module
from kiosk.avatar.face.part import FacePart
from kiosk.avatar.face.pose import PosturePhase, Voice, pose
from kiosk.avatar.face.sprites import LARGE_PX, Sprites
from kiosk.core.scene import State
from tests.avatar.face.test_pack import DOT, TOML

NOW = pose(0.0, PosturePhase.at_rest(State.ATTRACT), Voice(), 1)


def make_part(folder) -> FacePart:
    """A part that may wait: its shape is no mouth's."""
    (folder / "avatar.toml").write_text(TOML.replace("open =", "voice ="))
    (folder / "dot.svg").write_text(DOT.format(20))
    (folder / "dot-open.svg").write_text(DOT.format(40))
    loaded = pack.load(folder)
    return FacePart(loaded.layers[0], loaded.manifest.canvas, loaded.manifest.anchors.neck)


def key(part: FacePart, **asked: float) -> tuple[float, ...]:
    now = replace(NOW, asked=asked)
    return part.key(now, now.shapes())


def width(surface: pygame.Surface) -> int:
    return surface.get_bounding_rect(min_alpha=128).width


def test_a_shape_half_way_is_half_as_large(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(1.0, 1 << 24)
    widths = [
        width(sprites.place(part, key(part, voice=open_), 50, 90, 0).surface)
        for open_ in (0.0, 0.5, 1.0)
    ]
    assert widths == pytest.approx([40, 60, 80], abs=1)


def test_the_box_holds_every_shape_at_every_tilt(dummy_display, tmp_path):
    part = make_part(tmp_path)
    for tilt_deg in (-20, 0, 20):
        surface = Sprites(2.0, 1 << 24).place(part, (1.0,), 0, 0, tilt_deg).surface
        alpha = pygame.surfarray.array_alpha(surface)
        rim = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert not rim.any()
        assert width(surface) == pytest.approx(160, abs=2)


def test_a_large_part_is_shown_a_step_behind_until_it_is_ready(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(6.0, 1 << 28, beside=True)
    try:
        first = sprites.place(part, (0.0,), 300, 540, 0)
        began_s = time.monotonic()
        shown = sprites.place(part, (1.0,), 300, 540, 0)
        assert shown.surface is first.surface, "the first one has to do"
        sprites.settle()
        while width(shown.surface) < 400 and time.monotonic() < began_s + 10:
            time.sleep(0.002)
            shown = sprites.place(part, (1.0,), 300, 540, 0)
        assert width(shown.surface) == pytest.approx(480, abs=2)
        assert sprites.made == 2
    finally:
        sprites.close()


def test_a_small_part_never_waits(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(1.0, 1 << 24, beside=True)
    try:
        sprites.place(part, (0.0,), 50, 90, 0)
        assert width(sprites.place(part, (1.0,), 50, 90, 0).surface) == pytest.approx(80, abs=1)
    finally:
        sprites.close()


def test_a_part_that_only_tilts_waits_for_the_rest_of_the_head(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(1.0, 1 << 24, beside=True)
    try:
        upright = sprites.place(part, (0.0,), 50, 90, 0).surface
        assert sprites.place(part, (0.0,), 50, 90, 1).surface is upright
        sprites.settle()
        assert not sprites.settled
        assert sprites.place(part, (1.0,), 50, 90, 1).surface is not upright, "a new shape"
        sprites.settle()
        assert sprites.settled
        began_s = time.monotonic()
        while sprites.place(part, (0.0,), 50, 90, 1).surface is upright:
            assert time.monotonic() < began_s + 10
            time.sleep(0.002)
    finally:
        sprites.close()


def test_lips_never_wait_however_large(dummy_display):
    loaded = pack.load(pack.SHIPPED / "host")
    mouth = next(layer for layer in loaded.layers if layer.layer.name == "mouth")
    part = FacePart(mouth, loaded.manifest.canvas, loaded.manifest.anchors.neck)
    sprites = Sprites(4.0, 1 << 28, beside=True)
    try:
        shut = sprites.place(part, key(part), 900, 900, 0).surface
        assert shut.get_width() * shut.get_height() > LARGE_PX
        assert sprites.place(part, key(part, aa=1.0), 900, 900, 0).surface is not shut
    finally:
        sprites.close()


def test_lips_that_are_heavy_are_drawn_beside_from_their_second_picture_on(
    dummy_display, monkeypatch
):
    """A blur, for instance: the screen does not stop for it."""
    monkeypatch.setattr(sprites_module, "SLOW_S", -1.0)
    loaded = pack.load(pack.SHIPPED / "host")
    mouth = next(layer for layer in loaded.layers if layer.layer.name == "mouth")
    part = FacePart(mouth, loaded.manifest.canvas, loaded.manifest.anchors.neck)
    sprites = Sprites(1.0, 1 << 28, beside=True)
    try:
        shut = sprites.place(part, key(part), 900, 900, 0).surface
        began_s = time.monotonic()
        shown = sprites.place(part, key(part, aa=1.0), 900, 900, 0).surface
        assert shown is shut
        while shown is shut and time.monotonic() < began_s + 10:
            time.sleep(0.002)
            shown = sprites.place(part, key(part, aa=1.0), 900, 900, 0).surface
        assert shown is not shut
    finally:
        sprites.close()


def test_what_goes_wrong_beside_is_raised_in_the_drawing_thread(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(6.0, 1 << 28, beside=True)
    sprites.place(part, (0.0,), 300, 540, 0)
    part.raster = lambda *_: 1 / 0
    sprites.place(part, (1.0,), 300, 540, 0)
    sprites.settle()

    def wait() -> None:
        end_s = time.monotonic() + 10
        while time.monotonic() < end_s:
            sprites.place(part, (1.0,), 300, 540, 0)
            time.sleep(0.002)

    with pytest.raises(ZeroDivisionError):
        wait()
    sprites.close()


def test_old_pictures_go_where_room_is_short(dummy_display, tmp_path):
    part = make_part(tmp_path)
    sprites = Sprites(1.0, 100_000)
    for step in range(9):
        sprites.place(part, (step / 8,), 50, 90, 0)
    assert sprites.made == 9
    for step in (8, 7, 6):  # About 18,000 bytes each.
        sprites.place(part, (step / 8,), 50, 90, 0)
    assert sprites.made == 9
    sprites.place(part, (0.0,), 50, 90, 0)
    assert sprites.made == 10


def test_a_shut_eye_is_shut_whatever_else_it_does(dummy_display, tmp_path):
    """Shapes add up, but a smile must not pull a shut lid down."""
    loaded = pack.load(pack.SHIPPED / "robot")
    eye = next(part for part in loaded.layers if part.layer.name == "left-eye")
    part = FacePart(eye, loaded.manifest.canvas, loaded.manifest.anchors.neck)
    shut = key(part, **{"blink-left": 1.0})
    smiling = key(part, **{"blink-left": 1.0, "smile": 1.0, "worry": 1.0})
    assert part._text(shut) == part._text(smiling)


def test_a_png_layer_is_chosen_not_mixed(dummy_display, tmp_path):
    for name, radius in (("dot.png", 40), ("dot-open.png", 80)):
        whole = pygame.Surface((200, 200), pygame.SRCALPHA)
        pygame.draw.circle(whole, "red", (100, 100), radius)
        pygame.image.save(whole, tmp_path / name)
    (tmp_path / "avatar.toml").write_text(TOML.replace(".svg", ".png"))
    loaded = pack.load(tmp_path)
    part = FacePart(loaded.layers[0], loaded.manifest.canvas, loaded.manifest.anchors.neck)
    sprites = Sprites(1.0, 1 << 24)
    widths = []
    for open_ in (0.0, 0.4, 0.6, 1.0):
        sprite = sprites.place(part, key(part, open=open_), 50, 90, 0)
        widths.append(width(sprite.surface))
        seen = sprite.surface.get_bounding_rect(min_alpha=128).move(sprite.rect.topleft)
        assert seen.center == pytest.approx((50, 50), abs=1), "where it stands on the canvas"
    assert widths == pytest.approx([40, 40, 80, 80], abs=2)
