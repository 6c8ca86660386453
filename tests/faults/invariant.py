"""What must hold after every fault."""

from kiosk.formats import REPLY_HZ
from tests.faults.cases import Case
from tests.support.trial import OVERSHOOT, Finding, answer_samples


def broken(case: Case, found: Finding) -> str:
    """What does not hold; empty where all does: each sentence once, at most one answer to it heard,
    and at least one where the service gives any. With `live.ask_again`, the default, less than a
    second of one that was broken off may stand before it.
    """
    if not found.strikes and "HTTP" not in case.fault:
        return "the fault did not strike"
    if found.lost or found.doubled:
        return f"{found.lost} samples lost, {found.doubled} doubled"
    if max(found.heard) > OVERSHOOT + REPLY_HZ / answer_samples():
        return "an answer was heard twice"
    for number, due in enumerate(case.answers):
        if due and not found.heard[number]:
            return f"no answer to sentence {number + 1}"
    return ""
