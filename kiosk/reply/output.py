"""Through whom the reply is spoken: our speaker, or an avatar whose own stream is the voice.

The one count of the reply is here: how much was written, heard and discarded, in samples. The core
is told it with each step, and does not know who speaks. With our own face the count is the reply
ring's. With an avatar that plays by its stream the ring carries the stream instead, and the place
in the reply is worked out from what was heard of that (`kiosk.avatar.echo`). One reply is spoken by
one voice, unless the avatar fails in the middle: then its stream is muted, and the board says the
rest from the sample last heard.
"""

from typing import Protocol

from kiosk.audio.rings.ring import ReplyRing
from kiosk.avatar.echo import FRAME_SAMPLES, Echo, audible
from kiosk.avatar.interface import CloudAvatar, Plays
from kiosk.core.inputs import ReplyAt
from kiosk.formats import REPLY_HZ

OVERLAP_SAMPLES = REPLY_HZ // 10
"""Samples that are said again where the board takes over: no word is skipped."""
LEFTOVER_SAMPLES = 6 * FRAME_SAMPLES
"""Samples of silence after which nothing of an interrupted reply can still come."""
LEFTOVER_S = 1.0
"""Seconds after which nothing of it comes in any case; on a late stream, as much later."""
PARAPHRASE_LEFTOVER_SAMPLES = REPLY_HZ // 3
"""The same where it is no echo: a voice of its own pauses between words as well."""
PARAPHRASE_PACE, PACE_SLACK, MIN_PACE = 2 / 3, 0.85, 0.4
"""How much of the reply a voice of its own says in a second, in seconds, until one reply of it
was heard to its end; of what that showed so much, for sentences differ, and never less than the
last. Where the board takes over, it rather says words again than skips any."""
PARAPHRASE_TAIL_SAMPLES = REPLY_HZ // 2
"""Samples of silence that end a reply in a voice of its own, once the avatar says that it has
spoken: that is told by another way than the sound, and may be told before its last words are here.
"""
PARAPHRASE_QUIET_SAMPLES = 8 * REPLY_HZ
"""Samples of silence that end it though the avatar does not say so: it may only draw breath."""


class Speaker(Protocol):
    """What is used of `kiosk.audio.supervisor.SoundSupervisor`."""

    reply: ReplyRing

    def play(self, pcm: bytes) -> int: ...
    def hold(self) -> None: ...
    def resume(self) -> None: ...
    def discard(self) -> None: ...
    def end_of_reply(self) -> None: ...


class _Streamed:
    """A reply that the avatar's stream speaks."""

    def __init__(self, reply: int, start: int, now_s: float) -> None:
        self.reply = reply
        self.start = start
        """Reply sample of its first."""
        self.since_s = now_s
        """When the first of it came: words, or sound where the avatar speaks by that."""
        self.due_s: float | None = None
        """From when on it should be heard; None while nothing came that can be."""
        self.echo = Echo()
        self.ring_start = 0
        """Index in the ring of the stream's first kept sample."""
        self.heard_from_s = now_s
        """When the stream last gave any sound, or silence where the reply has none."""
        self.words = False
        """Some of its transcript has come."""
        self.ended = False
        self.idle = False


