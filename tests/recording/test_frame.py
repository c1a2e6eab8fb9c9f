"""Frames: what was packed comes back; what was changed, cut or is hostile is an error, and what follows is found."""

import contextlib
import random
import struct
import zlib

import pytest

from phonetui.errors import ProtocolError
from phonetui.recording.frame import (
    HEADER_SIZE,
    MARKER,
    MOST_UNPACKED,
    Damage,
    FrameCodec,
    FrameHeader,
    FrameType,
    frame,
    scan,
)

CODEC = FrameCodec(b"SystemUnit ProductId Line Call PacketsReceived" * 20)


def frames(count: int) -> list[bytes]:
    return [
        CODEC.pack(FrameType.UPDATES, {"n": number, "words": ["PacketsReceived"] * number}, number, number + 1)
        for number in range(count)
    ]


def contents(data: bytes) -> list[int]:
    found = []
    for header in scan(data):
        if isinstance(header, FrameHeader):
            with contextlib.suppress(ProtocolError):
                found.append(CODEC.unpack(header, data[header.offset : header.end])["n"])
    return found


def test_what_was_packed_comes_back() -> None:
    assert contents(b"".join(frames(5))) == [0, 1, 2, 3, 4]


def test_a_bit_flipped_anywhere_costs_one_frame() -> None:
    whole = b"".join(frames(6))
    rng = random.Random(1)
    for place in rng.sample(range(len(whole)), 120):
        data = bytearray(whole)
        data[place] ^= 1 << rng.randrange(8)
        assert len(set(range(6)) - set(contents(bytes(data)))) == 1, place


def test_a_file_cut_anywhere_keeps_what_was_whole() -> None:
    parts = frames(4)
    whole, ends = b"".join(parts), [sum(map(len, parts[: n + 1])) for n in range(4)]
    for place in range(0, len(whole), 7):
        assert contents(whole[:place]) == [n for n, end in enumerate(ends) if end <= place]


def test_garbage_between_frames_is_damage() -> None:
    first, second = frames(2)
    found = list(scan(first + b"x" * 40 + MARKER + second))
    assert [type(each) for each in found] == [FrameHeader, Damage, FrameHeader]
    assert found[1] == Damage(len(first), len(first) + 44)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = FrameCodec().pack(FrameType.UPDATES, b"\0" * 2**24, 0, 0)
    (header,) = scan(bomb)
    assert isinstance(header, FrameHeader)
    lying = header._replace(size=100)
    with pytest.raises(ProtocolError, match="another size"):
        FrameCodec().unpack(lying, bomb[header.offset :])
    huge = header._replace(size=MOST_UNPACKED + 1)
    with pytest.raises(ProtocolError, match="claims"):
        FrameCodec().unpack(huge, bomb[header.offset :])


def test_a_body_that_is_longer_than_the_file_is_no_frame() -> None:
    head = struct.pack("<4sB3xIIqqI", MARKER, 3, 2**32 - 1, 2**32 - 1, 0, 0, 0)
    data = head + struct.pack("<I", zlib.crc32(head)) + b"rest"
    assert len(head) + 4 == HEADER_SIZE
    assert list(scan(data)) == [Damage(0, len(data))]


def test_what_is_not_packed_is_an_error() -> None:
    data = frame(FrameType.UPDATES, b"no zstd at all", 30, 0, 0)
    (header,) = scan(data)
    assert isinstance(header, FrameHeader)
    with pytest.raises(ProtocolError, match="unpacked"):
        CODEC.unpack(header, data[header.offset :])
