"""The program of docs/cloud-avatars.md, as it stands there, against the stand-in."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.avatarim import HEARD, REPLY, AvatarIm
from tests.support.avatarim_control import ACCESS_KEY

ROOT = Path(__file__).parents[4]
PAPER = (ROOT / "docs" / "cloud-avatars.md").read_text()
(EXAMPLE,) = [
    block
    for block in re.findall(r"^```python\n(.*?)^```$", PAPER, re.MULTILINE | re.DOTALL)
    if "AvatarImClient(" in block
]


async def run(cloud: AvatarIm) -> tuple[int | None, str, str]:
    """Run it in a process of its own; return its status and what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AVATARIM_TOKEN": ACCESS_KEY,
        "AVATARIM_URL": cloud.url,
        "AVATARIM_CONTROL_URL": cloud.control_url,
    }
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", EXAMPLE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_it_talks_to_the_avatar_and_leaves_nothing(cloud: AvatarIm) -> None:
    status, out, err = await run(cloud)
    assert status == 0, err
    assert out == f"startResult \nasrText When do you open?\nreplyText {REPLY}\n"
    assert HEARD not in out  # A second of silence is no sentence.
    assert len(cloud.heard) == 2 * 16_000
    assert len(cloud.actions("StartInstance")) == 1
    assert cloud.contents("stop")
    assert not cloud.instances
    assert not cloud.actions("unsigned")


async def test_a_refused_session_leaves_no_instance(cloud: AvatarIm) -> None:
    cloud.faults.start = "failed"
    status, _, err = await run(cloud)
    assert status == 1
    assert "the start was refused: busy" in err
    assert len(cloud.actions("StartInstance")) == 1
    assert not cloud.instances
