"""Secrets: from the systemd credential, the environment, or a file that only its owner can read.

They stand in no URL (proxies and servers log those), no `repr`, no error, no setting. A leaf, so
that every room that needs a key may ask for it here, anew at each use: a key may be replaced while
the kiosk runs.
"""

import os
import re
import stat
import threading
from pathlib import Path
from typing import NoReturn

from kiosk.errors import CredentialError
from kiosk.settings import untrusted
from kiosk.settings.urls import IN_URLS

API_KEY = "gemini-api-key"
ACCESS_TOKEN = "vertex-access-token"  # noqa: S105 - the credential's name
HEYGEN_KEY = "heygen-api-key"
LIVEAVATAR_KEY = "liveavatar-api-key"
AVATARIM_TOKEN = "avatarim-token"  # noqa: S105 - the credential's name
NAMES = (API_KEY, ACCESS_TOKEN, HEYGEN_KEY, LIVEAVATAR_KEY, AVATARIM_TOKEN, *IN_URLS)
FROM_FILE = frozenset(NAMES) - {ACCESS_TOKEN}
"""Which may stand in a file. A Vertex token lives an hour: a file of it would be stale tomorrow."""

OF_TOOLS = "tool-"
"""How the names of secrets begin that a tool of the configuration goes by."""

SYSTEM = Path("/etc/kiosk")
MAX_SECRET_BYTES = 16_384
"""More than any key or token of these services has."""
MAX_REMEMBERED = 32
"""Values that `clean` hides. A token of Google's lives an hour: the oldest are of no use."""


class _Revealed:
    """What `clean` hides. Any thread may reveal a secret, and any may clean words."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self.values: tuple[str, ...] = ()
        """Replaced by whoever holds the lock; readers take the reference once."""

    def add(self, value: str) -> None:
        """Remember a value; beyond `MAX_REMEMBERED` the oldest is forgotten."""
        with self._writing:
            if value not in self.values:
                self.values = (*self.values, value)[-MAX_REMEMBERED:]


_revealed = _Revealed()


class Secret:
    """A secret that does not show itself: not in `repr`, `str`, a format, a pickle or an error."""

    __slots__ = ("_hidden", "source")

    def __init__(self, value: str, source: str) -> None:
        self._hidden = value
        self.source = source
        """Where it came from, for a person: `the environment variable GEMINI_API_KEY`."""

    def reveal(self) -> str:
        """Give the secret itself, for a header and nothing else."""
        _revealed.add(self._hidden)
        return self._hidden

    def __repr__(self) -> str:
        return f"<Secret from {self.source}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not copied or pickled")


def clean(words: str, *more: str) -> str:
    """Words that somebody else wrote, for log, `status`, screen and terminal; see `untrusted`.

    It hides every secret that this process has revealed, and `more`, such as a session's token.
    """
    return untrusted.clean(words, (*_revealed.values, *more))


def hidden(text: str) -> str:
    """A text for the model or a program: as it is, but for secrets that were revealed."""
    for value in _revealed.values:
        text = text.replace(value, untrusted.HIDDEN)
    return text


def secret(name: str) -> Secret:
    """Find the secret `name`, such as `gemini-api-key`.

    Raises:
        CredentialError: there is none, or the one there cannot be used; with the remedy.
    """
    found = find(name)
    if found is None:
        variable, files = _variable(name), _files(name)
        raise CredentialError(
            f"there is no {name}. Give it as the systemd credential {name}"
            f" (LoadCredential={name}:/etc/kiosk/{name}), or in the environment variable {variable}"
            + "".join(f", or in {file} with mode 0600" for file in files)
        )
    return found


def filled(url: str) -> str:
    """A URL of the settings with the secrets that it names, such as `{avatarim-video-key}`.

    Raises:
        CredentialError: there is no such secret.
    """
    for name in IN_URLS:
        if (reference := f"{{{name}}}") in url:
            url = url.replace(reference, secret(name).reveal())
    return url


def find(name: str) -> Secret | None:
    """Find the secret `name`, or None.

    A blank environment variable or credential is one that is not set: the unit gives a blank
    default, because systemd refuses to start a service that lacks a credential.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        found = _from_file(Path(folder) / name, f"the systemd credential {name}", blank=True)
        if found:
            return found
    variable = _variable(name)
    value = os.environ.get(variable, "")
    if value.strip():
        source = f"the environment variable {variable}"
        return _checked(os.fsencode(value), source)
    refused: CredentialError | None = None
    for file in _files(name):
        try:
            found = _from_file(file, str(file))
        except _NotForUsError as error:
            refused = refused or error  # Perhaps the service's file; the next may be this user's.
            continue
        if found:
            return found
    if refused:
        raise refused
    return None


