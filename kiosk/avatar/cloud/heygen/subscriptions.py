"""Who hears of a session: callbacks, plain and coroutine, and async iterators. For one thread."""

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.session_events import ClientEvent

log = logging.getLogger("kiosk.avatar")

T = TypeVar("T")
E = TypeVar("E", bound=ClientEvent)

MAX_WAITING_EVENTS = 1000
"""An iterator that is not taken from loses the oldest beyond it, and counts them."""


class Subscription(Generic[T]):
    """An async iterator of what comes from its making on, until `close`.

    Args:
        max_waiting: items that wait to be taken; of more the oldest are dropped and counted.
    """

    def __init__(self, max_waiting: int) -> None:
        self._items: deque[T] = deque(maxlen=max_waiting)
        self._wake = asyncio.Event()
        self._closed = False
        self.dropped = 0
        """How many were lost because nobody took them in time."""

    def put(self, item: T) -> None:
        """Give the next one."""
        self.dropped += len(self._items) == self._items.maxlen
        self._items.append(item)
        self._wake.set()

    def close(self) -> None:
        """Nothing more comes; what waits can still be taken."""
        self._closed = True
        self._wake.set()

    def __aiter__(self) -> "Subscription[T]":
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._items.popleft()


class Channel(Generic[T]):
    """Things of one kind: to callbacks at once, and to iterators."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], Any]] = []
        self._iterators: weakref.WeakSet[Subscription[T]] = weakref.WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def add(self, listener: Callable[[T], Any]) -> None:
        """Call `listener` with each; where it returns a coroutine, that is run beside."""
        self._listeners.append(listener)

    def remove(self, listener: Callable[[T], Any]) -> None:
        """Call it no longer; one that is not called is no error."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def subscribe(self, max_waiting: int) -> Subscription[T]:
        """Give an iterator of what comes from now on; one that nobody keeps is forgotten."""
        iterator: Subscription[T] = Subscription(max_waiting)
        self._iterators.add(iterator)
        if self._closed:
            iterator.close()
        return iterator

    def put(self, item: T) -> None:
        """Tell everybody. A listener's mistakes are its own: they are logged."""
        for iterator in list(self._iterators):
            iterator.put(item)
        for listener in list(self._listeners):
            try:
                result = listener(item)
            except Exception:
                log.exception("a fault in a listener to the avatar")
                continue
            if asyncio.iscoroutine(result):
                task = spawn(result)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Nothing more comes."""
        self._closed = True
        for iterator in list(self._iterators):
            iterator.close()


class EventListeners:
    """Listeners by the class of event that they deliver of."""

    def __init__(self) -> None:
        self._channel: Channel[ClientEvent] = Channel()
        self._wrapped: dict[tuple[type[ClientEvent], Callable[..., Any]], Callable[..., Any]] = {}

    def on(self, kind: type[E], listener: Callable[[E], Any]) -> None:
        """Call `listener` with each event of that class, or of one below it; once, however often
        it is asked for.
        """
        if (kind, listener) in self._wrapped:
            return

        def deliver(event: ClientEvent) -> Any:
            return listener(event) if isinstance(event, kind) else None

        self._wrapped[kind, listener] = deliver
        self._channel.add(deliver)

    def off(self, kind: type[E], listener: Callable[[E], Any]) -> None:
        """Call it no longer."""
        deliver = self._wrapped.pop((kind, listener), None)
        if deliver is not None:
            self._channel.remove(deliver)

    def subscribe(self) -> Subscription[ClientEvent]:
        """Give an iterator of all that comes from now on."""
        return self._channel.subscribe(MAX_WAITING_EVENTS)

    def put(self, event: ClientEvent) -> None:
        """Tell everybody."""
        self._channel.put(event)

    def close(self) -> None:
        """Nothing more comes."""
        self._channel.close()
