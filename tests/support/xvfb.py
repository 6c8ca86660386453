"""A real X server without a screen, for as long as a test needs it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def xvfb(size: tuple[int, int] = (1280, 720)) -> Iterator[str]:
    """Run Xvfb on a free display and give its name, such as `:3`."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        if os.environ.get("KIOSK_TEST_ALL"):
            pytest.fail(f"{' and '.join(missing)} missing: apt install xvfb xdotool")
        pytest.skip(f"{' and '.join(missing)} not installed")
    reading, writing = os.pipe()
    with subprocess.Popen(
        f"Xvfb -displayfd {writing} -screen 0 {size[0]}x{size[1]}x24 -nolisten tcp".split(),
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            assert number, "Xvfb did not start"
            yield f":{number}"
        finally:
            server.terminate()
