"""How a panel is switched, by files as the kernel has them."""

from kiosk.window import power


def test_a_backlight_is_switched_before_the_console(tmp_path):
    light = tmp_path / "backlight" / "panel"
    light.mkdir(parents=True)
    blank = tmp_path / "blank"
    blank.write_text("")
    files = power.Files(tmp_path / "backlight", blank)
    (light / "bl_power").write_text("0")
    assert files.turn(on=False)
    assert (light / "bl_power").read_text() == "4"
    assert files.turn(on=True)
    assert (light / "bl_power").read_text() == "0"
    assert blank.read_text() == ""
    (light / "bl_power").unlink()
    assert files.turn(on=False)
    assert blank.read_text() == "4"


def test_a_panel_that_cannot_be_switched_is_told(tmp_path):
    assert not power.Files(tmp_path / "none", tmp_path / "none" / "blank").turn(on=False)
