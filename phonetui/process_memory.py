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
"""

import asyncio
import ctypes
import gc
import os
import sys

TRIM_EVERY_S = 60.0
"""Between two times that unused pages are given back."""
MAPPED_FROM = 64 * 1024
"""Bytes of a piece that has a mapping of its own: more than any answer of a phone (12 KB), any record of TLS (16 KiB)
and any page of SQLite's, so none of what is needed many times a second pays for the system calls."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Of glibc's malloc.h."""


async def tend_heap() -> None:
    """For as long as the program runs, until cancelled."""
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
