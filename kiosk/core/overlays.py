"""What staff ask the screen to show: its language, a card, an expression; and what the clock asks.

Pure: times come in. It belongs to the loop's thread, which lays it over each scene.
"""

from math import ceil, inf

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.hours import OPEN, HouseNow
from kiosk.core.scene import CONFIG_CODE, Card, Scene, State

IDLE = frozenset({State.ATTRACT, State.RECONNECTING, State.OFFLINE, State.STARTING})
"""States in which nobody may be here."""


class Mistake(Struct, frozen=True):
    """What is wrong with the settings that were asked for."""

    told: str
    """Where it stands, what it is, what was expected, on one line."""
    serves: bool
    """Whether the kiosk serves visitors all the same, with other settings."""
    code: str = CONFIG_CODE


class Showing:
    """See the module.

    Args:
        language: language of the screen's own words.
        attract: cards that take turns while nobody is here.
        attract_s: seconds for each of them.
        countdown_s: seconds for which a visit's end is counted down.
        quiet_hours: such as `22:00-07:00`; `closed`: while the house is; empty: none.
    """

    def __init__(
        self,
        language: str = "en",
        attract: tuple[Card, ...] = (),
        attract_s: float = 20.0,
        countdown_s: float = 10.0,
        quiet_hours: str = "",
    ) -> None:
        self.language = language
        self.answered = ""
        """Language of what the host said last; the screen follows it until the visit ends."""
        self._attract = attract
        self._attract_s = attract_s
        self._countdown_s = countdown_s
        self._quiet_hours = quiet_hours
        self.mistake: Mistake | None = None
        """Shown to staff until the next start."""
        self._card: Card | None = None
        self._card_until_s = -inf
        self._card_of_visit = False
        self._expression = ""
        self._expression_until_s = -inf

    def show(self, card: Card, until_s: float, *, of_visit: bool = False) -> None:
        """Show a card until a moment (monotonic), or until another one or `hide`.

        Args:
            card: to be shown.
            until_s: the moment.
            of_visit: the end of the visit takes it away.
        """
        self._card, self._card_until_s = card, until_s
        self._card_of_visit = of_visit

    def visit_ended(self) -> None:
        """Nobody is here: what was shown to a visitor is for nobody else."""
        self.answered = ""
        if self._card_of_visit:
            self._card = None

    def speak(self, language: str) -> None:
        """The screen's own words are in this language from now on."""
        self.language, self.answered = language, ""

    def hide(self) -> None:
        """Take the card away."""
        self._card = None

    def express(self, name: str, until_s: float) -> None:
        """Ask the face for an expression until a moment; an empty name gives it back its own."""
        self._expression, self._expression_until_s = name, until_s

    def apply(
        self,
        scene: Scene,
        now_s: float,
        visit_ends_s: float | None = None,
        minute: int = 0,
        house: HouseNow = OPEN,
    ) -> Scene:
        """The scene with what was asked for.

        Args:
            scene: what the conversation shows.
            now_s: now.
            visit_ends_s: when the visit is forgotten if nobody does anything; None: nobody is here.
            minute: of the day, local time.
            house: whether it is open.
        """
        scene = self._blamed(scene)
        card = self._card if now_s < self._card_until_s else None
        nobody = visit_ends_s is None and scene.state in IDLE
        closed = nobody and not house.is_open
        by_hours = self._quiet_hours == "closed"
        quiet = closed if by_hours else nobody and within(self._quiet_hours, minute)
        if quiet:
            card = None  # It is drawn once, and a card's picture may not be there yet.
        elif card is None and nobody and self._attract and scene.state is State.ATTRACT:
            card = self._attract[int(now_s / self._attract_s) % len(self._attract)]
        left_s = inf if visit_ends_s is None else visit_ends_s - now_s
        near = scene.state in IDLE and 0 < left_s <= self._countdown_s
        return replace(
            scene,
            language=self.answered or self.language,
            card=card,
            expression=self._expression if now_s < self._expression_until_s else "",
            countdown_s=ceil(left_s) if near else 0,
            closed=closed,
            reopens=house.reopens if closed else None,
            quiet=quiet,
        )

    def _blamed(self, scene: Scene) -> Scene:
        """With the mistake in the settings, unless visitors are to know of something else."""
        mistake = self.mistake
        if mistake is None or (scene.code and mistake.serves):
            return scene
        state = scene.state if mistake.serves else State.OUT_OF_ORDER
        return replace(scene, state=state, code=mistake.code, detail=mistake.told)


def within(hours: str, minute: int) -> bool:
    """Whether a minute of the day is within hours such as `22:00-07:00`; empty: never."""
    if not hours:
        return False
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in hours.split("-"))
    return start <= minute < end if start <= end else minute >= start or minute < end
