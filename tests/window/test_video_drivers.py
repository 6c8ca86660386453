"""Which screen is tried, and whether it is there: without any screen."""

import socket

import pytest

from kiosk.window import video_drivers


@pytest.mark.parametrize("display", [":7", "unix:7", ":7.0"])
def test_an_x_server_is_there_when_its_socket_answers(tmp_path, display):
    environ = {"DISPLAY": display}
    assert not video_drivers.is_present("x11", environ, x_sockets=tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        assert not video_drivers.is_present("x11", environ, x_sockets=tmp_path), (
            "left by a dead server"
        )
        server.listen()
        assert video_drivers.is_present("x11", environ, x_sockets=tmp_path)


def test_what_cannot_be_told_is_worth_a_try(tmp_path):
    assert video_drivers.is_present("x11", {"DISPLAY": "elsewhere:0"}, x_sockets=tmp_path)
    assert video_drivers.is_present("kmsdrm", {}, connectors=tmp_path)
    assert video_drivers.is_present("fbcon", {})


def test_wayland_is_there_when_its_socket_answers(tmp_path):
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-1"}
    assert not video_drivers.is_present("wayland", environ)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-1"))
        server.listen()
        assert video_drivers.is_present("wayland", environ)


def test_kms_needs_a_plug_with_something_in_it(tmp_path):
    plug = tmp_path / "card1-HDMI-A-1"
    plug.mkdir()
    (plug / "status").write_text("disconnected\n")
    (plug / "modes").write_text("")
    before = video_drivers.outputs(tmp_path)
    assert not video_drivers.is_present("kmsdrm", {}, connectors=tmp_path)
    (plug / "status").write_text("connected\n")
    (plug / "modes").write_text("1920x1080\n")
    assert video_drivers.is_present("kmsdrm", {}, connectors=tmp_path)
    assert video_drivers.outputs(tmp_path) != before, "plugged in is another screen"


@pytest.mark.parametrize(
    ("environ", "dri", "drivers"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, True, ["wayland", "x11"]),
        ({"DISPLAY": ":0"}, True, ["x11"]),
        ({}, True, ["kmsdrm"]),
        ({}, False, []),
    ],
)
def test_auto_takes_the_screen_that_is_there(tmp_path, environ, dri, drivers):
    path = tmp_path / "dri"
    if dri:
        path.mkdir()
    assert video_drivers.candidates("auto", environ, path) == drivers
    assert video_drivers.candidates("dummy", environ, path) == ["dummy"]
