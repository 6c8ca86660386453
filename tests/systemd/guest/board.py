"""What happens inside the machine of `tests/systemd/vm.py`: the installed kiosk on a simulated
board. It tells what it saw, a line of JSON a step; the judgement is `test_board.py`'s.

A program of its own with the standard library alone, run as root.
"""

import json
import os
import socket
import subprocess
import time
import traceback
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHIP = Path("/sys/kernel/config/gpio-sim/kiosk")
BUTTON, LAMP = 17, 18
SETTINGS = """
[live]
endpoint = "ws://127.0.0.1:8765"
[audio]
input = "file:/srv/quiet.wav?loop=1"
output = "null"
[button]
source = "gpio"
[lamp]
driver = "led"
[display]
driver = "none"
"""
DROP_IN = """
[Service]
# An emulated processor is slow.
TimeoutStartSec=300
WatchdogSec=200
# gpiozero asks which Raspberry Pi this is: a Pi 4.
BindReadOnlyPaths=/run/cpuinfo:/proc/cpuinfo
"""
UDP = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); "
RECORD = """
import pyaudio
card = pyaudio.PyAudio()
infos = [card.get_device_info_by_index(n) for n in range(card.get_device_count())]
[index, *_] = [info["index"] for info in infos if "Loopback" in info["name"]]
line = card.open(48_000, 2, pyaudio.paInt16, input=True, input_device_index=index)
print(len(line.read(48_000, exception_on_overflow=False)), "bytes")
"""
RULE = 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"\n'


def sh(*words: str, check: bool = True) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def tell(**what: Any) -> None:
    print("TOLD", json.dumps(what), flush=True)


def host(order: str) -> None:
    """Something for the owner of the machine to do, and time for it to arrive."""
    print("ASK", order, flush=True)
    time.sleep(3)


def until(look: Callable[[], Any], within_s: float = 120) -> Any:
    """The first true answer, or the last one."""
    end_s = time.monotonic() + within_s
    while not (seen := look()) and time.monotonic() < end_s:
        time.sleep(0.2)
    return seen


def ask(verb: str = "status", directory: str = "/run/kiosk") -> dict[str, Any]:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(f"{directory}/control.sock")
            line.sendall(json.dumps({"do": verb}).encode() + b"\n")
            return json.loads(line.makefile("rb").readline())
    except OSError:
        return {"state": "none", "code": "", "button": {"trouble": "not there"}, "turns": []}


def journal() -> list[str]:
    return sh("journalctl", "--unit=kiosk", "--output=cat", "--no-pager").splitlines()


def configure(settings: str = SETTINGS) -> None:
    Path("/etc/kiosk/kiosk.toml").write_text(settings)


def restart() -> None:
    sh("systemctl", "restart", "kiosk")


# --- the chip


def line(number: int) -> Path:
    device = (CHIP / "dev_name").read_text().strip()
    chip = (CHIP / "bank0/chip_name").read_text().strip()
    return Path(f"/sys/devices/platform/{device}/{chip}/sim_gpio{number}")


def press(pressed: bool) -> None:
    (line(BUTTON) / "pull").write_text("pull-down" if pressed else "pull-up")


def live(is_live: bool) -> None:
    (CHIP / "live").write_text("1" if is_live else "0")


def pressed_once() -> dict[str, Any]:
    """A press and a release of the line, as the kiosk saw them."""
    before = len(ask()["turns"])
    press(True)
    held = until(lambda: (now := ask())["state"] == "listening" and now, 30) or ask()
    lit = until(lambda: (line(LAMP) / "value").read_text().strip() == "1", 10)
    press(False)
    after = until(lambda: (now := ask())["state"] != "listening" and now, 30) or ask()
    return {
        "held": held["state"],
        "lit": bool(lit),
        "released": after["state"],
        "turns": len(after["turns"]) - before,
    }


# --- the steps


def no_chip() -> None:
    restart()
    # At first there is no connection either, which is shown instead.
    seen = until(lambda: (now := ask())["code"] == "K-BUTTON" and now) or ask()
    tell(no_chip={"status": seen, "journal": [x for x in journal() if "K-BUTTON" in x]})


def no_rights() -> None:
    sh("modprobe", "gpio-sim")
    (CHIP / "bank0").mkdir(parents=True)
    (CHIP / "bank0/num_lines").write_text("28")
    live(True)
    press(False)
    until(lambda: "/dev/gpiochip0 may not" in ask()["button"]["trouble"])
    tell(no_rights=ask())


