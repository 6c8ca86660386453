"""A folder as it is read, changes, breaks and is mended: by the real readers, in their process."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.knowledge.documents import CalendarEvent, Passage
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.reading import KnowledgeReader

from .files import broken, calendar, pdf, workbook

NOW = datetime(2026, 12, 1, 10, 0)
BERLIN = "Europe/Berlin"


def load(folder: Path, now: datetime = NOW) -> Knowledge:
    return KnowledgeReader(folder, "en-US", BERLIN).read(now)


def only(folder: Path, name: str, data: str | bytes) -> tuple[Passage, ...]:
    """The passages of one file."""
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    knowledge = load(folder)
    assert knowledge.faults == {}
    return knowledge.documents[0].passages


def events(folder: Path, *lines: str) -> tuple[CalendarEvent, ...]:
    (folder / "programme.ics").write_text(calendar(*lines), newline="")
    knowledge = load(folder)
    assert knowledge.faults == {}
    return knowledge.documents[0].events


def test_markdown_is_parted_at_its_headings(tmp_path: Path) -> None:
    text = "Hello.\n# Halls\nTwo.\n## Big *one* ##\nRoom 1\n```\n# no heading\n```\n# Shop\nBooks."
    assert only(tmp_path, "a.md", text) == (
        Passage("", "Hello."),
        Passage("Halls", "Two."),
        Passage("Halls > Big *one*", "Room 1\n```\n# no heading\n```"),
        Passage("Shop", "Books."),
    )


def test_long_texts_are_parted_at_paragraphs_and_sentences(tmp_path: Path) -> None:
    sentence = "The clock was made in the winter of that year by a smith. "
    passages = only(tmp_path, "a.txt", "Short.\n\n" + sentence * 60 + "\n\n" + "x" * 3000)
    assert all(0 < len(one.text) <= 1200 for one in passages)
    assert passages[0].text.startswith("Short.\nThe clock")
    assert sum(one.text.count("smith.") for one in passages) == 60
    assert sum(one.text.count("x") for one in passages) == 3000


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_gives_a_passage_a_row_with_the_names_of_its_columns(
    tmp_path: Path, separator: str
) -> None:
    rows = [
        ["ticket", "price", "who"],
        ["Adult", "12", ""],
        [],
        ["Child", "0", f'"up to{separator}17"'],
    ]
    text = "\n".join(separator.join(row) for row in rows)
    assert [one.text for one in only(tmp_path, "prices.csv", text)] == [
        "ticket: Adult; price: 12",
        f"ticket: Child; price: 0; who: up to{separator}17".replace("\t", " "),
    ]


def test_each_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    data = workbook(
        {"Rooms": [["room", "floor"], ["Hall", 1.0], ["Café", 1.5]], "Staff": [["name"], ["Ann"]]}
    )
    assert only(tmp_path, "house.xlsx", data) == (
        Passage("Rooms", "room: Hall; floor: 1"),
        Passage("Rooms", "room: Café; floor: 1.5"),
        Passage("Staff", "name: Ann"),
    )


def test_a_pdf_gives_its_pages(tmp_path: Path) -> None:
    pages = only(tmp_path, "guide.pdf", pdf("Welcome", "Way out"))
    assert pages == (Passage("page 1", "Welcome"), Passage("page 2", "Way out"))


def test_questions_give_their_answers(tmp_path: Path) -> None:
    text = '[[entry]]\nquestions = ["where is it", "which way"]\nanswer = "There."\n'
    assert only(tmp_path, "q.toml", text) == (Passage("where is it / which way", "There."),)


def test_events_stand_on_the_clock_of_the_house_in_summer_and_winter(tmp_path: Path) -> None:
    (told,) = events(tmp_path, "DTSTART:20261205T130000Z\nDTEND:20261205T140000Z\nSUMMARY:Tour")
    assert (told.start, told.end) == ("2026-12-05T14:00", "2026-12-05T15:00")
    (tmp_path / "programme.ics").write_text(calendar("DTSTART:20260705T130000Z\nSUMMARY:Tour"))
    (summer,) = load(tmp_path, datetime(2026, 7, 1, 10, 0)).documents[0].events
    assert summer.start == "2026-07-05T15:00"


def test_events_are_repeated_and_left_out_as_the_calendar_says(tmp_path: Path) -> None:
    told = events(
        tmp_path,
        "DTSTART:20261103T140000\nDTEND:20261103T150000\nSUMMARY:Tour\nLOCATION:Hall\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20261223T000000\nEXDATE:20261208T140000",
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Closed",
        "DTSTART:20261202T140000\nSUMMARY:Talk\nSTATUS:CANCELLED",
        "DTSTART:20251202T140000\nSUMMARY:Long ago",
    )
    assert [(one.start, one.end, one.title) for one in told] == [
        ("2026-12-01T14:00", "2026-12-01T15:00", "Tour"),
        ("2026-12-15T14:00", "2026-12-15T15:00", "Tour"),
        ("2026-12-22T14:00", "2026-12-22T15:00", "Tour"),
        ("2026-12-24", "2026-12-26", "Closed"),
    ]
    assert told[0].place == "Hall"


def test_a_name_tells_the_language_of_its_file(tmp_path: Path) -> None:
    for name in ("a.de.md", "b.md", "more/c.fr.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("word\nmot\n")
    told = {one.name: one.language for one in load(tmp_path).documents}
    assert told == {"a.de.md": "de", "b.md": "en", "more/c.fr.csv": "fr"}


def test_what_is_passed_over_is_named_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name in ("letter.docx", ".hidden.md", "~$open.xlsx", "old.md~", "good.md"):
        (folder / name).write_text("words")
    (tmp_path / "secret.md").write_text("words")
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    (folder / "gone.md").symlink_to(tmp_path / "nowhere.md")
    knowledge = load(folder)
    assert [one.name for one in knowledge.documents] == ["good.md"]
    reasons = {one.name: one.what for one in knowledge.passed_over}
    assert reasons.keys() == {
        "letter.docx", ".hidden.md", "~$open.xlsx", "old.md~", "out.md", "gone.md",
    }  # fmt: skip
    assert "no kind that is read" in reasons["letter.docx"]
    assert "leads out of the folder" in reasons["out.md"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "none").documents == ()


def test_changes_are_taken_and_a_broken_file_keeps_what_was_read_of_it(tmp_path: Path) -> None:
    folder, store = tmp_path / "knowledge", tmp_path / "state" / "knowledge.json"
    folder.mkdir()
    prices = folder / "prices.csv"
    prices.write_text("ticket,price\nAdult,12\n")
    (folder / "shop.md").write_text("Books.")
    reader = KnowledgeReader(folder, "en", BERLIN, store)
    first = reader.read(NOW)
    assert reader.read(NOW) is first

    prices.write_text("ticket,price\nAdult,13\n")
    os.utime(prices, (1, 1))
    second = reader.read(NOW)
    assert "price: 13" in second.instruction(NOW)

    prices.write_text('ticket,price\nAdult,"14\n')
    broken_one = reader.read(NOW)
    assert "price: 13" in broken_one.instruction(NOW)
    assert "what was last read of it stays" in broken_one.faults["prices.csv"]

    (folder / "shop.md").unlink()
    after_restart = KnowledgeReader(folder, "en", BERLIN, store).read(NOW)
    assert "price: 13" in after_restart.instruction(NOW)
    assert "prices.csv" in after_restart.faults
    assert "Books" not in after_restart.instruction(NOW)

    prices.write_text("ticket,price\nAdult,15\n")
    assert reader.read(NOW).faults == {}


@pytest.mark.parametrize("kept", ["{", '{"form":0,"folder":"","language":"","zone":"","files":{}}'])
def test_what_was_kept_in_another_form_is_read_anew(tmp_path: Path, kept: str) -> None:
    store = tmp_path / "knowledge.json"
    store.write_text(kept)
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "a.md").write_text("Books.")
    assert KnowledgeReader(folder, "en", BERLIN, store).read(NOW).documents


def test_calendars_are_read_again_on_a_new_day(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_text(calendar("DTSTART:20270304T140000\nSUMMARY:Spring"))
    reader = KnowledgeReader(tmp_path, "en", BERLIN)
    first = reader.read(NOW).documents[0]
    assert "nothing takes place" in first.note
    assert [e.title for e in reader.read(datetime(2026, 12, 3)).documents[0].events] == ["Spring"]


def test_each_of_two_hundred_broken_files_gets_one_clear_message(tmp_path: Path) -> None:
    names = []
    for name, data in broken():
        (tmp_path / name).write_bytes(data)
        names.append(name)
    assert len(set(names)) == len(names) >= 200
    (tmp_path / "good.md").write_text("Books.")
    knowledge = load(tmp_path)
    assert [one.name for one in knowledge.documents] == ["good.md"]
    assert set(knowledge.faults) == set(names)
    for fault in knowledge.faults.values():
        what, _, remedy = fault.partition(". ")
        assert what
        assert remedy
        assert "\n" not in fault
        assert "Traceback" not in fault
        assert len(fault) < 400
        assert str(tmp_path) not in fault
