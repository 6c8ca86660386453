"""`python -m benchmarks.reliability`: what each fault costs; writes docs/reliability.md's tables.

Every case of tests/faults, on both platforms: a kiosk and a misbehaving concierge in processes of
their own, two sentences, both sides compared sample by sample. `--only WORDS` tries out what has
these words in its name, and writes nothing.
"""

import argparse
import datetime
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from benchmarks.report import Table, figure, split, text
from tests.faults.cases import (
    Case,
    all_along,
    at_every_moment,
    under_every_reading,
)
from tests.faults.invariant import broken
from tests.support.kiosks import write_visitor
from tests.support.trial import HOLD_S, SETTINGS, Finding

PAPER = Path(__file__).parent.parent / "docs" / "reliability.md"
HEAD = """# Reliability

## In short

{cases} cases, each on a kiosk and a service that misbehaves ([faults.md](faults.md)), in
processes of their own: **{lost} samples of speech lost, {doubled} sent twice**; in {unseen} of
them the visitor saw nothing of it. Further down: a rotation in mid-utterance and a line that is
gone (*lines*), kills of each process (*kills*), half an hour of faults without a pause
(*endurance*), and stories of the pure core by the ten thousand (*longruns*).

So what does a visitor notice? A pause of a few seconds where the service goes silent without a
word, because silence has to last before it is believed; and "out of order", where it keeps
refusing us for the model, or for quota for more than 20 s.

## How it was measured

Two sentences of {hold_s:g} s are said with espeak-ng's voice, the fault strikes as its row says,
and what the service's surviving state holds in the end is compared, sample by sample, with what
the microphone gave. Settings are the defaults, but after two HTTP 404: the next dial waits for a
minute then, and `live.give_up_s` and `visit.end_after_s` are 200, because by default the sentence
is given up before, which the screen says.

- *lost*, *doubled*: samples of both sentences together, at 16 kHz.
- *as text*: sentences that the service had already reacted to, and that its next session was told
  in writing.
- *answers*: how much of an answer was heard to the first and to the second sentence; 1.0 is one
  whole answer. Never more than one, but for less than a second of one that was broken off and
  asked for again (`live.ask_again`); none only where the service gives none at all.
- *flows again*: seconds from the strike to the next sound that the service takes in, or to its next
  session where nobody was speaking. A dash: the connection lasted.
  The service needs 30 ms for a setup; Google's was measured at 680 ms.
- *saw*: what the screen showed beside listening, thinking and speaking.

## What no client can know

What it costs; how often, in stories that are made of faults, stands under *longruns*:

- The wire does not say whose answer it brings. A question that was spoken over before it was
  answered may be answered all the same, and that answer is taken for the next one's if it comes
  after the next one's `activityEnd` has gone out (*misled*). Alone that loses nothing. Where the
  line breaks just then, what has hardly been heard is asked for again; with `live.ask_again` off
  the second question may be lost.
- The service may transcribe nothing of an utterance. Until a handle covers it, and for
  `live.give_up_s` at the most, it is said again. Later its sound is wiped, as it must be; where its
  handle is refused after that, the fresh session hears of the answer but not of the question
  (*textless*). In the model the service transcribes late or never in half of the stories, and
  handles expire at random.
- A transcript has no end that could be relied on (`finished` often never comes). Where the rest of
  one comes after the next question was asked, it stands under that question, and the fresh session
  after a broken line is told it in that question's place.
- After an HTTP 404 that comes twice the next dial waits for a minute, and the words are discarded
  before, with the visit; the screen says so. A shorter pause would not help: a model that is not
  there has to be configured.
- A service that refuses every session which is told of what was said before gets one that is told
  nothing: the visitor's earlier words are then lost to it, and the journal says so.
- An utterance on which the service has closed with 1007 twice, where nothing else can be to blame,
  is not said a third time: it is answered with an apology. A question for which a tool was used is
  never asked again, so a line that breaks before its answer leaves it without one.

## What was tried and left out

A handle from the middle of an utterance, with its message index (Vertex AI), would let only the
rest be said again. It was built, behind a switch, and measured on the concierge: 32 resets in a
sentence, under ten readings of what the index counts from, lost and doubled nothing. But nobody has
shown that Google's service restores an open utterance on a resume, and saying a whole sentence
again costs a tenth of a second. So only handles from between turns are used, and the index only
tells whether such a handle lags behind (`kiosk/core/consumed.py`). To be shown first:
that the words of an utterance which was open at the resume come back whole in its transcript.

## The tables

Two values are those of the Developer API and of Vertex AI, where they differ.

`python -m benchmarks.reliability{keep}` · {cases} cases, up to {side} side by side, run from
{first} to {last}
"""

