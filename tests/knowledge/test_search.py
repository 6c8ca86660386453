"""Words as they are compared, in the languages and scripts of the screen."""

import pytest

from kiosk.knowledge.search import PassageIndex

PASSAGES = [
    ("en", "The toilets are on the ground floor, behind the cloakroom."),
    ("de", "Die Öffnungszeiten: Wir haben täglich geöffnet. Führungen beginnen um zwei."),
    ("fr", "Les visites guidées commencent à l'entrée principale."),
    ("es", "Las visitas guiadas empiezan en la entrada principal."),
    ("zh", "洗手间在一楼，寄存处后面。"),
    ("ja", "お手洗いは一階のクロークの奥にあります。"),
    ("ar", "المراحيض في الطابق الأرضي"),
    ("pt", "O elevador fica à direita das escadas."),
]


@pytest.mark.parametrize(
    ("question", "language", "best"),
    [
        ("where is the toilet", "en", 0),
        ("Wann beginnt die Führung?", "de", 1),
        ("visite guidée", "fr", 2),
        ("visita guiada", "es", 3),
        ("洗手间在哪里", "zh", 4),
        ("お手洗いはどこですか", "ja", 5),
        ("أين المراحيض", "ar", 6),
        ("onde fica o elevador", "pt", 7),
        ("TOILETS", "de", 0),
        ("Führungszeiten", "de", 1),
        ("cloak", "en", 0),
    ],
)
def test_each_question_finds_its_passage(question: str, language: str, best: int) -> None:
    assert PassageIndex(PASSAGES).find(question, language)[0] == best


def test_of_two_that_fit_alike_that_in_the_language_of_the_question_comes_first() -> None:
    index = PassageIndex([("en", "Hermine 1871"), ("de", "Hermine 1871"), ("en", "Shop")])
    assert index.find("hermine", "de")[0] == 1
    assert index.find("hermine", "en")[0] == 0


def test_common_words_find_nothing() -> None:
    assert PassageIndex(PASSAGES).find("what is the", "en") == []
    assert PassageIndex([("en", "the")]).find("the", "en") == []
    assert PassageIndex(PASSAGES[:1]).find("what is the", "en") == []
    assert PassageIndex(PASSAGES[:1]).find("?!", "en") == []
