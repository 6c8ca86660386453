"""The check of a pack: its files are judged, then each of its shapes is drawn."""

import os
from pathlib import Path

import pygame

from kiosk.avatar.face import pack
from kiosk.avatar.face.manifest import Fault, Manifest
from kiosk.avatar.face.part import Box, FacePart


def faults(folder: Path) -> list[Fault]:
    """All that is wrong with the pack in a folder; empty where it can be shown."""
    loaded, found = pack.examine(folder)
    if loaded is None or found:
        return found
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    had_display = pygame.display.get_init()
    pygame.display.init()
    try:
        for drawn in loaded.layers:
            layer = drawn.layer
            try:
                part = FacePart(drawn, loaded.manifest.canvas, loaded.manifest.anchors.neck)
            except pygame.error as error:
                what = f"{error}: export it again"
            else:
                if _is_seen(part.box, loaded.manifest):
                    continue
                what = "nothing is to be seen: draw on the canvas"
            found.append(Fault(layer.file, layer.name, what))
    finally:
        if not had_display:
            pygame.display.quit()
    return found


def _is_seen(box: Box, manifest: Manifest) -> bool:
    """Whether a part, whose box is counted from the neck, reaches into the canvas."""
    left, top, width, height = manifest.canvas
    x, y = manifest.anchors.neck
    across = min(box[2] + x, left + width) - max(box[0] + x, left)
    down = min(box[3] + y, top + height) - max(box[1] + y, top)
    return across > 0 and down > 0 and (box[2] - box[0]) * (box[3] - box[1]) > 0
