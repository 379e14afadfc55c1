"""From an event loop in a thread to an ordinary iterator.

Takes a coroutine function that puts things, gives an iterator of them, each as soon as it is put.
What is not taken soon makes the coroutine wait, so memory stays flat. Closing the iterator cancels
the coroutine and waits until it has cleaned up. Knows nothing about what is handed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

__all__ = ["Put", "handed_over"]

T = TypeVar("T")
Put = Callable[[T], Awaitable[None]]

_FULL_S = 0.01
_TOGETHER_S = 0.01


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def handed_over(work: Callable[[Put[T]], Coroutine[Any, Any, None]], *, ahead: int) -> Iterator[T]:
    """What `work(put)` puts, in that order; at most about `ahead` things wait to be taken."""
    side = _Side(work, ahead)
    side.thread.start()
    try:
        while True:
            batch = side.line.get()
            if isinstance(batch, _End):
                if batch.error is not None:
                    raise batch.error
                return
            for item in batch:
                side.taken += 1
                yield item
    finally:
        side.cancel()


class _Side(Generic[T]):
    """The far side: the thread, its loop and the line between the two."""

    def __init__(self, work: Callable[[Put[T]], Coroutine[Any, Any, None]], ahead: int) -> None:
        self.line: SimpleQueue[list[T] | _End] = SimpleQueue()
        self.taken = 0
        """Counted by the near side alone, as `_given` is by the far side: no lock is needed."""
        self.thread = threading.Thread(target=self._run, name="gatewright-asking", daemon=True)
        self._work, self._ahead = work, ahead
        self._given = 0
        self._batch: list[T] = []
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Cancel what still runs, and wait for its end."""
        self._begun.wait()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        self.thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._main())
        except BaseException as raised:
            error = raised
        self._begun.set()
        self._flush()
        self.line.put(_End(error))

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._work(self._put))
        self._begun.set()
        await self._task

    async def _put(self, item: T) -> None:
        while self._given - self.taken >= self._ahead:
            await asyncio.sleep(_FULL_S)
        self._given += 1
        self._batch.append(item)
        if len(self._batch) == 1:
            # What comes within a moment goes together: waking a thread is dear.
            asyncio.get_running_loop().call_later(_TOGETHER_S, self._flush)

    def _flush(self) -> None:
        if self._batch:
            self.line.put(self._batch)
            self._batch = []
