"""A machine in QEMU with Kiosk installed: a kernel of its own, and so a GPIO chip, a sound card, a
screen and a keyboard. `scripts/vm-image` makes its disk.

What happens is a program inside (`guest/`), which tells its findings on a serial line as JSON and
asks for what only the machine's owner can do, such as pressing a key.
"""

import json
import socket
import subprocess
import tarfile
import threading
from pathlib import Path
from typing import Any

DISK = Path(__file__).parents[2] / "build" / "vm"
GUEST = Path(__file__).parent / "guest"
LIMIT_S = 1500
"""For everything: an emulated processor is ten to thirty times slower."""
# -smp 1: QEMU 7.2 with two emulated processors panicked now and then. Nehalem: Mesa's llvmpipe
# crashes with the instructions of newer ones.
MACHINE = "-accel tcg,tb-size=512 -cpu Nehalem -smp 1 -m 2048 -no-reboot -nic none -display none"
SCREEN = "-vga none -device virtio-gpu-pci,xres=640,yres=360"
WORK = (
    "mkdir /run/guest && tar -xf /dev/vdb -C /run/guest &&"
    " exec /usr/bin/python3 /run/guest/board.py >/dev/ttyS1 2>&1"
)
BOOT = (
    "root=/dev/vda rw console=ttyS0 panic=-1 quiet net.ifnames=0"
    " systemd.run_success_action=poweroff systemd.run_failure_action=poweroff"
    f" systemd.run=\"/bin/sh -c '{WORK}'\""
)


def run(folder: Path) -> dict[str, Any]:
    """Boot, let `guest/board.py` do its work, power off; what it told, by name.

    Args:
        folder: where logs and the socket of QEMU's monitor go.
    """
    work = folder / "guest.tar"
    with tarfile.open(work, "w") as tar:
        for file in sorted(GUEST.glob("*.py")):
            tar.add(file, file.name)
    monitor = folder / "monitor"
    with (folder / "console.log").open("wb") as errors:
        machine = subprocess.Popen(
            [
                "qemu-system-x86_64",
                *MACHINE.split(),
                *SCREEN.split(),
                *("-kernel", str(DISK / "vmlinuz"), "-initrd", str(DISK / "initrd.img")),
                *("-append", BOOT),
                *("-drive", f"file={DISK / 'disk.img'},format=raw,if=virtio,snapshot=on"),
                *("-drive", f"file={work},format=raw,if=virtio,readonly=on"),
                *("-monitor", f"unix:{monitor},server,nowait"),
                *("-serial", f"file:{folder / 'boot.log'}", "-serial", "stdio"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    limit = threading.Timer(LIMIT_S, machine.kill)
    limit.start()
    told: dict[str, Any] = {}
    try:
        assert machine.stdout is not None
        with (folder / "guest.log").open("wb") as log:
            for line in machine.stdout:
                log.write(line)
                log.flush()
                kind, _, words = line.decode(errors="replace").strip().partition(" ")
                if kind == "TOLD":
                    told |= json.loads(words)
                elif kind == "ASK":
                    _order(monitor, words)
    finally:
        limit.cancel()
        machine.kill()
        machine.wait()
    return told


def _order(monitor: Path, words: str) -> None:
    """A command for QEMU's monitor, such as `sendkey alt-f2`."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(monitor))
        line.recv(4096)
        line.sendall(words.encode() + b"\n")
        line.recv(4096)
