"""A hundred thousand mutilated documents for each decoder: they end in an answer or in an error of ours, soon and small."""

import contextlib
import heapq
import random
import time
import tracemalloc
from collections.abc import Callable

import pytest

from phonetui.errors import PhonetuiError
from tests.xapi.decoders import DECODERS, SOUND, Decoder

DOCUMENTS = 100_000
CPU_S = 0.05
PEAK_BYTES = 50 * 2**20
WORST = 5
CAP = 4 * 2**20
"""Bytes that a transport lets through."""

SPLINTERS = (
    b"<", b">", b"&", b"&#27;", b"&#xD800;", b"]]>", b"<!--", b"<!DOCTYPE a>", b'item="-1"', b'item="99999999999"', b' ghost="True"',
    b"\x00", b"\x1b[2J", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b'"\\ud800"',
    b'"id":', b'"ghost":true', b'"Value":', b"null", b"true", b"-1", b"1e999", b"NaN", b'""', b"</Status>", b"<Line>", b"\xef\xbb\xbf",
)  # fmt: skip


def mutated(rng: random.Random, sound: bytes) -> bytes:
    body = bytearray(sound)
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(body) + 1)
        match rng.randrange(7):
            case 0 if place < len(body):
                body[place] = rng.randrange(256)
            case 1:
                del body[place : place + rng.randint(1, 40)]
            case 2 | 3:
                body[place:place] = rng.choice(SPLINTERS)
            case 4:
                end = place + rng.randint(1, 60)
                body[place:place] = body[place:end]
            case 5 if rng.random() < 0.02:
                body[place:place] = body[place : place + rng.randint(1, 60)] * rng.randint(10, 300)
            case _:
                del body[place + rng.randint(0, 200) :]
    return bytes(body)


def decoded(decoder: Decoder, body: bytes) -> float:
    """CPU seconds that it took."""
    began = time.process_time()
    with contextlib.suppress(PhonetuiError):
        decoder(body)
    return time.process_time() - began


def cost(decoder: Decoder, body: bytes) -> tuple[float, int]:
    """CPU seconds, best of three, and the peak of memory in bytes."""
    seconds = min(decoded(decoder, body) for _ in range(3))
    tracemalloc.start()
    try:
        decoded(decoder, body)
        return seconds, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", DECODERS)
def test_mutilated_documents(name: str) -> None:
    rng, decoder, sound = random.Random(f"fuzz {name}"), DECODERS[name], SOUND[name]
    worst: list[tuple[float, int, bytes]] = []
    began = time.monotonic()
    for number in range(DOCUMENTS):
        body = mutated(rng, rng.choice(sound))
        heapq.heappush(worst, (decoded(decoder, body), number, body))
        if len(worst) > WORST:
            heapq.heappop(worst)
    took = time.monotonic() - began
    costs = [cost(decoder, body) for _, _, body in worst]
    seconds, peak = max(seconds for seconds, _ in costs), max(peak for _, peak in costs)
    print(f"\n{name}: {DOCUMENTS:,} in {took:.0f} s; the worst {seconds * 1e3:.2f} ms, {peak / 2**20:.2f} MiB")
    assert seconds <= CPU_S
    assert peak <= PEAK_BYTES


def xml(inside: bytes) -> bytes:
    return b"<Status>" + inside + b"</Status>"


def answer(inside: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"result":' + inside + b"}"


GIANTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a value of escapes": ("XML status", lambda: xml(b"<A>" + b"\x1b" * (CAP - 40) + b"</A>")),
    "a value of overrides": ("XML status", lambda: xml(b"<A>" + "\u202e".encode() * (CAP // 3 - 40) + b"</A>")),
    "a value of tabs": ("XML status", lambda: xml(b"<A>x" + b"\ta" * (CAP // 2 - 40) + b"</A>")),
    "bare ampersands": ("XML status", lambda: xml(b"<A>" + b"&" * (CAP - 40) + b"</A>")),
    "references": ("XML status", lambda: xml(b"<A>" + b"&#27;" * (CAP // 5 - 40) + b"</A>")),
    "attributes": ("XML status", lambda: xml(b"<A " + b" ".join(b'a%d="1"' % n for n in range(300_000)) + b"/>")),
    "elements": ("XML status", lambda: xml(b"".join(b"<A%d/>" % n for n in range(9_990)))),
    "twins beside others": ("XML feedback", lambda: xml(b"".join(b"<A%d/>" % n for n in range(9_980)) + b"<A1/>")),
    "branches": ("XML answer", lambda: b"<Command>" + (b"<A>" * 60 + b"</A>" * 60) * 80 + b"</Command>"),
    "members": ("JSON-RPC", lambda: answer(b"{" + b",".join(b'"A%d":1' % n for n in range(9_990)) + b"}")),
    "numbers": ("JSON-RPC", lambda: answer(b'{"A":[' + b",".join([b"1"] * 2_000_000) + b"]}")),
    "a long number": ("JSON-RPC", lambda: answer(b'{"A":' + b"9" * (CAP - 100) + b"}")),
    "escapes": ("JSON-RPC", lambda: answer(b'{"A":"' + b"\\u001b" * (CAP // 6 - 40) + b'"}')),
    "ghosts": ("JSON feedback", lambda: b'{"Status":{"Line":[' + b",".join(b'{"id":%d,"ghost":true}' % n for n in range(4_900)) + b"]}}"),
    "depth": ("JSON feedback", lambda: b'{"a":' * 9_000),
    "arrays": ("JSON-RPC", lambda: b"[" * 9_000),
}  # fmt: skip
"""As large as a transport lets through, each aimed at one step of a decoder."""


@pytest.mark.parametrize("giant", GIANTS)
def test_giants(giant: str) -> None:
    name, made = GIANTS[giant]
    body = made()
    assert len(body) <= CAP
    seconds, peak = cost(DECODERS[name], body)
    print(f"\n{giant}: {len(body) / 2**20:.1f} MiB in {seconds * 1e3:.1f} ms, {peak / 2**20:.1f} MiB")
    assert seconds <= 4 * CPU_S  # a busy machine's share; the figures stand in the output
    assert peak <= PEAK_BYTES
