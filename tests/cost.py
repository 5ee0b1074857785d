"""What something costs, for tests that compare two costs of one run: never a time by itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cost(act: Callable[[], object], *, times: int = 3) -> float:
    """The least that an act cost this thread, in seconds of the processor; what others do meanwhile hardly counts.

    Nor does what they left: thousands of tests keep millions of objects, which Python would look through for garbage
    in the middle of the act, for a second and more.
    """
    least = float("inf")
    gc.freeze()
    try:
        for _ in range(times):
            started = time.thread_time()
            act()
            least = min(least, time.thread_time() - started)
    finally:
        gc.unfreeze()
    return least
