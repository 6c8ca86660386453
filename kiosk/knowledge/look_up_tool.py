"""The look-up as a tool of the model: how it is declared, and what a call of it gives. Pure.

Source: Live API, `setup.tools`, `FunctionDeclaration`, `toolCall`.
"""

from datetime import date, datetime
from typing import Any

from kiosk.errors import UserError
from kiosk.knowledge.house_knowledge import Knowledge

MAX_QUESTION_CHARACTERS = 500
"""Of what the model looks for; more is cut."""
ABOUT = (
    "Finds what is written about this house: exhibits, rooms, prices, people, rules, and what takes"
    " place on a day. Ask with the words that may stand there, in the languages of the house."
)
PARAMETERS = {
    "type": "OBJECT",
    "properties": {
        "question": {"type": "STRING", "description": "Some words, such as: lockers bags"},
        "day": {"type": "STRING", "description": "Whose programme: 2026-12-24"},
    },
    "required": ["question"],
}


def answer(
    knowledge: Knowledge, args: dict[str, Any], language: str, now: datetime
) -> dict[str, Any]:
    """What the model gets for a call.

    Args:
        knowledge: of the house.
        args: as the model wrote them.
        language: of the conversation.
        now: on the house's clock.
    """
    question, day = args.get("question"), args.get("day") or None
    if not isinstance(question, str) or not question.strip():
        return _error("bad_arguments", "question: expected some words")
    try:
        of_day = date.fromisoformat(day) if day is not None else None
    except (TypeError, ValueError):
        return _error("bad_arguments", "day: expected a date such as 2026-12-24")
    try:
        found = knowledge.look_up(question[:MAX_QUESTION_CHARACTERS], language, now, of_day)
    except UserError as error:
        return _error("not_available", str(error))
    passages = [{"file": one.source, "title": one.title, "text": one.text} for one in found]
    if not passages:
        return {"passages": [], "note": "Nothing is written about that. Say that you do not know."}
    return {"passages": passages}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