def pressing() -> None:
    sh("groupadd", "--system", "gpio")
    sh("usermod", "-aG", "gpio", "kiosk")
    Path("/etc/udev/rules.d/60-gpio.rules").write_text(RULE)
    sh("udevadm", "control", "--reload")
    sh("udevadm", "trigger", "--settle", "--subsystem-match=gpio")
    restart()
    seen = until(lambda: (now := ask())["state"] == "attract" and now) or ask()
    presses = []
    for _ in range(3):
        presses.append(pressed_once())
        until(lambda: ask()["state"] == "attract")  # The answer is over: each press is a turn.
    restarts = sh("systemctl", "show", "kiosk", "--property=NRestarts", "--value").strip()
    tell(
        pressing={
            "status": seen,
            "presses": presses,
            "restarts": restarts,
            "journal": journal()[-20:],
        }
    )


def chip_goes() -> None:
    daemon = ask()["processes"]["daemon"]
    until(lambda: ask()["state"] == "attract")  # The answers of the presses before are over.
    calm = cpu_share(daemon)
    before = len(journal())
    live(False)
    until(lambda: ask()["button"]["trouble"], 60)
    gone = until(lambda: (now := ask())["code"] and now, 60) or ask()
    time.sleep(6)
    gone_share = cpu_share(daemon)
    lines = journal()[before:]
    live(True)
    press(False)
    until(lambda: ask()["state"] == "attract", 120)
    tell(
        chip_goes={
            "status": gone,
            "lines": len(lines),
            "told": [x for x in lines if "K-BUTTON" in x],
            "cpu_share": [calm, gone_share],
            "press": pressed_once(),
            "same_daemon": ask().get("processes", {}).get("daemon") == daemon,
            "journal": journal()[-20:],
        }
    )


def cpu_share(pid: int, over_s: float = 10) -> float:
    """Of the processor, for a process."""

    def spent_s() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before_s = spent_s()
    time.sleep(over_s)
    return (spent_s() - before_s) / over_s


def pin_in_use() -> None:
    sh("systemctl", "stop", "kiosk")
    code = "import lgpio, time; lgpio.gpio_claim_input(lgpio.gpiochip_open(0), 17); time.sleep(999)"
    other = subprocess.Popen(["/opt/kiosk/bin/python", "-c", code], cwd="/tmp")
    time.sleep(5)
    restart()
    seen = until(lambda: "GPIO 17" in (now := ask())["button"]["trouble"] and now) or ask()
    other.kill()
    other.wait()
    free = until(lambda: ask()["state"] == "attract", 120)
    tell(pin_in_use={"status": seen, "free": bool(free), "press": pressed_once()})


def by_hand() -> None:
    """`kiosk run` as a person starts it, in a directory where nobody may write."""
    sh("systemctl", "stop", "kiosk")
    Path("/run/hand").mkdir()
    sh("chown", "kiosk:kiosk", "/run/hand")
    with Path("/run/hand.log").open("wb") as log:
        hand = subprocess.Popen(
            [
                *("unshare", "--mount", "sh", "-c"),
                "mount --bind /run/cpuinfo /proc/cpuinfo && cd / && exec env HOME=/run/hand"
                " setpriv --reuid=kiosk --regid=kiosk --init-groups"
                " kiosk run --runtime-dir /run/hand",
            ],
            stderr=log,
        )
    up = until(lambda: (now := ask(directory="/run/hand"))["state"] != "none" and now)
    time.sleep(3)
    tell(
        by_hand={
            "status": ask(directory="/run/hand") if up else {},
            "root": [one.name for one in Path("/").iterdir()],
        }
    )
    hand.terminate()
    hand.wait()


def tried(*words: str) -> dict[str, Any]:
    """A command within the unit's cgroup, which bounds devices, addresses and memory."""
    cgroup = "/sys/fs/cgroup/system.slice/kiosk.service/cgroup.procs"
    script = f'echo $$ >{cgroup} && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words], capture_output=True, text=True, check=False
    )
    return {"rc": done.returncode, "said": (done.stdout + done.stderr)[-300:]}


def inside() -> tuple[str, ...]:
    """The beginning of a command within the unit's mounts."""
    pid = sh("systemctl", "show", "kiosk", "--property=MainPID", "--value").strip()
    return ("nsenter", "--target", pid, "--mount")


