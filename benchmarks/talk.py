"""What talking costs: processor, memory, and how late sound is on its way to the wire and back.

For each subject: at rest, listening and speaking for a while each, then a turn every six seconds.
"""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.machine import cpu_s, load, percentile, pss_mib
from benchmarks.report import Section, Table, figure
from benchmarks.service import Heard, Service, certificate, service
from benchmarks.subjects import Kiosk, Rival, closing, kiosk_command, speech
from tests.support.xvfb import xvfb

TURN_S = 6.0
HOLD_S = 2.5
REPLY_S = 2.5
RATE = 16_000
PERIOD = 320
SETTLE_S = 3.0
STEADY = ("kiosk, no screen", "kiosk, screen (dummy)")
"""Those that are also measured in each state alone."""


class Costs:
    """The figures of one subject."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cpu: dict[str, dict[str, float]] = {}
        """Seconds a minute, by state, then by process."""
        self.pss: dict[str, float] = {}
        """MiB at most, by process."""
        self.chunks_ms: list[float] = []
        self.replies_ms: list[float] = []
        self.load = ""

    def watch(self, subject: Kiosk | Rival, state: str, work: Callable[[], None]) -> None:
        """Take what `work` costs."""
        before = {who: cpu_s(pid) for who, pid in subject.pids.items()}
        began_s = time.monotonic()
        work()
        minutes = (time.monotonic() - began_s) / 60
        self.cpu[state] = {
            who: (cpu_s(pid) - before[who]) / minutes for who, pid in subject.pids.items()
        }
        for who, pid in subject.pids.items():
            self.pss[who] = max(self.pss.get(who, 0), pss_mib(pid))


def measure(scratch: Path, short: bool) -> Section:
    wav, pem = speech(scratch), certificate(scratch)
    os.environ["SSL_CERT_FILE"] = str(pem)  # All subjects trust it.
    costs = []
    steady_s, turns = (5.0, 4) if short else (30.0, 21)
    makers: list[tuple[str, Callable[[Service, ExitStack], Kiosk | Rival]]] = [
        ("kiosk, screen (x11, Xvfb)", lambda peer, stack: _x11(scratch, peer, wav, stack)),
        ("kiosk, screen (dummy)", lambda peer, _: _kiosk(scratch / "dummy", peer, wav, "dummy")),
        ("kiosk, no screen", lambda peer, _: _kiosk(scratch / "none", peer, wav, "none")),
        ("bare websockets", lambda peer, _: Rival("bare", peer.url, wav)),
        ("google-genai", lambda peer, _: Rival("google", peer.url, wav)),
    ]
    for name, make in makers:
        with service(pem) as peer, ExitStack() as stack:
            cost = Costs(name)
            subject = make(peer, stack)
            with closing(subject):
                time.sleep(SETTLE_S)
                if name in STEADY:
                    _states(cost, subject, peer, steady_s)
                heard, sent = _talk(cost, subject, peer, turns)
            if isinstance(subject, Kiosk):
                cost.chunks_ms = sent
            else:
                _rival_times(cost, subject, heard)
            cost.load = load()
            costs.append(cost)
            print(_line(cost), flush=True)
    return _section(costs, turns, steady_s)


def _kiosk(directory: Path, peer: Service, wav: Path, driver: str, **env: str) -> Kiosk:
    command = kiosk_command(directory, peer.url, wav, **{"display.driver": driver})
    return Kiosk(driver, directory, command, env)


def _x11(scratch: Path, peer: Service, wav: Path, stack: ExitStack) -> Kiosk:
    (scratch / "xvfb").mkdir()
    server = stack.enter_context(xvfb(scratch / "xvfb"))
    return _kiosk(scratch / "x11", peer, wav, "x11", DISPLAY=server.name)


def _states(cost: Costs, subject: Kiosk | Rival, peer: Service, steady_s: float) -> None:
    cost.watch(subject, "attract", lambda: time.sleep(steady_s))
    peer.answer(reply_s=steady_s + 5)
    subject.press()
    time.sleep(1)
    cost.watch(subject, "listening", lambda: time.sleep(steady_s))
    subject.release()
    time.sleep(1.5)
    cost.watch(subject, "speaking", lambda: time.sleep(steady_s))
    peer.answer(reply_s=REPLY_S)
    time.sleep(5)
    peer.take()


def _talk(
    cost: Costs, subject: Kiosk | Rival, peer: Service, turns: int
) -> tuple[list[Heard], list[float]]:
    """A turn every six seconds; the activities that the service saw, the kiosk's chunks."""
    arrivals: list[float | None] = []

    def talk() -> None:
        began_s = time.monotonic()
        for n in range(turns):
            time.sleep(max(0.0, began_s + n * TURN_S - time.monotonic()))
            subject.press()
            time.sleep(HOLD_S)
            subject.release()
            if isinstance(subject, Kiosk):
                arrivals.append(_reply_arrives(subject))
        time.sleep(max(0.0, began_s + turns * TURN_S - time.monotonic()))

    cost.watch(subject, "talking", talk)
    heard, chunks = peer.turns(), []
    if isinstance(subject, Kiosk):
        status = subject.status()
        for turn, told in zip(heard, status["turns"][-turns:], strict=True):
            chunks += _chunks_ms(turn, told, status["microphone"])
        cost.replies_ms = [
            (at_s - turn.reply_s) * 1000
            for turn, at_s in zip(heard, arrivals, strict=True)
            if at_s is not None and turn.reply_s is not None
        ]
        assert len(cost.replies_ms) == turns, "a turn was not answered"
    return heard, chunks


