"""The face on a surface: it moves with the sound now being heard, and repaints only what moved."""

import numpy as np
import pygame
import pytest
from msgspec import structs

from kiosk.avatar.face.face import Face
from kiosk.avatar.face.pose import PosturePhase, Voice, pose
from kiosk.avatar.face.voice import ReplyListener
from kiosk.core.scene import Scene, State
from kiosk.formats import REPLY_HZ
from kiosk.lips.visemes import CLOSED
from tests.support.screen import FakeSenses, vowel

SIZE = (500, 500)


@pytest.fixture
def face(dummy_display):
    backdrop = pygame.Surface(SIZE).convert()
    backdrop.fill((200, 220, 230))
    face = Face("host")
    face.place(backdrop)
    yield face
    face.clear()


def frame(face: Face, senses: FakeSenses, now_s: float, state: State = State.SPEAKING) -> bytes:
    canvas = pygame.Surface(SIZE).convert()
    whole = [canvas.get_rect()]
    face.paint(canvas, canvas.get_rect(), Scene(state), senses, now_s, damage=whole)
    return pygame.image.tobytes(canvas, "RGB")


def test_the_mouth_follows_the_playhead_not_the_arrival(dummy_display):
    """All of the reply has arrived; what is heard is silence, then a vowel."""
    senses = FakeSenses(bytes(2 * REPLY_HZ) + vowel(REPLY_HZ) + bytes(2 * REPLY_HZ))
    ear = ReplyListener()
    for place_s, open_ in ((0.5, False), (1.5, True), (2.5, False)):
        senses.at = round(place_s * REPLY_HZ)
        assert (ear.voice(senses, place_s).mouth.open > 0.3) is open_, place_s


def test_the_mouth_closes_when_the_playhead_stands():
    """Held or discarded sound stays in the ring; lips must not freeze open on it."""
    senses = FakeSenses(vowel(4 * REPLY_HZ), at=REPLY_HZ)
    ear = ReplyListener()
    assert ear.voice(senses, 1.0).mouth.open > 0.3
    senses.at += 700
    half = ear.voice(senses, 1.03).mouth.open
    closing = ear.voice(senses, 1.03 + 0.12).mouth.open
    assert half > closing > 0
    assert ear.voice(senses, 1.3).mouth == CLOSED
    assert ear.voice(senses, 2.5) == Voice()


def test_an_open_mouth_is_another_picture(face):
    quiet = frame(face, FakeSenses(bytes(8 * REPLY_HZ), at=REPLY_HZ), 100.0)
    talking = frame(face, FakeSenses(vowel(4 * REPLY_HZ), at=2 * REPLY_HZ), 100.0)
    assert quiet != talking


def test_only_what_moved_is_painted(face):
    canvas = pygame.Surface(SIZE).convert()
    senses = FakeSenses(b"")
    paint = lambda now_s: face.paint(  # noqa: E731
        canvas, canvas.get_rect(), Scene(State.OFFLINE), senses, now_s
    )
    assert paint(50.0) == [canvas.get_rect()], "all of it at first"
    assert paint(50.0) == [], "nothing when nothing moved"
    changed = [rect for step in range(1, 40) for rect in paint(50 + step / 30)]
    assert changed, "it breathes"
    assert all(canvas.get_rect().contains(rect) for rect in changed)


@pytest.mark.parametrize("pack", ["host", "robot", "lumen"])
@pytest.mark.parametrize("size", [(400, 384), (800, 768), (1600, 1536)])
def test_a_breath_is_few_pictures_at_any_size(dummy_display, pack, size):
    backdrop = pygame.Surface(size).convert()
    face = Face(pack)
    face.place(backdrop)
    at_rest = PosturePhase.at_rest(State.OUT_OF_ORDER)
    poses = [
        face._stepped(structs.replace(pose(0.0, at_rest, Voice(), 1), breath=step / 500 - 1))
        for step in range(1001)
    ]
    heights = sorted({now.breath for now in poses})
    assert 3 <= len(heights) <= 13
    assert 0.5 < heights[-1] <= 1
    assert heights[0] == -heights[-1]
    face.clear()


def test_nothing_is_drawn_between_two_steps_of_the_breath(face):
    canvas = pygame.Surface(SIZE).convert()
    paint = lambda now_s: face.paint(  # noqa: E731
        canvas, canvas.get_rect(), Scene(State.OUT_OF_ORDER), FakeSenses(b""), now_s
    )
    paint(49.9)
    drawn = [bool(paint(50 + frame / 15)) for frame in range(15 * 60)]
    assert 60 < sum(drawn) < 300, "of 900 frames in a minute, most are none"


def test_damage_is_painted_again(face):
    canvas = pygame.Surface(SIZE).convert()
    senses = FakeSenses(b"")
    face.paint(canvas, canvas.get_rect(), Scene(State.ATTRACT), senses, 50.0)
    sound = canvas.copy()
    hurt = pygame.Rect(200, 150, 90, 60)
    canvas.fill("red", hurt)
    painted = face.paint(
        canvas, canvas.get_rect(), Scene(State.ATTRACT), senses, 50.0, damage=[hurt]
    )
    assert painted == [hurt]
    assert pygame.image.tobytes(canvas, "RGB") == pygame.image.tobytes(sound, "RGB")


@pytest.mark.parametrize("state", State)
def test_the_head_stays_in_its_box(face, state):
    """Captions keep clear of `face_rect`: so hair and chin must keep within."""
    for second in range(0, 60, 5):
        now = pose(second, PosturePhase.at_rest(state), Voice(stress=1), seed=1)
        layers = face._pack.manifest.layers
        for layer, sprite in zip(layers, face.sprites(now), strict=True):
            if layer.follows == "body":
                continue
            drawn = sprite.surface.get_bounding_rect(min_alpha=8).move(sprite.rect.topleft)
            assert face.face_rect.contains(drawn), (state, second)


def test_the_figure_stands_in_the_middle_on_the_lower_edge(face):
    canvas = np.frombuffer(frame(face, FakeSenses(b""), 50.0), np.uint8).reshape(*SIZE, 3)
    backdrop = np.array((200, 220, 230))
    drawn = (canvas != backdrop).any(axis=2)
    columns = np.flatnonzero(drawn[-1])
    assert columns.size > 0.5 * SIZE[0]
    assert abs((columns[0] + columns[-1]) / 2 - SIZE[0] / 2) < 3
    assert not drawn[0].any(), "room above the head"


def test_parts_are_drawn_once_and_kept(face):
    senses = FakeSenses(b"")
    frame(face, senses, 50.0)
    made = face._sprites.made
    frame(face, senses, 50.0)
    assert face._sprites.made == made
