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

from kiosk.concierge import client_connection, client_messages, known_answers
from kiosk.concierge.context import ServiceContext
from kiosk.concierge.recogniser_process import RecogniserProcess
from kiosk.concierge.record import Recorder
from kiosk.concierge.session import Sessions
from kiosk.concierge.synthesiser import Synthesiser
from kiosk.errors import KioskError, UserError
from kiosk.knowledge.questions import PACKAGED

if TYPE_CHECKING:
    from kiosk.concierge.faults.plan import FaultPlan

MAX_MESSAGE_BYTES = 16 << 20
"""Of a client's message: it bounds the memory that a faulty client can take."""
CLOSE_TIMEOUT_S = 1.0
"""How long a client may take to answer our close: one that is gone must not delay a stop."""


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
        default=PACKAGED,
        metavar="PATH",
        help="questions and answers: a file, or a folder of them (default: the museum and the"
        " reception of the package)",
    )
    parser.add_argument("--place", metavar="NAME", help="which place of it to serve")
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
    known = known_answers.load(options.knowledge, options.place)
    try:
        recorder = Recorder(options.record)
    except OSError as error:
        raise UserError(
            f"--record {options.record}: {error.strerror}. Give a directory that can be written to"
        ) from None
    faults = _faults(options.faults) if options.faults else None
    context = ServiceContext(
        answers=known,
        recogniser=(faults and faults.recogniser()) or RecogniserProcess(known.questions()),
        synthesiser=Synthesiser(known.piper_voice),
        sessions=Sessions(faults.variants if faults else None),
        recorder=recorder,
        go_away_after_s=options.go_away_after,
        time_left_s=options.time_left,
    )
    tls = _tls(*options.tls) if options.tls else None
    async with opened(context, options.host, options.port, tls, faults) as server:
        port = server.sockets[0].getsockname()[1]
        scheme = "wss" if tls else "ws"
        print(f"listening on {scheme}://{options.host}:{port}", flush=True)
        orphaned = _input_ended(stop) if options.guard else asyncio.Event()
        await stop.wait()
    if orphaned.is_set():
        shutil.rmtree(options.guard, ignore_errors=True)


def _input_ended(stop: asyncio.Event) -> asyncio.Event:
    """An event that is set, as `stop` is, when nobody holds the other end of the standard input."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            ended.set()
            stop.set()

    loop.add_reader(sys.stdin.fileno(), read)
    return ended


def _faults(file: Path) -> "FaultPlan":
    from kiosk.concierge.faults import plan  # A service that behaves does without.

    return plan.load(file)


@contextlib.asynccontextmanager
async def opened(
    context: ServiceContext,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    faults: "FaultPlan | None" = None,
) -> AsyncIterator[Server]:
    """A concierge that serves clients while the context manager is open.

    Raises:
        UserError: the address cannot be had.
    """
    numbers = itertools.count(1)

    async def handle(socket: ServerConnection) -> None:
        assert socket.request  # noqa: S101 - the handshake is over
        platform = client_messages.platform_of(socket.request.path)
        assert platform  # noqa: S101 - _only_live_paths let it in
        number = next(numbers)
        line: client_connection.Socket = socket
        if faults:
            from kiosk.concierge.faults.faulty_socket import FaultySocket

            line = FaultySocket(socket, faults, number, context.recorder)
        await client_connection.serve(line, platform, context, number)

    await context.recogniser.start()
    try:
        server = await serve(
            handle,
            host,
            port,
            ssl=tls,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            ping_interval=None,
            close_timeout=CLOSE_TIMEOUT_S,
            origins=[None],  # Each web page that a browser shows here could listen and speak.
            process_request=faults.admission(_only_live_paths) if faults else _only_live_paths,
        )
    except OSError as error:
        await context.recogniser.close()
        raise UserError(
            f"cannot listen on {host} port {port}: {error.strerror}."
            " Give another --port; 0 takes any that is free"
        ) from None
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()
        await context.recogniser.close()


def _only_live_paths(socket: ServerConnection, request: Request) -> Response | None:
    """Answer 404 to each path that the Live API does not have."""
    if client_messages.platform_of(request.path):
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
