"""Pictures for the service: of a file that stands for a camera, and where there is none."""

import io

import pytest
from PIL import Image

from kiosk.camera.picture_source import MAX_SIDE_PX, PictureSource
from kiosk.errors import DeviceError


@pytest.mark.parametrize(
    ("size", "sent"),
    [((1920, 1080), (768, 432)), ((600, 1200), (384, 768)), ((320, 240), (320, 240))],
)
@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_picture_is_a_jpeg_of_at_most_768_by_768(tmp_path, size, sent, kind):
    file = tmp_path / f"exhibit.{kind}"
    Image.new("RGB", size, (200, 30, 30)).save(file)
    picture = PictureSource(f"file:{file}").take()
    with Image.open(io.BytesIO(picture)) as seen:
        assert (seen.format, seen.size) == ("JPEG", sent)
        assert max(seen.size) <= MAX_SIDE_PX
        red, green, _ = seen.convert("RGB").getpixel((9, 9))
        assert red > 150 > green


def test_file_is_read_anew_each_time(tmp_path):
    file = tmp_path / "exhibit.png"
    source = PictureSource(f"file:{file}")
    taken = []
    for colour in ("red", "blue"):
        Image.new("RGB", (64, 64), colour).save(file)
        taken.append(source.take())
    assert taken[0] != taken[1]


def test_no_picture_is_told_with_a_remedy(tmp_path):
    with pytest.raises(DeviceError, match=r"gives no picture: .*Plug it in"):
        PictureSource(f"file:{tmp_path}/none.png").take()
    source = PictureSource(f"/dev/none-of-{tmp_path.name}")
    with pytest.raises(DeviceError, match="gives no picture"):
        source.take()
    source.close()


def test_file_that_is_no_picture_is_told(tmp_path):
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(DeviceError, match="gives no picture"):
        PictureSource(f"file:{tmp_path}/a.png").take()
