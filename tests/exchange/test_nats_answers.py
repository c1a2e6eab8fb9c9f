"""What direct gets bring: the server's own headers count, whatever a value's own look like."""

import pytest

from phonetui.errors import ProtocolError, Unreachable
from phonetui.exchange.nats_answers import StoredValue, sites_of, value_of

_STORED = b"Nats-Stream: ph_row_hq\r\nNats-Subject: $KV.ph_row.hq.1.a\r\nNats-Sequence: 7\r\nNats-Time-Stamp: x\r\n"


def test_a_value() -> None:
    found = value_of(b"row", b"NATS/1.0\r\n" + _STORED + b"Nats-Num-Pending: 1\r\n\r\n")
    assert found == StoredValue("$KV.ph_row.hq.1.a", 7, b"row")
    deleted = value_of(b"", b"NATS/1.0\r\nKV-Operation: DEL\r\n" + _STORED + b"\r\n")
    assert deleted == StoredValue("$KV.ph_row.hq.1.a", 7, b"", is_deleted=True)


def test_a_publisher_cannot_pose_as_another_site() -> None:
    own = _STORED.replace(b"hq", b"branch")
    found = value_of(b"row", b"NATS/1.0\r\n" + own + _STORED + b"\r\n")
    assert found is not None
    assert found.subject == "$KV.ph_row.hq.1.a"


def test_ends_and_refusals() -> None:
    assert value_of(b"", b"NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\n\r\n") is None
    assert value_of(b"", b"NATS/1.0 404 No Results\r\n\r\n") is None
    with pytest.raises(ProtocolError, match="Bad Request"):
        value_of(b"", b"NATS/1.0 408 Bad Request\r\n\r\n")
    with pytest.raises(Unreachable, match="no values yet"):
        value_of(b"", b"NATS/1.0 503\r\nNats-Subject: $JS.API.DIRECT.GET.a\r\n\r\n")
    with pytest.raises(ProtocolError):
        value_of(b"", b"")


@pytest.mark.parametrize(
    ("allowed", "sites"),
    [
        (["$KV.ph_row.hq.>", "$KV.ph_row.b.>", "ev.c.>"], ["hq", "b"]), (["$KV.ph_row.*.>"], None),
        ([">"], None), (["$KV.>"], None), ([], None), (["ev.>"], []),
    ],
)  # fmt: skip
def test_sites_that_a_user_sees(allowed: list[str], sites: list[str] | None) -> None:
    assert sites_of({"user": "U", "permissions": {"subscribe": {"allow": allowed}}}) == sites


def test_users_without_permissions_see_all() -> None:
    assert sites_of({"user": ""}) is None
    with pytest.raises(ProtocolError):
        sites_of({"permissions": {"subscribe": {"allow": [1]}}})