def walls() -> None:
    """What the unit closes, tried by a process of its cgroup and of its mounts."""
    restart()
    until(lambda: ask()["state"] != "none")
    sh("ip", "addr", "add", "169.254.169.254/32", "dev", "lo")
    metadata = ("python3", "-c", UDP + "s.sendto(b'x', ('169.254.169.254', 80))")
    outside = subprocess.run(metadata, check=False)
    show = ("MemoryMax", "MemorySwapMax", "UMask")
    tell(
        walls={
            "bind": tried("python3", "-c", UDP + "s.bind(('0.0.0.0', 8080))"),
            "metadata": tried(*metadata),
            "metadata_outside": outside.returncode,
            "loopback": tried("python3", "-c", UDP + "s.sendto(b'x', ('127.0.0.1', 80))"),
            "own_program": tried(
                *inside(), "sh", "-c", "cp /bin/true /run/kiosk/own && /run/kiosk/own"
            ),
            "system_program": tried(*inside(), "/bin/true"),
            **{x: sh("systemctl", "show", "kiosk", "-p", x, "--value").strip() for x in show},
        }
    )


def sound_and_screen() -> None:
    sh("modprobe", "snd-aloop")
    sh("modprobe", "virtio-gpu", check=False)
    time.sleep(2)
    changed = SETTINGS.replace('driver = "none"', 'driver = "auto"\nstage = "surface"')
    changed = changed.replace("gpio", "keyboard")
    configure(changed)
    restart()
    until(lambda: (now := ask())["state"] != "none" and now["display"]["frames"] > 2, 240)
    # The emulated processor is too slow for the kiosk's own patience with a card: a second of it is
    # recorded as the kiosk would, by its user, library and walls.
    user = ("setpriv", "--reuid=kiosk", "--regid=kiosk", "--init-groups")
    heard = tried(*inside(), *user, "/opt/kiosk/bin/python", "-c", RECORD)
    tell(sound_and_screen={"status": ask(), "heard": heard, "journal": journal()[-30:]})


def console() -> None:
    """Keys that lead away from the kiosk, on the keyboard of the machine."""
    active = Path("/sys/class/tty/tty0/active")
    muted = sh("systemctl", "is-active", "kiosk-console", check=False).strip()
    begun = active.read_text().strip()
    host("sendkey alt-f2")
    host("sendkey ctrl-alt-delete")
    for key in ("q", "esc", "alt-f4", "ctrl-c"):
        host(f"sendkey {key}")
    here = active.read_text().strip()
    kept = ask()["state"]
    host("sendkey spc 4000")
    spoke = until(lambda: (now := ask())["turns"] and now, 20) or ask()
    sh("systemctl", "stop", "kiosk")

    def after_it() -> str:
        return sh("systemctl", "is-active", "kiosk-console", check=False).strip()

    until(lambda: after_it() == "inactive", 60)
    host("sendkey alt-f2")
    tell(
        console={
            "muted": muted,
            "begun": begun,
            "here": here,
            "kept": kept,
            "turns": len(spoke["turns"]),
            "after": after_it(),
            "then": active.read_text().strip(),
        }
    )


def main() -> None:
    Path("/run/cpuinfo").write_text(Path("/proc/cpuinfo").read_text() + "\nRevision\t: c03111\n")
    drop_in = Path("/run/systemd/system/kiosk.service.d/vm.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(DROP_IN)
    with wave.open("/srv/quiet.wav", "wb") as quiet:
        quiet.setparams((1, 2, 16_000, 0, "NONE", ""))
        quiet.writeframes(bytes(range(16)) * 4000)
    configure()
    sh("systemctl", "daemon-reload")
    sh("systemd-run", "--quiet", "--unit=concierge", "kiosk", "concierge", "--port", "8765")
    steps = (
        *(no_chip, no_rights, pressing, chip_goes, pin_in_use, by_hand, walls),
        *(sound_and_screen, console),
    )
    for step in steps:
        begun_s = time.monotonic()
        try:
            step()
        except Exception:  # noqa: BLE001 - told, and the next step goes on
            tell(**{step.__name__: {"fault": traceback.format_exc(), "journal": journal()[-30:]}})
        tell(**{f"{step.__name__}_s": time.monotonic() - begun_s})


main()
