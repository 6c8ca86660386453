"""The faults, the moments at which they strike, and the readings of what is documented badly."""

from pathlib import Path
from typing import NamedTuple

from tests.support.trial import HEARD, Finding, trial

INTO_THE_SENTENCE = 10_000
"""Samples, 0.6 s, of the first sentence that the service has taken in when it strikes."""
INTO_THE_ANSWER = 12_000
"""Samples, half a second, of the first answer that were sent."""

MOMENTS = {
    "mid-utterance": f'when = "speaking"\nsamples = {INTO_THE_SENTENCE}\n',
    "before the answer": 'when = "asked"\nafter_s = 0.02\n',
    "mid-answer": f'when = "answering"\nsamples = {INTO_THE_ANSWER}\n',
    "between turns": 'when = "between"\nafter_s = 0.2\n',
    # The service has said in mid-utterance that it goes, at once; and then it strikes in what the
    # kiosk does about it.
    "in a rotation": 'when = "connected"\nconnection = 2\nafter_s = 0.01\n',
}
ROTATION = """[[fault]]
when = "speaking"
samples = 4000
do = "go away"
time_left = "0s"
"""

ENDINGS = {
    "TCP reset": 'do = "reset"',
    "1000 cancelled": 'do = "close"\ncode = 1000\nreason = "The operation was cancelled."',
    "1000 without words": 'do = "close"\ncode = 1000\nreason = ""',
    "1001 going away": 'do = "close"\ncode = 1001\nreason = ""',
    "1007 invalid argument": (
        'do = "close"\ncode = 1007\nreason = "Request contains an invalid argument."'
    ),
    "1008 aborted": 'do = "close"\ncode = 1008\nreason = "The operation was aborted."',
    "1008 not implemented": (
        'do = "close"\ncode = 1008\n'
        'reason = "Operation is not implemented, or supported, or enabled."'
    ),
    "1011 internal": 'do = "close"\ncode = 1011\nreason = "Internal error encountered."',
    "1011 deadline": (
        'do = "close"\ncode = 1011\nreason = "Deadline expired before operation could complete."'
    ),
    "1012 restart": 'do = "close"\ncode = 1012\nreason = ""',
    "error in band": 'do = "send"\ngarbage = ["error"]',
    "GoAway 0s": 'do = "go away"\ntime_left = "0s"\nclose_after_s = 0.5',
    "GoAway without timeLeft": 'do = "go away"\nclose_after_s = 11',
    "GoAway 300s": 'do = "go away"\ntime_left = "300s"',
    "GoAway 5.25s, mute after": 'do = "go away"\ntime_left = "5.25s"',
    "half-open": 'do = "freeze"',
    "mute": 'do = "mute"',
    "deaf": 'do = "deaf"',
    "poisoned": 'do = "poison"',
}
"""What ends a connection, at once or because a kiosk has to end it."""

STRANGE = {
    "garbage": 'do = "send"\ngarbage = ["no json", "truncated", "nested", "nested whole", "empty", '
    '"array", "unknown field", "unknown enum", "wrong type", "no base64"]',
    "8 MiB of nothing": 'do = "send"\nmegabytes = 8',
    "17 MiB of nothing": 'do = "send"\nmegabytes = 17',
    "spurious pair": 'do = "send"\ngarbage = ["interrupted", "turn complete"]',
}
"""What should not come, and at a moment of its own."""


class Case(NamedTuple):
    """What a service does wrong."""

    fault: str
    moment: str
    plan: str
    answers: tuple[bool, bool] = (True, True)
    """Whether an answer to each sentence must be heard: not where the service gives none."""
    settings: tuple[str, ...] = ()
    """Of the kiosk."""

    def run(self, directory: Path, visitor: Path, api: str) -> Finding:
        """Try it."""
        return trial(
            directory,
            visitor,
            self.plan,
            api,
            settings=self.settings,
        )


def plan(*faults: str, readings: str = "", heard: str = HEARD) -> str:
    """A faults file."""
    tables = "".join(f"\n[[fault]]\n{fault}\n" for fault in faults)
    return f'heard = "{heard}"\n' + (f"\n[readings]\n{readings}\n" if readings else "") + tables


def struck(moment: str, fault: str, **more: str) -> str:
    """A faults file with one fault at a moment; in a rotation, with the rotation."""
    made = plan(MOMENTS[moment] + fault, **more)
    return made + ("\n" + ROTATION if moment == "in a rotation" else "")


def at_every_moment() -> list[Case]:
    """Each fault that can strike at any moment, at each."""
    return [
        Case(name, moment, struck(moment, fault))
        for name, fault in {**ENDINGS, **STRANGE}.items()
        for moment in MOMENTS
    ]


