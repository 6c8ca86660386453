"""Packs as folders: those that ship, and broken ones, told by file, layer and remedy."""

import os
import re
import zlib
from io import BytesIO

import pygame
import pytest
from PIL import Image

from kiosk.avatar.face import pack, pack_check
from kiosk.avatar.face.face import Face
from kiosk.avatar.face.manifest import MAX_LAYERS, PackError, read_manifest
from kiosk.avatar.face.part import FacePart
from kiosk.core.scene import Scene
from kiosk.lips.visemes import VISEMES
from tests.support.screen import FakeSenses

TOML = """
name = "Dot"
author = "me"
licence = "CC0-1.0"
canvas = [0, 0, 100, 100]
[anchors]
neck = [50, 90]
[[layer]]
name = "dot"
file = "dot.svg"
shapes = { open = "dot-open.svg" }
[expressions]
gasp = { open = 1.0, tilt = 3.0 }
"""
DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<circle cx="50" cy="50" r="{}"/></svg>'
)


@pytest.fixture
def dot(tmp_path):
    """A small pack that is whole."""
    folder = tmp_path / "dot"
    folder.mkdir()
    (folder / "avatar.toml").write_text(TOML)
    (folder / "dot.svg").write_text(DOT.format(20))
    (folder / "dot-open.svg").write_text(DOT.format(40))
    return folder


@pytest.mark.parametrize("name", [folder.name for folder in sorted(pack.SHIPPED.iterdir())])
def test_every_shipped_pack_is_whole(name):
    assert pack_check.faults(pack.SHIPPED / name) == []


def test_a_whole_pack_is_read(dot):
    assert pack_check.faults(dot) == []
    worn = pack.load(dot)
    assert worn.manifest.expressions == {"gasp": {"open": 1.0, "tilt": 3.0}}
    assert [part.layer.name for part in worn.layers] == ["dot"]


def edit(old: str, new: str):
    def change(folder):
        text = (folder / "avatar.toml").read_text()
        assert old in text
        (folder / "avatar.toml").write_text(text.replace(old, new))

    return change


def write(name: str, data: bytes):
    return lambda folder: (folder / name).write_bytes(data)


