"""Decodes the pictures that a house brings: `python -m kiosk.draw.image_decoder`.

A process of its own, because these files come from anywhere: a decoder that crashes, or that wants
more memory than the board has, then costs the picture and not the daemon. WebP and AVIF also hold
the interpreter lock while they are decoded. `image_file.py` starts it and speaks with it: a line of
JSON for each picture on standard input, a line of JSON and the pixels on standard output. It ends
with its input.
"""

import contextlib
import json
import os
import resource
import stat
import sys
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageCms, UnidentifiedImageError

MAX_BYTES = 448 << 20
"""Memory for the pixels of one picture while it is decoded."""
MAX_DATA_BYTES = 512 << 20
"""Memory of this process, held by the kernel: for what a damaged file makes a decoder do."""
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
_BYTES_PER_PIXEL = {"WEBP": 16, "AVIF": 9}
"""What their decoders take at their worst (Pillow 13, measured at 50 megapixels); others take 4."""
_PROGRESSIVE_BYTES_PER_PIXEL = 6
"""A progressive JPEG is held as coefficients before it can be reduced."""
_BAND_PIXELS = 1 << 20
"""Pixels converted at a time."""
_FINE = 2
"""Reduced to this many times the size that is wanted, then scaled smoothly."""
_ORIENTATION = 0x0112
"""EXIF tag. Source: EXIF 2.32, 4.6.4 A."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[number] for number in (5, 6, 7, 8)}
_NICE = 10
"""Sound and drawing go first."""
_MAX_WORDS = 200
"""Letters of what a decoder says."""
_SAVE_IT = "Save it as PNG or JPEG"
_OTHER_FORMATS = {
    b"ftyphei": "a HEIC photograph",
    b"ftypmif1": "a HEIF photograph",
    b"%PDF": "a PDF document",
    b"8BPS": "a Photoshop document",
    b"II*\0": "a TIFF picture or a raw photograph",
    b"MM\0*": "a TIFF picture or a raw photograph",
    b"BM": "a BMP picture",
}


class UndecodableError(Exception):
    """A file that is not shown.

    Args:
        what: is wrong with it; a verb first, no full stop.
        remedy: a sentence without its full stop.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class DecodeJob:
    """One picture to be decoded.

    Args:
        file: to be read.
        box: width and height in pixels that it is scaled to; None: as it is.
        cover: fill the box and cut what is over, instead of fitting into it.
        max_pixels: of a picture that is not scaled.
    """

    def __init__(
        self, file: str, box: list[int] | None = None, cover: bool = False, max_pixels: int = 0
    ) -> None:
        self._file = Path(file)
        self._box = box
        self._cover = cover
        self._max_pixels = max_pixels
        self.note = ""
        """What was passed over though the picture is shown."""

    def decode(self) -> Image.Image:
        """The picture: first frame, upright, in sRGB, as RGBA.

        Raises:
            UndecodableError: it is not shown; with what is wrong and the remedy.
        """
        if self._file.suffix.lower() == ".svg":
            with _opened(self._file) as stream:
                return self._drawn(stream)
        with _opened(self._file) as stream, _identified(stream) as picture:
            self._load(picture)
            turn = self._turn(picture)
            small = self._scaled(picture, turn in _SIDEWAYS)
            profile = picture.info.get("icc_profile")
        if turn is not None:
            small = small.transpose(turn)
        return self._coloured(small, profile)

    def _drawn(self, stream: IO[bytes]) -> Image.Image:
        """A drawing, at the size of its place at once."""
        import pygame  # At its first use, with what draws: most pictures are none.

        from kiosk.draw import svg

        assert self._box is not None  # noqa: S101 - layers of packs are drawn by the face itself
        data = stream.read(svg.MAX_BYTES + 1)
        try:
            drawn = svg.load(data, (self._box[0], self._box[1]), covers=self._cover)
        except svg.DrawingError as error:
            what, _, remedy = str(error).rpartition(": ")
            raise UndecodableError(f"is refused: {what}", remedy[:1].upper() + remedy[1:]) from None
        except pygame.error as error:
            raise UndecodableError(f"cannot be drawn: {error}", "Export it as PNG") from None
        return Image.frombytes("RGBA", drawn.get_size(), pygame.image.tostring(drawn, "RGBA"))

    def _load(self, picture: Image.Image) -> None:
        """Decode it, a JPEG to not much more than is needed."""
        width, height = picture.size
        if not width * height:
            raise UndecodableError("has no pixels", "Export it again")
        if self._box is None and width * height > self._max_pixels:
            raise UndecodableError(
                f"has {width}x{height} pixels, more than {self._max_pixels / 1e6:.0f} million",
                "Export it smaller",
            )
        # Whether it lies on its side may be known only when it is loaded: enough for both.
        scale = _FINE * max(self._scale(width, height), self._scale(height, width))
        picture.draft(None, (ceil(width * scale), ceil(height * scale)))
        _refuse_too_large(picture, (width, height))
        picture.load()

    def _turn(self, picture: Image.Image) -> Image.Transpose | None:
        """How it is turned upright; None where it is."""
        try:
            return _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
        except Exception as error:  # noqa: BLE001 - whatever a camera wrote there
            self.note = f"its EXIF data cannot be read, so it is not turned ({error})"
            return None

    def _scale(self, width: float, height: float, sideways: bool = False) -> float:
        """By how much a picture of this size is scaled."""
        if self._box is None:
            return 1.0
        box = self._box[::-1] if sideways else self._box
        across, down = box[0] / width, box[1] / height
        return max(across, down) if self._cover else min(across, down)

    def _scaled(self, picture: Image.Image, sideways: bool) -> Image.Image:
        """At the size of its place, in one of the modes of `_plain`."""
        if self._box is None:
            return _plain(picture)
        scale = self._scale(*picture.size, sideways)
        small = _reduced(picture, max(int(1 / (scale * _FINE)), 1))
        scale = self._scale(*small.size, sideways)
        width, height = small.size
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        if not self._cover:
            return small.resize(size, Image.Resampling.LANCZOS)
        size = (self._box[1], self._box[0]) if sideways else (self._box[0], self._box[1])
        across, down = min(size[0] / scale, width), min(size[1] / scale, height)
        left, top = (width - across) / 2, (height - down) / 2
        part = (left, top, left + across, top + down)
        return small.resize(size, Image.Resampling.LANCZOS, part)

    def _coloured(self, small: Image.Image, profile: bytes | None) -> Image.Image:
        """As RGBA in sRGB."""
        alpha = small.getchannel("A") if small.mode in {"LA", "RGBA"} else None
        colours = small.convert({"LA": "L", "RGBA": "RGB"}.get(small.mode, small.mode))
        if profile:
            try:
                colours = _managed(colours, profile)
            except (ImageCms.PyCMSError, OSError, ValueError) as error:
                self.note = f"its colour profile is left out: {error}"
        colours = colours.convert("RGB")
        colours.putalpha(255 if alpha is None else alpha)
        return colours


