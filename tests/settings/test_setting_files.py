"""Every file that settings name is known, and every one that is passed over is told."""

from pathlib import Path

import pytest

from kiosk.settings import show
from kiosk.settings.layers import load
from kiosk.settings.setting_files import files_of
from tests.support.installed import house, judged, write

__all__ = ["house"]


def test_every_file_that_is_passed_over_is_named_with_its_reason(house: Path) -> None:
    etc, folder = house / "etc", house / "etc" / "kiosk.d"
    write(etc / "kiosk.toml.txt", "")
    write(folder / "10-good.toml", "")
    for name in ("20-museum.toml.txt", ".hidden.toml", "30.toml~", "40.toml.rpmsave", "README"):
        write(folder / name, "broken")
    (folder / "50.toml.d").mkdir()
    lines = {Path(finding.where).name: finding.line() for finding in judged(system=etc)}
    assert set(lines) == {
        *("kiosk.toml.txt", "20-museum.toml.txt", ".hidden.toml", "30.toml~", "40.toml.rpmsave"),
        *("README", "50.toml.d"),
    }
    assert (
        "only names that end in .toml are. Name it 20-museum.toml if" in lines["20-museum.toml.txt"]
    )
    assert "hidden file" in lines[".hidden.toml"]
    assert "a folder is not looked into" in lines["50.toml.d"]
    assert f"mv '{etc}/kiosk.toml.txt' '{etc}/kiosk.toml'" in lines["kiosk.toml.txt"]


def test_every_setting_that_names_a_file_is_known() -> None:
    overrides = [
        *("audio.input=file:/a.wav?loop=1", "audio.output=file:/b.wav", "theme.font=/f.ttf"),
        *("button.source=script:/s.jsonl", "theme.font_bold=/g.ttf", "avatar.pack=/p/mine"),
        'avatar.avatarim.video_url="external:/x/play"',
    ]
    settings = load(overrides=overrides, system=None).settings
    assert {(f.key, str(f.path)) for f in files_of(settings)} == {
        *(("audio.input", "/a.wav"), ("audio.output", "/b.wav"), ("theme.font", "/f.ttf")),
        *(("button.source", "/s.jsonl"), ("theme.font_bold", "/g.ttf"), ("avatar.pack", "/p/mine")),
        *(("knowledge.folder", "/etc/kiosk/knowledge"), ("avatar.avatarim.video_url", "/x/play")),
        *(("screen.content", "/etc/kiosk/content"), ("screen.words", "/etc/kiosk/words")),
    }
    plain = ["audio.input=Device", "avatar.pack=host", 'avatar.avatarim.video_url="rtmp://h/x"']
    settings = load(overrides=plain, system=None).settings
    assert [f.key for f in files_of(settings)] == [
        "knowledge.folder",
        "screen.content",
        "screen.words",
    ]


def test_a_path_in_either_spelling_is_loaded_as_the_disk_has_it(tmp_path: Path) -> None:
    (tmp_path / "gru\u0308n.wav").touch()
    name = f"file:{tmp_path}/gr\u00fcn.wav?loop=1"
    loaded = load(overrides=[f"audio.input={name}"], system=None)
    assert loaded.settings.audio.input == f"file:{tmp_path}/gru\u0308n.wav?loop=1"
    assert "grün" in show.settings(loaded).encode().decode("utf-8").replace("u\u0308", "ü")


@pytest.mark.parametrize(
    ("written", "loaded"),
    [("0/", "0/"), ("./gr\u00fcn", "./gru\u0308n"), ("gr\u00fcn/", "./gru\u0308n")],
)
def test_a_path_stays_one_when_it_is_respelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, loaded: str
) -> None:
    """A pack's name has no slash, and the path of one has."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gru\u0308n").mkdir()
    assert load(overrides=[f"avatar.pack={written}"], system=None).settings.avatar.pack == loaded