def describe(name: str) -> str:
    """Say whether the secret `name` is set and where, for a person; never what it is."""
    try:
        found = find(name)
    except CredentialError as error:
        return f"not usable: {error}"
    return f"set (from {found.source})" if found else "not set"


class _NotForUsError(CredentialError):
    """There is a file that this user may not read."""


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def _files(name: str) -> list[Path]:
    if name not in FROM_FILE and not name.startswith(OF_TOOLS):
        return []
    own = os.environ.get("XDG_CONFIG_HOME")
    home = Path(own) if own else Path("~/.config").expanduser()
    return [SYSTEM / name, home / "kiosk" / name]


def _from_file(file: Path, source: str, *, blank: bool = False) -> Secret | None:
    """Read a secret from `file`, None if there is none.

    `blank` is for systemd's credentials: an empty one is none, and their mode says nothing, because
    systemd gives access by an ACL, which shows as group bits.
    """
    try:
        # Not blocking, so that a pipe in the file's place does not hold up the kiosk.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            data = (
                os.read(descriptor, MAX_SECRET_BYTES + 1) if stat.S_ISREG(status.st_mode) else b""
            )
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _NotForUsError(
            f"{source}: {file} cannot be read: {error.strerror}. It must belong to the user that"
            " the kiosk runs as"
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise CredentialError(f"{source}: {file} is not a file. Write the secret into a file")
    if blank and not data.strip():
        return None
    if not blank and status.st_uid not in (0, os.geteuid()):
        raise CredentialError(
            f"{file} belongs to another user ({status.st_uid}), who may put another secret there."
            f" Remedy: chown root {file}, and consider a new secret"
        )
    if not blank and status.st_mode & 0o077:
        raise CredentialError(
            f"{file} can be read by others (mode {stat.S_IMODE(status.st_mode):04o})."
            f" Remedy: chmod 600 {file}, and consider a new secret"
        )
    return _checked(data, source)


def _checked(data: bytes, source: str) -> Secret:
    """Take the line break off the end; refuse what no key or token looks like.

    What is wrong is told in bytes and words of ours: an error of decoding would carry the secret.
    """
    value = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not value:
        raise CredentialError(f"{source} is empty. Put the secret there, or remove it")
    if len(value) > MAX_SECRET_BYTES:
        raise CredentialError(
            f"{source} is longer than {MAX_SECRET_BYTES} bytes: that is no key or token"
        )
    for pattern, what in _MORE_THAN_A_KEY:
        if pattern.search(value):
            raise CredentialError(f"{source} holds {what}. Put the secret there alone, on one line")
    return Secret(value.decode("ascii"), source)


_MORE_THAN_A_KEY = (
    (re.compile(rb"\A(\xff\xfe|\xfe\xff)|\x00"), "text in UTF-16; expected UTF-8 or ASCII"),
    (
        re.compile(rb"\A\{"),
        "a JSON file, such as that of a service account (which goes with Vertex AI:"
        " GOOGLE_APPLICATION_CREDENTIALS, docs/install.md)",
    ),
    (
        re.compile(rb"\A(export\s+)?[a-z0-9_.-]*(key|token|secret)[a-z0-9_.-]*\s*=\s*[^\s=]", re.I),
        "a name and = before the secret",
    ),
    (re.compile(rb"\A[\"'`]|[\"'`]\Z|\xe2\x80[\x98-\x9f]"), "quotes around the secret"),
    (re.compile(rb"[\r\n]"), "several lines"),
    (re.compile(rb"[^\x21-\x7e]"), "a space or a character that is not ASCII"),
)
"""What people put into a key's file besides the key. The first that matches is named."""
