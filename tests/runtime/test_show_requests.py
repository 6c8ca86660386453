"""The control socket's verbs of the screen."""

import time

import pytest
from PIL import Image

from kiosk.controls.verbs import VERBS, parse
from kiosk.core.inputs import MicrophoneAt, ReplyAt
from kiosk.core.step import Core
from kiosk.errors import ControlError
from kiosk.runtime.show_requests import ShowRequests
from kiosk.settings.layers import load


class Board:
    """A core whose screen the verbs change."""

    def __init__(self, folder):
        self._core = Core(load((), (), folder).settings, lambda: 0.5)
        self._core.start(0.0, MicrophoneAt(0), ReplyAt(0, 0, 0.0), ring_epoch_ns=1)
        self.scene = self._core.step(0.0, []).scene
        self.changes = 0
        self._handlers = ShowRequests(folder, lambda: ["smile", "wink"], self._happen).handlers()

    def _happen(self, happened):
        self.changes += 1
        self.scene = self._core.step(time.monotonic(), [happened]).scene

    async def do(self, verb, **fields):
        kind = VERBS[verb]
        await self._handlers[kind](parse(kind, {"do": verb, **fields}))


@pytest.fixture
def board(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "plan.png")
    return Board(tmp_path)


async def test_a_picture_that_leads_to_itself_is_refused(board, tmp_path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    with pytest.raises(ControlError, match=r"loop\.png"):
        await board.do("show", kind="image", picture="loop.png")
    assert board.scene.card is None


async def test_a_picture_that_cannot_be_shown_is_told_to_whoever_asks(board, tmp_path):
    (tmp_path / "cut.png").write_bytes((tmp_path / "plan.png").read_bytes()[:44])
    with pytest.raises(ControlError, match=r"cut\.png is damaged or cut short.*again"):
        await board.do("show", kind="image", picture="cut.png")
    assert board.scene.card is None


async def test_a_drawing_that_would_not_be_shown_whole_is_told_to_whoever_asks(board, tmp_path):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><{0}>A</{0}></svg>'
    (tmp_path / "map.svg").write_text(drawing.format("text"))
    with pytest.raises(ControlError, match=r"map\.svg.*line 1.*Turn the text into paths"):
        await board.do("show", kind="map", picture="map.svg")
    assert board.scene.card is None
    (tmp_path / "map.svg").write_text(drawing.format("title"))
    await board.do("show", kind="map", picture="map.svg")
    assert board.scene.card.picture == "map.svg"


async def test_a_card_is_shown_and_hidden(board):
    await board.do("show", kind="map", title="Here", picture="plan.png", seconds=20)
    assert board.scene.card.title == "Here"
    await board.do("hide")
    assert board.scene.card is None
    assert board.changes == 2


async def test_language_and_expression_are_changed(board):
    await board.do("language", language="pt-BR")
    await board.do("expression", name="smile")
    assert (board.scene.language, board.scene.expression) == ("pt-BR", "smile")


async def test_an_expression_that_the_pack_does_not_have_is_refused_with_those_that_it_has(board):
    with pytest.raises(ControlError, match="no expression 'frwn'; it has smile, wink"):
        await board.do("expression", name="frwn")
    await board.do("expression", name="wink")
    await board.do("expression", name="")
    assert board.scene.expression == ""


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("show", {"kind": "image", "picture": "missing.png"}),
        ("show", {"kind": "text", "title": "a", "seconds": 0}),
        ("show", {"kind": "text", "title": "a", "seconds": float("nan")}),
        ("show", {"kind": "text", "title": "a", "seconds": True}),
        ("show", {"kind": "text", "title": "a", "seconds": "20"}),
        ("language", {"language": "tlh"}),
        ("language", {}),
        ("expression", {"name": "../smile"}),
        ("expression", {"name": 3}),
    ],
)
async def test_what_cannot_be_shown_is_refused(board, verb, fields):
    before = board.scene
    with pytest.raises(ControlError):
        await board.do(verb, **fields)
    assert board.scene == before