def refused(status: int, times: int, more: str = "") -> str:
    """A dial that is refused so often, after the first connection was reset."""
    door = f'when = "upgrade"\ndo = "refuse"\nstatus = {status}\ntimes = {times}\nconnection = 2'
    door += more
    return plan(MOMENTS["mid-utterance"] + 'do = "reset"', door)


def all_along() -> list[Case]:
    """What lasts, and what comes with the dial."""
    whole = 'when = "setup"\ntimes = 0\n'
    reset = MOMENTS["mid-utterance"] + 'do = "reset"'
    once = 'when = "setup"\nresuming = true\n'
    invalid = 'do = "close"\ncode = 1007\nreason = "Request contains an invalid argument."'
    late = once + 'do = "delay"\nfor_s = 3\neach_s = 3'
    lag = f'when = "speaking"\nsamples = {INTO_THE_SENTENCE - 4000}\ndo = "lag"\nupdates = 200'
    deaf = f'when = "speaking"\nsamples = {INTO_THE_SENTENCE - 2000}\ndo = "deaf"'
    return [
        Case("text frames", "always", plan(whole + 'do = "text"', reset)),
        Case("fields and enums of later", "always", plan(whole + 'do = "novel"', reset)),
        Case("lagging index", "always", plan(whole + 'do = "lag"\nupdates = 20', reset)),
        Case("not resumable", "always", plan(whole + 'do = "not resumable"', reset)),
        Case("slow reads", "always", plan(whole + 'do = "slow"\neach_s = 0.002', reset)),
        Case("late messages", "always", plan(whole + 'do = "delay"\neach_s = 0.01', reset)),
        Case("answers without sound", "always", plan(whole + 'do = "soundless"'), (False, False)),
        Case("handle expired", "resume", plan(reset, once + invalid)),
        Case("handle poisoned", "resume", plan(reset, once + 'do = "poison"')),
        Case("late setupComplete, 3 s", "resume", plan(reset, late)),
        Case("no setupComplete", "resume", plan(reset, once + 'do = "mute"')),
        Case("no setupComplete, ever", "resume", plan(reset, once + 'times = 0\ndo = "mute"')),
        Case("forgotten after the last index", "mid-utterance", plan(lag, deaf, reset)),
        *(
            Case(f"HTTP {status}, {times} times", "resume", refused(status, times))
            for status, times in ((503, 3), (401, 1), (403, 1), (404, 1), (429, 1))
        ),
        Case("HTTP 429, Retry-After 4 s", "resume", refused(429, 1, "\nretry_after_s = 4")),
        Case("HTTP 429, 2 times", "resume", refused(429, 2)),
        # What staff must mend: the next dial waits for a minute, which is longer than an
        # undelivered sentence, or a visit, is kept by default.
        Case(
            "HTTP 404, 2 times",
            "resume",
            refused(404, 2),
            settings=("live.give_up_s=200", "button.max_hold_s=10", "visit.end_after_s=200"),
        ),
        *(
            Case(
                f"tool call pending, {name}",
                "a tool call",
                plan('when = "calling"\n' + fault, heard="turn on the light"),
            )
            for name, fault in (
                ("TCP reset", ENDINGS["TCP reset"]),
                ("GoAway 0s", 'do = "go away"\ntime_left = "0s"'),
            )
        ),
    ]  # fmt: skip


READINGS = {
    "setup not counted": "first_index = 0",
    "setup counted": "first_index = 2",
    "numbered per session": 'indexes = "session"',
    "setup counted, per session": 'first_index = 2\nindexes = "session"',
    "indexes as numbers": 'index_type = "number"',
    "an update a second": 'updates = "second"',
    "an update a turn": 'updates = "turn"',
    "open utterances forgotten": 'open_utterance = "forgotten"',
    "older handles refused": 'older_handles = "refused"',
    "answered after the resume": 'unanswered_turn = "answered"',
    "all otherwise": (
        'first_index = 2\nindexes = "session"\nindex_type = "number"\nupdates = "second"\n'
        'open_utterance = "forgotten"\nolder_handles = "refused"\nunanswered_turn = "answered"'
    ),
}
"""Each other than our own reading; and all at once."""


def under_every_reading() -> list[Case]:
    """A reset at each moment, for each reading."""
    return [
        Case(
            f"reset: {name}",
            moment,
            struck(moment, ENDINGS["TCP reset"], readings=readings),
        )
        for name, readings in READINGS.items()
        for moment in MOMENTS
    ]
