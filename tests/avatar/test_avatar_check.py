"""`kiosk config check` of the avatar: its pack, its streams, what it costs."""

from pathlib import Path

from tests.support.installed import house, judged, told, write

__all__ = ["house"]


def test_a_broken_pack(house: Path) -> None:
    assert "error: avatar.pack: there is no pack 'hsot'" in told("avatar.pack=hsot")
    pack = write(house / "mine" / "avatar.toml", "name = 3\n").parent
    assert f"error: avatar.pack: {pack}/avatar.toml: " in told(f"avatar.pack={pack}")


def test_a_key_in_clear_in_the_address_of_a_stream(house: Path) -> None:
    url = 'avatar.avatarim.video_url="rtmp://play.example/a?auth_key={}"'
    line = told(url.format("1-2-3"))
    assert "write {avatarim-video-key} in its place" in line
    assert "1-2-3" not in line
    line = told(url.format("{avatarim-video-key}"))
    assert "avatarim-video-key: there is none" in line


def of_avatar(*overrides: str) -> list[str]:
    return [one.line() for one in judged(*overrides) if one.where.startswith("avatar")]


def test_an_avatar_that_is_paid_for_day_and_night_is_told(house):
    always = ("avatar.driver=liveavatar", "avatar.cloud.always_on=true")
    [line] = of_avatar(*always)
    assert line.startswith("warning: avatar.cloud.always_on: ")
    assert "avatar.cloud.hours" in line
    assert of_avatar(*always, 'avatar.cloud.hours="09:00-17:30"') == []


def test_the_older_avatar_of_heygen_is_told_to_end(house):
    lines = of_avatar("avatar.driver=heygen")
    assert any(line.startswith("note: avatar.driver: HeyGen sends users") for line in lines)
