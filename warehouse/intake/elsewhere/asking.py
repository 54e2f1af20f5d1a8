"""Asks a server with an end to every wait: what asynchronous libraries do runs in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Patience

_Answer = TypeVar("_Answer")
#: in seconds: for saying goodbye; for a request that is made when no time is left, because it was asked for already
_CLOSING, _LEAST = 5.0, 0.05


class Asking:
    """A loop in a thread of its own, and when all that is asked in it must be answered. Close it."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._until = time.monotonic() + patience.whole
        self.loop = asyncio.new_event_loop()
        # What a library asked side by side and then let go of, when a connection was lost: who waited was told already.
        self.loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self.loop.run_forever, name="inbox elsewhere", daemon=True)
        self._thread.start()

    def answer(self, request: Coroutine[Any, Any, _Answer], seconds: float | None = None) -> _Answer:
        """The answer to one request, or what it raises; InboxUnreachable where it takes too long."""
        left = self._until - time.monotonic()
        patience = self.patience.request if seconds is None else seconds
        asked = asyncio.run_coroutine_threadsafe(request, self.loop)
        try:
            return asked.result(max(min(patience, left), _LEAST))
        except concurrent.futures.TimeoutError:
            asked.cancel()
            raise InboxUnreachable(Cause.SLOW if patience < left else Cause.LONG) from None

    def go_on(self) -> None:
        """InboxUnreachable where no time is left for another file."""
        if time.monotonic() >= self._until:
            raise InboxUnreachable(Cause.LONG)

    def close(self, goodbye: Coroutine[Any, Any, object] | None = None) -> None:
        """End the thread, after a goodbye that may take a moment and may fail."""
        if goodbye is not None:
            asked = asyncio.run_coroutine_threadsafe(goodbye, self.loop)
            try:
                asked.result(_CLOSING)
            except Exception:
                asked.cancel()
        asyncio.run_coroutine_threadsafe(_end_tasks(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _end_tasks() -> None:
    """Of requests that were given up: a loop must not be closed over them."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
