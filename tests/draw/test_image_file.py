"""Pictures as cameras, design tools and print shops write them, and files that are none."""

import os
import random
import struct
import subprocess
import sys
import unicodedata
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image, ImageCms

from kiosk.draw import image_file
from kiosk.draw.image_file import ImageReader, PictureError
from kiosk.settings.below import inside

FIELD = Path(__file__).parent / "pictures"
RED, GREEN, BLUE, WHITE = (220, 30, 30), (20, 160, 60), (30, 60, 200), (255, 255, 255)
CORNERS = {"tl": RED, "tr": GREEN, "bl": BLUE, "br": WHITE}
"""The upright picture's."""


@pytest.fixture(scope="module")
def reader():
    with ImageReader() as reader:
        yield reader


def upright(size=(120, 80)):
    picture = Image.new("RGB", size)
    half = size[0] // 2, size[1] // 2
    for name, colour in CORNERS.items():
        left, top = half[0] * name.endswith("r"), half[1] * name.startswith("b")
        picture.paste(colour, (left, top, left + half[0], top + half[1]))
    return picture


def corners(surface):
    width, height = surface.get_size()
    return {
        name: surface.get_at(
            (width * (3 if "r" in name[1] else 1) // 4, height * (3 if "b" in name[0] else 1) // 4)
        )[:3]
        for name in CORNERS
    }


def near(colour, other, most=12):
    return all(abs(a - b) <= most for a, b in zip(colour[:3], other[:3], strict=True))


def assert_upright(surface, most=12):
    for name, colour in corners(surface).items():
        assert near(colour, CORNERS[name], most), (name, colour)


def saved(file, picture, **options):
    picture.save(file, **options)
    return file


UNDO = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}
"""How a camera that writes this orientation has turned the pixels."""


@pytest.mark.parametrize("ending", ["jpg", "webp", "png", "avif"])
@pytest.mark.parametrize("orientation", UNDO)
def test_a_picture_stands_as_its_camera_was_held(reader, tmp_path, orientation, ending):
    picture = upright()
    for turn in UNDO[orientation]:
        picture = picture.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(tmp_path / f"a.{ending}", picture, exif=exif, quality=95)
    shown = reader.read(file, (60, 60))
    assert shown.get_size() == (60, 40)
    assert_upright(shown, 30)
    filled = reader.read(file, (30, 40), cover=True)
    assert filled.get_size() == (30, 40)
    assert_upright(filled, 30)
    assert_upright(reader.read_whole(file, 10_000), 30)


def test_the_telephones_photograph_stands_upright(reader):
    shown = reader.read(FIELD / "phone-exif6.jpg", (450, 300))
    assert shown.get_size() == (450, 300)
    assert near(shown.get_at((225, 60)), (201, 31, 31)), "the arrow's head, above"
    assert near(shown.get_at((400, 260)), (31, 60, 200)), "blue, below on the right"


def test_print_colours_are_converted(reader):
    shown = reader.read(FIELD / "poster-cmyk-k.jpg", (900, 600))
    assert near(shown.get_at((20, 20)), (255, 0, 0))
    assert near(shown.get_at((20, 240)), WHITE)
    assert near(shown.get_at((20, 550)), (0, 0, 255))
    text = pygame.surfarray.array3d(shown)[60:850, 280:360]
    assert text.min() < 30, "black text is black"


def test_four_inks_are_read_as_cmyk_and_as_ycck(reader, tmp_path):
    inks = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    plain = reader.read(saved(tmp_path / "a.jpg", inks, quality=95), (64, 64))
    assert near(plain.get_at((32, 32)), (255, 0, 0))
    # The same numbers, declared as YCCK by Adobe's marker.
    data = (tmp_path / "a.jpg").read_bytes()
    at = data.index(b"Adobe")
    ycck = bytearray(data)
    ycck[at + 11] = 2
    (tmp_path / "b.jpg").write_bytes(ycck)
    # 255, 0, 0, 255 as stored (inverted) is now a violet by the equations of JFIF.
    assert near(reader.read(tmp_path / "b.jpg", (64, 64)).get_at((32, 32)), (180, 0, 227))


def test_a_profile_says_what_the_colours_are(reader, tmp_path):
    wide = ImageCms.ImageCmsProfile(BytesIO(display_p3())).tobytes()
    picture = Image.new("RGB", (40, 40), (200, 80, 80))
    shown = reader.read(saved(tmp_path / "p3.png", picture, icc_profile=wide), (40, 40))
    as_it_is = reader.read(saved(tmp_path / "as.png", picture), (40, 40))
    assert as_it_is.get_at((20, 20))[:3] == (200, 80, 80)
    red, green, _ = shown.get_at((20, 20))[:3]
    assert red > 205, "a colour of a wider space is stronger in sRGB"
    assert green < 80


