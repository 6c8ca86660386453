"""What is kept of what was said: nothing by default, and where it is, for as long as was told."""

import asyncio
import datetime
import json
from pathlib import Path

import pytest

from kiosk.core.turns import TurnWords
from kiosk.runtime.transcripts import SWEEP_INTERVAL_S, Transcripts
from kiosk.settings.privacy_settings import PrivacySettings
from tests.support.kiosks import QUESTION, Concierge, Kiosk, runtime_directory, until

TODAY = datetime.date.today()


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def day(ago: int) -> str:
    return (TODAY - datetime.timedelta(days=ago)).isoformat()


async def kept(transcripts: Transcripts, *words: str, now_s: float = 1000.0) -> None:
    """Keep each after the one before; until all is written."""
    for said in words:
        transcripts.keep([TurnWords(now_s - 2, "When?", said, "answered")], now_s)
    for _ in range(20):
        await asyncio.sleep(0.002)
        transcripts.keep([], now_s)


def lines(folder: Path) -> list[dict[str, str]]:
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]


async def test_each_turn_is_a_line_of_the_file_of_its_day(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk" / "said"
    await kept(Transcripts(PrivacySettings(str(folder), 30)), "At ten.", "On Tuesday.")
    first, second = lines(folder)
    assert (first["visitor"], first["host"], first["outcome"]) == ("When?", "At ten.", "answered")
    assert second["host"] == "On Tuesday."
    age = datetime.datetime.now().astimezone() - datetime.datetime.fromisoformat(first["at"])
    assert 1 <= age.total_seconds() < 60
    (name,) = names(folder)
    assert (folder / name).stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


async def test_what_is_too_old_is_deleted_also_where_nobody_speaks(tmp_path: Path) -> None:
    others = ("notes.txt", "2020.jsonl", "2020-01-01.jsonl.bak")
    for name in (f"{day(7)}.jsonl", f"{day(6)}.jsonl", "2020-01-01.jsonl", *others):
        (tmp_path / name).write_text("words")
    transcripts = Transcripts(PrivacySettings(str(tmp_path), 7))
    await kept(transcripts)
    assert names(tmp_path) == {f"{day(6)}.jsonl", *others}
    (tmp_path / f"{day(8)}.jsonl").write_text("words")
    await kept(transcripts)
    assert f"{day(8)}.jsonl" in names(tmp_path)
    await kept(transcripts, now_s=1000 + SWEEP_INTERVAL_S)
    assert names(tmp_path) == {f"{day(6)}.jsonl", *others}


async def test_folder_that_cannot_be_written_is_told_once_and_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    await kept(Transcripts(PrivacySettings(str(tmp_path / "file"), 7)), "One.", "Two.")
    (told,) = caplog.messages
    assert "privacy.keep_transcripts" in told
    assert "below /var/lib/kiosk" in told
    assert "One." not in told


@pytest.mark.parametrize("keeps", [True, False])
def test_what_a_whole_kiosk_keeps(concierge: Concierge, visitor_wav: Path, keeps: bool) -> None:
    with runtime_directory() as runtime:
        folder = runtime / "said"
        settings = [f"privacy.keep_transcripts={folder}"] if keeps else []
        kiosk = Kiosk(runtime, concierge.url, visitor_wav, *settings).up()
        try:
            for _ in range(2):
                assert kiosk.do("say", text=QUESTION)["ok"]
                until(lambda: kiosk.status()["turns"][-1]["outcome"] == "answered")
        finally:
            log = kiosk.close()
        words = lines(folder)
    assert [line["visitor"] for line in words] == [QUESTION, QUESTION] * keeps
    assert all(line["host"] and line["outcome"] == "answered" for line in words)
    assert QUESTION not in log
