"""`kiosk concierge`: the server and its command line."""

import argparse
import asyncio
import contextlib
import itertools
import logging
import os
import shutil
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from kiosk.concierge import connection, knowledge, wire
from kiosk.concierge.hearing import Hearing
from kiosk.concierge.house import House
from kiosk.concierge.record import Recorder
from kiosk.concierge.session import Sessions
from kiosk.concierge.speech import Speech
from kiosk.errors import KioskError, UserError

if TYPE_CHECKING:
    from kiosk.concierge.faults import Faults

LARGEST_MESSAGE = 16 << 20
"""Bytes in a client's message."""
CLOSE_S = 1.0
"""How long a client may take to answer our close."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit status, 2 for what a person can mend."""
    options = _parser().parse_args(argv)
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("websockets").setLevel(logging.WARNING)  # at info, a line for each socket
    try:
        asyncio.run(_run(options))
    except UserError as error:
        print(f"kiosk concierge: {error}", file=sys.stderr)
        return 2
    except KioskError as error:
        print(f"kiosk concierge: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk concierge",
        description="Serve the Live API on this board: hear a question, answer it aloud.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="0 takes any (default: %(default)s)")
    parser.add_argument(
        "--tls", nargs=2, type=Path, metavar=("CERT", "KEY"), help="serve wss with these PEM files"
    )
    parser.add_argument(
        "--knowledge",
        type=Path,
        default=knowledge.PACKAGED,
        metavar="FILE",
        help="questions and answers (default: the museum and the reception of the package)",
    )
    parser.add_argument("--place", metavar="NAME", help="which place of that file to serve")
    parser.add_argument(
        "--record", type=Path, metavar="DIR", help="write what was heard and answered there"
    )
    parser.add_argument(
        "--go-away-after", type=float, metavar="S", help="end each connection after S seconds"
    )
    parser.add_argument(
        "--time-left",
        type=float,
        default=10.0,
        metavar="S",
        help="announce that end S seconds ahead (default: %(default)g)",
    )
    parser.add_argument(
        "--faults",
        type=Path,
        metavar="FILE",
        help="serve badly on purpose, as it says: docs/faults.md",
    )
    parser.add_argument(
        "--guard",
        type=Path,
        metavar="DIR",
        help="end when the standard input does, for whoever started it has died, and remove DIR",
    )
    parser.add_argument(
        "--log-level", default="info", choices=["debug", "info", "warning", "error"]
    )
    return parser


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    known = knowledge.load(options.knowledge, options.place)
    try:
        recorder = Recorder(options.record)
    except OSError as error:
        raise UserError(
            f"--record {options.record}: {error.strerror}. Give a directory that can be written to"
        ) from None
    faults = _faults(options.faults) if options.faults else None
    house = House(
        knowledge=known,
        hearing=(faults and faults.hearing()) or Hearing(known.questions()),
        speech=Speech(known.piper_voice),
        sessions=Sessions(faults.readings if faults else None),
        recorder=recorder,
        go_away_after_s=options.go_away_after,
        time_left_s=options.time_left,
    )
    tls = _tls(*options.tls) if options.tls else None
    async with opened(house, options.host, options.port, tls, faults) as server:
        port = server.sockets[0].getsockname()[1]
        scheme = "wss" if tls else "ws"
        print(f"listening on {scheme}://{options.host}:{port}", flush=True)
        orphaned = _input_ended(stop) if options.guard else asyncio.Event()
        await stop.wait()
    if orphaned.is_set():
        shutil.rmtree(options.guard, ignore_errors=True)


def _input_ended(stop: asyncio.Event) -> asyncio.Event:
    """Is set, and `stop` with it, when nobody holds the other end of the standard input."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            ended.set()
            stop.set()

    loop.add_reader(sys.stdin.fileno(), read)
    return ended


def _faults(file: Path) -> "Faults":
    from kiosk.concierge import faults  # A service that behaves does without.

    return faults.load(file)


@contextlib.asynccontextmanager
async def opened(
    house: House,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    faults: "Faults | None" = None,
) -> AsyncIterator[Server]:
    """A concierge that serves `house`, while the context lasts.

    Raises `UserError` if the address cannot be had.
    """
    numbers = itertools.count(1)

    async def handle(socket: ServerConnection) -> None:
        assert socket.request  # noqa: S101 - the handshake is over
        door = wire.door(socket.request.path)
        assert door  # noqa: S101 - _only_doors let it in
        number = next(numbers)
        line = faults.wire(socket, number, house.recorder) if faults else socket
        await connection.serve(line, door, house, number)

    await house.hearing.start()
    try:
        server = await serve(
            handle,
            host,
            port,
            ssl=tls,
            compression=None,
            max_size=LARGEST_MESSAGE,
            ping_interval=None,
            close_timeout=CLOSE_S,
            origins=[None],  # Each web page that a browser shows here could listen and speak.
            process_request=faults.at_the_door(_only_doors) if faults else _only_doors,
        )
    except OSError as error:
        await house.hearing.close()
        raise UserError(
            f"cannot listen on {host} port {port}: {error.strerror}."
            " Give another --port; 0 takes any that is free"
        ) from None
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()
        await house.hearing.close()


def _only_doors(socket: ServerConnection, request: Request) -> Response | None:
    """Answer 404 to every path that the Live API does not have."""
    if wire.door(request.path):
        return None
    return socket.respond(HTTPStatus.NOT_FOUND, "There is no such service here.\n")


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise UserError(
            f"--tls {certificate} {key}: {error.strerror or error}."
            " Give a certificate and its key, both PEM"
        ) from None
    return context
