"""What is wanted of the reply: in order, and at the places that the count of it gives."""

from kiosk.core.inputs import ReplyAt
from kiosk.core.spoken import MAX_PIECES, MAX_REPLY_SAMPLES, SpokenReply
from kiosk.core.turns import ReplyCommand

PCM = b"\1\0" * 100


def test_words_stand_at_the_sample_that_comes_next():
    reply = SpokenReply()
    reply.begin(5000)
    reply.tell("The ")
    reply.tell("engine ")
    reply.play(PCM)
    reply.tell("runs.")
    assert [(piece.at_sample, piece.text) for piece in reply.pieces] == [
        (5000, "The engine "),
        (5100, "runs."),
    ]
    assert list(reply.commands) == ["The ", "engine ", PCM, "runs."]


def test_the_count_of_whoever_speaks_is_believed():
    reply = SpokenReply()
    reply.play(PCM)
    assert reply.speaking
    reply.at(ReplyAt(heard=40, written=100, at_s=1.0))
    assert (reply.heard, reply.end, reply.speaking) == (40, 100, True)
    reply.at(ReplyAt(heard=90, written=90, at_s=2.0))  # What waited for room never got an index.
    assert not reply.speaking


def test_only_what_is_spoken_or_held_is_discarded():
    reply = SpokenReply()
    reply.discard()
    reply.resume()
    assert not reply.commands
    reply.play(PCM)
    reply.hold()
    reply.discard()
    reply.resume()
    assert list(reply.commands) == [PCM, ReplyCommand.HOLD, ReplyCommand.DISCARD]
    assert not reply.speaking


def test_a_service_that_does_not_stop_speaking_is_cut_off():
    reply = SpokenReply()
    for _ in range(MAX_REPLY_SAMPLES // 100 + 10):
        reply.play(PCM)
    assert reply.end <= MAX_REPLY_SAMPLES + 100


def test_pieces_are_bounded_and_no_word_is_lost():
    reply = SpokenReply()
    for _ in range(MAX_PIECES + 5):
        reply.play(b"\0\0")
        reply.tell("a")
    assert len(reply.pieces) == MAX_PIECES
    assert "".join(piece.text for piece in reply.pieces) == "a" * (MAX_PIECES + 5)


def test_an_answer_that_comes_again_is_not_played_to_its_end():
    reply = SpokenReply()
    reply.tell("The ")
    reply.rewind(had_sound=False)
    assert ReplyCommand.DISCARD not in reply.commands
    reply.play(PCM)
    reply.rewind(had_sound=True)
    assert reply.commands[-1] is ReplyCommand.DISCARD
    assert not reply.pieces