def _reply_arrives(kiosk: Kiosk) -> float | None:
    """When the first sample of the reply is in the ring, looked for every 0.1 ms or so."""
    before, by_s = kiosk.reply.written, time.monotonic() + 3
    while kiosk.reply.written == before:
        if time.monotonic() > by_s:
            return None
        time.sleep(0.00005)
    return time.monotonic()


def _chunks_ms(heard: Heard, told: dict[str, Any], microphone: dict[str, Any]) -> list[float]:
    """How long after its last period was published each chunk came.

    What was kept from before the marker went out with it, and says nothing of the way; a file's
    periods end on its clock: sample `i` at `i` / rate.
    """
    first_s, end, late = microphone["first_sample_monotonic_s"], told["start"], []
    for chunk in heard.audio:
        end += chunk.samples
        published_s = first_s + -(-end // PERIOD) * PERIOD / RATE
        if published_s > heard.start_s:
            late.append((chunk.at_s - published_s) * 1000)
    return late


def _rival_times(cost: Costs, rival: Rival, heard: list[Heard]) -> None:
    """The newest turns are those of `_talk`; each chunk was due 20 ms after the one before."""
    for turn, began_s in zip(heard, rival.starts[-len(heard) :], strict=True):
        due = ((chunk.at_s, began_s + (n + 1) * 0.02) for n, chunk in enumerate(turn.audio))
        cost.chunks_ms += [(at_s - due_s) * 1000 for at_s, due_s in due]
    for turn, at_s in zip(heard, rival.firsts[-len(heard) :], strict=True):
        assert turn.reply_s is not None
        cost.replies_ms.append((at_s - turn.reply_s) * 1000)


def _line(cost: Costs) -> str:
    talking = cost.cpu["talking"]
    return f"{cost.name}: talking {talking} CPU s/min, {cost.pss} MiB"


def _ratios(costs: list[Costs]) -> Table:
    """What each process costs when talking, beside the rivals of the same run."""
    talking = {cost.name: cost.cpu["talking"] for cost in costs}
    rivals = ("bare websockets", "google-genai")
    rows = [
        [f"{name}: {who}", *(figure(spent / talking[rival]["daemon"]) for rival in rivals)]
        for name, processes in talking.items()
        for who, spent in processes.items()
    ]
    return Table(["times the processor of", *rivals], rows)


def _section(costs: list[Costs], turns: int, steady_s: float) -> Section:
    states = ("attract", "listening", "speaking", "talking")
    cpu = [
        [cost.name]
        + [
            figure(cost.cpu.get(state, {}).get(who))
            for who in ("daemon", "sound")
            for state in states
        ]
        + [cost.load]
        for cost in costs
    ]
    memory = [
        [
            cost.name,
            *(figure(cost.pss.get(who), 1) for who in ("daemon", "sound")),
            figure(sum(cost.pss.values()), 1),
        ]
        for cost in costs
    ]
    ways = [
        [
            cost.name,
            str(len(cost.chunks_ms)),
            *(figure(percentile(cost.chunks_ms, share)) for share in (0.5, 0.99, 1)),
            *(figure(percentile(cost.replies_ms, share)) for share in (0.5, 1)),
        ]
        for cost in costs
    ]
    both = [f"{who}: {state}" for who in ("daemon", "sound") for state in states]
    return Section(
        f"Processor seconds a minute: at rest, with the button held, and in one long reply "
        f"({steady_s:.0f} s each), then {turns} push-to-talk turns, one every {TURN_S:.0f} s "
        f"({HOLD_S} s of speech, {REPLY_S} s of answer). The kiosk's sound is a file in and "
        f"nobody out, as the rivals'. Memory is PSS, the most that was seen. Chunk: from the "
        f"publication of its last sample to the service; first reply chunk: from the service's "
        f"socket to the reply ring (the rivals: to its bytes in hand), the first turns of "
        f"the process included. All over TLS. Targets: without screen the daemon ≤ 1.25 times bare "
        f"websockets when talking, ≤ 80 MiB together, ≤ 150 with; chunk p99 ≤ 3 ms, first reply "
        f"≤ 2 ms.",
        [
            Table(["CPU s/min", *both, "load"], cpu),
            _ratios(costs),
            Table(["PSS, MiB", "daemon", "sound", "together"], memory),
            Table(
                ["ms", "chunks", "p50", "p99", "worst", "first reply p50", "worst"],
                ways,
            ),
        ],
    )
