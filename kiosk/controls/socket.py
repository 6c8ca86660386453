"""The control socket: other programs of this machine press the button and ask for the status.

Newline-delimited JSON on a Unix socket: `{"do": "press"}` is answered with `{"ok": true, ...}` or
`{"ok": false, "error": "..."}`, in the order of the requests. Each client has a task of its own;
one that does not read its answers is dropped: no client can hold up the kiosk.

`asyncio.start_unix_server(path)` is not used to make the socket: it removes whatever socket is
there, also one that a living daemon listens on, and leaves the mode to the umask.
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import stat
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import msgspec

from kiosk.controls.verbs import Answer, ServedVerb
from kiosk.errors import KioskError, UserError

log = logging.getLogger(__name__)

MODE = 0o660
"""Owner and group may drive the kiosk, nobody else."""
MAX_LINE_BYTES = 64 * 1024
"""A request is a few words; a longer line is a mistake."""
MAX_CLIENTS = 32
"""Beyond them the client that has been silent for longest is hung up on: some never close."""
IDLE_TIMEOUT_S = 600.0
"""A client that has been silent for so long is hung up on."""
VERB_TIMEOUT_S = 10.0
"""A request that is not done by then is given up, such as a file on a card that hangs."""
SEND_TIMEOUT_S = 5.0
"""Seconds in which a client must have taken its answer, or be dropped."""
BACKLOG = 16
"""Connections that the kernel holds until the loop accepts them."""


class ControlSocket:
    """Serves `verbs` at `path`, from the running loop.

    A verb takes the request and gives the answer. An exception of a verb becomes the error of the
    answer, and costs that request alone.
    """

    def __init__(self, path: Path, verbs: Mapping[str, ServedVerb]) -> None:
        self._path = path
        self._verbs = verbs
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._waiting: OrderedDict[asyncio.Task[None], None] = OrderedDict()
        """Clients whose next request is awaited, the one that has been silent for longest first."""
        self._identity: tuple[int, int] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            UserError: another daemon listens at the path, or no socket can be made there.
        """
        listener = _bind(self._path)
        try:
            status = self._path.stat()
            self._identity = (status.st_dev, status.st_ino)
            self._server = await asyncio.start_unix_server(
                self._accept, sock=listener, limit=MAX_LINE_BYTES, backlog=BACKLOG
            )
        except BaseException:
            listener.close()
            raise

    async def close(self) -> None:
        """Stop listening, drop all clients, remove the socket if it is still ours."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        with contextlib.suppress(OSError):
            status = self._path.lstat()
            if (status.st_dev, status.st_ino) == self._identity:
                self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        full = len(self._clients) >= MAX_CLIENTS and not self._make_room()
        client = asyncio.ensure_future(self._serve(reader, writer, turned_away=full))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    def _make_room(self) -> bool:
        """Hang up on the client that is silent for longest; False where all await an answer."""
        if not self._waiting:
            return False
        self._waiting.popitem(last=False)[0].cancel()
        return True

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, turned_away: bool
    ) -> None:
        try:
            if turned_away:
                await _send(writer, _refusal("too many clients: close one"))
                return
            while line := await self._request(reader):
                if line.strip():
                    await _send(writer, await self._answer(line))
        except asyncio.LimitOverrunError:
            with contextlib.suppress(OSError):
                await _send(writer, _refusal(f"a request is at most {MAX_LINE_BYTES} bytes"))
        except OSError:  # also TimeoutError: a client that is gone, asks nothing or does not read
            log.debug("a control client went away")
        finally:
            # Not `wait_closed`: it would wait until the client has read everything.
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()
            else:
                writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        """The next line; empty where the client has hung up."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - each client has one
        self._waiting[task] = None
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_S):
                return await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            # A last line without its line break is a request too: `printf ... | socat`.
            return error.partial
        finally:
            self._waiting.pop(task, None)

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _refusal(f"not JSON: {error}")
        if not isinstance(request, dict):
            return _refusal('a request is an object, such as {"do": "status"}')
        name = request.get("do")
        if not isinstance(name, str):
            return _refusal('"do" says what, as a string, such as {"do": "status"}')
        verb = self._verbs.get(name)
        if verb is None:
            return _refusal(f"unknown verb {name[:40]!r}: {self._suggestion(name)}")
        limit = asyncio.timeout(VERB_TIMEOUT_S)
        try:
            async with limit:
                return {"ok": True, **await verb(request)}
        except (KioskError, OSError) as error:
            if limit.expired():
                return _refusal(f"{name} was not done in {VERB_TIMEOUT_S:g} s")
            return _refusal(str(error) or type(error).__name__)
        except Exception as error:
            log.exception("the request %s failed", name)
            return _refusal(f"{name} failed, a fault of the kiosk: {type(error).__name__}: {error}")

    def _suggestion(self, name: str) -> str:
        from difflib import get_close_matches  # only somebody's mistake pays for this import

        near = get_close_matches(name[:40].lower(), self._verbs, n=1)
        known = f"the verbs are {', '.join(self._verbs)}"
        return f"did you mean {near[0]!r}? {known}" if near else known


def _refusal(error: str) -> Answer:
    return {"ok": False, "error": error}


def _encoded(answer: Answer) -> bytes:
    try:
        return msgspec.json.encode(answer)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError) as error:
        log.exception("an answer is no JSON")
        return msgspec.json.encode(_refusal(f"the answer is no JSON: {type(error).__name__}"))


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Write one answer and see that the client takes it."""
    writer.write(_encoded(answer) + b"\n")
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await writer.drain()


def _bind(path: Path) -> socket.socket:
    """Bind a socket at `path`, not listening yet, with its mode set.

    It is bound under another name and moved, so that a client finds the old socket or the new one.
    Nobody can connect before its mode is set, because it does not listen yet.
    """
    _refuse_to_replace(path)
    newborn = path.with_name(f".{path.name}.{os.getpid()}")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        newborn.unlink(missing_ok=True)
        listener.bind(str(newborn))
        newborn.chmod(MODE)
        newborn.replace(path)
    except OSError as error:
        listener.close()
        with contextlib.suppress(OSError):
            newborn.unlink(missing_ok=True)
        raise UserError(
            f"{path}: the control socket cannot be made: {error}."
            " Give a short path of a writable directory with --runtime-dir DIR"
        ) from error
    return listener


def _refuse_to_replace(path: Path) -> None:
    """Raise unless nothing is at `path`, or the socket of a daemon that is gone."""
    try:
        status = path.lstat()
    except OSError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise UserError(
            f"{path} is in the way: it is no socket. Remove it, or give --runtime-dir DIR"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        outcome = probe.connect_ex(str(path))
    # EAGAIN is a full backlog: somebody listens, and is stuck.
    if outcome in {0, errno.EAGAIN, errno.EINPROGRESS}:
        raise UserError(
            f"another kiosk runs here and answers at {path}. Stop it (`kiosk ctl quit`, or"
            " systemctl stop kiosk), or give this one its own --runtime-dir DIR"
        )
