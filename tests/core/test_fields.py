"""What a later service sends otherwise costs only itself: at every depth, for every field."""

import copy
import json
import random
from typing import Any, get_args, get_origin

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.core.events import Finished, Said, Sound
from kiosk.core.fields import MAX_ITEMS
from kiosk.core.messages import ServerMessage, decode

from .line import Line
from .service import LIVE, LOUD, TURN_COMPLETE, message

SEED = 20_261_201
ODD = [None, True, 2, -1, 1.5, 10**30, "", "12", "true", "x" * 5000, [], [[7]], ["x"], {}, {"x": 1}]
SCALARS: dict[Any, Any] = {str: "words", bool: True, int: 7}


def example(kind: Any) -> Any:
    """A whole value of a type: every field of every struct is there."""
    if get_origin(kind) is list:
        return [example(get_args(kind)[0]) for _ in range(2)]
    if get_origin(kind) is dict:
        return {"a": [1, {}]}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
        return {name: example(inner) for name, inner in fields.items() if name != "unknown"}
    if kind in SCALARS:
        return SCALARS[kind]
    return example(next(iter(get_args(kind)))) if get_args(kind) else "9.5s"


WHOLE = example(ServerMessage)


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of every value in it."""
    inner = [path] if path else []
    if isinstance(node, dict):
        for name, value in node.items():
            inner += paths(value, (*path, name))
    elif isinstance(node, list):
        inner += paths(node[0], (*path, 0))
    return inner


PATHS = [path for path in paths(WHOLE) if "args" not in path[:-1]]


def with_value(body: Any, path: tuple[Any, ...], value: object) -> Any:
    body = copy.deepcopy(body)
    node = body
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return body


def without(body: Any, path: tuple[Any, ...]) -> Any:
    """What is left beside a value; of a list what comes after its first entry."""
    node = body = copy.deepcopy(body)
    for step in path:
        if step == 0:
            node[:-1] = []
            break
        if step == path[-1]:
            node.pop(step, None)
            break
        node = node.get(step)
        if node is None:
            break
    return body


def as_camel(got: ServerMessage) -> Any:
    got.unknown = msgspec.UNSET
    return json.loads(msgspec.json.encode(got))


def test_the_example_has_every_field_and_is_taken_as_it_is():
    assert len(PATHS) > 45
    got = decode(json.dumps(WHOLE))
    assert got.unknown is msgspec.UNSET
    assert as_camel(got) == WHOLE


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_odd_field_costs_only_itself(path):
    beside = without(as_camel(decode(json.dumps(WHOLE))), path)
    for value in ODD:
        got = decode(json.dumps(with_value(WHOLE, path, value)))
        names = () if got.unknown is msgspec.UNSET else got.unknown
        assert without(as_camel(got), path) == beside, value
        # Whatever is named is the field itself, or within it.
        here = ".".join(step for step in path if step != 0)
        assert all(name.startswith(here) for name in names), (value, names)


@pytest.mark.stories
@pytest.mark.no_cover  # Traced it takes seconds, and reaches nothing more.
def test_many_odd_fields_at_once_cost_nothing_else():
    luck = random.Random(SEED)
    for _ in range(5_000):
        body = WHOLE
        for path in luck.sample(PATHS, luck.randint(2, 6)):
            try:
                body = with_value(body, path, luck.choice(ODD))
            except (KeyError, IndexError, TypeError):
                continue  # What it was in has gone.
        got = decode(json.dumps(body))
        for name, value in body.items():
            if value == WHOLE[name]:
                assert as_camel(got)[name] == value


def test_lists_are_read_to_a_bound_and_what_is_beyond_is_named():
    parts = [{"text": str(n)} for n in range(MAX_ITEMS + 5)]
    got = message(serverContent={"modelTurn": {"parts": parts}})
    assert [part.text for part in got.server_content.model_turn.parts][-1] == str(MAX_ITEMS - 1)
    assert got.unknown == ("serverContent.modelTurn.parts (more than 256)",)


def test_names_of_a_frame_are_bounded():
    assert len(message(**{f"x{n}": n for n in range(500)}).unknown) == 20


# --- what comes of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"interactionStatus": 2},
        {"outputTranscription": {"text": None}},
        {"outputTranscription": []},
        {"turnCompleteReason": {"code": 3}},
        {"generationComplete": "no"},
        {"groundingMetadata": [1, 2]},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_answer_is_heard_although_each_frame_of_it_has_an_odd_field(odd):
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "ACAAIA=="}}
    frame = message(serverContent={"modelTurn": {"parts": [part]}, **odd})
    assert line.receive(frame, frame) == [Sound(1, LOUD), Sound(1, LOUD)]
    assert Finished(1, "answered") in line.receive(TURN_COMPLETE)


def test_odd_fields_are_counted_by_name_within_a_bound():
    line = Line()
    line.connect()
    line.receive(*[message(serverContent={"interactionStatus": 2})] * 3)
    assert line.session.oddities.counts == {"serverContent.interactionStatus": 3}
    line.receive(*[message(**{f"x{n}": 1}) for n in range(90)])
    assert len(line.session.oddities.counts) == 51
    assert line.session.oddities.counts["others"] == 41
    assert line.session.unknown_fields == 93


def test_words_come_though_the_sound_beside_them_is_odd():
    line = Line()
    line.connect()
    line.speak(1, 0, 3200)
    content = {"modelTurn": {"parts": "later"}, "outputTranscription": {"text": "left"}}
    assert line.receive(message(serverContent=content)) == [Said(1, "left")]
