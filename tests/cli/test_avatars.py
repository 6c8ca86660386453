"""`kiosk avatars`: list, show, check and film packs."""

import re

import av
import pytest

from kiosk.avatar.face import pack
from kiosk.avatar.face.manifest import FILE
from kiosk.cli import main


def test_the_shipped_packs_are_listed(capsys):
    assert main.main(["avatars", "list"]) == 0
    told = capsys.readouterr().out
    assert re.findall(r"^\S+", told, re.MULTILINE) == ["host", "lumen", "robot", "template"]


def test_a_broken_pack_in_the_list_is_told(capsys, monkeypatch, tmp_path):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / FILE).write_text("name = 3")
    monkeypatch.setattr(pack, "OWN", tmp_path)
    assert main.main(["avatars", "list"]) == 0
    assert f"odd          broken: kiosk avatars check {tmp_path / 'odd'}" in capsys.readouterr().out


def test_a_houses_own_pack_is_found_by_its_name(monkeypatch, tmp_path):
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / FILE).write_text("name = 3")
    monkeypatch.setattr(pack, "OWN", tmp_path)
    assert pack.find("host") == tmp_path / "host", "before the shipped one"


def test_what_is_in_a_pack_is_shown(capsys):
    assert main.main(["avatars", "show", "robot"]) == 0
    told = capsys.readouterr().out
    assert "expressions: bow, doubt, laugh, sad, smile, surprise, wink" in told
    assert "  left-eye (gaze, depth 0.6), blink-left smile happy" in told


def test_a_whole_pack_is_ok_and_a_broken_one_is_told_line_by_line(capsys, tmp_path):
    assert main.main(["avatars", "check", str(pack.SHIPPED / "template")]) == 0
    assert capsys.readouterr().out == "ok\n"
    text = (pack.SHIPPED / "template" / FILE).read_text()
    (tmp_path / FILE).write_text(text)
    assert main.main(["avatars", "check", str(tmp_path)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 15, "a line for each missing file"
    assert all("there is no such file" in line for line in told)


@pytest.mark.parametrize("verb", ["show", "preview"])
def test_an_unknown_pack_is_told(capsys, verb, tmp_path):
    more = ["--out", str(tmp_path / "a.mp4")] if verb == "preview" else []
    assert main.main(["avatars", verb, "hsot", *more]) == 2
    assert "there is no pack 'hsot'" in capsys.readouterr().err


def test_a_pack_is_filmed_with_its_voice(capsys, tmp_path):
    out = tmp_path / "films" / "lumen.mp4"
    command = ["avatars", "preview", "lumen", "--out", str(out), "--size", "160x90"]
    assert main.main(command) == 0
    assert capsys.readouterr().out == f"{out}\n"
    with av.open(str(out)) as film:
        assert film.duration / 1e6 == pytest.approx(20, abs=0.2)
        assert film.streams.video[0].frames == 500
        sound = [frame.to_ndarray() for frame in film.decode(audio=0)]
    loud = [abs(block).max() > 0.05 for block in sound]
    first = loud.index(True) / len(loud) * 20
    assert 5.5 < first < 6.8, "it speaks where its lips do"
