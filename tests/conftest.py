"""What all tests share: whole kiosks, and where coverage is measured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.kiosks import Concierge, write_visitor

HERE = Path(__file__).parent
COVERED = ("core/", "live/", "reply/", "audio/rings/")
"""Where coverage is measured: `tool.coverage` in pyproject.toml names the same rooms."""
LONG_WINDED = ("core/model/", "core/test_fuzz.py", "core/test_order.py")
"""They play the core for seconds to minutes; traced, that takes three times as long and reaches
next to nothing more.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(HERE).as_posix()
        if not path.startswith(COVERED) or path.startswith(LONG_WINDED):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="module")
def visitor_wav(tmp_path_factory) -> Path:
    return write_visitor(tmp_path_factory.mktemp("visitor") / "visitor.wav")


@pytest.fixture(scope="module")
def concierge(tmp_path_factory) -> Iterator[Concierge]:
    concierge = Concierge(tmp_path_factory.mktemp("record"))
    yield concierge
    concierge.close()
