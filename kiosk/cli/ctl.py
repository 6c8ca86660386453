"""`kiosk ctl`: the client of the control socket, with the verbs of `kiosk.controls.verbs`.

Plain blocking sockets, because one question and one answer need no event loop to be imported.
"""

import argparse
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from kiosk.controls.verbs import VERBS
from kiosk.errors import ControlError, UserError
from kiosk.settings import installation
from kiosk.settings.untrusted import escaped

CONNECT_TIMEOUT_S = 5.0
"""A daemon accepts at once: one that has not after so long is stuck."""
ANSWER_TIMEOUT_S = 15.0
"""The daemon itself gives a request up after 10 s (`kiosk.controls.socket`)."""


def add_requests(parser: argparse.ArgumentParser) -> None:
    """Add each verb of the control socket with its arguments and options."""
    requests = parser.add_subparsers(metavar="REQUEST", required=True, dest="request")
    for name, kind in VERBS.items():
        summary = (kind.__doc__ or "").rstrip(".")
        verb = requests.add_parser(name, help=summary[:1].lower() + summary[1:])
        for field in msgspec.structs.fields(kind):
            flag = field.name
            if not field.required:
                # `items` is given one by one, as --item.
                flag = "--" + (flag.removesuffix("s") if _is_list(field.type) else flag)
            verb.add_argument(flag, **dict(_argument(field)))


def request_of(options: argparse.Namespace) -> dict[str, Any]:
    """Make the request of a parsed command line: only what was given stands in it, so that a daemon
    of an earlier version meets no field that it does not know.
    """
    request: dict[str, Any] = {"do": options.request}
    for field in msgspec.structs.fields(VERBS[options.request]):
        value = getattr(options, field.name, None)
        if isinstance(value, list) and not _is_list(field.type):
            value = " ".join(value)
        if value is not None:
            request[field.name] = value
    return request


def _argument(field: msgspec.structs.FieldInfo) -> Iterator[tuple[str, Any]]:
    """Keyword arguments of `add_argument` for a field: name and value."""
    kind = _base(field.type)
    for part in getattr(field.type, "__metadata__", ()):
        if isinstance(part, Meta):
            yield "help", part.description
            yield from (part.extra or {}).items()
    if get_origin(kind) is Literal:
        yield "choices", get_args(kind)
    elif _is_list(kind):
        yield from (("action", "append"), ("metavar", field.name.removesuffix("s").upper()))
    else:
        yield "type", kind
    if not field.required:
        yield "dest", field.name


def _base(kind: Any) -> Any:
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _is_list(kind: Any) -> bool:
    return get_origin(_base(kind)) is tuple


def ask(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Put `request` to the daemon at `path` and give its answer.

    Raises:
        UserError: no daemon is there.
        ControlError: it does not answer.
    """
    try:
        question = msgspec.json.encode(request) + b"\n"
    except UnicodeEncodeError:
        raise UserError("a request is UTF-8; this terminal's words are not") from None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_TIMEOUT_S)
        try:
            connection.connect(str(path))
        except OSError as error:
            raise _nobody(path, error) from error
        connection.settimeout(ANSWER_TIMEOUT_S)
        try:
            connection.sendall(question)
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except TimeoutError:
            raise ControlError(
                f"{path}: the kiosk did not answer in {ANSWER_TIMEOUT_S:g} s"
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
