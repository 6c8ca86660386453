"""One kiosk against one misbehaving service: two sentences are said, and both sides are compared.

What counts is the service's *surviving state*: the history that its newest session ends with. What
a resume undid is not in it, however often it was heard before.
"""

import asyncio
import contextlib
import functools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.concierge.synthesiser import Synthesiser, voice_for
from kiosk.demo.report import compare
from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until
from tests.support.line import Line

APOLOGISED = {"unanswered", "empty", "inaudible"}
"""Outcomes of a turn in which the kiosk itself spoke."""

ANSWER = "They are on the ground floor."
HEARD = "where are the toilets"
KNOWLEDGE = f"""
use = "lab"
[place.lab]
greeting = "Hello."
fallback = "No idea."
[[place.lab.entry]]
questions = ["{HEARD}"]
answer = "{ANSWER}"
[[place.lab.entry]]
questions = ["turn on the light"]
answer = "{ANSWER}"
call = {{ name = "set_light", args = {{ on = true }} }}
"""
HOLD_S = 1.2
"""How long the button is held for a sentence."""
TURN_LIMIT_S = 140.0
"""After an HTTP 429 the next dial waits for one to two minutes."""
PATIENCE_S = 5.0
"""So long after an answer has stopped in its middle a visitor asks the next thing."""
PAUSE_S = 0.7
"""Between the sentences."""
SETTINGS = {
    "developer": (),
    "vertex": ("live.api=vertex", "live.project=lab", "live.location=global"),
}
OVERSHOOT = 1.03
"""An answer that is heard to its end and begun again would be well above this."""


class Finding(NamedTuple):
    """What became of two sentences."""

    lost: int
    """Samples that were said and are not in the surviving state, neither as text."""
    doubled: int
    """Samples in the surviving state that were said once less, or elsewhere."""
    as_text: int
    """Sentences that the surviving state holds as text."""
    heard: list[float]
    """How many answers the visitor heard to each sentence, by their sound."""
    outcomes: list[str]
    flows_s: float | None
    """From the first strike to the next sound, or the next session where nobody spoke; None where
    the connection lasted."""
    seen: list[str]
    """What the screen showed beside listening, thinking and speaking."""
    strikes: int

    @property
    def whole(self) -> bool:
        return not self.lost and not self.doubled


class Watcher(threading.Thread):
    """Notes what the screen shows, ten times a second."""

    USUAL = frozenset({"attract", "listening", "thinking", "speaking", "starting"})

    def __init__(self, kiosk: Kiosk) -> None:
        super().__init__(daemon=True)
        self.seen: list[str] = []
        self._kiosk = kiosk
        self._closing = threading.Event()

    def run(self) -> None:
        while not self._closing.wait(0.1):
            status = self._kiosk.status()
            state = status.get("state", "attract")
            code = status.get("code")
            words = f"{state} ({code})" if code else state
            if state not in self.USUAL and words not in self.seen:
                self.seen.append(words)

    def close(self) -> list[str]:
        self._closing.set()
        self.join(5)
        return self.seen