def _opened(file: Path) -> IO[bytes]:
    """A regular file; a pipe or device is refused at once instead of being waited for."""
    try:
        stream = open(file, "rb", opener=_open_at_once)  # noqa: SIM115 - the caller's
    except FileNotFoundError:
        raise UndecodableError("does not exist", "Put it there, or mend its name") from None
    except IsADirectoryError:
        raise UndecodableError("is a directory", "Name a picture in it") from None
    except PermissionError:
        raise UndecodableError(
            "may not be read by this user", "chmod a+r it, and a+x the folders above it"
        ) from None
    except OSError as error:
        raise UndecodableError(
            f"cannot be opened: {error.strerror}", "Check the path and the disk"
        ) from None
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise UndecodableError("is a pipe or a device", "Name a picture")
    return stream


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _identified(stream: IO[bytes]) -> Image.Image:
    """The picture before it is decoded."""
    try:
        return Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError:
        stream.seek(0)
        head = stream.read(256)
    if not head:
        raise UndecodableError("is empty", "Copy it again")
    if b"<svg" in head:
        raise UndecodableError("is a drawing with another ending", "Name it .svg")
    for mark, what in _OTHER_FORMATS.items():
        if mark in (head[: len(mark)], head[4 : 4 + len(mark)]):
            raise UndecodableError(f"is {what}, which is not shown", _SAVE_IT)
    raise UndecodableError("is no picture, or is damaged", _SAVE_IT)


