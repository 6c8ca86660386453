"""Content beside the avatar: cards as staff write them, and the one folder their pictures are in.

What a card may hold is bounded here, whoever asks: `kiosk ctl show`, attract.toml, later the model.
"""

import logging
import re
from pathlib import Path
from typing import Any

import msgspec

from kiosk.core.overlays import Showing
from kiosk.core.scene import Card
from kiosk.display.text import house_words, strings
from kiosk.errors import ConfigError, ControlError
from kiosk.settings.checks import is_below
from kiosk.settings.textfile import NoSuchFileError, read_toml
from kiosk.settings.types import ScreenSettings

log = logging.getLogger("kiosk")

MAX_CARDS = 200
"""Cards of a house."""
MAX_TEXT_CHARACTERS = 2000
"""Characters of a card's text."""
MAX_QR_CHARACTERS = 1000
"""Characters in a QR code: more make a pattern that no telephone reads from a screen."""
MAX_ITEMS = 30
"""Lines of a list on a card."""
MAX_FILE_BYTES = 1 << 18
"""Of the file of cards."""
MAX_PICTURES = 100
"""Of which the model is told: each name costs tokens at each turn."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg"})
ATTRACT = "attract.toml"
_ADDRESS = re.compile(
    r"https?://[^\s/@]+([/?#]\S*)?"  # No user:password@ before the host.
    r"|([\w-]+\.)+[^\W\d_]{2,24}(:\d+)?([/?#]\S*)?"
    r"|mailto:\S+|tel:\S+",
    re.IGNORECASE,
)


def card_of(request: dict[str, Any]) -> Card:
    """A card from its fields.

    Raises:
        ControlError: a field is wrong; the message names it.
    """
    try:
        card = msgspec.convert(request, Card, strict=True)
    except msgspec.ValidationError as error:
        raise ControlError(
            f"not a card: {error}. Expected kind = text, list, image, map or qr; title, text,"
            " picture, caption = words; items = a list of words"
        ) from None
    words = [card.title, card.text, card.picture, card.caption, *card.items]
    if any(len(text) > MAX_TEXT_CHARACTERS for text in words) or len(card.items) > MAX_ITEMS:
        raise ControlError(
            f"a card has at most {MAX_TEXT_CHARACTERS} characters in each text, and {MAX_ITEMS}"
            " items"
        )
    match card.kind:
        case "image" | "map" if not card.picture:
            raise ControlError(f'a card of kind {card.kind} needs a picture, such as "plan.png"')
        case "list" if not card.items:
            raise ControlError("a card of kind list needs items")
        case "text" if not (card.title or card.text):
            raise ControlError("a card of kind text needs a title or a text")
        case "qr" if not 0 < len(card.text) <= MAX_QR_CHARACTERS:
            raise ControlError(
                f"a card of kind qr needs a text of at most {MAX_QR_CHARACTERS} characters"
            )
        case _:
            pass
    if card.caption and card.kind != "qr":
        raise ControlError("caption belongs to a card of kind qr; the others have a text")
    if card.picture and not is_below(card.picture):
        raise ControlError(
            f"{card.picture!r} is not below the content folder: name a file in it, without a"
            " leading / and without .."
        )
    return card


def pictures(folder: Path) -> tuple[str, ...]:
    """Names of the pictures in the content folder and below it, at most `MAX_PICTURES`."""
    try:
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES)
    except OSError:
        return ()
    names = (str(file.relative_to(folder)) for file in files)
    return tuple(name for name in names if name.isprintable())[:MAX_PICTURES]


def code_caption(card: Card) -> str:
    """What a person reads below a QR code; empty where that is nothing.

    By default an address, and nothing else: what telephones take in (a Wi-Fi password, the seed of
    one-time passwords, an eSIM, a payment, a business card) is for nobody to read off a screen.
    """
    return card.caption or (card.text if _ADDRESS.fullmatch(card.text.strip()) else "")


def attract(folder: Path) -> tuple[Card, ...]:
    """The cards of attract.toml, a `[[card]]` each; none where there is no such file.

    Raises:
        ConfigError: the message names the file and the card.
    """
    file = folder / ATTRACT
    try:
        document = read_toml(file, MAX_FILE_BYTES)
    except NoSuchFileError:
        return ()
    cards = document.pop("card", [])
    if document or not isinstance(cards, list) or len(cards) > MAX_CARDS:
        raise ConfigError(f"{file}: expected at most {MAX_CARDS} tables [[card]], and nothing else")
    made = []
    for number, card in enumerate(cards, 1):
        try:
            made.append(card_of(card))
        except ControlError as error:
            raise ConfigError(f"{file}, card {number}: {error}") from None
    return tuple(made)


def showing(screen: ScreenSettings, language: str) -> Showing:
    """What is shown by the settings; a fault in attract.toml costs its cards alone, and one in the
    house's own words its text. Those are adopted for the whole process.

    Args:
        screen: the `[screen]` settings.
        language: the conversation's, where the screen has none of its own.
    """
    try:
        cards = attract(Path(screen.content))
    except ConfigError as error:
        log.error("no attract cards: %s", error)  # noqa: TRY400 - said to a person
        cards = ()
    words, mistakes = house_words.read(Path(screen.words))
    for mistake in mistakes:
        log.error("%s: %s. %s", mistake.where, mistake.what, mistake.remedy)
    strings.adopt(words)
    return Showing(
        screen.language or language, cards, screen.attract_s, screen.countdown_s, screen.quiet_hours
    )
