"""The picture of the costs: bars are as high as they are dear, and parted by what they went for."""

from pathlib import Path

import pygame
import pytest

from kiosk.cli import usage_plot
from kiosk.core.tally import Tally
from kiosk.core.tokens import NANO
from kiosk.errors import UserError


def drawn(file: Path, *days: Tally) -> list[int]:
    """Pixels of each part of the bars, as in `PARTS`; the key has some of each colour, too."""
    usage_plot.write(days, "US$", file)
    picture = pygame.image.load(file)
    assert picture.get_size() == usage_plot.SIZE
    plot = picture.subsurface((0, 70, usage_plot.SIZE[0], usage_plot.SIZE[1] - 70))
    colours = [colour for _, colour in usage_plot.PARTS]
    return [pygame.mask.from_threshold(plot, colour, (1, 1, 1, 255)).count() for colour in colours]


def test_bars_are_as_high_as_what_they_show(tmp_path: Path) -> None:
    day = Tally("2026-12-01", cost_n=8 * NANO, again_n=2 * NANO, avatar_n=4 * NANO)
    parts = drawn(tmp_path / "plot.png", day)
    height = usage_plot.SIZE[1] - usage_plot.TOP - usage_plot.BOTTOM
    whole = height * usage_plot.MAX_BAR_PX
    assert parts == pytest.approx([whole / 4, whole / 4, whole / 2], rel=0.02)


def test_two_years_and_days_without_cost_fit(tmp_path: Path) -> None:
    many = [Tally(f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", cost_n=n * NANO) for n in range(330)]
    assert drawn(tmp_path / "many.png", *many)[0] > 10_000
    assert drawn(tmp_path / "none.png", Tally("2026-12-01")) == [0, 0, 0]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Name another file"):
        usage_plot.write([Tally("2026-12-01")], "US$", tmp_path / "none" / "plot.png")
