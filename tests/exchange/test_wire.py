"""Bytes between machines: nothing that comes can do more than be refused."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.fleet_row import FleetRow
from phonetui.exchange.life import CollectorLife, ShardHolder, life_of
from phonetui.exchange.whole_state import WholeState
from phonetui.text import printable


class Sample(msgspec.Struct, frozen=True):
    name: str
    more: dict[str, tuple[str, ...]] = {}
    number: float | None = None


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_value_or_refused(data: bytes) -> None:
    for kind in (FleetRow, WholeState, CollectorLife):
        for before in (b"", b"\x01j", b"\x01z", b"\x01j["):
            with pytest.raises(ProtocolError):
                wire.decode(before + data + b"!", kind)


@given(st.text(max_size=20), st.text(max_size=60))
def test_texts_come_printable(name: str, more: str) -> None:
    found = wire.decode(wire.encode(Sample(name, {name: (more,)})), Sample)
    assert found == Sample(printable(name), {printable(name): (printable(more),)})


def test_another_version_is_refused_in_words() -> None:
    data = wire.encode(ShardHolder(1, "a", 4))
    with pytest.raises(ProtocolError, match="another release"):
        wire.decode(b"\x02" + data[1:], ShardHolder)


def test_a_collector_lives_under_its_own_name_alone() -> None:
    data = wire.encode(CollectorLife("hq", "a", datetime(2026, 11, 30, tzinfo=UTC), "0", 4))
    assert life_of("hb.hq.a", data).collector == "a"
    for subject in ("hb.branch.a", "hb.hq.b", "hb.hq"):
        with pytest.raises(ProtocolError, match="another collector"):
            life_of(subject, data)


def test_a_newer_release_may_tell_more() -> None:
    data = b'\x01j{"epoch":3,"collector":"a","shards":4,"colour":"green"}'
    assert wire.decode(data, ShardHolder) == ShardHolder(3, "a", 4)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = wire.encode("0" * (wire.MOST_BYTES + 10))
    assert len(bomb) < 10_000
    with pytest.raises(ProtocolError, match="too large"):
        wire.decode(bomb, str)


@given(st.text(min_size=0, max_size=30).filter(lambda name: name == printable(name)))
def test_names_survive_as_tokens(name: str) -> None:
    escaped = subjects.token(name)
    assert subjects.name_of(escaped) == name
    assert escaped
    assert not set(escaped) & set(". *>\t\r\n")
    assert escaped != subjects.SHARD_KEY


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_names_are_never_one_token(one: str, other: str) -> None:
    try:
        assert (subjects.token(one) == subjects.token(other)) == (one == other)
    except UnicodeEncodeError:
        assert not (one + other).isprintable()
