"""Names in both spellings, and what a refusal tells of a message."""

from typing import Any

import pytest

from kiosk.concierge import client_messages, schema
from kiosk.concierge.client_messages import Refusal

from .conftest import Concierge, Start, terse
from .visitor import END, START, Visitor, audio


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def sample(shape: Any, spell: Any, depth: int = 0) -> Any:
    """A value of a shape with every field that it has, names spelled by depth."""
    if isinstance(shape, dict):
        return {spell(name, depth): sample(each, spell, depth + 1) for name, each in shape.items()}
    if isinstance(shape, list):
        return [sample(shape[0], spell, depth)]
    if isinstance(shape, set):
        return min(shape)
    return {
        schema.TEXT: "a",
        schema.BOOL: True,
        schema.INT: 1,
        schema.INT64: "1",
        schema.FLOAT: 0.5,
        schema.BYTES: "AA==",
        schema.ANY: {},
    }[shape]


@pytest.mark.parametrize("kind", schema.MESSAGE)
@pytest.mark.parametrize("vertex", [False, True])
def test_each_name_is_taken_in_both_spellings_at_every_depth(kind: str, vertex: bool) -> None:
    absent = schema.DEVELOPER_ONLY if vertex else schema.VERTEX_ONLY

    def known(shape: Any, path: tuple[str, ...]) -> Any:
        if isinstance(shape, list):
            return [known(shape[0], path)]
        if not isinstance(shape, dict):
            return shape
        left = {name: each for name, each in shape.items() if (*path, name) not in absent}
        return {name: known(each, (*path, name)) for name, each in left.items()}

    shape = {kind: known(schema.MESSAGE[kind], (kind,))}
    spellings = (
        lambda name, depth: name,
        lambda name, depth: snake(name),
        lambda name, depth: snake(name) if depth % 2 else name,
        lambda name, depth: name if depth % 2 else snake(name),
    )
    read = [
        client_messages.decode(client_messages.encode(sample(shape, spell)), vertex)
        for spell in spellings
    ]
    assert all(each == read[0] for each in read)
    assert (
        read[0][1]
        == client_messages.decode(client_messages.encode(sample(shape, spellings[0])), vertex)[1]
    )


@pytest.fixture(scope="module")
def talkative(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Concierge:
    knowledge = terse(tmp_path_factory.mktemp("knowledge"))
    return start("--log-level", "debug", "--knowledge", str(knowledge))


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([END], "message 1 (realtimeInput.activityEnd) is refused: no activity is open"),
        (
            [START, START],
            "message 2 (realtimeInput.activityStart) is refused: an activity is open already",
        ),
        (
            [audio(b"")],
            "message 1 (realtimeInput.audio.data, realtimeInput.audio.mimeType) is refused: sound",
        ),
        (
            [{"toolResponse": {"functionResponses": [{"id": "x"}]}}],
            "message 1 (toolResponse.functionResponses) is refused: no call waits",
        ),
        ([{"setup": {"model": "m"}}], "message 1 (setup.model) is refused: there is one setup"),
        (
            [{"secret": "hello"}],
            "message 1 (secret) is refused: Invalid JSON payload received. Unk",
        ),
        ([[]], "message 1 (nothing) is refused: Invalid value at"),
    ],
)
async def test_a_refusal_says_at_debug_level_which_message_and_why(
    talkative: Concierge, messages: list[Any], told: str
) -> None:
    visitor = await Visitor.arrive(talkative.port)
    for message in messages:
        await visitor.send(message)
    assert (await visitor.closed())[0] == 1007
    assert told in talkative.log.read_text()


def test_a_refusal_tells_names_and_no_words() -> None:
    frame = b'{"clientContent": {"turns": [{"parts": [{"text": "a visitor"}]}], "x": {"y": 1}}}'
    assert client_messages.outline(frame) == "clientContent.turns, clientContent.x.y"
    assert client_messages.outline(b"[" * 100_000) == "no JSON"
    assert client_messages.outline('{"\\u001b[2J": {}}') == "[2J"
    assert Refusal(1007, "reason").why == "reason"
