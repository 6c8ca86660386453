"""Scripts and fonts: text in its order on the screen, each run with a font that has its letters."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.display.layout import layout
from kiosk.display.text import fonts as fonts_module
from kiosk.display.text.fonts import FontFace, Fonts, family
from kiosk.display.text.scripts import Script, directed, han_language, reads_leftward, runs
from kiosk.display.theme import Look
from kiosk.display.widgets.indicators import Widget

WHITE = (255, 255, 255)


def test_a_line_is_cut_where_the_script_changes():
    assert runs("Grüße, Привет 12!") == ((Script.LATIN, "Grüße, Привет 12!"),)
    assert runs("Tea 茶を ok") == (
        (Script.LATIN, "Tea "),
        (Script.HAN, "茶を "),
        (Script.LATIN, "ok"),
    )
    assert runs("नमस्ते") == ((Script.DEVANAGARI, "नमस्ते"),)
    assert runs("") == ((Script.LATIN, ""),)


def test_mixed_directions_stand_in_their_order_from_the_left():
    placed = runs("هل (متحف) 1887؟")
    assert "".join(part for _, part in placed) == "؟1887 (فحتم) له"
    assert [part for script, part in placed if script is Script.LATIN] == ["1887 (", ") "]
    assert "".join(part for _, part in runs("Hello شكرا!")) == "Hello اركش!"
    assert "".join(part for _, part in runs("بنت (Sunday) 1887")) == "1887 (Sunday) تنب"
    assert "".join(part for _, part in runs("شكرا (see")) == "see) اركش"


def test_vowel_signs_stay_behind_their_letters():
    """Unicode writes a letter, then its sign, in whichever direction."""
    (_, word), *_ = runs("بُن")
    assert word == "نبُ"


def test_direction_is_the_first_letters():
    assert reads_leftward("1887: متى")
    assert not reads_leftward("Hello متى")
    assert not reads_leftward("1887")
    assert reads_leftward(directed("1887", leftward=True))
    assert not reads_leftward(directed("متى", leftward=False))
    assert directed("Hello", leftward=False) == "Hello"
    assert "".join(part for _, part in runs(directed("18:00.", leftward=True))) == ".18:00"


@pytest.mark.parametrize(
    "unseen",
    ["\u200d", "\u200c", "\ufe0f", "\U000e0101", "\U000e0067", "\u2068", "\u202e", "\xad", "\ufeff",
     "\u2060", "\u034f", "\u3164", "\ud83d", "\ue000", "\U00100000", "\ufdd0", "\uffff",
     "\U0003fffe", "\x00", "\x1b", "\x85", "\u2028"],
)  # fmt: skip
def test_what_is_never_drawn_is_in_no_run(unseen):
    """Alone, before, within and behind letters."""
    assert runs(unseen) == ((Script.LATIN, ""),)
    for text in ("{}ab", "a{}b", "ab{}"):
        assert runs(text.format(unseen)) == ((Script.LATIN, "ab"),)
    assert "".join(part for _, part in runs(f"日本{unseen}語")) == "日本語"


def test_a_joiner_stays_where_it_shapes_a_letter():
    assert runs("می\u200cخواهم") == ((Script.ARABIC, "مهاوخ\u200cیم"),)
    assert runs("ه\u200d") == ((Script.ARABIC, "\u200dه"),)
    assert runs("क्\u200dष") == ((Script.DEVANAGARI, "क्\u200dष"),)
    assert runs("ab \u200dق") == ((Script.LATIN, "ab "), (Script.ARABIC, "\u200dق"))


def test_isolates_order_a_line_and_are_gone():
    assert "".join(part for _, part in runs("ab \u2067קל 12\u2069!")) == "ab 12 לק!"


def test_composed_and_decomposed_letters_are_the_same():
    assert runs("Cafe\u0301") == runs("Café")


def test_the_texts_own_letters_tell_which_han_is_meant():
    assert [han_language(text) for text in ("今日は", "박물관", "今天")] == ["ja", "ko", ""]


def test_without_the_library_text_is_shown_all_the_same():
    code = (
        "import sys; sys.modules['bidi'] = None\n"
        "from kiosk.display.text.scripts import runs\n"
        "assert ''.join(part for _, part in runs('شكرا')) == 'شكرا'"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=True)
    assert b"python-bidi" in done.stderr


@given(st.text(max_size=40))
def test_any_text_has_a_width_and_a_picture(text):
    pygame.font.init()
    fonts = Fonts()
    assert fonts.width(text, 18) >= 0
    parts = "".join(part for _, part in runs(text))
    assert len(parts) <= len(text)


def test_lines_of_all_scripts_are_equally_high(dummy_display):
    fonts = Fonts()
    heights = {
        fonts.render(text, 30, WHITE).get_height()
        for text in ("Abg", "Привет", "茶を飲む", "mixed 茶")
    }
    assert heights == {fonts.line_px(30)}
    for deep in ("في", "नमस्ते", "mixed في"):
        assert fonts.render(deep, 30, WHITE).get_height() == fonts.line_px(30, deep) > 40


@pytest.mark.skipif(fonts_module.files_of(Script.ARABIC) is None, reason="no Arabic font here")
def test_arabic_letters_are_joined(dummy_display):
    """Joined, the word is narrower than its letters each by itself."""
    fonts = Fonts()
    if not hasattr(pygame.font.Font, "set_script"):
        pytest.skip("this pygame cannot shape")
    assert fonts.width("مرحبا", 60) < 0.9 * sum(fonts.width(char, 60) for char in "مرحبا")


def test_few_fonts_are_kept_open_and_few_sizes_are_tried(dummy_display, monkeypatch):
    opened = []
    whole = Fonts._open
    monkeypatch.setattr(Fonts, "_open", lambda self, *key: opened.append(key) or whole(self, *key))
    widget = Widget(layout((1280, 720)), Fonts(), Look())
    px = widget.fit("A very long line of words that is to stand on one line", 60, 300)
    assert px < 16
    assert widget.fonts.width("A very long line of words that is to stand on one line", px) <= 300
    assert len(opened) <= 5
    for px in range(12, 80):
        widget.fonts.width("words", px)
    assert len(widget.fonts._opened) <= 24


def test_a_missing_font_is_told_once_with_its_package(dummy_display, monkeypatch, caplog):
    monkeypatch.setattr(fonts_module, "_ROOT", Path("/nonexistent"))
    fonts_module.family.cache_clear()
    fonts = Fonts()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            fonts.render("蒸気", 20, WHITE)
            fonts.render("蒸気", 21, WHITE)
    fonts_module.family.cache_clear()
    assert [record.getMessage() for record in caplog.records] == [
        "no font for Chinese, Japanese and Korean: its letters are left out."
        " Install one: sudo apt-get install fonts-noto-cjk"
    ]


def test_every_script_s_missing_font_is_told_once_by_name(dummy_display, monkeypatch, caplog):
    """Whether its font is only not installed, or none is looked for at all."""
    monkeypatch.setattr(fonts_module, "_ROOT", Path("/nonexistent"))
    fonts_module.family.cache_clear()
    fonts = Fonts()
    for text in ("გამარჯობა", "ꦱꦸꦒꦼꦁ", "Tea", "བཀྲ་ཤིས་", "བདེ་ལེགས"):
        fonts.render(text, 20, WHITE)
    fonts_module.family.cache_clear()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"no font for {name}" for name in ("Georgian", "Javanese", "Tibetan")
    ]
    assert all(message.endswith("fonts-noto-core") for message in caplog.messages)


OPEN_SANS = Path("/usr/share/fonts/truetype/open-sans/OpenSans-Regular.ttf")
ROW = "→ Exhibition  ↑ Café  ₺120 ₹500 ₽300  T‑shirt 22℃  ① Hall  1\ufe0f⃣ Lift  ⭐ ⏰ ● ▶"


def test_a_sign_that_the_first_font_lacks_is_drawn_by_the_next_that_has_it(dummy_display):
    fonts = Fonts(str(OPEN_SANS))
    files = {face.file and face.file.stem for face in faces(fonts, ROW)}
    assert "OpenSans-Regular" in files
    assert len(files) > 1
    for sign in "→↑₺₹₽①●▶":
        (face,) = faces(fonts, sign)
        assert face.file != OPEN_SANS
        assert fonts._glyphs.has_all(*face, sign)
        assert fonts.render(sign, 40, WHITE).get_bounding_rect().width > 5


def faces(fonts: Fonts, text: str) -> list[FontFace]:
    return [
        face
        for script, run in runs(text)
        for face, _ in fonts._faces_for(script, run, bold=False, han=0)
    ]


def test_a_sign_that_no_font_has_is_written_otherwise_or_left_out_and_named_once(
    dummy_display, monkeypatch, caplog
):
    monkeypatch.setattr(fonts_module, "family", lambda: None)
    fonts = Fonts()
    for _ in range(2):
        assert fonts.width("22℃", 30) == fonts.width("22°C", 30)
        assert fonts.width("① Hall", 30) == fonts.width("1 Hall", 30)
        assert fonts.width("a⏰b", 30) == fonts.width("ab", 30) > 0
        assert fonts.width("a\u2007b", 30) == fonts.width("a b", 30), "a space of figures"
        assert fonts.width("1\ufe0f⃣ Lift", 30) == fonts.width("1 Lift", 30)
        assert fonts.width("🍰🎂", 30) == 0
    assert [message.partition(". ")[0] for message in caplog.messages] == [
        "no font for the sign U+23F0 ALARM CLOCK: it is left out",
        "no font for the sign U+20E3 COMBINING ENCLOSING KEYCAP: it is left out",
        "no font for some emoji: they are left out",
    ]


def test_the_journal_is_not_filled_by_random_signs(dummy_display, monkeypatch, caplog):
    monkeypatch.setattr(fonts_module, "family", lambda: None)
    fonts = Fonts()
    for code in range(0x2100, 0x2FFF):
        fonts.width(chr(code), 20)
    assert 10 < len(caplog.messages) <= 40


@pytest.mark.parametrize("kind", ["no font", "a pipe", "missing"])
def test_a_house_font_that_cannot_be_used_is_told_once_and_the_system_s_is_used(
    dummy_display, tmp_path, caplog, kind
):
    broken = tmp_path / "house.ttf"
    if kind == "no font":
        broken.write_bytes(b"no font")
    elif kind == "a pipe":
        os.mkfifo(broken)
    fonts = Fonts(str(broken))
    for px in (20, 21):
        shown = fonts.render("Hello", px, WHITE)
        assert pygame.image.tobytes(shown, "RGBA") == pygame.image.tobytes(
            Fonts().render("Hello", px, WHITE), "RGBA"
        )
    (told,) = caplog.records
    assert str(broken) in told.getMessage()


def collection(*files: Path) -> bytes:
    """A font collection of whole fonts. Source: OpenType 1.9.1, "Font Collections"."""
    fonts = [bytearray(file.read_bytes()) for file in files]
    places = [12 + 4 * len(fonts) + sum(map(len, fonts[:n])) for n in range(len(fonts))]
    for font, place in zip(fonts, places, strict=True):
        for table in range(int.from_bytes(font[4:6], "big")):
            at = 12 + 16 * table + 8  # Of the table's offset in its record.
            font[at : at + 4] = (int.from_bytes(font[at : at + 4], "big") + place).to_bytes(
                4, "big"
            )
    head = b"ttcf" + bytes([0, 1, 0, 0]) + len(fonts).to_bytes(4, "big")
    return b"".join((head, *(place.to_bytes(4, "big") for place in places), *fonts))


def test_each_face_of_a_collection_can_be_drawn(dummy_display, tmp_path):
    """Two real fonts in one file: the second is drawn as from its own file."""
    regular, bold = family() or pytest.skip("no font is installed")
    file = tmp_path / "fonts.ttc"
    file.write_bytes(collection(regular, bold))

    def drawn(face: FontFace) -> bytes:
        surface = Fonts()._open(face, "", 24).render("Weights", True, WHITE)
        return pygame.image.tobytes(surface, "RGBA")

    assert drawn(FontFace(file, 0)) == drawn(FontFace(regular))
    assert drawn(FontFace(file, 1)) == drawn(FontFace(bold))
    assert drawn(FontFace(file, 1)) != drawn(FontFace(file, 0))
    assert drawn(FontFace(file, 7)) == drawn(FontFace(regular)), "one that is not there"
    assert file.read_bytes() == collection(regular, bold), "the file itself is not written"