def png(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG whose head tells another size than its pixels have."""
    data = bytearray(png(4, 4))
    data[16:24] = width.to_bytes(4) + height.to_bytes(4)
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    return bytes(data)


BREAKS = {
    "no toml": (lambda folder: (folder / "avatar.toml").unlink(), "avatar.toml: there is no such"),
    "toml is a folder": (
        lambda folder: ((folder / "avatar.toml").unlink(), (folder / "avatar.toml").mkdir()),
        "avatar.toml: .*directory",
    ),
    "toml is a pipe": (
        lambda folder: ((folder / "avatar.toml").unlink(), os.mkfifo(folder / "avatar.toml")),
        "avatar.toml: .*pipe or device",
    ),
    "toml leads to itself": (
        lambda folder: (
            (folder / "avatar.toml").unlink(),
            (folder / "avatar.toml").symlink_to("avatar.toml"),
        ),
        "avatar.toml: .*symbolic links",
    ),
    "a layer leads to itself": (
        lambda folder: (
            (folder / "dot-open.svg").unlink(),
            (folder / "dot-open.svg").symlink_to("dot-open.svg"),
        ),
        r"dot-open.svg \(layer dot\): ",
    ),
    "a layer is a pipe": (
        lambda folder: (
            (folder / "dot-open.svg").unlink(),
            os.mkfifo(folder / "dot-open.svg"),
        ),
        r"dot-open.svg \(layer dot\): ",
    ),
    "bad toml": (
        write("avatar.toml", b"name = "),
        "avatar.toml: line 1, at the end: not valid TOML",
    ),
    "huge toml": (write("avatar.toml", b"#" * 100_000), "longer than 64 KiB"),
    "binary toml": (write("avatar.toml", b"\xff\xfe\0"), "avatar.toml: "),
    "unknown key": (edit('licence = "CC0-1.0"', 'license = "CC0"'), "license"),
    "unknown key of a layer": (edit('file = "dot.svg"', 'files = "d.svg"'), r"layer dot"),
    "wrong type": (edit("canvas = [0, 0, 100, 100]", 'canvas = "all"'), r"\$.canvas"),
    "no neck": (edit("neck = [50, 90]", ""), "neck"),
    "flat canvas": (edit("[0, 0, 100, 100]", "[0, 0, 100, 0]"), "sides are 50 to 5000"),
    "endless canvas": (edit("[0, 0, 100, 100]", "[0, 0, 100, inf]"), "beyond 5000"),
    "unknown shape": (edit("{ open = 1.0", "{ opne = 1.0"), 'shape "opne": use one of .*open'),
    "a shape that nothing shows": (
        edit("shapes = { open", "shapes = { hop"),
        'nothing ever shows .* "hop"',
    ),
    "too much": (edit("open = 1.0, tilt", "open = 40, tilt"), "open = 40 is too much"),
    "missing file": (
        lambda folder: (folder / "dot-open.svg").unlink(),
        r"dot-open.svg \(layer dot\): there is no such file: export it",
    ),
    "path traversal": (edit('"dot.svg"', '"../dot.svg"'), r"\(layer dot\): leads out of the pack"),
    "absolute path": (edit('"dot.svg"', '"/etc/dot.svg"'), r"\(layer dot\): leads out of the pack"),
    "link that leads out": (
        lambda folder: (
            (folder / "dot.svg").unlink(),
            (folder / "dot.svg").symlink_to("/etc/passwd"),
        ),
        "leads out of the pack",
    ),
    "a pipe": (
        lambda folder: ((folder / "dot.svg").unlink(), os.mkfifo(folder / "dot.svg")),
        "no such file",
    ),
    "other format": (edit('"dot.svg"', '"dot.gif"'), "neither .svg nor .png"),
    "other page": (
        write("dot.svg", DOT.format(5).replace("100 100", "90 90").encode()),
        "its viewBox is",
    ),
    "huge svg": (write("dot.svg", b" " * 700_000), "KiB, more than 512"),
    "groups within groups": (
        write("dot.svg", DOT.format(5).replace("<circle", "<g>" * 9000 + "<circle").encode()),
        "dot.svg .*ungroup",
    ),
    "other structure": (
        write(
            "dot-open.svg",
            DOT.format(5).replace("circle", "ellipse").replace(" r=", " ry=").encode(),
        ),
        r"dot-open.svg \(layer dot\): element 2",
    ),
    "empty drawing": (
        lambda folder: [
            write(name, DOT.format(0).encode())(folder) for name in ("dot.svg", "dot-open.svg")
        ],
        "nothing is to be seen",
    ),
    "no png": (
        lambda folder: (edit('"dot.svg"', '"dot.png"')(folder), write("dot.png", b"PNG")(folder)),
        "dot.png .*is no picture, or is damaged: Save it",
    ),
    "huge png": (
        lambda folder: (
            edit('"dot.svg"', '"dot.png"')(folder),
            write("dot.png", claims(60_000, 60_000))(folder),
        ),
        "has 60000x60000 pixels, more than 17 million: Export it smaller",
    ),
    "too many large png": (
        lambda folder: (
            edit("dot.svg", "dot.png")(folder),
            edit("dot-open.svg", "open.png")(folder),
            write("dot.png", png(4096, 4096))(folder),
            write("open.png", png(4000, 4000))(folder),
        ),
        r"open.png \(layer dot\): has 4000x4000 pixels.* of 32 million for all PNG together",
    ),
    "png of another form": (
        lambda folder: (
            edit('"dot.svg"', '"dot.png"')(folder),
            write("dot.png", png(400, 300))(folder),
        ),
        "another form than the canvas",
    ),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_pack_is_told_with_a_remedy(dot, how):
    change, told = BREAKS[how]
    change(dot)
    faults = pack_check.faults(dot)
    assert faults

    assert any(re.search(told, str(fault)) for fault in faults), list(map(str, faults))
    assert all("\n" not in str(fault) for fault in faults)


def test_a_picture_that_only_claims_to_be_one_is_told(dot):
    edit('"dot.svg"', '"dot.png"')(dot)
    edit('shapes = { open = "dot-open.svg" }', "")(dot)
    edit("gasp = { open = 1.0, tilt = 3.0 }", "")(dot)
    write("dot.png", claims(100, 100))(dot)
    faults = pack_check.faults(dot)
    assert [fault.file for fault in faults] == ["dot.png"]
    assert "cut short" in faults[0].what


def test_the_host_is_worn_in_place_of_a_broken_pack(dot, dummy_display, caplog):
    (dot / "dot.svg").unlink()
    face = Face(str(dot))
    assert "dot.svg (layer dot)" in face.trouble
    assert [record.getMessage() for record in caplog.records] == [
        f'avatar.pack: {face.trouble}. Using the face "host" instead'
    ]
    assert face._pack.manifest.name == "Host"


def test_a_pack_of_large_drawings_is_told_before_it_takes_minutes(dot):
    shapes = ", ".join(f'{name} = "{name}.svg"' for name in VISEMES[1:9])
    edit('open = "dot-open.svg"', shapes)(dot)
    edit("open = 1.0, ", "")(dot)
    path = f'<path d="M0 0L{"9 9 " * 3800}"/>'
    for name in ("dot", *VISEMES[1:9]):
        write(f"{name}.svg", DOT.format(5).replace("<circle", f"{path}<circle").encode())(dot)
    faults = pack_check.faults(dot)
    assert [fault.file for fault in faults] == [f"{VISEMES[7]}.svg", f"{VISEMES[8]}.svg"]
    assert "more than 60000 numbers together" in faults[0].what


@pytest.mark.parametrize("where", ["_measure", "raster"])
def test_the_host_is_worn_where_a_pack_cannot_be_drawn(dummy_display, monkeypatch, where):
    """Whatever the renderer may still stumble over, at the start or in the midst of a talk."""
    sound = getattr(FacePart, where)

    def fail(part, *details):
        if part.layer.name == "shine":
            raise pygame.error("out of ink")
        return sound(part, *details)

    monkeypatch.setattr(FacePart, where, fail)
    face = Face("robot")
    canvas = pygame.Surface((300, 300)).convert()
    face.place(canvas.copy())
    assert face.paint(canvas, canvas.get_rect(), Scene(), FakeSenses(), 1.0) == [canvas.get_rect()]
    assert face.trouble == "robot cannot be drawn: out of ink"
    assert face._pack.manifest.name == "Host"
    face.clear()


@pytest.mark.parametrize("name", ["host", "robot", "lumen"])
def test_a_shipped_pack_has_every_sound_and_expression(name):
    told = read_manifest(pack.SHIPPED / name)
    mouth = next(layer for layer in told.layers if layer.name == "mouth")
    assert set(VISEMES) - {"sil"} <= set(mouth.shapes)
    assert set(told.expressions) == {"smile", "laugh", "surprise", "sad", "wink", "doubt", "bow"}
    assert told.voice


def test_an_unknown_pack_is_told_with_the_known_ones():
    with pytest.raises(PackError, match="Installed are host"):
        pack.find("hsot")
    assert pack.choose("hsot")[1]
    assert "wink" in pack.expressions("hsot"), "those of the host, who is shown then"


def test_the_work_of_a_check_is_bounded_for_all_layers_together(tmp_path):
    """Each layer is within its own bounds; together they would be drawn for many seconds."""
    zigzag = " ".join(f"L{n * 379 % 1000} {n * 613 % 1000}" for n in range(300))
    path = f'<path d="M0 0 {zigzag}" fill="none" stroke="#123456" stroke-dasharray="2.2 2.2"/>'
    toml = TOML.partition("[[layer]]")[0].replace("[0, 0, 100, 100]", "[0, 0, 1000, 1000]")
    for layer in range(MAX_LAYERS):
        name = f"l{layer}"
        toml += f'[[layer]]\nname = "{name}"\nfile = "{name}.svg"\n'
        drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">{path}</svg>'
        (tmp_path / f"{name}.svg").write_text(drawing)
    (tmp_path / "avatar.toml").write_text(toml)
    told = [str(fault) for fault in pack_check.faults(tmp_path)]
    assert any("too much together" in fault for fault in told), told
