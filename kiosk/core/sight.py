"""When a picture of the camera is wanted: only while somebody asks, and the screen says so.

Times are monotonic seconds. Source: Live API: at most one picture a second; a session with pictures
lasts two minutes, longer where its context is compressed. Ours is, but nobody has shown that this
holds with pictures: so no more are sent two minutes after a visit's first.
"""

from kiosk.settings.camera import CameraSettings

INTERVAL_S = 1.0
"""Between two pictures."""
LIMIT_S = 120.0
"""From a visit's first picture to its last."""
LINGER_S = 1.5
"""The screen says for at least so long that a picture is taken."""


class Sight:
    """See the module.

    Args:
        camera: the `[camera]` settings.
    """

    def __init__(self, camera: CameraSettings) -> None:
        self._on = camera.source != "none"
        self._interval_s = INTERVAL_S if camera.pictures == "stream" else LIMIT_S
        self._utterance = 0
        self._looked_s = 0.0
        self._since_s: float | None = None
        """When the visit's first picture was taken."""

    def look(self, utterance: int, now_s: float) -> int:
        """The utterance for which a picture is to be taken now, or 0.

        Args:
            utterance: what a visitor is saying, or 0.
            now_s: now.
        """
        if not utterance or not self._may(now_s):
            return 0
        rested_s = now_s - self._looked_s
        if utterance == self._utterance and rested_s < self._interval_s:
            return 0
        if self._since_s is not None and rested_s < INTERVAL_S:
            return 0
        self._utterance, self._looked_s = utterance, now_s
        if self._since_s is None:
            self._since_s = now_s
        return utterance

    def sees(self, utterance: int, now_s: float) -> bool:
        """Whether the screen is to say that pictures are taken."""
        lingers = self._since_s is not None and now_s - self._looked_s < LINGER_S
        return self._on and (lingers or (utterance > 0 and self._may(now_s)))

    def end_visit(self) -> None:
        """Nobody is here."""
        self._since_s = None
        self._utterance = 0

    def _may(self, now_s: float) -> bool:
        return self._on and (self._since_s is None or now_s - self._since_s < LIMIT_S)
