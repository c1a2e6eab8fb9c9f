"""What an HTTP status means at each place of a phone's web server."""

import errno

import pytest

from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    Dropped,
    NotOffered,
    PermissionDenied,
    PhonetuiError,
    ProtocolError,
    Restarting,
    ServerError,
    Unreachable,
)
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of, translate

_COLUMNS = (
    ServerPlace.PART,
    ServerPlace.WHOLE,
    ServerPlace.COMMAND,
    ServerPlace.CATALOGUE,
    ServerPlace.SESSION,
    ServerPlace.WEBSOCKET,
)
_MEANINGS: dict[int, tuple[type[PhonetuiError], ...]] = {
    200: (ServerError, NotOffered, ServerError, NotOffered, NotOffered, NotOffered),
    302: (ProtocolError, ProtocolError, ProtocolError, NotOffered, NotOffered, NotOffered),
    400: (CommandRefused, CommandRefused, CommandRefused, NotOffered, NotOffered, NotOffered),
    401: (AccessError,) * 6,
    403: (*(PermissionDenied,) * 4, AccessError, AccessError),
    404: (ProtocolError, NotOffered, ProtocolError, NotOffered, NotOffered, NotOffered),
    405: (ProtocolError, NotOffered, NotOffered, NotOffered, NotOffered, NotOffered),
    410: (ServerError, NotOffered, ServerError, NotOffered, NotOffered, NotOffered),
    429: (Busy,) * 6,
    500: (ServerError, ServerError, ServerError, ServerError, NotOffered, NotOffered),
    501: (ProtocolError, NotOffered, NotOffered, NotOffered, NotOffered, NotOffered),
    502: (Restarting,) * 6,
    503: (Busy,) * 6,
    504: (ServerError, ServerError, ServerError, ServerError, NotOffered, NotOffered),
    777: (ServerError, ServerError, ServerError, ServerError, NotOffered, NotOffered),
}
_ROWS = [
    (status, place, kind)
    for status, kinds in _MEANINGS.items()
    for place, kind in zip(_COLUMNS, kinds, strict=True)
]  # fmt: skip


@pytest.mark.parametrize(("status", "place", "kind"), _ROWS)
def test_a_status_means_what_its_place_makes_of_it(status: int, place: ServerPlace, kind: type[PhonetuiError]) -> None:
    error = error_of(place, Refusal(status=status, username="xapi", retry_after="7", location="/else", body=b"why"))
    assert type(error) is kind
    assert error.message
    if isinstance(error, Busy):
        assert error.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [((errno.ECONNREFUSED,) * 2, "connection-refused"), ((errno.ENETUNREACH, errno.ECONNREFUSED), "connection-refused"),
     ((errno.EHOSTUNREACH, errno.ENETUNREACH), "no-route"), ((errno.EPIPE, errno.EPIPE), "")],
)  # fmt: skip
def test_of_several_addresses_that_fail_the_telling_one_is_reported(numbers: tuple[int, ...], reason: str) -> None:
    """As asyncio words it: a name with an address of each family, and nobody at any of them."""
    each = [OSError(number, f"Connect call failed ('::1', {place})") for place, number in enumerate(numbers)]
    error = translate(OSError(f"Multiple exceptions: {', '.join(map(str, each))}"))
    assert error.reason == reason
    assert isinstance(error, Unreachable if reason else Dropped)


def test_reasons_are_words_of_the_contract() -> None:
    known = {"", "credentials", "role", "not-found"}
    reasons = {error_of(place, Refusal(status=status, username="x")).reason for status, place, _ in _ROWS}
    assert reasons == known
