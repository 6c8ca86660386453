"""The other end of the control socket: `kiosk ctl`.

Plain blocking sockets, because one question and one answer need no event loop to be imported.
"""

import socket
from pathlib import Path
from typing import Any

import msgspec

from kiosk.errors import ControlError, UserError
from kiosk.settings import installation
from kiosk.settings.untrusted import escaped

CONNECT_S = 5.0
"""A daemon that does not even accept in so long is stuck."""
OPEN_TIMEOUT_S = 15.0
"""A screenshot waits for the next frame and a slow card."""


def ask(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Put `request` to the daemon at `path` and give its answer.

    Raises `UserError` if no daemon is there, `ControlError` if it does not answer.
    """
    try:
        question = msgspec.json.encode(request) + b"\n"
    except UnicodeEncodeError:
        raise UserError("a request is UTF-8; this terminal's words are not") from None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_S)
        try:
            connection.connect(str(path))
        except OSError as error:
            raise _nobody(path, error) from error
        connection.settimeout(OPEN_TIMEOUT_S)
        try:
            connection.sendall(question)
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except TimeoutError:
            raise ControlError(
                f"{path}: the kiosk did not answer in {OPEN_TIMEOUT_S:g} s"
            ) from None
        except OSError as error:
            raise ControlError(f"{path}: the kiosk closed the connection: {error}") from error
    try:
        answer = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise ControlError(f"{path}: the kiosk closed the connection without an answer") from None
    if not isinstance(answer, dict):
        raise ControlError(f"{path}: the program that answers there is not a kiosk")
    return answer


def readable(answer: dict[str, Any]) -> str:
    """Write an answer as JSON for people and programs alike.

    It may hold words of a visitor or of the service: what could drive a terminal is escaped.
    """
    return escaped(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def _nobody(path: Path, error: OSError) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(
            f"{path}: this user may not talk to the kiosk. Become a member of its group"
            " (sudo usermod -aG kiosk $USER, then log in again), or use sudo"
        )
    if isinstance(error, TimeoutError | BlockingIOError):
        return UserError(f"{path}: a kiosk is there but does not answer. Restart it")
    return UserError(
        f"no kiosk runs here: nobody listens at {path}. Start it: {installation.start()}; or name"
        " its directory with --runtime-dir DIR"
    )
