"""What it takes to draw a part of the face: `python -m benchmarks drawing`.

Each part of the shipped packs, half way to all of its shapes, at the size that it has on a screen
of 1920×1080: milliseconds by the drawing thread's own clock, the median of some; and how long
another thread, which only counts, was kept from the interpreter (of some drawings the one that kept
it least, because others on the machine keep it from the processor). Beside it what else we looked
at: nanosvg, which SDL_image has, and resvg-py, where it is installed (`pip install resvg-py`), with
the decoding of its PNG.
"""

import os
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO
from math import ceil

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ["SDL_VIDEODRIVER"] = "dummy"

import pygame

from kiosk.avatar.face import pack
from kiosk.avatar.face.part import FacePart
from kiosk.draw import svg
from kiosk.runtime.drawing_thread import YIELD_S

PACKS = ("host", "robot", "lumen")
HEIGHT_PX = 0.8 * 1080
TIMES = 15
Draw = Callable[[str, tuple[int, int], str], object]


def librsvg(elements: str, size: tuple[int, int], transform: str) -> object:
    return svg.picture(elements, size, transform)


def bare(elements: str, size: tuple[int, int], transform: str) -> str:
    """As a document without the frame and the colours that nanosvg does not know."""
    inside = re.sub(r"rgba\((\d+,\d+,\d+),[^)]*\)", r"rgb(\1)", elements)
    inside = inside.partition(">")[2].rpartition("</svg>")[0]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"'
        f' viewBox="0 0 {size[0]} {size[1]}"><g transform="{transform}">{inside}</g></svg>'
    )


def nanosvg(elements: str, size: tuple[int, int], transform: str) -> object:
    document = bare(elements, size, transform)
    return pygame.image.load(BytesIO(document.encode()), "drawing.svg").convert_alpha()


def resvg(elements: str, size: tuple[int, int], transform: str) -> object:
    import resvg_py

    png = resvg_py.svg_to_bytes(svg_string=bare(elements, size, transform), skip_system_fonts=True)
    return pygame.image.load(BytesIO(png), "drawing.png").convert_alpha()


def spent_ms(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        began_s = time.thread_time()
        work()
        spent.append(time.thread_time() - began_s)
    return statistics.median(spent) * 1e3


class Counter:
    """A thread that counts, and notes how long it stood still."""

    def __init__(self) -> None:
        self._stop = False
        self._last_s = time.perf_counter()
        self._longest_s = 0.0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def held_ms(self, work: Callable[[], object]) -> float:
        longest_s = []
        for _ in range(TIMES):
            time.sleep(0.002)
            self._longest_s = 0.0
            work()
            longest_s.append(max(self._longest_s, time.perf_counter() - self._last_s))
        return min(longest_s) * 1e3

    def close(self) -> None:
        self._stop = True
        self._thread.join()

    def _run(self) -> None:
        while not self._stop:
            now_s = time.perf_counter()
            self._longest_s = max(self._longest_s, now_s - self._last_s)
            self._last_s = now_s


def renderers() -> dict[str, Draw]:
    found: dict[str, Draw] = {"librsvg": librsvg, "nanosvg": nanosvg}
    try:
        import resvg_py  # noqa: F401 - only whether it is there
    except ImportError:
        return found
    return found | {"resvg-py": resvg}


def main() -> None:
    sys.setswitchinterval(YIELD_S)
    pygame.display.init()
    pygame.display.set_mode((64, 64))
    ways = renderers()
    print("| part                | px        |" + "".join(f" {way:>8} ms / lock |" for way in ways))
    print("|---------------------|-----------|" + "---------------------|" * len(ways))
    for name in PACKS:
        loaded = pack.load(pack.SHIPPED / name)
        width, height = loaded.manifest.canvas[2:]
        scale = min(HEIGHT_PX / height, 1920 / width)
        whole = dict.fromkeys(ways, 0.0)
        for layer in loaded.layers:
            part = FacePart(layer, loaded.manifest.canvas, loaded.manifest.anchors.neck)
            x, y, right, bottom = part.box
            size = (ceil((right - x) * scale) + 2, ceil((bottom - y) * scale) + 2)
            neck_x, neck_y = loaded.manifest.anchors.neck
            transform = f"scale({scale}) translate({-x - neck_x} {-y - neck_y})"
            text = part._text(tuple(0.5 for _ in layer.shapes))
            cells = []
            for way, draw in ways.items():
                work = lambda draw=draw: draw(text, size, transform)  # noqa: B023, E731
                whole[way] += (ms := spent_ms(work))
                counter = Counter()
                cells.append(f" {ms:8.2f} / {counter.held_ms(work):8.2f} |")
                counter.close()
            label = f"{name} {layer.layer.name}"
            print(f"| {label:19} | {size[0]:4}x{size[1]:<4} |{''.join(cells)}", flush=True)
        sums = "".join(f" {ms:8.1f}            |" for ms in whole.values())
        print(f"| {name + ', all':19} |           |{sums}", flush=True)
    print(f"\nlibrsvg {version()}")


def version() -> str:
    import ctypes

    library = ctypes.CDLL("librsvg-2.so.2")
    numbers = (
        ctypes.c_uint.in_dll(library, f"rsvg_{part}_version").value
        for part in ("major", "minor", "micro")
    )
    return ".".join(map(str, numbers))


if __name__ == "__main__":
    main()
