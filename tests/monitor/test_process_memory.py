"""What the process does with its memory."""

import asyncio
import gc
import os
import subprocess
import sys

import psutil
import pytest

from phonetui.monitor import process_memory
from phonetui.monitor.process_memory import TRIM_EVERY_S, freeze_long_lived, tend_heap
from tests.virtual_time import run_virtually

LARGE_PIECES = """
import ctypes
from phonetui.monitor.process_memory import limit_malloc

names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
class Mallinfo(ctypes.Structure):  # malloc.h of glibc
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo

is_limited = limit_malloc() is not None
bytearray(4 * 2**20)  # mapped, and freed: from here on pieces of this size come from the heap, unless there is a limit
before = libc.mallinfo2().hblks
piece = bytearray(256 * 1024)
print(is_limited, libc.mallinfo2().hblks - before)
"""


def has_glibc() -> bool:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") is not None
    except (AttributeError, OSError, ValueError):
        return False


def large_pieces(**variables: str) -> str:
    """Whether limits were set, and how many pieces of 256 KiB have a mapping of their own after it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    words = [sys.executable, "-c", LARGE_PIECES]
    ran = subprocess.run(words, env=kept | variables, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip()


@pytest.mark.skipif(not has_glibc(), reason="another C library")
@pytest.mark.parametrize(
    ("variables", "pieces"),
    [
        ({}, "True 1"),
        ({"MALLOC_ARENA_MAX": "2"}, "False 0"),
        ({"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}, "False 0"),
        ({"GLIBC_TUNABLES": "glibc.elision.enable=0"}, "True 1"),
    ],
)
def test_large_pieces_go_back_to_the_system_unless_the_operator_has_set_malloc(
    variables: dict[str, str], pieces: str
) -> None:
    assert large_pieces(**variables) == pieces


@pytest.mark.skipif(not has_glibc(), reason="another C library")
def test_unused_pages_go_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces below the threshold, every tenth of which stays: pages between them are unused."""
    monkeypatch.setattr(process_memory, "_is_set_from_environment", lambda: False)

    async def watch() -> int:
        tending = asyncio.create_task(tend_heap())
        await asyncio.sleep(TRIM_EVERY_S / 2)
        pieces = [b"x" * 32_000 for _ in range(600)]
        kept = pieces[::10]
        pieces.clear()
        before = resident()
        await asyncio.sleep(TRIM_EVERY_S)
        tending.cancel()
        assert kept
        return before - resident()

    assert run_virtually(watch()) > 8 * 2**20


def resident() -> int:
    bytes_: int = psutil.Process().memory_info().rss
    return bytes_


def test_what_is_long_lived_is_not_looked_at_again() -> None:
    kept = [[number] for number in range(100)]
    try:
        freeze_long_lived()
        assert gc.get_freeze_count() >= len(kept)
    finally:
        gc.unfreeze()
