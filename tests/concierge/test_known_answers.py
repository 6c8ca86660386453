"""The knowledge file: what fits what, and what is wrong with it."""

from pathlib import Path

import pytest

from kiosk.concierge import known_answers
from kiosk.concierge.known_answers import load
from kiosk.errors import ConfigError
from kiosk.knowledge.questions import PACKAGED

ENTRY = '[[place.a.entry]]\nquestions = ["where is it"]\nanswer = "There."\n'
PLACE = 'use = "a"\n[place.a]\ngreeting = "Hello."\nfallback = "No."\n'


@pytest.mark.parametrize("place", ["museum", "reception"])
def test_every_packaged_question_finds_its_own_answer(place: str) -> None:
    known = load(PACKAGED, place)
    for entry in known.entries:
        for question in entry.questions:
            found = known.find(question)
            assert found
            assert found.answer == entry.answer, question


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("where the toilets", "The toilets"),
        ("the steam engine still work", "The steam engine"),
        ("how all old is the dinosaur", "Our skeleton"),
        ("HOW MUCH IS A TICKET?", "A ticket"),
        ("good morning", "Welcome"),
    ],
)
def test_what_is_nearly_a_question_fits(heard: str, answer: str) -> None:
    entry = load().find(heard)
    assert entry
    assert entry.answer.startswith(answer)


@pytest.mark.parametrize(
    "heard",
    ["", "...", "what is the", "can you sing a song for me", "the the the", "please turn on radio"],
)
def test_what_is_no_question_fits_nothing(heard: str) -> None:
    assert load().find(heard) is None


def test_the_packaged_file_is_the_documented_one() -> None:
    assert PACKAGED.resolve() == Path(__file__).parents[2] / "config" / "concierge.toml"
    assert load().fallback != load(PACKAGED, "reception").fallback


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("use = ?", ["not valid TOML", "line 1, column 7", "straight quotes"]),
        ("", ["holds no questions", "[[entry]]"]),
        ('use = "b"\n' + PLACE[10:] + ENTRY, ['"b"', "Choose one of: a"]),
        (PLACE, ["place.a", "entry"]),
        (PLACE + "entry = []\n", ["place.a.entry", "at least one question"]),
        (PLACE + ENTRY.replace("answer", "anser"), ["anser", "did you mean answer"]),
        (PLACE + ENTRY.replace('"There."', "7"), ["place.a.entry[0].answer", "str", "int"]),
        (PLACE + ENTRY.replace('"There."', '" "'), ["place.a.entry[0].answer", "' '", "said"]),
        (PLACE + ENTRY.replace('["where is it"]', "[]"), ["entry[0].questions", "at least one"]),
        (PLACE + ENTRY.replace("where is it", "42?"), ["entry[0].questions", "42?", "in words"]),
        (PLACE.replace("Hello.", "") + ENTRY, ["place.a.greeting", "said"]),
    ],
)
def test_a_mistake_is_named_with_file_key_and_remedy(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(file)
    message = str(raised.value)
    assert str(file) in message
    for part in parts:
        assert part in message
    assert "\n" not in message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "none.toml")
    file = tmp_path / "latin.toml"
    file.write_bytes(b'use = "caf\xe9"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(file)


def test_a_piper_voice_stands_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('piper_voice = "amy.onnx"\n' + PLACE + ENTRY)
    assert load(file).piper_voice == tmp_path / "amy.onnx"
    assert load().piper_voice is None


def test_a_file_of_one_place_needs_no_place_in_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('fallback = "No."\n' + ENTRY.replace("place.a.", ""))
    known = load(file)
    assert (known.find("where is it") or known.entries[-1]).answer == "There."
    assert known.fallback == "No."
    file.write_text(PLACE + ENTRY + ENTRY.replace("place.a.", ""))
    with pytest.raises(ConfigError, match=r"entry stands beside the places.*place\.a\.entry"):
        load(file)


def test_a_folder_of_knowledge_gives_the_questions_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "prices.csv").write_text("ticket,price\nadult,12\n")
    with pytest.raises(ConfigError, match=r"no \*\.toml"):
        load(tmp_path)
    (tmp_path / "a.toml").write_text(PLACE + ENTRY)
    (tmp_path / "more" / "b.toml").write_text(
        '[[entry]]\nquestions = ["who made the clock"]\nanswer = "Anna."\n'
    )
    known = load(tmp_path)
    answers = [known.find(asked) for asked in ("where is it", "who made the clock")]
    assert [found and found.answer for found in answers] == ["There.", "Anna."]
    assert known.fallback == "No."


def test_words_are_lower_case_and_bare() -> None:
    assert known_answers.words_of("What’s the Café-bar?") == ["what's", "the", "café", "bar"]


def test_letters_are_known_in_either_form() -> None:
    composed, decomposed = "grüße", "gru\u0308ße"
    assert known_answers.words_of(decomposed) == known_answers.words_of(composed) == [composed]
