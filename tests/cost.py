"""What something costs, for tests that compare two costs of one run: never a time by itself."""

from __future__ import annotations

import time
from collections.abc import Callable


def cost(act: Callable[[], object], *, times: int = 3) -> float:
    """The least that an act cost this thread, in seconds of the processor; what others do meanwhile hardly counts."""
    least = float("inf")
    for _ in range(times):
        started = time.thread_time()
        act()
        least = min(least, time.thread_time() - started)
    return least
