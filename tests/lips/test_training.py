"""The training that makes the packaged model, on a set that takes a second."""

import numpy as np
import pytest

from benchmarks import espeak
from benchmarks.lips.cast import HELD_OUT, TRAIN, UNHEARD, sentences, speak
from benchmarks.lips.phones import ALPHABETS, Phone, ipa, pieces, visemes
from benchmarks.lips.score import FPS, events, score, truth_at
from benchmarks.lips.train import seen, spoken, train
from kiosk.lips import network
from kiosk.lips.visemes import VISEMES


@pytest.fixture(scope="module")
def utterances():
    voice = next(voice for voice in TRAIN if voice.name == "en-us")
    return speak(voice._replace(every=20), "train")


def test_the_same_seed_gives_the_same_model(utterances):
    sets = [[spoken(each) for each in utterances]]
    first, second = (train(sets, units=8, epochs=2) for _ in range(2))
    other = train(sets, units=8, epochs=2, seed=2)
    for name in network.Lips.__struct_fields__:
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert not np.array_equal(first.hidden, other.hidden)


def test_it_learns(utterances):
    sets = [[spoken(each) for each in utterances]]
    model = train(sets, units=32, epochs=20)
    truth = np.concatenate([each.truth for each in sets[0]])
    shown = np.concatenate([model.judged(seen(each.power)).argmax(axis=1) for each in sets[0]])
    assert np.mean(shown == truth) > 0.65


def test_nothing_that_is_held_out_is_learnt():
    assert not {voice.name for voice in TRAIN} & {voice.name for voice in HELD_OUT + UNHEARD}
    assert not {voice.family for voice in TRAIN} & {voice.family for voice in UNHEARD}
    for language in sentences().values():
        assert not set(language["train"]) & set(language["held_out"])


def test_espeak_tells_when_each_phone_sounds():
    sound, words, phones = espeak.speak("apple pie", "en-us")
    assert [place for place, _ in words] == [0, 6]
    assert [phone.name for phone in phones if phone.name][:2] == ["æ", "p"]
    vowel, stop = phones[0], phones[1]

    def level(phone):
        first, last = (round(at_s * espeak.RATE_HZ) for at_s in phone[1:])
        return np.sqrt(np.mean(sound[first:last] ** 2))

    assert level(vowel) > 4 * level(stop)
    with pytest.raises(ValueError, match="no voice"):
        espeak.speak("apple", "xx-nowhere")


@pytest.mark.parametrize(
    ("phone", "alphabet", "shown"),
    [
        ("tʃ", None, ["CH"]),
        ("aɪ", None, ["aa", "ih"]),
        ("ɔːɹ", None, ["oh", "RR"]),
        ("uː", None, ["ou"]),
        ("", None, ["sil"]),
        ("ʲ", None, []),
        ("ow", "arpabet", ["oh", "ou"]),
        ("pau", "arpabet", ["sil"]),
        ("E1", "sampa", ["E"]),
        ("s~", "czech", ["CH"]),
        ("@:", "finnish", ["aa"]),
        ("mm", "russian", ["PP"]),
        ("aa", "russian", ["aa"]),
    ],
)
def test_phones_have_their_visemes(phone, alphabet, shown):
    assert visemes(ipa(phone, alphabet)) == shown


def test_every_alphabet_leads_to_visemes():
    for name, alphabet in ALPHABETS.items():
        assert all(visemes(ipa(phone, name)) for phone in alphabet)


def test_breath_has_the_lips_of_what_follows():
    phones = [Phone("h", 0, 0.1), Phone("uː", 0.1, 0.3), Phone("(en)", 0.3, 0.4)]
    assert pieces(phones) == [("ou", 0, 0.4)]


def test_a_perfect_track_has_a_perfect_score():
    found = pieces(
        [Phone("", 0, 0.2), Phone("a", 0.2, 0.4), Phone("m", 0.4, 0.5), Phone("a", 0.5, 0.8)]
    )
    times = np.arange(round(0.8 * FPS)) / FPS
    truth = truth_at(found, times)
    told = score(np.eye(len(VISEMES))[truth], found)
    assert np.array_equal(told.shown, truth)
    assert [event.kind for event in told.events] == ["opening", "closing", "opening"]
    assert told.closures == [0]
    assert told.vowels == [1, 1]
    assert all(abs(event.error_s) <= 1 / FPS for event in told.events)


def test_lips_that_never_close_are_missed():
    found = pieces([Phone("a", 0, 0.2), Phone("m", 0.2, 0.3), Phone("a", 0.3, 0.5)])
    assert [event.error_s for event in events(np.full(30, 0.5), found)] == [None, None]


def test_late_lips_are_late():
    found = pieces([Phone("a", 0, 0.2), Phone("m", 0.2, 0.3)])
    times = np.arange(18) / FPS
    late = np.where(times < 0.25, 1.0, 0.0)
    (event,) = events(late, found)
    assert event.error_s == pytest.approx(0.05, abs=0.01)
