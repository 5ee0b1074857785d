"""Doing once: reading rows that never change, and drawing them, once in each process; asking what several places of a
page ask once for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Generic, ParamSpec, TypeVar

from jinja2.runtime import Macro

from elearn.db import one_connection

DRAWINGS_KEPT = 1_000

Key = TypeVar("Key")
Value = TypeVar("Value")
Asked = ParamSpec("Asked")


class Kept(Generic[Key, Value]):
    """At most so many values of immutable rows; beyond that the oldest goes first.

    Only for facts that are never replaced: what is kept can't be out of date. Inside a write unit nothing is
    kept, since the unit may yet be undone.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: dict[Key, Value] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """The value of this key; `read` finds it the first time, and raises where there is none."""
        try:
            return self._values[key]
        except KeyError:
            value = read()
        if one_connection().unit is None:
            with self._lock:
                self._values[key] = value
                while len(self._values) > self.most:
                    del self._values[next(iter(self._values))]
        return value


def asked_once(read: Callable[Asked, Value]) -> Callable[Asked, Value]:
    """A question to the database that parts of one page ask each for themselves, and that is put once for all.

    An answer is kept as long as the read transaction that it was found in, and nobody changes it. Inside a write
    unit every question is put anew: it may be about what the unit has written. Arguments are hashable.
    """

    @wraps(read)
    def answer(*args: Asked.args, **named: Asked.kwargs) -> Value:
        here = one_connection()
        if here.unit is not None:
            return read(*args, **named)
        key = (read, args, tuple(named.items()))
        if key not in here.answers:
            here.answers[key] = read(*args, **named)
        kept: Value = here.answers[key]
        return kept

    return answer


@lru_cache(maxsize=DRAWINGS_KEPT)
def drawn_once(macro: Macro, *what: Hashable, **how: Hashable) -> str:
    """What a macro draws of something that never changes (a post, a clause), drawn once for all who see it."""
    return macro(*what, **how)
