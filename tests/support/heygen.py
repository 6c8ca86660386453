"""A stand-in for HeyGen's two services that can misbehave: REST, the socket for sound, the room.

It runs in a thread of its own, or by itself: `python -m tests.support.heygen --port 7880`, which
tells its base URL. What a client does wrong is kept in `wrongs`; what it left open in
`open_sessions`.
"""

import argparse
import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.heygen_chat import RoomCommands, chat_of
from tests.support.heygen_rest import Apis, Refusal, bearer
from tests.support.heygen_session import Session, Speech
from tests.support.livekit_room import AVATAR, Guest

SIZES = {
    "low": (640, 360),
    "medium": (854, 480),
    "high": (1280, 720),
    "very_high": (1920, 1080),
}
ENDED = 5
"""LiveKit's reason for a room that was deleted."""
MOST_MESSAGE = 1 << 20
CONNECTED_S = 0.1
"""From the open socket until it takes anything."""


class StandIn:
    """See the module; `with StandIn() as service:` and `service.url`.

    Attributes that a test sets before: `families` of events, `concurrency`, `limit_s` of a session,
    `idle_s` after which one without a sign of life is ended, `codec`; `end_at` names a moment at
    which the vendor ends the session by itself: `new`, `start`, `room`, `socket`, `speech`.
    """

    def __init__(self, port: int = 0, *, busy: bool = False) -> None:
        self.port = port
        self.busy = busy
        self.families = ("speak", "state")
        self.concurrency = 3
        self.limit_s: float | None = None
        self.idle_s: float | None = None
        self.codec = "H264"
        self.end_at = ""
        self.socket_given = True
        self.socket_path = "/v1/realtime"
        self.never_connected = False
        self.cut_before_connected = False
        self.flat_list = False
        self.list_tells_times = True
        self.connected_s = CONNECTED_S
        self.identity = AVATAR
        self.recorder_in_room = False
        self.agent_comes = True
        """Into the rooms of mode FULL."""
        self.codes_with_status_200 = False
        """Refusals come with status 200, and without data."""
        self.refuses_to_keep_alive: Refusal | None = None
        self.room_status = 0
        """Status with which joining the room is refused, 0: it is not."""
        self.answer_s = 0.0
        """How late every REST answer is."""
        self.hangs_s: dict[str, float] = {}
        """How late the answer to a call of this name is, though it was done at once."""
        self.sessions: list[Session] = []
        self.wrongs: list[str] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.tokens: dict[str, str] = {}
        self._refusals: list[tuple[str, Refusal]] = []
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._stop = asyncio.Event()
        self._strays: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="heygen-stand-in", daemon=True)

    # --- what a test does ------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Base URL of both REST APIs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def session(self) -> Session:
        """The newest one."""
        return self.sessions[-1]

    @property
    def open_sessions(self) -> list[Session]:
        """Those that cost money now."""
        return [session for session in self.sessions if session.state != "closed"]

    def refuse(
        self, name: str, status: int, code: int = 0, message: str = "no", **headers: str
    ) -> None:
        """Refuse the next call of `name`, such as `new` or `keep-alive`."""
        self._refusals.append((name, Refusal(status, code, message, **headers)))

    def refuse_no_more(self) -> None:
        """Take back what `refuse` asked for and did not come."""
        self._refusals.clear()

    def end(self, session: Session, why: str = "ended by the vendor") -> None:
        """End a session as the vendor does."""
        self._do(self.close(session, why))

    def guests(self, act: Callable[[Guest], Awaitable[None] | None]) -> None:
        """Do something with everybody in a room."""

        async def each() -> None:
            for session in self.sessions:
                for guest in list(session.guests):
                    doing = act(guest)
                    if doing is not None:
                        await doing

        self._do(each())

    def cut_sockets(self) -> None:
        """Break the sockets for sound."""

        async def cut() -> None:
            for session in self.sessions:
                for socket in list(session.sockets):
                    await socket.close()

        self._do(cut())

    def cut_chats(self) -> None:
        """Break the chat sockets."""

        async def cut() -> None:
            for session in self.sessions:
                for socket in list(session.chats):
                    await socket.close()

        self._do(cut())

    def __enter__(self) -> "StandIn":
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    # --- the server ------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.serve())

    async def serve(self) -> None:
        """Serve until the end."""
        app, apis = web.Application(), Apis(self)
        app.router.add_route("*", "/v1/streaming.{name}", self._rest(apis.streaming))
        app.router.add_route("*", "/v1/sessions/{name}", self._rest(apis.liveavatar))
        app.router.add_get("/v1/sessions", self._rest(apis.liveavatar))
        app.router.add_get("/{version}/realtime/{session}", self._socket)
        app.router.add_get("/v1/ws/streaming.chat", chat_of(self))
        app.router.add_get("/rtc", self._room)
        app.router.add_get("/rtc/validate", self._validate)
        runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        self._listening.set()
        try:
            await self._stop.wait()
        finally:
            for session in self.sessions:
                for guest in list(session.guests):
                    await guest.kill_media()
            for stray in list(self._strays):
                stray.cancel()
            await runner.cleanup()

    def _rest(
        self, handle: Callable[[str, dict[str, Any], web.Request], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            name = request.match_info.get("name", "list")
            try:
                body = await request.json() if request.method == "POST" else {}
            except ValueError:
                body = {}
                self.wrongs.append(f"{name}: no JSON in the body")
            self.requests.append((name, {k.lower(): v for k, v in request.headers.items()}, body))
            try:
                await asyncio.sleep(self.answer_s)
                for n, (refused, refusal) in enumerate(self._refusals):
                    if refused == name:
                        del self._refusals[n]
                        raise refusal
                if self.refuses_to_keep_alive and name in ("keep_alive", "keep-alive"):
                    raise self.refuses_to_keep_alive
                data = await handle(name, body, request)
            except Refusal as refusal:
                said = {"code": refusal.code, "message": refusal.message}
                if self.codes_with_status_200:
                    return web.json_response(said | {"data": None})
                headers = {k.replace("_", "-"): v for k, v in refusal.headers.items()}
                return web.json_response(said, status=refusal.status, headers=headers)
            await asyncio.sleep(self.hangs_s.get(name, 0.0))
            if name == "stop":
                return web.Response(text="success")  # It was seen to be no JSON.
            status = 201 if name in {"start", "token"} and "sessions" in request.path else 200
            return web.json_response(
                {"code": 100, "data": data, "message": "success"}, status=status
            )

        return answer

    # --- sessions --------------------------------------------------------------------------------

    def open(self, product: str, quality: str) -> Session:
        if len(self.open_sessions) >= self.concurrency:
            raise Refusal(400, 10007, "Concurrent limit reached")
        session = Session(product, SIZES[quality], self.busy)
        self.sessions.append(session)
        return session

    async def watch(self, session: Session) -> None:
        while session.state != "closed":
            await asyncio.sleep(0.02)
            if self.idle_s is not None and session.idle_s() > self.idle_s:
                await self.close(session, "idle")

    async def begin(self, session: Session) -> None:
        session.state = "started"
        if self.limit_s is not None:
            self.later(self._close_after(session, self.limit_s))
        self.moment(session, "start")

    async def _close_after(self, session: Session, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await self.close(session, "its limit")

    def find(self, session_id: Any) -> Session:
        for session in self.sessions:
            if session.id == session_id and session.state != "closed":
                return session
        raise Refusal(400, 10005, "session state wrong: closed")

    def listed(self) -> Any:
        found = [
            {
                "session_id": session.id,
                "status": session.state,
                **({"created_at": int(session.created_s)} if self.list_tells_times else {}),
            }
            for session in self.open_sessions
        ]
        return found if self.flat_list else {"sessions": found}

    def moment(self, session: Session, name: str) -> None:
        """A session has got so far."""
        if self.end_at == name:
            self.end_at = ""
            self.later(self.close(session, f"ended at {name}"))

    def later(self, work: Any) -> None:
        """Do it beside all else."""
        task = asyncio.ensure_future(work)
        self._strays.add(task)
        task.add_done_callback(self._strays.discard)

    async def close(self, session: Session, why: str) -> None:
        if session.state == "closed":
            return
        session.state, session.why = "closed", why
        session.ended_at = time.monotonic()
        for chatting in list(session.chats):
            self.later(_closed(chatting))
        for socket in list(session.sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_json({"type": "session.state_updated", "state": "closed"})
            self.later(_closed(socket))
        for guest in list(session.guests):
            await guest.send_away(ENDED)

    # --- the socket for sound --------------------------------------------------------------------

    def socket_url(self, session: Session) -> str:
        return f"ws://127.0.0.1:{self.port}{self.socket_path}/{session.id}"

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            session = self.find(request.match_info["session"])
        except Refusal:
            return web.Response(status=404)
        socket = web.WebSocketResponse(max_msg_size=MOST_MESSAGE)
        await socket.prepare(request)
        session.sockets.add(socket)
        speech = Speech(self, session, socket)
        greeting = asyncio.create_task(self._greet(session, socket, speech))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await speech.take(json.loads(message.data))
        finally:
            greeting.cancel()
            session.sockets.discard(socket)
        return socket

    async def _greet(
        self, session: Session, socket: web.WebSocketResponse, speech: "Speech"
    ) -> None:
        alpha = "alpha" in self.socket_path
        if not alpha:
            await speech.tell("session.state_updated", state="connecting")
        await asyncio.sleep(self.connected_s)
        if self.cut_before_connected:
            await socket.close()
        elif not self.never_connected:
            speech.connected = True
            if not alpha:  # No state of it is documented for that generation.
                await speech.tell("session.state_updated", state="connected")
            self.moment(session, "socket")

    # --- the room --------------------------------------------------------------------------------

    async def _room(self, request: web.Request) -> web.StreamResponse:
        token = request.query.get("access_token") or bearer(request)
        if self.room_status:
            return web.Response(status=self.room_status, text="refused")
        try:
            session = self.find(token.removeprefix("user-"))
        except Refusal:
            return web.Response(status=401, text="invalid token")
        if request.query.get("reconnect") == "1":
            return web.Response(status=503, text="no resuming here")
        if session.state != "started":
            self.wrongs.append("the room was joined before the session was started")
        socket = web.WebSocketResponse(max_msg_size=4 << 20)
        await socket.prepare(request)
        tracks = [session.picture, session.voice]
        guest = Guest(
            socket,
            session.id,
            tracks,
            session.picture.size,
            self.codec,
            self.identity,
            self.recorder_in_room,
            f"liveavatar-agent-{session.id}" if session.full and self.agent_comes else "",
        )
        guest.on_data = RoomCommands(self, session, guest).take
        session.guests.add(guest)
        self.moment(session, "room")
        try:
            await guest.run()
        finally:
            session.guests.discard(guest)
        return socket

    async def _validate(self, request: web.Request) -> web.Response:
        return web.Response(status=self.room_status or 200, text="refused")


async def _closed(socket: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.close()


def main() -> None:
    """Run it by itself, until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=7880)
    parser.add_argument("--busy", action="store_true", help="a picture that is hard to code")
    parser.add_argument("--codec", choices=["H264", "VP8"], default="H264")
    options = parser.parse_args()
    service = StandIn(options.port, busy=options.busy)
    service.codec = options.codec

    def tell() -> None:
        service._listening.wait()
        print(service.url, flush=True)

    threading.Thread(target=tell, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        service._loop.run_until_complete(service.serve())


if __name__ == "__main__":
    main()
