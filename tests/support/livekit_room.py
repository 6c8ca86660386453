"""As much of a LiveKit server as the real client needs to see an avatar in a room; media by aiortc.

Two peer connections, as older servers have: the server offers the one that the client receives by,
the client the one that it sends by. Resuming is refused, for aiortc cannot restart ICE; the client
then joins anew at once.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.sdp import candidate_from_sdp
from livekit.protocol import models, rtc

AVATAR, AVATAR_SID = "heygen", "PA_theavatar"
CLIENT_SID, AGENT_SID = "PA_thekiosk", "PA_theagent"
RECORDER_SID, RECORDER_TRACK = "PA_arecorder", "TR_AMrecorder"
SIDS = {"video": "TR_VCpicture", "audio": "TR_AMvoice"}
PUBLISHER, SUBSCRIBER = 0, 1
PING_S, PING_LOST_S = 5, 15


class Guest:
    """One client in the room.

    Args:
        socket: its signalling.
        room: the room's name.
        tracks: what the avatar shows and says.
        size: of the picture.
        codec: `H264` or `VP8`.
        avatar: identity of the avatar.
        recorder: somebody else is in the room first, with a sound track of silence.
        agent: identity of somebody else of the vendor's, without tracks; empty: there is none.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        room: str,
        tracks: list[MediaStreamTrack],
        size: tuple[int, int],
        codec: str = "H264",
        avatar: str = AVATAR,
        recorder: bool = False,
        agent: str = "",
    ) -> None:
        self._socket = socket
        self._room = room
        self._tracks = tracks
        self._size = size
        self._codec = codec
        self._identity = avatar
        self._recorder = recorder
        self.on_data: Callable[[bytes, str], None] = lambda *_: None
        """Called with what the client sends as data, and its topic."""
        self._agent = agent
        plain = RTCConfiguration(iceServers=[])
        self._lines = {side: RTCPeerConnection(plain) for side in (PUBLISHER, SUBSCRIBER)}
        self._held: dict[int, list[str]] = {PUBLISHER: [], SUBSCRIBER: []}
        self._described: set[int] = set()
        self._channel: Any = None
        self._waiting: deque[bytes] = deque()
        self.deaf_to_pings = False
        self.microphone = bytearray()
        """What the client has sent as its own track: s16le, at the rate of the line."""
        self.muted: bool | None = None
        """As the client told of its track."""
        self.published: list[str] = []
        """Names of the client's tracks."""
        self._listening: set[asyncio.Task[None]] = set()
        self._lines[PUBLISHER].on("datachannel", self._take_channel)
        self._lines[PUBLISHER].on("track", self._take_track)

    async def run(self) -> None:
        """Serve until the client or the server leaves."""
        await self._join()
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.BINARY:
                    continue
                request = rtc.SignalRequest.FromString(message.data)
                if request.WhichOneof("message") == "leave":
                    break
                await self._answer(request)
        finally:
            await self.kill_media()

    # --- what a test does ------------------------------------------------------------------------

    async def kill_media(self) -> None:
        """Close picture and voice, not the signalling."""
        for line in self._lines.values():
            await line.close()

    async def send_away(self, reason: int) -> None:
        """End the client's stay."""
        leave = rtc.LeaveRequest(
            can_reconnect=False, reason=reason, action=rtc.LeaveRequest.DISCONNECT
        )
        await self._send(leave=leave)

    async def avatar_leaves(self) -> None:
        """Take the avatar out of the room; the client stays."""
        info = self._avatar()
        info.state = models.ParticipantInfo.DISCONNECTED
        await self._send(update=rtc.ParticipantUpdate(participants=[info]))

    def cut(self) -> None:
        """Break the signalling."""
        transport = self._socket._req.transport if self._socket._req else None
        if transport is not None:
            transport.abort()

    async def tell_quality(self, quality: int) -> None:
        """Say how good the client's line is: 0 poor, 1 good, 2 excellent, 3 lost."""
        info = rtc.ConnectionQualityInfo(participant_sid=CLIENT_SID, quality=quality, score=1.0)
        await self._send(connection_quality=rtc.ConnectionQualityUpdate(updates=[info]))

    def tell(self, event: dict[str, Any], topic: str = "") -> None:
        """Send an event as data, as the avatar does."""
        user = models.UserPacket(
            payload=json.dumps(event).encode(),
            topic=topic,
            participant_identity=AVATAR,
            participant_sid=AVATAR_SID,
        )
        packet = models.DataPacket(
            kind=models.DataPacket.RELIABLE,
            participant_identity=AVATAR,
            participant_sid=AVATAR_SID,
            user=user,
        )
        self._waiting.append(packet.SerializeToString())
        self._flush()

    def _flush(self) -> None:
        """Send what waits for the channel: it may be open later than picture and voice are."""
        if self._channel is not None and self._channel.readyState == "open":
            while self._waiting:
                self._channel.send(self._waiting.popleft())

    # --- signalling ------------------------------------------------------------------------------

    async def _send(self, **response: Any) -> None:
        if not self._socket.closed:
            with contextlib.suppress(ConnectionError):
                await self._socket.send_bytes(rtc.SignalResponse(**response).SerializeToString())

    def _avatar(self) -> Any:
        video, audio = models.TrackType.VIDEO, models.TrackType.AUDIO
        width, height = self._size
        tracks = [
            models.TrackInfo(
                sid=SIDS["video"],
                type=video,
                source=models.TrackSource.CAMERA,
                mime_type=f"video/{self._codec}",
                width=width,
                height=height,
            ),
            models.TrackInfo(
                sid=SIDS["audio"],
                type=audio,
                source=models.TrackSource.MICROPHONE,
                mime_type="audio/opus",
            ),
        ]
        return models.ParticipantInfo(
            sid=AVATAR_SID,
            identity=self._identity,
            state=models.ParticipantInfo.ACTIVE,
            tracks=tracks,
            joined_at=int(time.time()),
        )

    def _others(self) -> list[Any]:
        if self._agent:
            agent = models.ParticipantInfo(
                sid=AGENT_SID,
                identity=self._agent,
                state=models.ParticipantInfo.ACTIVE,
                joined_at=int(time.time()),
            )
            return [self._avatar(), agent]
        if not self._recorder:
            return [self._avatar()]
        track = models.TrackInfo(
            sid=RECORDER_TRACK,
            type=models.TrackType.AUDIO,
            source=models.TrackSource.MICROPHONE,
            mime_type="audio/opus",
        )
        recorder = models.ParticipantInfo(
            sid=RECORDER_SID,
            identity="recorder",
            state=models.ParticipantInfo.ACTIVE,
            tracks=[track],
            joined_at=int(time.time()) - 1,
        )
        return [recorder, self._avatar()]

    async def _join(self) -> None:
        allowed = models.ParticipantPermission(
            can_subscribe=True, can_publish=True, can_publish_data=True
        )
        client = models.ParticipantInfo(
            sid=CLIENT_SID,
            identity="kiosk",
            state=models.ParticipantInfo.JOINED,
            joined_at=int(time.time()),
            permission=allowed,
        )
        server = models.ServerInfo(
            edition=models.ServerInfo.Standard, version="1.9.0", protocol=16, node_id="ND_one"
        )
        join = rtc.JoinResponse(
            room=models.Room(sid="RM_theroom", name=self._room),
            participant=client,
            other_participants=self._others(),
            server_version="1.9.0",
            server_info=server,
            subscriber_primary=True,
            ice_servers=[],
            ping_interval=PING_S,
            ping_timeout=PING_LOST_S,
        )
        await self._send(join=join)
        await self._offer()

    async def _offer(self) -> None:
        line = self._lines[SUBSCRIBER]
        if self._recorder:
            sender = line.addTrack(AudioStreamTrack())
            sender._stream_id = f"{RECORDER_SID}|{RECORDER_TRACK}"
            sender._track_id = RECORDER_TRACK
        for track in self._tracks:
            sender = line.addTrack(track)
            # The client finds the participant of a track by this in the SDP, and by nothing else.
            sender._stream_id = f"{AVATAR_SID}|{SIDS[track.kind]}"
            sender._track_id = SIDS[track.kind]
        for transceiver in line.getTransceivers():
            if transceiver.kind == "video":
                mime = f"video/{self._codec}".lower()
                known = RTCRtpSender.getCapabilities("video").codecs
                wanted = [codec for codec in known if codec.mimeType.lower() == mime]
                transceiver.setCodecPreferences(wanted)
        self._channel = line.createDataChannel("_reliable", ordered=True)
        self._channel.on("open", self._flush)
        line.createDataChannel("_lossy", ordered=False, maxRetransmits=0)
        await line.setLocalDescription(await line.createOffer())
        sdp = line.localDescription.sdp
        await self._send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=1))

    async def _answer(self, request: Any) -> None:
        match request.WhichOneof("message"):
            case "answer":
                await self._describe(SUBSCRIBER, request.answer)
            case "offer":
                await self._describe(PUBLISHER, request.offer)
                line = self._lines[PUBLISHER]
                await line.setLocalDescription(await line.createAnswer())
                sdp = line.localDescription.sdp
                answer = rtc.SessionDescription(type="answer", sdp=sdp, id=request.offer.id)
                await self._send(answer=answer)
            case "trickle":
                side = int(request.trickle.target)
                candidate = request.trickle.candidateInit
                if side in self._described:
                    await self._add(side, candidate)
                else:
                    self._held[side].append(candidate)
            case "add_track":
                self.published.append(request.add_track.name)
                track = models.TrackInfo(
                    sid=f"TR_AMclient{len(self.published)}",
                    type=request.add_track.type,
                    name=request.add_track.name,
                    source=request.add_track.source,
                )
                published = rtc.TrackPublishedResponse(cid=request.add_track.cid, track=track)
                await self._send(track_published=published)
            case "mute":
                self.muted = request.mute.muted
            case "ping" if not self.deaf_to_pings:
                await self._send(pong=int(time.time() * 1000))
            case "ping_req" if not self.deaf_to_pings:
                now, sent = int(time.time() * 1000), request.ping_req.timestamp
                await self._send(pong_resp=rtc.Pong(last_ping_timestamp=sent, timestamp=now))

    async def _describe(self, side: int, description: Any) -> None:
        given = RTCSessionDescription(sdp=description.sdp, type=description.type)
        await self._lines[side].setRemoteDescription(given)
        self._described.add(side)
        for candidate in self._held[side]:
            await self._add(side, candidate)
        self._held[side].clear()

    async def _add(self, side: int, text: str) -> None:
        init = json.loads(text)
        line = init.get("candidate") or ""
        if not line:
            return
        candidate = candidate_from_sdp(line.split(":", 1)[1])
        candidate.sdpMid = init.get("sdpMid")
        candidate.sdpMLineIndex = init.get("sdpMLineIndex")
        if candidate.protocol.lower() == "udp" and not candidate.ip.endswith(".local"):
            await self._lines[side].addIceCandidate(candidate)

    def _take_channel(self, channel: Any) -> None:
        def take(raw: bytes) -> None:
            packet = models.DataPacket.FromString(raw)
            if packet.WhichOneof("value") == "user":
                self.on_data(packet.user.payload, packet.user.topic)

        channel.on("message", take)

    def _take_track(self, track: MediaStreamTrack) -> None:
        async def listen() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    frame = await track.recv()
                    self.microphone += frame.to_ndarray().astype("<i2").tobytes()

        task = asyncio.ensure_future(listen())
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)
