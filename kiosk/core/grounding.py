"""What an answer that was looked up on the web rests on, and the card that shows it.

Source: Live API, `serverContent.groundingMetadata`; Gemini API, grounding with Google Search.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from kiosk.core.fields import MAX_ITEMS
from kiosk.core.scene import Card
from kiosk.settings.untrusted import clean

SHOWN_S = 120.0
"""How long the card stands, if the visit does not end before."""
MAX_LINES = 6
"""Of queries, and of sources: a visitor reads no more beside a spoken answer."""
TITLE = "Google Search"


class _Grounding(Struct, rename="camel", omit_defaults=True):
    """Base, as that of the messages that we receive."""


class WebSource(_Grounding):
    title: str = ""
    """Mostly the name of the site."""
    domain: str = ""


class GroundingChunk(_Grounding):
    web: WebSource | None = None


class GroundingMetadata(_Grounding):
    web_search_queries: Annotated[list[str], Meta(max_length=MAX_ITEMS)] = []
    grounding_chunks: Annotated[list[GroundingChunk], Meta(max_length=MAX_ITEMS)] = []


def sources_card(found: GroundingMetadata) -> Card | None:
    """What was searched for and where it was found; None where nothing was."""
    queries = _lines(found.web_search_queries)
    webs = (chunk.web for chunk in found.grounding_chunks)
    sites = _lines(web.title or web.domain for web in webs if web is not None)
    lines = (*(f"“{query}”" for query in queries), *sites)
    return Card("list", title=TITLE, items=lines) if lines else None


def _lines(words: Iterable[str]) -> tuple[str, ...]:
    """The first of them, each once, without what does not belong on a screen."""
    cleaned = dict.fromkeys(filter(None, map(clean, words)))
    return tuple(cleaned)[:MAX_LINES]
