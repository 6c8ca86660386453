"""A cloud avatar that is sent the reply as HeyGen is."""

from kiosk.avatar.cloud.heygen.pacing import AudioChunk, AudioEnd, AudioPause, Pacer
from tests.support.mouth import FakeCloud


class Paced(FakeCloud):
    def __init__(self) -> None:
        super().__init__()
        self._pacer = Pacer()
        self._now_s = 0.0

    def hear(self, utterance: int, pcm: bytes) -> None:
        self._pacer.add(utterance, pcm, self._now_s)

    def end(self, utterance: int) -> None:
        self._pacer.end(utterance)

    def frame(self) -> bytes:
        self._now_s += 0.01
        while isinstance(
            step := self._pacer.next_action(self._now_s), AudioChunk | AudioPause | AudioEnd
        ):
            if isinstance(step, AudioChunk):
                self.pcm += step.pcm
        return super().frame()
