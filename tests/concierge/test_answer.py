"""How an answer is cut into frames, and what a turn costs."""

from typing import Any

from kiosk.concierge.answer import WORDS_IN_PIECE, AnswerSpeaker, SpokenAnswer, pieces_of, usage
from kiosk.concierge.synthesiser import Synthesiser, voice_for
from kiosk.formats import REPLY_HZ


def test_pieces_of_a_transcription_add_up_to_its_words() -> None:
    text = "It is an old house. It was built by a king."
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert max(len(piece.split()) for piece in pieces) == WORDS_IN_PIECE
    assert pieces_of("") == []


async def test_an_answer_is_sound_captions_and_one_end() -> None:
    frames: list[dict[str, Any]] = []

    async def send(frame: dict[str, Any]) -> None:
        frames.append(frame["serverContent"])

    answer = SpokenAnswer()
    voice = voice_for("en-US", "Kore")
    await AnswerSpeaker(send, Synthesiser(), voice, transcribe=True).say("Hi. No.", answer)
    assert answer.text == "Hi. No."
    said = [
        frame["outputTranscription"]["text"]
        for frame in frames
        if len(frame) == 1 and "outputTranscription" in frame
    ]
    assert "".join(said) == answer.text
    assert frames[-1] == {"generationComplete": True}
    assert sum("modelTurn" in frame for frame in frames) >= 2
    assert answer.samples > REPLY_HZ // 4
    assert answer.first_audio_s is not None


def test_both_platforms_bill_alike_under_their_own_names() -> None:
    developer = usage(vertex=False, prompt={"AUDIO": 25, "TEXT": 0}, spoken_tokens=50, text="Yes.")
    vertex = usage(vertex=True, prompt={"AUDIO": 25, "TEXT": 0}, spoken_tokens=50, text="Yes.")
    assert developer["responseTokenCount"] == vertex["candidatesTokenCount"] == 51
    assert developer["promptTokenCount"] == 25
    assert developer["totalTokenCount"] == 76
    assert developer["promptTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 25}]
    assert vertex["trafficType"] == "ON_DEMAND"
