"""A trouble of the link as a line of the journal: code, cause, remedy."""

from kiosk.core import staff_codes
from kiosk.core.events import Trouble
from kiosk.settings.secrets import API_KEY, SYSTEM

CREDENTIAL = "the systemd credential"
ENVIRONMENT = "the environment variable"


def of(trouble: Trouble, source: str) -> tuple[str, str]:
    """The kind of a trouble, for `TroubleLog`, and its line.

    Args:
        trouble: what happened.
        source: where the key or token came from.
    """
    loss, code = trouble.loss, trouble.code
    said = loss.reason or _number(trouble)
    kind = f"{code} {loss.status or _number(trouble) or loss.reason}"
    if trouble.was_up:
        return f"lost {kind}", f"connection lost: {_sentence(said)} Reconnecting."
    if not code:
        return f"refused {kind}", f"the session is refused: {_sentence(said)} Opening another."
    of_service = loss.code is not None or loss.http_status is not None
    cause, advice = said, loss.advice or staff_codes.ADVICE.get(code, "Retrying.")
    if code == staff_codes.KEY and of_service and source:
        cause, advice = f"the service refuses {_place(source)}: {said}", _change(source)
    elif of_service:
        cause = f"cannot connect: {said}"
    return kind, f"{code}: {_sentence(cause)} {advice}"


def _number(trouble: Trouble) -> str:
    loss = trouble.loss
    if loss.http_status is not None:
        return f"HTTP {loss.http_status}"
    return f"close code {loss.code}" if loss.code is not None else ""


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _place(source: str) -> str:
    if source.startswith(CREDENTIAL):
        return f"the key in {SYSTEM / API_KEY}"
    return f"the key from {source}"


def _change(source: str) -> str:
    """Who has to read a new key, and when."""
    if source.startswith(CREDENTIAL):
        return "After changing it: systemctl restart kiosk"
    if source.startswith(ENVIRONMENT):
        return "After changing it, start the kiosk again."
    return "After changing it nothing else is to be done: it is read at each attempt."
