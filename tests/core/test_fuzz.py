"""Whatever arrives from the service: no exception but our own, no illegal order, no lost state."""

import json
import random

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.link_state import Phase
from kiosk.core.messages import decode
from kiosk.errors import MessageError

from .test_conversation import Kiosk

SEED = 20_261_120
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63,
    10**400,
    "",
    "x",
    "300s",
    "-5s",
    "1e999s",
    [],
    {},
    [[]],
]
FRAMES = [
    {"setupComplete": {}},
    {"setupComplete": {"sessionId": "s"}},
    {"serverContent": {"inputTranscription": {"text": "where", "finished": True}}},
    {"serverContent": {"outputTranscription": {"text": "there"}}},
    {
        "serverContent": {
            "modelTurn": {
                "parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "ACAAIA=="}}]
            },
            "turnComplete": True,
        },
        "usageMetadata": {"totalTokenCount": 5},
    },
    {"serverContent": {"interrupted": True}},
    {"serverContent": {"generationComplete": True, "interactionStatus": "IDLE"}},
    {"goAway": {"timeLeft": "50s"}},
    {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}},
    {"sessionResumptionUpdate": {"lastConsumedClientMessageIndex": "7"}},
    {"toolCall": {"functionCalls": [{"id": "1", "name": "f", "args": {"a": [1, {}]}}]}},
    {"toolCallCancellation": {"ids": ["1"]}},
    {"error": {"code": 13, "message": "m", "status": "INTERNAL"}},
    {"interactionStatus": "IN_PROGRESS", "serverContent": {"turnComplete": True}},
]


def mutated(node: object, luck: random.Random) -> object:
    """The node with something in it changed, dropped, renamed or doubled."""
    if luck.random() < 0.1:
        return luck.choice(VALUES)
    if isinstance(node, dict):
        changed = {}
        for name, value in node.items():
            fate = luck.random()
            if fate < 0.05:
                continue
            key = name + "x" if fate < 0.1 else name
            changed[key] = mutated(value, luck) if luck.random() < 0.5 else value
        if luck.random() < 0.1:
            changed[luck.choice(["novelty", "serverContent", "goAway"])] = luck.choice(VALUES)
        return changed
    if isinstance(node, list):
        return [mutated(value, luck) for value in node] * luck.choice([1, 1, 1, 0, 3])
    return luck.choice([node, luck.choice(VALUES)])


def frame(luck: random.Random) -> bytes:
    """One input: legal, of a strange shape, torn, flipped, or noise."""
    kind = luck.random()
    if kind < 0.05:
        return luck.randbytes(luck.randrange(60))
    if kind < 0.06:
        return b'{"serverContent":' * luck.randrange(3000) + b"1"
    body = luck.choice(FRAMES)
    for _ in range(luck.choice([0, 1, 1, 2])):
        body = mutated(body, luck)
    raw = json.dumps(body).encode()
    if kind < 0.15 and raw:
        return raw[: luck.randrange(len(raw))]
    if kind < 0.25 and raw:
        at = luck.randrange(len(raw))
        return raw[:at] + luck.randbytes(luck.randrange(3)) + raw[at + 1 :]
    return raw


def throw(inputs: int, seed: int) -> tuple[int, int]:
    """Throw inputs at a kiosk with a visitor; returns how many were messages, and answers."""
    luck = random.Random(seed)
    kiosk = Kiosk()
    taken = answered = 0
    for n in range(inputs):
        try:
            kiosk.session.receive(decode(frame(luck)), kiosk.now_s)
            taken += 1
        except MessageError:
            pass
        if kiosk.session.phase is not Phase.UP:
            kiosk.session.lost(Disconnect(reason="hung up"), kiosk.now_s)
            kiosk.now_s += 130
            kiosk.reply.advance(kiosk.now_s, kiosk.written, kiosk.heard)
            kiosk.connect()
        if n % 7 == 0:
            kiosk.press()
            kiosk.step(140)
            kiosk.release()
            kiosk.step(300)
        elif n % 7 == 5:
            kiosk.heard = kiosk.reply.end
            kiosk.step(20)
        kiosk.commands()
        answered += sum(t.outcome == "answered" for t in list(kiosk.conversation.turns)[-1:])
        if n % 500 == 499:
            kiosk.conversation.reset(kiosk.now_s)
    return taken, answered


@pytest.mark.stories
def test_twenty_thousand_inputs_leave_the_kiosk_whole():
    taken, answered = throw(20_000, SEED)
    # The inputs are neither all refused nor all without effect.
    assert 5_000 < taken < 20_000
    assert answered > 100


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_million_inputs_leave_the_kiosk_whole():
    for part in range(50):
        taken, answered = throw(20_000, SEED + 1 + part)
        assert taken
        assert answered
