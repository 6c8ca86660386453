"""A table of states answers whether one may follow another, and nothing else."""

from enum import Enum

import pytest

from kiosk.core.moves import check_move
from kiosk.errors import IllegalMoveError


class Light(Enum):
    RED = 1
    GREEN = 2


TABLE = {Light.RED: {Light.GREEN}, Light.GREEN: set()}


def test_a_move_of_the_table_is_taken_and_no_other():
    check_move(TABLE, Light.RED, Light.GREEN, "the light")
    with pytest.raises(IllegalMoveError, match="the light cannot go from GREEN to RED"):
        check_move(TABLE, Light.GREEN, Light.RED, "the light")
