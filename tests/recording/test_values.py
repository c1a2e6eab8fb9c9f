"""Values of the program to msgpack and back: equal, with the same objects reached by several ways, and nothing else."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.phone.journal import EntryKind, JournalEntry, Weight
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, Connection, Line, Phone, PhoneId, State
from phonetui.recording.values import ValueDecoder, ValueEncoder
from phonetui.text import Printable
from phonetui.xapi.path import Path

NOW = datetime(2026, 11, 30, 14, 3, 21, 123456, tzinfo=UTC)


def returned(value: object) -> object:
    encoder = ValueEncoder()
    written = msgspec.msgpack.encode([encoder.encode(value), encoder.classes])
    encoded, classes = msgspec.msgpack.decode(written)
    return ValueDecoder(classes).decode(encoded)


def phone() -> Phone:
    call = Call(1, 0, remote_name=Printable("Ann"), jitter_ms=3.5)
    return Phone(
        id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.1"),
        connection=Connection(State.LIVE, seen_at=NOW, fresh_at=12.25), lines=(Line(1, calls=(call,)),),
        measures=(Measure(1, 0, grade=Grade.POOR),), forbidden=frozenset({"Network"}),
    )  # fmt: skip


def test_a_phone_comes_back_equal() -> None:
    assert returned(phone()) == phone()


def test_what_is_reached_by_two_ways_is_one_object() -> None:
    call = Call(1, 0)
    found: Any = returned((Line(1, calls=(call,)), call))
    first, second = found
    assert first.calls[0] is second


@pytest.mark.parametrize(
    "value",
    [
        {Path.of("Line", 1): Printable("a"), Path.of("Line", 2): None},
        {(PhoneId("a"), (1, 0)): timedelta(seconds=-1.5)},
        JournalEntry(NOW, PhoneId("a"), Printable("live"), Weight.GOOD, EntryKind.NOTE),
        (Grade.GOOD, 1, 1.5, True, None, "x", (), frozenset({1, 2})),
    ],
)
def test_values_come_back_equal(value: object) -> None:
    assert returned(value) == value


def test_what_is_no_value_of_the_program_is_refused() -> None:
    with pytest.raises(TypeError):
        ValueEncoder().encode(object())


@pytest.mark.parametrize(
    ("encoded", "classes"),
    [
        ([8, "sh"], [["Popen", ["args"]]]),
        ([1, 7], []),
        ([8], []),
        ([6, 0, "NONE"], [["Grade", []]]),
        ([4, 10**30], []),
        ([7, 1.5], []),
        ([2, "a"], []),
        (["x"], []),
        ([8, "lobby"], [["Phone", ["id"]]]),
    ],
)
def test_what_a_stranger_wrote_is_an_error_in_words(encoded: object, classes: object) -> None:
    with pytest.raises(ProtocolError):
        ValueDecoder(classes).decode(encoded)


def test_a_field_that_this_release_lacks_is_left_out() -> None:
    found = ValueDecoder([["Counts", ["received", "colour"]]]).decode([8, 12, "blue"])
    assert found.received == 12


def test_texts_of_a_file_are_made_harmless() -> None:
    assert ValueDecoder([]).decode([0, "a\x1b[31mb"]) == ("a\N{REPLACEMENT CHARACTER}[31mb",)


_plain = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5)
_trees = st.recursive(_plain, lambda inner: st.lists(inner, max_size=4), max_leaves=15)


@given(_trees, st.lists(st.tuples(st.sampled_from(["Phone", "Grade", "Call", "x"]), st.lists(st.text(max_size=4)))))
def test_whatever_stands_there_is_a_value_or_a_protocol_error(encoded: object, classes: list[object]) -> None:
    with contextlib.suppress(ProtocolError):
        ValueDecoder(classes).decode(encoded)
