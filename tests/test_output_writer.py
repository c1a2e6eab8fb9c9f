"""Writing to what may take nothing: in order, whole or not at all, and never waiting."""

import os
import select
import threading
from collections.abc import Iterator

import pytest

from phonetui.output_writer import CHUNK, OutputWriter

LIMIT = 100_000
WAIT_S = 20.0
"""Far longer than any of it takes."""


class Pipe:
    """A writer into a pipe, and what it told."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.writing = os.fdopen(writing, "wb", 0)
        self.failures: list[OSError] = []
        self.failed, self.emptied = threading.Event(), threading.Event()
        self.writer = OutputWriter(writing, LIMIT, failed=self._fail, emptied=self.emptied.set)

    def _fail(self, error: OSError) -> None:
        self.failures.append(error)
        self.failed.set()

    def fill(self) -> int:
        """Until something is refused: bytes that were accepted."""
        while self.writer.offer(bytes(1000)):
            pass
        return self.writer.accepted

    def read(self, count: int) -> None:
        while count:
            count -= len(os.read(self.reading, count))


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.writing.close()
    os.close(made.reading)


def test_what_is_offered_arrives_in_order(pipe: Pipe) -> None:
    for number in range(100):
        assert pipe.writer.offer(f"{number} ".encode())
    assert pipe.writer.drain(WAIT_S)
    assert os.read(pipe.reading, 1000).decode().split() == [str(number) for number in range(100)]


def test_what_finds_no_room_is_refused_and_the_end_of_that_is_told(pipe: Pipe) -> None:
    accepted = pipe.fill()
    assert pipe.writer.has_gap
    assert pipe.writer.pending <= LIMIT
    assert not pipe.writer.drain(0.05)
    assert not pipe.emptied.is_set()
    pipe.read(accepted)
    assert pipe.emptied.wait(WAIT_S)
    assert pipe.writer.drain(WAIT_S)
    assert not pipe.writer.has_gap
    assert pipe.writer.offer(b"again")


def test_what_is_larger_than_the_limit_is_taken_where_nothing_waits(pipe: Pipe) -> None:
    assert pipe.writer.offer(bytes(3 * LIMIT))
    assert not pipe.writer.offer(b"more")
    pipe.read(3 * LIMIT)
    assert pipe.writer.drain(WAIT_S)


def test_what_is_forgotten_does_not_arrive(pipe: Pipe) -> None:
    accepted = pipe.fill()
    while select.select([], [pipe.writing], [], 0.01)[1]:
        accepted = pipe.fill()
    in_the_pipe = accepted - pipe.writer.pending
    pipe.writer.discard()
    assert not pipe.writer.drain(0.05), "the piece that was under way stands in the way of what is offered"
    pipe.writer.offer(b"last")
    got = b""
    while not got.endswith(b"last"):
        got += os.read(pipe.reading, 65536)
    assert len(got) <= in_the_pipe + CHUNK + len(b"last")


def test_a_descriptor_that_is_lost_is_told_once_and_swallows_the_rest(pipe: Pipe) -> None:
    os.close(pipe.reading)
    pipe.writer.offer(b"nobody")
    assert pipe.failed.wait(WAIT_S)
    for _ in range(3):
        assert pipe.writer.offer(bytes(LIMIT))
    assert pipe.writer.drain(WAIT_S)
    assert [type(error) for error in pipe.failures] == [BrokenPipeError]
    pipe.reading = os.open(os.devnull, os.O_RDONLY)


def test_a_descriptor_that_somebody_made_non_blocking_loses_nothing(pipe: Pipe) -> None:
    os.set_blocking(pipe.writing.fileno(), False)
    accepted = pipe.fill()
    pipe.read(accepted)
    assert pipe.writer.drain(WAIT_S)
