"""A cloud avatar that is sent the reply as HeyGen is."""

from kiosk.avatar.cloud.heygen.pacing import AudioChunk, AudioEnd, AudioPause, Pacer
from tests.support.spoken_reply import FakeCloud


class Paced(FakeCloud):
    def __init__(self) -> None:
        super().__init__()
        self._pacer = Pacer()
        self._now_s = 0.0

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        self._pacer.add(reply, pcm, self._now_s)

    def end_reply(self, reply: int) -> None:
        self._pacer.end(reply)

    def frame(self) -> bytes:
        self._now_s += 0.01
        while isinstance(
            step := self._pacer.next_action(self._now_s), AudioChunk | AudioPause | AudioEnd
        ):
            if isinstance(step, AudioChunk):
                self.pcm += step.pcm
        return super().frame()
