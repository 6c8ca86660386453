"""What `kiosk config check` says of a camera."""

from kiosk.camera.camera_check import judge
from kiosk.settings.layers import load


def told(source: str) -> list[str]:
    settings = load((), [f'camera.source="{source}"'], None).settings
    return [finding.what for finding in judge(settings)]


def test_no_camera_is_no_trouble(tmp_path):
    assert told("none") == []
    (tmp_path / "a.png").touch()
    assert told(f"file:{tmp_path}/a.png") == []


def test_camera_that_is_not_there_is_told(tmp_path):
    assert told("/dev/video99") == ['there is no "/dev/video99"']
    assert told(f"file:{tmp_path}/b.png") == [f'there is no "file:{tmp_path}/b.png"']
