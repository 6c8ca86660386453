"""In which language a transcript is written, measured over what a host says."""

import pytest

from kiosk.core.spoken_language import is_foreign, language_of, primary
from kiosk.display.text.strings import own

ANSWERS = {
    "ar": [
        "المتحف مفتوح اليوم من التاسعة حتى الخامسة.",
        "أهلا وسهلا! كيف يمكنني مساعدتك؟",
        "المقهى في الطابق الأول.",
    ],
    "de": [
        "Das Museum ist heute von neun bis siebzehn Uhr geöffnet.",
        "Hallo! Wie kann ich Ihnen helfen?",
        "Die Garderobe finden Sie links neben der Kasse.",
        "Der Eintritt kostet acht Euro, Kinder zahlen nichts.",
        "Dieses Bild hat Caspar David Friedrich gemalt.",
        "Gern geschehen, viel Freude im Haus!",
    ],
    "en": [
        "The museum is open today from nine to five.",
        "Hello! How can I help you?",
        "You'll find the cloakroom on the left, next to the desk.",
        "Admission is eight euros, and children are free.",
        "This picture was painted by Caspar David Friedrich.",
        "You're welcome, enjoy your visit!",
    ],
    "es": [
        "El museo está abierto hoy de nueve a cinco.",
        "¡Hola! ¿En qué puedo ayudarle?",
        "El guardarropa está a la izquierda, junto a la caja.",
        "La entrada cuesta ocho euros y los niños no pagan.",
        "Este cuadro lo pintó Caspar David Friedrich.",
        "De nada, que disfrute de su visita.",
    ],
    "fr": [
        "Le musée est ouvert aujourd'hui de neuf heures à dix-sept heures.",
        "Bonjour ! Comment puis-je vous aider ?",
        "Le vestiaire se trouve à gauche, à côté de la caisse.",
        "L'entrée coûte huit euros, c'est gratuit pour les enfants.",
        "Ce tableau a été peint par Caspar David Friedrich.",
        "Je vous en prie, bonne visite !",
    ],
    "ja": [
        "美術館は今日、九時から五時まで開いています。",
        "こんにちは。何かお手伝いできますか。",
        "カフェは二階です。",
    ],
    "pt": [
        "O museu está aberto hoje das nove às cinco.",
        "Olá! Como posso ajudar você?",
        "O guarda-volumes fica à esquerda, ao lado do caixa.",
        "A entrada custa oito euros, e crianças não pagam.",
        "Este quadro foi pintado por Caspar David Friedrich.",
        "De nada, aproveite a sua visita!",
    ],
    "zh": ["博物馆今天九点到五点开放。", "您好，请问有什么可以帮您？", "咖啡厅在二楼。"],
}  # fmt: skip
ALL = tuple(ANSWERS)
EACH = [(language, text) for language, texts in ANSWERS.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), EACH)
def test_no_answer_is_taken_for_another_language_or_for_none_of_ours(
    language: str, text: str
) -> None:
    assert language_of(text, ALL) in (language, "")
    assert not is_foreign(text, ALL)
    assert not is_foreign(text, (language,))


def test_nineteen_answers_in_twenty_are_told_apart_among_eight_languages() -> None:
    known = sum(language_of(text, ALL) == language for language, text in EACH)
    assert known >= 0.95 * len(EACH)


def test_short_texts_are_seldom_taken_for_another_language() -> None:
    texts = [(language, text) for language in ALL for text in own(language).values()]
    told = [(language, language_of(text, ALL)) for language, text in texts]
    assert sum(a == b for a, b in told) >= 0.70 * len(told)
    assert sum(b not in (a, "") for a, b in told) <= 0.04 * len(told)


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("Привет, как дела?", ("de", "en")),
        ("こんにちは", ("zh",)),
        ("नमस्ते", ("de", "en", "fr")),
        ("¿Dónde está la salida, por favor?", ("de", "en")),
        ("Wo ist denn hier bitte der Ausgang?", ("fr",)),
    ],
)
def test_what_is_surely_in_another_language_is_foreign(text: str, among: tuple[str, ...]) -> None:
    assert is_foreign(text, among)


@pytest.mark.parametrize("text", ["", "… 12, 13!", "Nofretete", "Okay", "Mona Lisa"])
def test_numbers_and_names_are_in_no_language(text: str) -> None:
    assert language_of(text, ("de", "en", "fr")) == ""
    assert not is_foreign(text, ("de", "en", "fr"))


def test_a_language_of_which_no_words_are_known_is_never_held_against_a_visitor() -> None:
    assert not is_foreign("Wo ist denn hier bitte der Ausgang?", ("fr", "pl"))


def test_mandarin_is_chinese() -> None:
    assert [primary(tag) for tag in ("cmn-CN", "de-DE", "en")] == ["zh", "de", "en"]