def display_p3() -> bytes:
    """A matrix profile with the primaries of Display P3 and the curve of 2.2."""
    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    return icc(
        b"mntrRGB XYZ ",
        {
            b"wtpt": xyz(0.9642, 1, 0.8249),
            b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
            b"gXYZ": xyz(0.2919, 0.6922, 0.0419),
            b"bXYZ": xyz(0.1572, 0.0666, 0.7841),
            b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma,
        },
    )  # fmt: skip


def odd_inks() -> bytes:
    """A press on which the first ink is a dark green, and the other three print nothing."""
    straight = bytes(range(256))
    paper, green = bytes([255, 128, 128]), bytes([100, 70, 170])
    corners = b"".join(green if corner & 8 else paper for corner in range(16))
    matrix = b"".join(fixed(number) for number in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix
    lut = table + straight * 4 + corners + straight * 3
    return icc(b"prtrCMYKLab ", {b"A2B0": lut, b"A2B1": lut, b"wtpt": xyz(0.9642, 1, 0.8249)})


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def xyz(*values):
    return b"XYZ " + bytes(4) + b"".join(fixed(value) for value in values)


def icc(kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A colour profile of the version 2.4. Source: ICC.1:2001-04."""
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI", at + len(body), b"lcms", 0x02400000) + kind + bytes(12)
    head += b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def test_the_inks_of_a_profile_are_those_of_its_press(reader, tmp_path):
    inks = Image.new("CMYK", (40, 40), (255, 0, 0, 0))
    inks.paste((0, 255, 255, 255), (20, 0, 40, 40))
    file = saved(tmp_path / "a.jpg", inks, icc_profile=odd_inks(), quality=95)
    shown = reader.read(file, (40, 40))
    red, green, blue = shown.get_at((8, 20))[:3]
    assert green > max(red, blue) + 40
    assert near(shown.get_at((32, 20)), WHITE)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_that_does_not_fit_is_left_out_and_told(reader, tmp_path, caplog, mode):
    file = tmp_path / ("a.png" if mode == "L" else "a.jpg")
    picture = Image.new(mode, (20, 20))
    saved(file, picture, icc_profile=b"no profile" * 20 if mode == "L" else display_p3())
    shown = reader.read(file, (20, 20))
    assert near(shown.get_at((9, 9)), (0, 0, 0) if mode == "L" else WHITE)
    assert "a.png" in caplog.text or "a.jpg" in caplog.text
    assert "profile" in caplog.text


def test_every_kind_of_pixel_is_shown(reader, tmp_path):
    grey16 = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    kinds = {
        "L": Image.fromarray(ramp),
        "16": Image.fromarray(grey16),
        "1": Image.fromarray(ramp).convert("1", dither=Image.Dither.NONE),
        "P": Image.fromarray(ramp).convert("P"),
        "LA": Image.fromarray(np.stack([ramp, np.full_like(ramp, 255)], 2), "LA"),
        "RGBA": Image.fromarray(ramp).convert("RGBA"),
    }
    for name, picture in kinds.items():
        for box in ((64, 64), (16, 16)):  # As it is, and reduced.
            shown = reader.read(saved(tmp_path / f"{name}.png", picture), box)
            levels = pygame.surfarray.array3d(shown)[:, box[1] // 2, 0]
            assert levels[0] < 24, name
            assert levels[-1] > 230, name
            if name != "1":
                assert abs(int(levels[box[0] // 2]) - 128) < 16, name


def test_alpha_is_kept_however_it_is_written(reader, tmp_path):
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(0, (16, 0, 32, 32))
    keyed = Image.new("RGB", (32, 32), (9, 9, 9))
    keyed.paste(RED, (0, 0, 16, 32))
    clear = Image.new("RGBA", (32, 32))
    clear.paste((*RED, 255), (0, 0, 16, 32))
    pale = Image.new("LA", (32, 32))
    pale.paste((200, 255), (0, 0, 16, 32))
    files = [
        saved(tmp_path / "p.png", palette, transparency=0),
        saved(tmp_path / "p.gif", palette, transparency=0),
        saved(tmp_path / "key.png", keyed, transparency=(9, 9, 9)),
        saved(tmp_path / "a.png", clear),
        saved(tmp_path / "a.webp", clear, lossless=True),
        saved(tmp_path / "la.png", pale),
    ]
    for file in files:
        for size in (32, 8):
            shown = reader.read(file, (size, size))
            seen = [shown.get_at((x, size // 2))[3] for x in (size // 8, size - 1 - size // 8)]
            assert seen[0] >= 250, (file.name, size)
            assert seen[1] <= 4, (file.name, size)


def test_of_an_animated_picture_the_first_frame_is_shown(reader, tmp_path):
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, GREEN, BLUE)]
    for ending in ("gif", "png", "webp", "avif"):
        file = tmp_path / f"a.{ending}"
        frames[0].save(file, save_all=True, append_images=frames[1:], duration=100)
        assert near(reader.read(file, (40, 40)).get_at((20, 20)), RED), ending


def test_a_photograph_in_two_sizes_in_one_file_is_a_photograph(reader, tmp_path):
    file = tmp_path / "a.jpg"
    upright().save(file, "MPO", save_all=True, append_images=[upright((12, 8))], quality=95)
    assert_upright(reader.read(file, (60, 60)), 30)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_photograph_of_50_megapixels_is_shown_in_bounded_memory(tmp_path, options):
    shade = Image.linear_gradient("L").resize((8660, 5774))
    photograph = Image.merge("RGB", (shade, shade, shade))
    files = [saved(tmp_path / "a.jpg", photograph, quality=80, **options)]
    if not options:
        files.append(saved(tmp_path / "a.png", photograph, compress_level=1))
    for file in files:
        with ImageReader() as reader:
            shown = reader.read(file, (600, 400))
            assert shown.get_size() == (600, 400)
            assert near(shown.get_at((300, 200)), (128, 128, 128))
            peak_kib = int(
                next(
                    line.split()[1]
                    for line in Path(f"/proc/{reader._process.pid}/status").read_text().splitlines()
                    if line.startswith("VmHWM")
                )
            )
        most = {"a.png": 300, "a.jpg": 400 if options else 120}[file.name]
        assert peak_kib < most << 10, file.name


def png(width, height, kind=2, bits=8, body=b""):
    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    plte = chunk(b"PLTE", bytes(6)) if kind == 3 else b""
    packed = zlib.compress(body)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + plte + chunk(b"IDAT", packed)
        + chunk(b"IEND", b"")
    )  # fmt: skip


def jpeg(**options):
    out = BytesIO()
    upright((300, 200)).save(out, "JPEG", **options)
    return out.getvalue()


BROKEN = {
    "empty.png": (b"", "empty"),
    "words.png": (b"no picture", "no picture, or is damaged"),
    "bomb.png": (png(60_000, 60_000), "60000x60000 pixels.*448.*smaller"),
    "palette.png": (png(60_000, 60_000, 3, 1), "60000x60000 pixels"),
    "zero.png": (png(0, 10), "no picture|no pixels"),
    "cut.png": (png(300, 200, body=bytes(1000)), "cut short.*again"),
    "cut.jpg": (jpeg()[:1500], "cut short.*again"),
    "cut-progressive.jpg": (jpeg(progressive=True)[:1500], "cut short.*again"),
    "photo.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*JPEG"),
    "poster.pdf": (b"%PDF-1.7\n", "PDF.*JPEG"),
    "poster.tif": (b"II*\0\x08\0\0\0", "TIFF.*JPEG"),
    "layers.psd": (b"8BPS\0\1", "Photoshop.*JPEG"),
    "drawing.png": (b'<?xml version="1.0"?><svg/>', "drawing.*svg"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_shown_is_told_in_one_line(reader, tmp_path, name):
    data, what = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PictureError, match=rf"{name} .*({what})") as caught:
        reader.read(tmp_path / name, (64, 64))
    assert "\n" not in str(caught.value)
    file = saved(tmp_path / "whole.png", upright())
    assert_upright(reader.read(file, (60, 60))), "the next one is shown"


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, put in twice, or missing at the end."""
    torn = bytearray(data)
    for _ in range(dice.choice((1, 2, 5, 20))):
        at = dice.randrange(len(torn))
        match dice.randrange(3):
            case 0:
                torn[at] = dice.randrange(256)
            case 1:
                torn[at:at] = torn[at : at + dice.randrange(1, 64)]
            case _:
                del torn[max(at, len(torn) - 9) :]
    return bytes(torn)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif", "gif"])
def test_damaged_files_cost_themselves(reader, tmp_path, ending):
    dice = random.Random(11)
    file = saved(tmp_path / f"a.{ending}", upright())
    whole, process = file.read_bytes(), None
    words = []
    for _ in range(100):
        file.write_bytes(damaged(whole, dice))
        try:
            reader.read(file, (64, 64))
        except PictureError as error:
            words.append(str(error))
        assert process in {None, reader._process}, "the decoder has died"
        process = reader._process
    assert len(words) > 10
    assert not any("\n" in told for told in words)
    file.write_bytes(whole)
    assert_upright(reader.read(file, (60, 60)), 40)


def test_what_is_no_file_is_refused_at_once(reader, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "null.png").symlink_to("/dev/zero")
    places = {
        "pipe.png": "pipe or a device",
        "null.png": "pipe or a device",
        "folder.png": "directory",
        "loop.png": "cannot be opened",
        "nothing.png": "does not exist",
        "x" * 300: "cannot be opened",
    }
    for name, what in places.items():
        with pytest.raises(PictureError, match=what):
            reader.read(tmp_path / name, (64, 64))


def test_a_name_in_composed_or_decomposed_letters_is_found(reader, tmp_path):
    saved(tmp_path / unicodedata.normalize("NFD", "Grüße.png"), upright())
    file = inside(tmp_path, unicodedata.normalize("NFC", "Grüße.png"))
    assert_upright(reader.read(file, (60, 60)))


def test_exif_that_cannot_be_read_costs_the_turn_alone(reader, tmp_path, caplog):
    for exif in (b"Exif\0\0XX*\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0"):
        file = saved(tmp_path / "a.jpg", upright(), exif=exif, quality=95)
        assert_upright(reader.read(file, (60, 60)), 30)


def test_a_decoder_that_crashes_or_hangs_costs_its_picture(tmp_path, monkeypatch):
    whole = saved(tmp_path / "whole.png", upright())
    dies = "import os, signal, sys; sys.stdin.readline(); os.kill(os.getpid(), signal.SIGSEGV)"
    hangs = "import sys, time; sys.stdin.readline(); time.sleep(60)"
    real = image_file._started
    with ImageReader() as reader:
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        for code in (dies, hangs):
            monkeypatch.setattr(
                image_file, "_started",
                lambda code=code: subprocess.Popen([sys.executable, "-c", code], **pipes),
            )  # fmt: skip
            monkeypatch.setattr(image_file, "TIMEOUT_S", 30 if code == dies else 0.3)
            with pytest.raises(PictureError, match=r"whole.png .*signal (11|9)"):
                reader.read(whole, (60, 60))
        monkeypatch.setattr(image_file, "_started", real)
        monkeypatch.setattr(image_file, "TIMEOUT_S", 60)
        assert_upright(reader.read(whole, (60, 60)))
    assert reader._process is None


def test_memory_is_held_by_the_kernel():
    code = (
        "from kiosk.draw import image_decoder as d; d._limit_itself(); "
        "b = bytearray(d.MAX_DATA_BYTES)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr


LOGO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="40mm" viewBox="0 0 120 80">
<style>.tl{{fill:#dc1e1e}}.br{{fill:#fff}}</style><path class="tl" d="M0 0h60v40H0z"/>
<path fill="#14a03c" d="M60 0h60v40H60z"/><path fill="#1e3cc8" d="M0 40h60v40H0z"/>
<path class="br" d="M60 40h60v40H60z"/>{}</svg>
"""


def test_a_drawing_is_drawn_at_the_size_of_its_place(reader, tmp_path):
    file = tmp_path / "Logo.SVG"
    file.write_text(LOGO.format(""))
    fitted = reader.read(file, (300, 300))
    assert fitted.get_size() == (300, 200)
    assert_upright(fitted, most=1)
    covering = reader.read(file, (300, 300), cover=True)
    assert covering.get_size() == (300, 300)
    assert_upright(covering, most=1)


def test_a_drawing_that_is_refused_is_told_with_its_line_and_a_remedy(reader, tmp_path):
    file = tmp_path / "logo.svg"
    file.write_text(LOGO.format("<text>Museum</text>"))
    with pytest.raises(
        PictureError, match=r"line 6: <text> is not drawn.*Turn the text into paths"
    ):
        reader.check(file)
    file.write_text(LOGO.format('<image href="http://a.example/x.png"/>'))
    with pytest.raises(PictureError, match=r"<image> is not drawn.*Export it as PNG"):
        reader.check(file)
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(PictureError, match=r"no XML"):
        reader.check(file)


def test_a_drawing_that_asks_for_too_much_is_refused_before_it_is_drawn(reader, tmp_path):
    file = tmp_path / "card.svg"
    blur = '<filter id="f"><feGaussianBlur stdDeviation="9"/></filter>'
    file.write_text(LOGO.format(blur + '<path filter="url(#f)" d="M0 0h9v9z"/>' * 200))
    with pytest.raises(PictureError, match=r"too much to draw.*Simplify the drawing"):
        reader.check(file)
    file.write_bytes(LOGO.format("<!--").encode() + bytes(5 << 20))
    with pytest.raises(PictureError, match=r"KiB, more than 4096"):
        reader.check(file)