class ReplyOutput:
    """See the module. All of it runs in the loop's thread, but `playhead` and `read_reply`."""

    def __init__(self, speaker: Speaker, avatar: CloudAvatar | None) -> None:
        self._speaker = speaker
        self._avatar = avatar if avatar is not None and avatar.plays is Plays.STREAM else None
        self.on_air = False
        """Whether the avatar can be spoken through; `CloudSessions` says so."""
        self.now_s = 0.0
        self.takeovers = 0
        """How often the board had to go on in the middle of a reply."""
        self._end = 0
        self._reply = 0
        self._streamed: _Streamed | None = None
        self._board = (0, 0)
        """(reply sample, index in the ring): from there the board speaks."""
        self._floor = 0
        """It is never said that less was heard than before."""
        self._leftover = False
        """What comes of the stream may still be of an interrupted reply."""
        self._interrupted_s = 0.0
        self._pace = PARAPHRASE_PACE
        self._late_s = 0.0
        """By how much the stream is later than what is sent, where it is no echo."""
        self._quiet = 0
        self._held = False

    def begin(self, now_s: float) -> ReplyAt:
        """The rings are there: what was heard of a dead daemon's reply, and where ours begins."""
        self._end = self._floor = self._speaker.reply.written
        self._board = (self._end, self._end)
        return ReplyAt(self._speaker.reply.played, self._end, now_s)

    # --- what the core wants -----------------------------------------------------------------

    def place(self, now_s: float) -> ReplyAt:
        """Time has gone on: how far the reply was heard."""
        self.now_s = now_s
        self._floor = self.playhead
        return ReplyAt(self._floor, self._end, self.time_of(self._floor))

    def play(self, reply: int, pcm: bytes) -> None:
        """Say the next of a reply."""
        self._enter(reply)
        self._end += len(pcm) // 2
        if self._streamed is None:
            self._speaker.play(pcm)
        else:
            self._streamed.ended = self._streamed.idle = False  # An answer may go on after its end.
            self._expect_echo(self._streamed, pcm)
            assert self._avatar is not None  # noqa: S101 - it has a stream
            self._avatar.feed_audio(reply, pcm)

    def feed_text(self, reply: int, text: str) -> None:
        """Tell the next of a reply's transcript."""
        self._enter(reply)
        if self._streamed is not None and self._avatar is not None:
            if not (self._streamed.words or self._echoes):
                self._streamed.since_s = self._streamed.due_s = self.now_s
            self._streamed.words = True
            self._avatar.feed_text(reply, text)

    def hold(self) -> None:
        """Fade, and stand still."""
        self._held = True
        self._speaker.hold()

    def resume(self) -> None:
        """Go on where it faded."""
        self._held = False
        self._speaker.resume()

    def discard(self) -> None:
        """Drop what has not been heard."""
        self._held = False
        self._speaker.discard()
        written = self._speaker.reply.written
        if self._streamed is None:
            # What still waited for room in the ring never got an index.
            self._end = self._board[0] + written - self._board[1]
        self._board = (self._end, written)
        self._floor = self._end
        self._quieten()

    def end_of_reply(self) -> None:
        """Nothing more comes for this reply."""
        streamed = self._streamed
        if streamed is None:
            self._speaker.end_of_reply()
        elif not streamed.ended:
            streamed.ended = True
            assert self._avatar is not None  # noqa: S101 - it has a stream
            if streamed.due_s is None:
                self.take_over()  # There was no sound, or no text where it speaks by that.
                return
            self._avatar.end_reply(streamed.reply)

    # --- what the avatar tells ---------------------------------------------------------------

    def voice(self, pcm: bytes) -> None:
        """Take the next of the avatar's stream."""
        streamed = self._streamed
        if self._leftover:
            self._quiet = 0 if audible(pcm).any() else self._quiet + len(pcm) // 2
            self._leftover = not self._is_over()
            return
        if streamed is None:
            return
        echo = streamed.echo
        begun = echo.begun
        sound = echo.feed(pcm)
        if sound:
            index = self._speaker.play(sound)
            if not begun:
                streamed.ring_start = index
                self._measure(streamed)
        if not (self._echoes and echo.stuck()):
            streamed.heard_from_s = self.now_s
        self._settle(streamed)

    def idle(self, reply: int) -> None:
        """The avatar says that it has spoken a reply to its end."""
        if self._streamed is not None and self._streamed.reply == reply:
            self._streamed.idle = True
            self._settle(self._streamed)

    # --- what `CloudSessions` asks -----------------------------------------------------------

    @property
    def streaming(self) -> bool:
        """Whether the avatar's stream speaks just now."""
        return self._streamed is not None

    @property
    def speaking(self) -> bool:
        """Whether anybody does."""
        return self.playhead < self._end

    @property
    def begun(self) -> bool:
        """Whether the avatar's stream was heard yet of what it speaks just now."""
        return self._streamed is not None and self._streamed.echo.begun

    def waited_s(self) -> float:
        """Seconds for which the avatar should have been heard, and was not."""
        streamed = self._streamed
        if streamed is None or self._held:
            return 0.0
        if not streamed.echo.begun:
            return 0.0 if streamed.due_s is None else max(self.now_s - streamed.due_s, 0.0)
        return self.now_s - streamed.heard_from_s

    def take_over(self) -> None:
        """The avatar has failed: mute its stream, and let the board say the rest."""
        streamed = self._streamed
        if streamed is None:
            return
        echo = streamed.echo
        place = 0
        if echo.begun:
            heard = self._speaker.reply.heard - streamed.ring_start
            said = echo.said(heard) if self._echoes else round(echo.said(heard) * self._pace)
            place = max(said - OVERLAP_SAMPLES, 0)
        held = self._held
        self._speaker.discard()
        written = self._speaker.reply.written
        # The drawing thread looks on: the board knows its place before it is asked for it.
        self._board = (streamed.start + place, written)
        self._floor = streamed.start + place
        self._streamed = None
        # A session that is kept may still say some of it before the next answer.
        self._leftover, self._quiet, self._interrupted_s = True, 0, self.now_s
        if rest := bytes(echo.pcm[2 * place :]):
            self._speaker.play(rest)
            self.takeovers += 1
        if held:
            self.hold()
        if streamed.ended:
            self._speaker.end_of_reply()

    # --- where it is -------------------------------------------------------------------------

    @property
    def playhead(self) -> int:
        """Index of the reply sample now being heard; any thread."""
        ring, streamed = self._speaker.reply, self._streamed
        if streamed is None:
            start, index = self._board
            place = min(start + ring.heard - index, self._end)
        elif not streamed.echo.begun or ring.heard <= streamed.ring_start:
            place = streamed.start
        else:
            place = streamed.start + streamed.echo.place(ring.heard - streamed.ring_start)
            # The last sample is heard when the stream has fallen silent, not a moment before.
            place = min(place, self._end - 1)
        return max(place, self._floor)

    def time_of(self, sample: int) -> float:
        """Monotonic seconds at which a reply sample was or will be heard, if nothing stops it."""
        streamed = self._streamed
        if streamed is None:
            start, index = self._board
            return self._speaker.reply.time_of(index + sample - start)
        lead = streamed.echo.place(0)
        return self._speaker.reply.time_of(streamed.ring_start + sample - streamed.start - lead)

    def read_reply(self, start: int, end: int) -> bytes:
        """Reply PCM of [start, end) for the lips; zeros where there is none. Any thread."""
        if self._streamed is not None:
            return bytes(2 * (end - start))  # The avatar has lips of its own.
        first, index = self._board
        if start < first:
            ahead = min(first, end) - start
            return bytes(2 * ahead) + self.read_reply(start + ahead, end) if ahead else b""
        return self._speaker.reply.read_padded(index + start - first, index + end - first)

    # --- within ------------------------------------------------------------------------------

    @property
    def _echoes(self) -> bool:
        return self._avatar is not None and self._avatar.echoes

    def _enter(self, reply: int) -> None:
        """Choose who speaks a reply, at the first that comes of it."""
        if reply == self._reply:
            return
        self._reply = reply
        self._finish()
        if self._avatar is not None and self.on_air and self.playhead >= self._end:
            self._streamed = _Streamed(reply, self._end, self.now_s)

    def _expect_echo(self, streamed: _Streamed, pcm: bytes) -> None:
        """Note what is sent: it is due once there is sound in it, not before that is spoken."""
        echo = streamed.echo
        if not echo.samples and self._echoes:
            streamed.since_s = self.now_s
        echo.send(pcm)
        if streamed.due_s is None and self._echoes and (onset := echo.onset) is not None:
            streamed.due_s = max(self.now_s, streamed.since_s + onset / REPLY_HZ)

    def _measure(self, streamed: _Streamed) -> None:
        """A stream that comes by a relay is seconds late, and no vendor says by how many."""
        late_s = self.now_s - streamed.since_s
        self._late_s = min(self._late_s or late_s, late_s)

    def _is_over(self) -> bool:
        """Whether nothing more can come of the interrupted reply."""
        since_s = self.now_s - self._interrupted_s
        if self._echoes:
            return self._quiet >= LEFTOVER_SAMPLES or since_s > LEFTOVER_S
        # What was said before the interruption is heard so much later.
        rest_s = since_s - self._late_s
        return rest_s >= 0 and (self._quiet >= PARAPHRASE_LEFTOVER_SAMPLES or rest_s > LEFTOVER_S)

    def _settle(self, streamed: _Streamed) -> None:
        """The reply is over when its echo is, and nothing more was sent."""
        echo = streamed.echo
        if not streamed.ended or not echo.begun:
            return
        if self._echoes:
            over = echo.quiet >= LEFTOVER_SAMPLES and (echo.complete or streamed.idle)
        else:
            tail = PARAPHRASE_TAIL_SAMPLES if streamed.idle else PARAPHRASE_QUIET_SAMPLES
            over = echo.quiet >= tail
            if over and streamed.idle:
                pace = echo.samples / (echo.kept - echo.quiet) * PACE_SLACK
                self._pace = min(max(pace, MIN_PACE), 1.0)
        if over:
            self._finish()

    def _finish(self) -> None:
        if self._streamed is None:
            return
        self._speaker.end_of_reply()
        self._board = (self._end, self._speaker.reply.written)
        self._streamed = None

    def _quieten(self) -> None:
        """An avatar that speaks, or is about to, is told to stop."""
        if self._streamed is not None and self._avatar is not None:
            self._streamed, self._leftover, self._quiet = None, True, 0
            self._interrupted_s = self.now_s
            self._avatar.interrupt()  # It may tell at once that it is idle.
