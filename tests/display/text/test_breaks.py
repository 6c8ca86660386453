"""Where a line may be broken, in each script."""

import sys
import unicodedata

import pytest

from kiosk.display.text.breaks import _phrases, _words
from kiosk.display.text.lines import wrap
from tests.display.text.measures import measure


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("織機を動かしていて、今も動きます。", 80, ["織機を", "動かしていて、", "今も動きます。"]),
        ("它建于1887年。现在每个星期天运转。", 80, ["它建于", "1887年。现在", "每个星期天运转。"]),
        ("มันขับเคลื่อนเครื่องทอผ้าทั้งถนน", 200, ["มันขับเคลื่อนเครื่อง", "ทอผ้าทั้งถนน"]),
        ("ប្រទេសកម្ពុជាជាប្រទេសមួយ", 130, ["ប្រទេសកម្ពុជា", "ជាប្រទេសមួយ"]),
        ("ປະເທດລາວເປັນປະເທດ", 90, ["ປະເທດລາວ", "ເປັນປະເທດ"]),
        ("ရှိသည်အရှေ့တောင်", 120, ["ရှိသည်", "အရှေ့တောင်"]),
        ("བོད་ནི་ས་མཐོའི་ཡུལ་ཞིག་ཡིན།", 100, ["བོད་ནི་ས་", "མཐོའི་ཡུལ་", "ཞིག་ཡིན།"]),
        ("one\u200btwo\u200bthree", 80, ["one\u200btwo\u200b", "three"]),
        ("Ask at museum.example/steam/engine", 240, ["Ask at", "museum.example/steam/", "engine"]),
        ("Est-elle bâtie ? Oui « en mai ».", 80, ["Est-elle", "bâtie ?", "Oui « en", "mai »."]),
        ("Um 15\xa0Uhr", 60, ["Um", "15\xa0Uhr"]),
    ],
    ids=["ja", "zh", "th", "km", "lo", "my", "bo", "no-width", "address", "fr", "no-break space"],
)  # fmt: skip
def test_a_line_is_broken_where_a_reader_would(text, width, expected):
    assert wrap(text, width, measure) == expected


def test_no_line_begins_or_ends_with_a_mark_that_may_not():
    for width in range(50, 200, 10):
        for line in wrap("彼は「はい。」と言った。ちょっと、ファー！」" * 3, width, measure):
            assert line[0] not in "。」、！ょっー", (width, line)
            assert line[-1] != "「", (width, line)
        for line in wrap("เครื่องจักรไอน้ำในห้องโถงกำลังเคลื่อนไหว", width, measure):
            assert line[-1] not in "เแโใไ", (width, line)
            assert line[0] not in "ะาำ่้็ั", (width, line)


def test_without_the_library_lines_are_broken_between_letters(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "budoux", None)
    _phrases.cache_clear()
    assert wrap("蒸気機関は動く。", 70, measure) == ["蒸気機関は動", "く。"]
    assert "budoux" in caplog.text
    _phrases.cache_clear()


def test_without_icu_a_line_of_khmer_is_broken_between_syllables(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "icu4py.breakers", None)
    _words.cache_clear()
    lines = wrap("ប្រទេសកម្ពុជាជាប្រទេសមួយ", 90, measure)
    assert len(lines) > 1
    assert not [line for line in lines if unicodedata.category(line[0]).startswith("M")]
    assert not [line for line in lines if line[-1] == "\u17d2"], "a letter joined to the next"
    assert "icu4py" in caplog.text
    _words.cache_clear()
