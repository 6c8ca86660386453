"""Which button the settings name."""

import asyncio

import pytest

from kiosk.controls.gpio_button import GpioButton
from kiosk.controls.sources import open_button
from tests.controls.edges import Edges, button


async def test_open_button() -> None:
    def never(at_s: float) -> float | None:
        return None

    assert isinstance(open_button(button(), never), GpioButton)
    assert open_button(button("source=keyboard"), never) is None
    assert open_button(button("source=none"), never) is None


async def test_a_script_that_cannot_be_used_is_a_button_that_does_not_work(
    edges: Edges, caplog: pytest.LogCaptureFixture
) -> None:
    it = open_button(button("source=script:/nowhere.jsonl"), lambda at_s: at_s)
    assert it is not None
    it.start(edges)
    await asyncio.sleep(0.05)
    assert "/nowhere.jsonl: there is no such file" in it.trouble
    assert it.cause == "/nowhere.jsonl cannot be used"
    assert caplog.text.count("K-BUTTON: no button: /nowhere.jsonl") == 1
    assert edges.seen == []
    it.close()