def _refuse_too_large(picture: Image.Image, whole: tuple[int, int]) -> None:
    """Before it is decoded: a file of few bytes may hold a picture that fills the memory.

    Args:
        picture: as it will be decoded; a JPEG is reduced meanwhile.
        whole: its size in the file.
    """
    width, height = picture.size
    need = width * height * _BYTES_PER_PIXEL.get(picture.format or "", 4)
    if picture.info.get("progressive"):
        need += whole[0] * whole[1] * _PROGRESSIVE_BYTES_PER_PIXEL
    if need > MAX_BYTES:
        raise UndecodableError(
            f"has {whole[0]}x{whole[1]} pixels: decoding takes {need >> 20} MiB, more than"
            f" {MAX_BYTES >> 20}",
            "Save it smaller, or a photograph as a baseline JPEG",
        )


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """Smaller by a whole number, in bands: a large picture is never there twice."""
    if factor == 1:
        return _plain(picture)
    width, height = picture.size
    rows = factor * max(_BAND_PIXELS // (width * factor), 1)
    small: Image.Image | None = None
    for top in range(0, height, rows):
        band = _plain(picture.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        if small is None:
            small = Image.new(band.mode, (ceil(width / factor), ceil(height / factor)))
        small.paste(band, (0, top // factor))
    assert small is not None  # noqa: S101 - it has a row
    return small


def _plain(picture: Image.Image) -> Image.Image:
    """In one of the modes L, LA, RGB, RGBA and CMYK, 8 bits a channel."""
    if picture.mode.startswith("I"):  # 16 bits.
        return picture.point(lambda level: level * (1 / 256)).convert("L")
    mode = "L" if picture.mode in {"1", "L", "LA", "La"} else "RGB"
    if picture.has_transparency_data:
        mode += "A"
    return picture if picture.mode in {mode, "CMYK"} else picture.convert(mode)


def _managed(colours: Image.Image, profile: bytes) -> Image.Image:
    """From the colours of its profile to sRGB. `colours` is L, RGB or CMYK."""
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space)
    if mode is None or (mode == "CMYK") is not (colours.mode == "CMYK"):
        raise ValueError(f"it is for {space}, the picture is {colours.mode}")
    managed = ImageCms.profileToProfile(
        colours.convert(mode),
        source,
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert managed is not None  # noqa: S101 - only one that is changed in place gives None
    return managed


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Words and pixels for a request; a picture that cannot be decoded costs itself."""
    job = DecodeJob(**request)
    try:
        picture = job.decode()
    except UndecodableError as error:
        return _refusal(str(error), error.remedy)
    except MemoryError:
        return _refusal("takes more memory than there is for it", "Save it smaller")
    except Exception as error:  # noqa: BLE001 - a damaged file makes a decoder raise anything
        words = " ".join(str(error).split())[:_MAX_WORDS] or type(error).__name__
        return _refusal(f"is damaged or cut short ({words})", "Copy or export it again")
    return {"size": picture.size, "note": job.note}, picture.tobytes()


def _refusal(what: str, remedy: str) -> tuple[dict[str, Any], bytes]:
    return {"error": what, "remedy": remedy}, b""


def _limit_itself() -> None:
    """The first to be ended where memory is short, and the last to be given a processor."""
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
    os.nice(_NICE)
    with contextlib.suppress(OSError):  # A system without /proc; the limits hold all the same.
        Path("/proc/self/oom_score_adj").write_text("1000")
    Image.MAX_IMAGE_PIXELS = None  # Judged by what decoding takes: `_refuse_too_large`.


def main() -> None:
    """Answer until the input ends."""
    _limit_itself()
    out = sys.stdout.buffer
    with contextlib.suppress(BrokenPipeError):  # Whoever asked is gone.
        for line in sys.stdin.buffer:
            words, pixels = answer(json.loads(line))
            out.write(json.dumps(words).encode() + b"\n" + pixels)
            out.flush()


if __name__ == "__main__":
    main()
