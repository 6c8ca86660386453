"""A model of the service: it judges the order of what it is sent, as the wire does, and answers."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec

from kiosk.core.inputs import InstructionIs
from kiosk.core.messages import ServerMessage, decode
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.settings.layers import load
from kiosk.settings.types import ButtonSettings, LiveSettings, Settings
from kiosk.settings.visit_settings import VisitSettings

_SETTINGS = load((), (), Path()).settings
LIVE = LiveSettings(
    api="developer",
    endpoint="",
    model="gemini-3.8-live",
    voice="Kore",
    language="en-US",
    instructions="You are a host.",
    thinking="",
    project="",
    location="",
    give_up_s=90,
    ask_again=False,
    tuning=_SETTINGS.live.tuning,
)
BUTTON = ButtonSettings(
    source="keyboard",
    pin=17,
    pull="up",
    bounce_ms=25,
    pre_roll_ms=300,
    tail_ms=250,
    min_hold_ms=120,
    max_hold_s=60,
)
VISIT = VisitSettings(end_after_s=60, daily_turns=0, dial="warm", greeting="")


def core_settings(live: LiveSettings = LIVE, visit: VisitSettings = VISIT) -> Settings:
    """Settings for a core."""
    return msgspec.structs.replace(_SETTINGS, live=live, button=BUTTON, visit=visit)


def told_of(*tools: str) -> InstructionIs:
    """What a session is told, with functions of these names."""
    return InstructionIs(LIVE.instructions, 0, tuple({"name": name} for name in tools))


def message(**fields: object) -> ServerMessage:
    """A server message from its wire form."""
    return decode(json.dumps(fields))


SETUP_COMPLETE = message(setupComplete={})
TURN_COMPLETE = message(serverContent={"turnComplete": True})
INTERRUPTED = message(serverContent={"interrupted": True})
GENERATION_COMPLETE = message(serverContent={"generationComplete": True})


def heard(text: str) -> ServerMessage:
    return message(serverContent={"inputTranscription": {"text": text}})


def said(text: str) -> ServerMessage:
    return message(serverContent={"outputTranscription": {"text": text}})


LOUD = b"\x00\x20\x00\x20"
"""Two samples that can be heard."""


def sound(base64: str = "ACAAIA==") -> ServerMessage:
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64}}
    return message(serverContent={"modelTurn": {"parts": [part]}})


def handle(name: str, resumable: bool = True) -> ServerMessage:
    return message(sessionResumptionUpdate={"newHandle": name, "resumable": resumable})


class Wire:
    """What the service took on one link, in order; refuses what the real one closes with 1007
    on.
    """

    def __init__(self) -> None:
        self.ranges: list[list[tuple[int, int]]] = []
        self.ids: list[int] = []
        self.typed = 0
        self.numbers: list[int] = []
        self.open = False

    def take(self, out: Outgoing) -> None:
        self.numbers.append(out.number)
        match out.kind:
            case Kind.START:
                assert not self.open, "activityStart inside an activity"
                self.open = True
                self.ranges.append([])
                self.ids.append(out.utterance)
            case Kind.AUDIO:
                assert self.open, "sound outside an activity"
                assert out.end > out.start
                self.ranges[-1].append((out.start, out.end))
            case Kind.END:
                assert self.open, "activityEnd without a start"
                self.open = False
            case Kind.MESSAGE:
                assert not self.open or not out.utterance, "text inside an activity"
                self.typed += bool(out.utterance)
        assert self.numbers == list(range(1, len(self.numbers) + 1)), "numbering has a gap"

    def samples(self, n: int) -> tuple[int, int]:
        """The range of the nth utterance; fails where samples were lost, doubled or out of
        order.
        """
        ranges = self.ranges[n]
        for before, after in pairwise(ranges):
            assert before[1] == after[0], "samples lost, doubled or out of order"
        return ranges[0][0], ranges[-1][1]


def indexed(name: str, index: int, resumable: bool = True):
    update = {"newHandle": name, "resumable": resumable}
    return message(sessionResumptionUpdate=update | {"lastConsumedClientMessageIndex": str(index)})
