"""`kiosk config show`: what is in force, where it was set, and no secret."""

from pathlib import Path

import pytest

from kiosk.runtime import last_good
from kiosk.settings import show
from kiosk.settings.layers import load
from tests.support.layers import bare, write

STREAM_KEY = "1700000000-0-0-5f4dcc3b5aa765d61d8327deb882cf99"
PULL = "rtmp://play.example/app/stream"


def test_what_is_shown_can_be_loaded_again(tmp_path: Path) -> None:
    loaded = bare('live.instructions="Tab\\tquote\\" back\\\\ ü"', "display.size=800x480")
    file = write(tmp_path / "shown.toml", show.text(loaded))
    assert load([file], system=Path("/nonexistent")).settings == loaded.settings


def test_show_names_the_file_of_each_value(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.toml", '[live]\nvoice = "Puck"\n')
    lines = show.text(load([file], ["lamp.pin=4"], Path("/nonexistent"))).splitlines()
    assert any(line.startswith('voice = "Puck"') and line.endswith(str(file)) for line in lines)
    assert any(line.startswith("pin = 4") and line.endswith("# from --set") for line in lines)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (PULL, PULL),
        (f"{PULL}?auth_key={STREAM_KEY}", f"{PULL}?auth_key=not-shown"),
        (f"{PULL}?{STREAM_KEY}", f"{PULL}?not-shown"),
        (f"{PULL}?a=b&token={STREAM_KEY}", f"{PULL}?a=not-shown&token=not-shown"),
        (f"rtmp://user:{STREAM_KEY}@play.example/x", "rtmp://not-shown@play.example/x"),
        (f"{PULL}?auth_key={{avatarim-video-key}}", f"{PULL}?auth_key={{avatarim-video-key}}"),
    ],
)
def test_a_key_in_a_url_is_neither_shown_nor_kept(tmp_path: Path, url: str, shown: str) -> None:
    loaded = load(overrides=[f'avatar.avatarim.video_url="{url}"'], system=None)
    text = show.text(loaded)
    assert f'video_url = "{shown}"' in text
    last_good.keep(loaded, tmp_path)
    for told in (text, (tmp_path / last_good.FILE).read_text()):
        assert STREAM_KEY not in told
    kept, _ = last_good.load([], ["button.pin=99"], tmp_path, Path("/nonexistent"))
    assert kept.settings.avatar.avatarim.video_url == shown