Result = Finding | str


def run(case: Case, api: str, directory: Path, visitor: Path) -> Result:
    """What was found, now or in the run that `--keep` takes up, or how it failed."""
    kept = directory / "finding.json"
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=Finding)
    try:
        found = case.run(directory, visitor, api)
    except Exception as error:  # noqa: BLE001 - it is told in the table
        return f"{type(error).__name__}: {error}".splitlines()[0][:120]
    kept.write_bytes(msgspec.json.encode(found))
    return found


def cells(found: Result) -> list[str]:
    if isinstance(found, str):
        return ["-", "-", "-", "-", "-", f"failed: {found}"]
    answers = ", ".join(f"{heard:.1f}" for heard in found.heard)
    numbers = [str(found.lost), str(found.doubled), str(found.as_text)]
    return [*numbers, answers, figure(found.flows_s, 1), ", ".join(found.seen) or "nothing"]


def in_short(found: list[Result]) -> dict[str, int]:
    """The sums of all cases; one that failed has nothing to add up, and stands in its table."""
    whole = [one for one in found if isinstance(one, Finding)]
    return {
        "lost": sum(one.lost for one in whole),
        "doubled": sum(one.doubled for one in whole),
        "unseen": sum(not one.seen for one in whole),
    }


def when(time_s: float) -> str:
    return f"{datetime.datetime.fromtimestamp(time_s).astimezone():%Y-%m-%d %H:%M %Z}"


def merged(both: list[list[str]]) -> list[str]:
    """Each value once where the platforms agree."""
    return [" / ".join(dict.fromkeys(pair)) for pair in zip(*both, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases with these words in their name")
    parser.add_argument("--api", choices=SETTINGS, action="append", help="default: both")
    parser.add_argument("--side-by-side", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="leave all there; take up what is left there")
    options = parser.parse_args()
    groups = {
        "Endings and strange frames": at_every_moment(),
        "All along, and at the dial": all_along(),
        "A reset, under other readings of the documents": under_every_reading(),
    }
    apis = options.api or list(SETTINGS)
    words = options.only.split()
    chosen = {
        title: [c for c in found if all(word in f"{c.fault}, {c.moment}" for word in words)]
        for title, found in groups.items()
    }
    failures = 0
    parts = []
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-reliability-") as scratch,
        ThreadPoolExecutor(options.side_by_side) as pool,
    ):
        place = options.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        visitor = write_visitor(place / "visitor.wav")
        jobs = {
            (case, api): pool.submit(run, case, api, place / f"{number}-{api}", visitor)
            for number, case in enumerate(case for group in chosen.values() for case in group)
            for api in apis
        }
        for (case, api), job in jobs.items():
            found = job.result()
            wrong = found if isinstance(found, str) else broken(case, found)
            failures += bool(wrong)
            number = [c for g in chosen.values() for c in g].index(case)
            print(
                f"{number} {case.fault}, {case.moment}, {api}: {wrong or 'ok'} {found}", flush=True
            )
        for title, group in chosen.items():
            rows = [
                [
                    c.fault,
                    c.moment,
                    *merged([cells(jobs[c, api].result()) for api in apis]),
                ]
                for c in group
            ]
            titles = ["fault", "strikes", "lost", "doubled", "as text", "answers"]
            parts.append(f"## {title}\n\n" + text(Table([*titles, "flows again, s", "saw"], rows)))
        begun = [file.stat().st_mtime for file in place.glob("*/faults.toml")]
    if not words and not options.api:
        head = HEAD.format(
            hold_s=HOLD_S,
            keep=" --keep DIR" if options.keep else "",
            first=when(min(begun)),
            last=when(max(begun)),
            cases=len(jobs),
            **in_short([job.result() for job in jobs.values()]),
            side=options.side_by_side,
        )
        sections = split(PAPER.read_text())[1].values() if PAPER.exists() else ()
        PAPER.write_text("\n".join(["\n\n".join([head.rstrip(), *parts]) + "\n", *sections]))
    print(f"{len(jobs)} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