def misbehaving(directory: Path, plan: str) -> Concierge:
    """A concierge that is as bad as `plan`, and records in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "faults.toml").write_text(plan)
    (directory / "lab.toml").write_text(KNOWLEDGE)
    options = ["--faults", str(directory / "faults.toml")]
    options += ["--knowledge", str(directory / "lab.toml")]
    return Concierge(directory / "record", options=options)


@contextlib.contextmanager
def running(
    directory: Path,
    visitor: Path,
    plan: str,
    api: str = "developer",
    *settings: str,
    line: Line | None = None,
) -> Iterator[tuple[Kiosk, Concierge]]:
    """A kiosk and a concierge that misbehaves as `plan` says, perhaps over a line that does."""
    os.environ["VERTEX_ACCESS_TOKEN"] = "of-no-use"
    concierge = misbehaving(directory, plan)
    try:
        with runtime_directory() as runtime:
            url = concierge.url
            if line is not None:
                line.target, url = concierge.port, f"ws://127.0.0.1:{line.port}"
            kiosk = Kiosk(runtime, url, visitor, *SETTINGS[api], *settings)
            log = ""
            try:
                until(lambda: kiosk.status()["microphone"]["state"] == "ok")
                time.sleep(0.5)  # The pre-roll must not reach into the time when none listened.
                yield kiosk, concierge
            finally:
                log = kiosk.close()
                (directory / "kiosk.log").write_text(log)
            assert "Traceback" not in log, log
    finally:
        concierge.close()
        assert "Traceback" not in (concierge.record / "log").read_text()


def say(kiosk: Kiosk, hold_s: float = HOLD_S) -> dict[str, Any]:
    """Hold the button, let go, and wait for the end of the turn; the turn."""
    before = last_turn(kiosk)
    assert kiosk.do("press")["ok"]
    time.sleep(hold_s)
    assert kiosk.do("release")["ok"]
    return over(kiosk, before)


def last_turn(kiosk: Kiosk) -> int:
    """Number of the newest turn; 0 where there was none. Only so many are kept."""
    turns = kiosk.status()["turns"]
    return int(turns[-1]["id"]) if turns else 0


def over(kiosk: Kiosk, before: int) -> dict[str, Any]:
    """Wait for the end of a turn after number `before`, or until it has stopped."""
    progress = (0, time.monotonic())

    def ended() -> bool:
        nonlocal progress
        status = kiosk.status()
        turns = status["turns"]
        if not turns or turns[-1]["id"] <= before:
            return False
        written = status["speaker"]["written"]
        if written != progress[0]:
            progress = (written, time.monotonic())
        stopped = turns[-1]["reply_byte_s"] and time.monotonic() - progress[1] > PATIENCE_S
        return bool(turns[-1]["outcome"]) or bool(stopped)

    until(ended, TURN_LIMIT_S)

    played = (0, time.monotonic())

    def quiet() -> bool:
        """All is played, or nothing more comes of what has stopped."""
        nonlocal played
        speaker = kiosk.status()["speaker"]
        if speaker["played"] != played[0]:
            played = (speaker["played"], time.monotonic())
        return bool(speaker["played"] >= speaker["written"]) or time.monotonic() - played[1] > 1

    until(quiet, 15)
    return kiosk.status()["turns"][-1]


def surviving(concierge: Concierge) -> list[dict[str, Any]]:
    """What visitors said, as the newest session holds it."""
    states = concierge.lines("states")
    newest = max(state["connection"] for state in states)
    last = [state for state in states if state["connection"] == newest][-1]
    return [entry for entry in last["history"] if entry["role"] == "user"]


def audit(
    kiosk: Kiosk, concierge: Concierge, turns: Sequence[dict[str, Any]]
) -> tuple[int, int, int]:
    """What `account` says of these turns."""
    held = [
        (concierge.pcm(entry["pcm"]) if entry["pcm"] else b"", entry["text"])
        for entry in surviving(concierge)
    ]
    kept = [turn for turn in turns if turn["outcome"] != "discarded"]
    lost, doubled, as_text = account([kiosk.said(turn) for turn in kept], held)
    given_up = sum(turn["end"] - turn["start"] for turn in turns if turn not in kept)
    return lost + given_up, doubled, as_text


def account(said: list[bytes], held: list[tuple[bytes, str]]) -> tuple[int, int, int]:
    """Samples lost, samples doubled, sentences as text: of all ways to lay the two side by side in
    order, the kindest.

    Args:
        said: each sentence, in order.
        held: what the surviving state holds, in order: sound, or text where the sound is empty.
    """

    @functools.cache
    def rest(i: int, j: int) -> tuple[int, int, int]:
        if i == len(said) or j == len(held):
            gone = sum(map(_samples, said[i:]))
            return gone, sum(_samples(pcm) for pcm, _ in held[j:]), 0
        pcm, text = held[j]
        as_text = not pcm and bool(text)
        lost, doubled = (0, 0) if as_text else compare(said[i], pcm)
        ways = (
            _sum((lost, doubled, int(as_text)), rest(i + 1, j + 1)),
            _sum((_samples(said[i]), 0, 0), rest(i + 1, j)),
            _sum((0, _samples(pcm), 0), rest(i, j + 1)),
        )
        return min(ways, key=lambda way: way[0] + way[1])

    return rest(0, 0)


def _samples(pcm: bytes) -> int:
    return len(pcm) // 2


def _sum(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


@functools.cache
def answer_samples() -> int:
    """How long an answer is, at 24 kHz."""

    async def sound() -> int:
        voice = voice_for("en-US", "Kore")
        return sum([len(pcm) // 2 async for _, pcm in Synthesiser(None).say(ANSWER, voice)])

    return asyncio.run(sound())


def flows_s(concierge: Concierge) -> float | None:
    """See `Finding`."""
    # A service that is slow from the beginning has not struck yet.
    strikes = [each for each in concierge.lines("faults") if each["fault"] != "delay"]
    strikes = strikes or concierge.lines("faults")
    if not strikes:
        return None
    first = strikes[0]
    states = concierge.lines("states")
    later = [s for s in states if s["connection"] > first["connection"]]
    if not later:
        return None
    spoken = [
        turn["started_monotonic_s"]
        for turn in concierge.turns()
        if turn["connection"] > first["connection"]
    ]
    open_then = any(
        turn["started_monotonic_s"] < first["monotonic_s"] <= turn["ended_monotonic_s"] + 1e-3
        for turn in concierge.turns()
    )
    times = spoken if open_then and spoken else [s["monotonic_s"] for s in later]
    return max(0.0, min(times) - first["monotonic_s"])


def trial(
    directory: Path,
    visitor: Path,
    plan: str,
    api: str = "developer",
    sentences: int = 2,
    settings: tuple[str, ...] = (),
) -> Finding:
    """Say sentences, with a pause between them, to a kiosk whose service is as bad as `plan`."""
    turns: list[dict[str, Any]] = []
    heard: list[float] = []
    with running(directory, visitor, plan, api, *settings) as (kiosk, concierge):
        watcher = Watcher(kiosk)
        watcher.start()
        for _ in range(sentences):
            before = kiosk.status()["speaker"]["written"]
            turns.append(say(kiosk))
            written = kiosk.status()["speaker"]["written"] - before
            apology = turns[-1]["outcome"] in APOLOGISED
            heard.append(0.0 if apology else written / answer_samples())
            time.sleep(PAUSE_S)
        seen = watcher.close()
        lost, doubled, as_text = audit(kiosk, concierge, turns)
        outcomes = [turn["outcome"] or "stopped" for turn in turns]
        if APOLOGISED & set(outcomes):
            seen.append("an apology was said")
        strikes = len(concierge.lines("faults"))
        return Finding(lost, doubled, as_text, heard, outcomes, flows_s(concierge), seen, strikes)
