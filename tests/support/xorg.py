"""A real Xorg without a screen: unlike Xvfb it has modes to choose from, and DPMS."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CONFIG = """
Section "ServerFlags"
 Option "AutoAddDevices" "false"
EndSection
Section "Device"
 Identifier "device"
 Driver "dummy"
 VideoRam 64000
EndSection
Section "Monitor"
 Identifier "monitor"
 HorizSync 5.0 - 1000.0
 VertRefresh 5.0 - 200.0
 Modeline "1280x720" 74.5 1280 1344 1472 1664 720 723 728 748
 Modeline "800x480" 29.5 800 824 896 992 480 483 493 500
EndSection
Section "Screen"
 Identifier "screen"
 Device "device"
 Monitor "monitor"
 DefaultDepth 24
 SubSection "Display"
  Depth 24
  Modes "1280x720" "800x480"
 EndSubSection
EndSection
"""
_POWER = """
Section "Device"
 Identifier "power"
 Driver "dpms"
EndSection
"""
"""A driver whose name is used after that of the screen: so it finds the screen there."""
_MODULES = Path("/usr/lib/xorg/modules")


@contextmanager
def xorg(directory: Path, power: bool = False) -> Iterator[str]:
    """Run Xorg with its dummy driver; the name of the display, such as `:3`.

    Args:
        directory: for its files.
        power: whether its screen can be switched off, by DPMS.

    Fails the test where something is missing, and says what to install.
    """
    tools = {"Xorg": "xserver-xorg-core", "xrandr": "x11-xserver-utils"}
    missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    if not (_MODULES / "drivers" / "dummy_drv.so").exists():
        missing.append("xserver-xorg-video-dummy")
    config, modules = _CONFIG, str(_MODULES)
    if power:
        if not Path("/usr/include/xorg/xf86.h").exists():
            missing.append("xserver-xorg-dev")
        config, modules = config + _POWER, f"{directory / 'modules'},{_MODULES}"
    if missing:
        pytest.fail(f"this test needs: apt install {' '.join(missing)}")
    if power:
        _build(directory / "modules" / "drivers")
    (directory / "xorg.conf").write_text(config)
    reading, writing = os.pipe()
    command = f"Xorg -displayfd {writing} -config xorg.conf -logfile log -noreset -nolisten tcp"
    command += f" -sharevts -novtswitch -modulepath {modules}"
    with subprocess.Popen(
        command.split(), cwd=directory, pass_fds=[writing], stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            assert number, f"Xorg did not start:\n{(directory / 'log').read_text()[-2000:]}"
            yield f":{number}"
        finally:
            server.terminate()


def _build(directory: Path) -> None:
    directory.mkdir(parents=True)
    flags = subprocess.run(
        ["pkg-config", "--cflags", "xorg-server"], check=True, capture_output=True, text=True
    ).stdout
    source = Path(__file__).with_name("dpms_drv.c")
    command = ["gcc", "-shared", "-fPIC", *flags.split(), "-o", str(directory / "dpms_drv.so")]
    subprocess.run([*command, str(source)], check=True)
