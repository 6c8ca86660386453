"""Texts of others, cleaned for log, `status`, screen and terminal. Pure.

The service, a vendor's API, a library and the system may say anything in their errors: megabytes,
escape sequences that drive a terminal, characters that turn the line around, the key that they were
given. All such words go through `clean`, or through `kiosk.settings.secrets.clean`, which hides the
secrets as well.
"""

from collections.abc import Iterable

MAX_CHARACTERS = 200
"""What a line of the screen or of the log has room for."""
WINDOW_CHARACTERS = 4096
"""Longer texts are cut here before they are cleaned, so that the work is bounded."""
MIN_PART = 8
"""A piece of a secret of this length is hidden too. No key of these services is shorter, and words
of a language are rarely found in one by chance.
"""
HIDDEN = "(secret)"


def clean(words: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most `MAX_CHARACTERS` without control, bidi and invisible characters.

    Args:
        words: what somebody else said.
        secrets: are hidden where the words hold one, or `MIN_PART` characters of one.
    """
    # Invisible characters go first: between a key's letters they would hide it from the search.
    line = "".join(_visible(c) for c in words[:WINDOW_CHARACTERS])
    for secret in secrets:
        line = _hide(line, secret)
    line = " ".join(line.split())
    return line if len(line) <= MAX_CHARACTERS else f"{line[: MAX_CHARACTERS - 1]}…"


def printable(text: str) -> str:
    """Our text, which may quote others, without control and bidi characters; line breaks stay."""
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def escaped(json: str) -> str:
    """JSON for a terminal: what is not printable stands as its escape, and nothing is lost."""
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in json)


def _visible(c: str) -> str:
    return c if c.isprintable() else " " if c.isspace() else ""


def _escape(c: str) -> str:
    units = c.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _hide(line: str, secret: str) -> str:
    """`line` with `HIDDEN` for each run of characters that is found in `secret`."""
    parts = {secret[at : at + MIN_PART] for at in range(len(secret) - MIN_PART + 1)}
    kept, at = [], 0
    while at < len(line):
        if line[at : at + MIN_PART] not in parts:
            kept.append(line[at])
            at += 1
            continue
        while line[at : at + MIN_PART] in parts:
            at += 1
        at += MIN_PART - 1
        kept.append(HIDDEN)
    return "".join(kept)
