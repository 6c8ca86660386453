"""Every state on every screen: what a visitor must see, and where."""

import pygame
import pytest
from msgspec.structs import replace

from kiosk.avatar.face.face import Face
from kiosk.core.scene import Notice, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.layout import layout
from kiosk.display.text import hyphens
from kiosk.display.widgets.indicators import meter_level
from tests.display.golden import Discs
from tests.support.screen import RATE_HZ, FakeSenses, vowel

SIZES = [
    (1920, 1080), (1280, 720), (800, 480), (720, 720), (1080, 1920), (720, 1280), (480, 800),
]  # fmt: skip
SAID = (
    Piece(RATE_HZ, "The steam engine in the hall was built in 1887 by Bartholomew & Daughters. "),
    Piece(6 * RATE_HZ, "It drove the looms of a whole street for eighty years without a day off. "),
    Piece(
        11 * RATE_HZ, "Ask for the Donaudampfschifffahrtselektrizitätenhauptbetriebswerk at three."
    ),
)
SCENES = [
    *(Scene(state, heard="When was it built?") for state in State),
    Scene(State.LISTENING, "and when was the very large steam engine in the hall built" * 2),
    Scene(State.THINKING, "and when was the very large steam engine in the hall built" * 3),
    Scene(State.SPEAKING, "When was the very large steam engine in the hall built? " * 2, SAID),
    Scene(State.ATTRACT, "When was the very large steam engine in the hall built?", SAID),
    Scene(State.ATTRACT, hint="space"),
    Scene(State.OUT_OF_ORDER, code="K-KEY", detail="the service refuses the API key that it got"),
]


@pytest.fixture(params=["system", "own"])
def font(request, monkeypatch):
    """The system's font, and pygame's own where the system has none."""
    if request.param == "own":
        monkeypatch.setattr("kiosk.display.text.fonts.family", lambda: None)


class View:
    """A picture with its canvas; where no pack is named, two discs are the face."""

    def __init__(self, size: tuple[int, int], pack: str = "") -> None:
        self.avatar = Face(pack) if pack else Discs()
        self.picture = Compositor(size, self.avatar)
        self.canvas = pygame.Surface(size).convert()
        self.senses = FakeSenses(vowel(16 * RATE_HZ), at=15 * RATE_HZ, level=0.05)

    def show(self, scene: Scene, now_s: float = 50.0) -> bytes:
        self.picture.paint(self.canvas, scene, self.senses, now_s)
        return pygame.image.tobytes(self.canvas, "RGB")


MISTAKE = (
    "/etc/kiosk/kiosk.d/20-museum-of-the-town.toml, line 12, column 14: not valid TOML (illegal"
    " character). Put text in straight quotes, write true and false in lower case"
)


