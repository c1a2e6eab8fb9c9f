"""The process's memory over runs of weeks: limits of glibc's malloc, and what Python's garbage collector looks at.

glibc gives a piece of memory of 128 KiB and more a mapping of its own, which goes back to the system as soon as it is
freed. But each one that is freed makes the next of its size come from the heap (mallopt(3), "dynamic mmap threshold",
up to 32 MiB). asyncio takes 256 KiB for each reading of a plain socket and keeps the few hundred bytes that came, so
after the first push these are strewn over the heap, with holes between them that fit nothing else. Each thread has a
heap of its own besides, which keeps what its largest piece of work took. A threshold that was set once stays, and one
heap is enough for threads that take turns with Python's lock.

What is left is that the heap keeps what it took at its fullest: now and then its unused pages are given back. That
takes 0.1 to 0.6 ms over a hundred phones, in a thread; who wants memory from the heap waits for so long.

Elsewhere (musl, macOS) nothing of this is done: their allocators have no such rules.

Python's garbage collector left to itself goes through all objects whenever a quarter more of them outlived a few
rounds, which with a thousand phones is every few seconds, and 40 to 200 ms each time. What phones say makes no cycles:
references free it at once. Cycles come from screens, connections and errors, a few megabytes an hour; those that die
young are still found as ever. So the oldest objects are looked through at moments of ours, not in the middle of a key
press.
"""

import asyncio
import ctypes
import gc
import os
import sys
import time

TRIM_EVERY_S = 60.0
"""Between two times that unused pages are given back."""
MAPPED_FROM = 64 * 1024
"""Bytes of a piece that has a mapping of its own: more than any answer of a phone (12 KB), any record of TLS (16 KiB)
and any page of SQLite's, so none of what is needed many times a second pays for the system calls."""
YOUNG, ROUNDS = 2_000, (10, 1_000)
"""New objects between two rounds through the youngest, and rounds between those through older ones (`gc`): the oldest
are left to `update` but for a program that makes garbage by the hundred megabytes."""
SETTLED_S = 30.0
"""After the start most objects stay: what is there then is looked through once, and never again."""
PERIOD_S = 60.0
REST = 500
"""Times as long as a look took, nothing is looked through again."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Of glibc's malloc.h."""


async def tend_heap() -> None:
    """Limits malloc and gives unused pages back now and then, until cancelled."""
    libc = limit_malloc()
    while libc is not None:
        await asyncio.sleep(TRIM_EVERY_S)
        await asyncio.to_thread(libc.malloc_trim, 0)


def limit_malloc() -> ctypes.CDLL | None:
    """glibc, which maps large pieces and keeps one heap from now on.

    None where there is another C library, or where the operator has set glibc's malloc from the environment.
    """
    if not sys.platform.startswith("linux") or _is_set_from_environment():
        return None
    try:
        libc = ctypes.CDLL(None)
        _ = libc.gnu_get_libc_version
        libc.mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM)
        libc.mallopt(_M_ARENA_MAX, 1)
    except (OSError, AttributeError):  # no shared C library, or not glibc's
        return None
    return libc


def _is_set_from_environment() -> bool:
    return any(name.startswith("MALLOC_") for name in os.environ) or "glibc.malloc." in os.environ.get(
        "GLIBC_TUNABLES", ""
    )


def freeze_long_lived() -> None:
    """Has the garbage collector look at nothing any more that is there now: its pauses were 40 ms with a big fleet."""
    gc.collect()
    gc.freeze()


class GarbageCollection:
    """When the process looks for cyclic garbage, from `begin` to `end`."""

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None
        self._due_at = 0.0
        self._has_settled = False

    def begin(self, at: float) -> None:
        """Takes over from Python's own thresholds at monotonic second `at`."""
        self._before = gc.get_threshold()
        self._due_at = at + SETTLED_S
        gc.set_threshold(YOUNG, *ROUNDS)

    @property
    def due_at(self) -> float:
        """Monotonic second from which on `update` has something to do."""
        return self._due_at

    def update(self, at: float) -> None:
        """Looks for garbage if that is due at monotonic second `at`; takes up to some hundred milliseconds."""
        if at < self._due_at:
            return
        began = time.perf_counter()
        if self._has_settled:
            gc.collect()
        else:
            self._has_settled = True
            freeze_long_lived()
        self._due_at = at + max(PERIOD_S, REST * (time.perf_counter() - began))

    def end(self) -> None:
        """Restores the thresholds that there were before."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
