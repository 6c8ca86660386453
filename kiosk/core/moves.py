"""Tables of states: they answer "may I go there?" and nothing else."""

from collections.abc import Mapping, Set
from enum import Enum
from typing import TypeVar

from kiosk.errors import IllegalMoveError

State = TypeVar("State", bound=Enum)


def check_move(table: Mapping[State, Set[State]], now: State, to: State, what: str) -> None:
    """See that a state may follow another.

    Args:
        table: the states that may follow each.
        now: the present state.
        to: the next one.
        what: whose state it is, for the message.

    Raises:
        IllegalMoveError: the table does not have the move: a fault in our own code.
    """
    if to not in table[now]:
        raise IllegalMoveError(f"{what} cannot go from {now.name} to {to.name}")