@pytest.mark.parametrize("size", [*SIZES, (320, 240)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("state", [State.ATTRACT, State.OUT_OF_ORDER])
def test_staff_read_file_and_line_of_a_mistake_on_every_screen(dummy_display, state, size):
    view = View(size)
    without = view.show(Scene(state))
    note = view.picture.note
    assert not note.rect
    assert view.show(Scene(state, code="K-CONFIG", detail=MISTAKE)) != without
    told = " ".join(note.lines)
    assert told.startswith("K-CONFIG")
    assert "20-museum-of-the-town.toml, line 12" in told
    assert view.canvas.get_rect().contains(note.rect)
    assert note.rect.bottom < view.picture.layout.panel.top // 2
    view.show(Scene(State.SPEAKING, said=SAID, code="K-CONFIG", detail=MISTAKE))
    assert not note.rect, "nothing for staff while somebody talks"


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_words_are_on_the_panel_and_signs_off_the_face(dummy_display, font, size):
    view = View(size, "host")
    place = view.picture.layout
    face = view.avatar.face_rect.move(place.avatar.topleft)
    screen = pygame.Rect((0, 0), size)
    assert screen.contains(face)
    for index, scene in enumerate(SCENES):
        view.show(replace(scene, notice=list(Notice)[index % len(Notice)]), 50 + index)
        assert view.picture.text_panel.lines, scene
        for line in view.picture.text_panel.lines:
            assert place.panel.contains(line), (scene, line)
            assert not line.colliderect(face)
        inner = [line.inflate(0, -line.height // 3) for line in view.picture.text_panel.lines]
        for number, line in enumerate(inner):
            assert line.collidelist(inner[number + 1 :]) == -1, ("lines overlap", scene)
        for widget in view.picture.widgets:
            assert screen.contains(widget.rect), (scene, widget)
            assert not widget.rect.colliderect(face), (scene, widget)


@pytest.mark.parametrize("size", [(800, 480), (480, 800)])
def test_every_state_is_another_picture(dummy_display, size):
    view = View(size, "host")
    pictures = {state: view.show(Scene(state), 50 + 2 * n) for n, state in enumerate(State)}
    assert len(set(pictures.values())) == len(State)


def test_a_face_is_large_enough_to_talk_to():
    for size in SIZES:
        place = layout(size)
        assert place.avatar.height > 0.55 * size[1]
        assert place.avatar.bottom == place.panel.top
        assert place.caption_px >= min(size) * 0.035
        assert place.caption_lines in {2, 3, 4}


def test_the_panel_follows_the_playhead_not_the_arrival(dummy_display):
    view = View((800, 480))
    scene = Scene(State.SPEAKING, "When?", SAID)
    view.senses.at = 0
    view.show(scene, 50)
    before = list(view.picture.text_panel.lines)
    view.senses.at = 15 * RATE_HZ
    view.show(scene, 51)
    assert len(view.picture.text_panel.lines) > len(before)


@pytest.mark.parametrize("size", [(1280, 720), (480, 800)])
def test_words_stand_still_while_more_come(dummy_display, size):
    """The transcript arrives bit by bit: what is written once is never moved sideways."""
    view = View(size)
    words = "".join(piece.text for piece in SAID).split()
    pieces = tuple(Piece(n * RATE_HZ // 3, f"{word} ") for n, word in enumerate(words))
    for count in range(2, len(pieces)):
        view.senses.at = pieces[count].at_sample
        view.show(Scene(State.SPEAKING, "When?", pieces[:count]), 50 + count / 3)
        heard, *said = view.picture.text_panel.lines
        assert {line.left for line in (heard, *said)} == {view.picture.layout.text.left}


def test_an_answer_keeps_its_place_when_it_has_been_heard(dummy_display):
    for size in SIZES:
        view = View(size)
        view.senses.at = 5 * RATE_HZ
        scene = Scene(State.SPEAKING, "When?", SAID[:1])
        view.show(scene, 50)
        speaking = list(view.picture.text_panel.lines)
        view.show(replace(scene, state=State.ATTRACT), 51)
        assert view.picture.text_panel.lines[1:] == speaking, size


def test_an_answer_that_was_heard_stays_in_two_lines_or_more(dummy_display):
    for size in SIZES:
        view = View(size)
        view.show(Scene(State.ATTRACT, "When?", SAID))
        hint, *said = view.picture.text_panel.lines
        assert len(said) >= 2, size
        assert hint.top > max(line.bottom for line in said) - line_overlap(hint)


def line_overlap(line: pygame.Rect) -> int:
    """Descenders of a line may reach into the leading of the next."""
    return line.height // 3


def test_the_meter_moves_with_the_voice(dummy_display):
    view = View((800, 480))
    heights = []
    for level in (0.0, 0.02, 0.2):
        view.senses.loud = level
        view.show(Scene(State.ATTRACT), 60)
        for frame in range(20):
            view.show(Scene(State.LISTENING), 61 + frame / 30)
        meter = view.canvas.subsurface(view.picture.layout.meter)
        heights.append(pygame.mask.from_threshold(meter, (64, 199, 178), (30, 30, 30)).count())
    assert heights[0] < heights[1] < heights[2]
    assert meter_level(0) == 0
    assert meter_level(1) == 1


@pytest.mark.parametrize("pack", ["host", "lumen"])
def test_what_is_painted_bit_by_bit_is_what_is_painted_at_once(dummy_display, pack):
    """Ten seconds of a visit, then the same frame on a fresh canvas: no pixel is stale."""
    view = View((800, 480), pack)
    now_s = 100.0
    for scene in (
        Scene(State.ATTRACT),
        Scene(State.ATTRACT, notice=Notice.HOLD_TO_TALK),
        Scene(State.LISTENING, "When was it built?"),
        Scene(State.THINKING, "When was it built?", notice=Notice.SPEAKER_MISSING),
        Scene(State.SPEAKING, "When was it built?", SAID, notice=Notice.SPEAKER_MISSING),
        Scene(State.SPEAKING, "When was it built?", SAID),
        Scene(State.RECONNECTING),
        Scene(State.OUT_OF_ORDER, code="K-KEY"),
    ):
        for _ in range(30):
            now_s += 1 / 30
            view.senses.at = round((now_s - 100) * RATE_HZ)
            view.show(scene, now_s)
        grown = pygame.image.tobytes(view.canvas, "RGB")
        view.canvas = pygame.Surface((800, 480)).convert()
        view.picture.refresh()
        assert view.show(scene, now_s) == grown, scene


def test_a_word_more_touches_its_line_alone(dummy_display):
    view = View((1280, 720))
    scene = Scene(State.SPEAKING, "When was it built?", SAID)
    changes = []
    for step in range(60):
        view.senses.at = RATE_HZ + step * RATE_HZ // 10
        before = list(view.picture.text_panel.lines)
        if touched := view.picture.text_panel.update(scene, view.senses, 50):
            changes.append((before, list(view.picture.text_panel.lines), touched))
    grown = [change for change in changes[1:] if len(change[0]) == len(change[1])]
    assert len(grown) > 5
    for before, now, touched in grown:
        assert set(map(tuple, touched)) == set(map(tuple, before)) ^ set(map(tuple, now))
        assert len(touched) == 2


def test_the_backdrop_may_be_kept_in_the_format_of_the_canvas(dummy_display):
    """Copied or converted, it is the same picture."""
    shared = pygame.image.frombuffer(bytearray(4 * 800 * 480), (800, 480), "BGRA")
    shared.set_alpha(None)
    pictures = [Compositor((800, 480), Face("lumen"), like=like) for like in (None, shared)]
    looks = []
    for picture, canvas in zip(
        pictures, (pygame.Surface((800, 480)).convert(), shared), strict=True
    ):
        for now_s in (50.0, 50.5):
            picture.paint(canvas, Scene(State.ATTRACT), FakeSenses(b""), now_s)
        looks.append(pygame.image.tobytes(canvas, "RGB"))
    assert looks[0] == looks[1]


def test_a_desk_written_word_by_word_is_as_one_written_at_once(dummy_display):
    """Lines scroll, a hint comes and goes: nothing of what stood there before is left."""
    hyphens.load("en")
    view = View((480, 800))

    def panel(of: View) -> bytes:
        return pygame.image.tobytes(of.canvas.subsurface(of.picture.layout.panel), "RGB")

    speaking = Scene(State.SPEAKING, "When was it built?", SAID)
    for number in range(48):
        view.senses.at = (number + 1) * RATE_HZ // 3
        for scene in (speaking, replace(speaking, heard="When?")):
            view.show(scene, 50 + number)
            if number % 8 == 0:
                fresh = View((480, 800))
                fresh.senses.at = view.senses.at
                fresh.show(scene, 50)
                assert panel(view) == panel(fresh), number
