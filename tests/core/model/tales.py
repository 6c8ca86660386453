"""Stories by seed: each is played, and one that goes wrong is told in short."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from .state import WrongError


class Tale(NamedTuple):
    """One story, and whom it happens to."""

    reading: Any
    """How the service reads its specification; a dataclass whose defaults are the plain reading."""
    live: dict[str, Any]
    story: list[tuple[Any, ...]]

    def play(self) -> Any:
        """Play it in a new world, which is given back. Raises `WrongError`."""
        raise NotImplementedError


def shortest(found: Tale) -> Tale:
    """What of a story it takes to go wrong in the same way."""
    wrong, tried = _wrong(found), True
    while tried:
        tried = False
        for shorter in _shorter(found):
            if _wrong(shorter) == wrong:
                found, tried = shorter, True
                break
    return found


def played(seeds: Iterable[int], tale: Callable[[int], Tale]) -> Iterator[Any]:
    """The worlds of the stories of these seeds, each once its story is over.

    Raises `WrongError` with the shortest story that goes wrong.
    """
    for seed in seeds:
        told = tale(seed)
        try:
            world = told.play()
        except Exception as error:
            short = shortest(told)
            raise WrongError(
                f"seed {seed}: {error}\n  Reading: {short.reading}\n  settings: {short.live}\n"
                f"  story: {short.story}"
            ) from error
        yield world


def _shorter(found: Tale) -> Iterable[Tale]:
    story, reading = found.story, found.reading
    for n in range(len(story)):
        yield found._replace(story=story[:n] + story[n + 1 :])
    for each in fields(reading):
        if getattr(reading, each.name) != each.default:
            yield found._replace(reading=replace(reading, **{each.name: each.default}))


def _wrong(told: Tale) -> str:
    try:
        told.play()
    except Exception as error:  # noqa: BLE001 - any other fault of the core is one, too
        return re.sub(r"[\d.]+", "", f"{type(error).__name__} {error}")[:40]
    return ""
