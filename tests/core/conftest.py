import pytest

from .line import Line


@pytest.fixture
def line() -> Line:
    """A session whose first link is up."""
    line = Line()
    line.connect()
    return line
