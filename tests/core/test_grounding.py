"""What an answer rests on that was looked up on the web."""

from kiosk.core.grounding import MAX_LINES, TITLE, sources_card
from kiosk.core.messages import ServerMessage
from kiosk.core.scene import Card

from .service import message


def found(**metadata: object) -> Card | None:
    received: ServerMessage = message(serverContent={"groundingMetadata": metadata})
    assert received.server_content is not None
    assert received.server_content.grounding_metadata is not None
    return sources_card(received.server_content.grounding_metadata)


def test_what_was_searched_for_and_where_it_was_found() -> None:
    card = found(
        webSearchQueries=["museum opening"],
        groundingChunks=[
            {"web": {"uri": "https://google.example/1", "title": "museum.example"}},
            {"web": {"uri": "https://google.example/2", "domain": "town.example"}},
            {"web": {"title": "museum.example"}},
            {"retrievedContext": {"title": "a store"}},
        ],
    )
    items = ("“museum opening”", "museum.example", "town.example")
    assert card == Card("list", title=TITLE, items=items)


def test_nothing_found_is_no_card() -> None:
    assert found() is None
    assert found(webSearchQueries=["", "\u202e\u0007"], groundingChunks=[{}]) is None
    assert found(webSearchQueries=7, groundingChunks="many") is None


def test_what_does_not_belong_on_a_screen_is_left_out_and_no_more_than_can_be_read_stays() -> None:
    queries = [f"a\u202eb\n{n}" * 500 for n in range(50)]
    card = found(webSearchQueries=queries)
    assert card is not None
    assert len(card.items) == MAX_LINES
    assert all(item.isprintable() and len(item) <= 202 for item in card.items)
