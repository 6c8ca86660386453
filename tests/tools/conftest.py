from collections.abc import Iterator

import pytest

from .web_service import WebService


@pytest.fixture
def service() -> Iterator[WebService]:
    it = WebService()
    yield it
    it.close()
