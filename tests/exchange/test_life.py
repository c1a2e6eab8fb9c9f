"""What a viewer says of collectors that cannot be right together."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from phonetui.exchange.life import CollectorLife, HeardCollector, digest_of, oddities

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
A = CollectorLife("hq", "a", NOW, "0", 4, digest=digest_of(["lobby", "kitchen"]))


def _heard(life: CollectorLife, ahead: timedelta = timedelta()) -> HeardCollector:
    return HeardCollector(life, 0.0, ahead)


def test_a_clock_that_is_wrong_is_told() -> None:
    (kind, words), *more = oddities(_heard(A, timedelta(days=365, microseconds=-5)), [_heard(A)])
    assert "the clock of collector a of hq is 365 days, 0:00:00 ahead of this machine's" in words
    assert kind == "clock hq/a"
    assert not more
    assert "behind" in next(oddities(_heard(A, -timedelta(seconds=90)), []))[1]
    assert not list(oddities(_heard(A, timedelta(seconds=50)), [_heard(A)]))


def test_phones_that_one_alone_has_are_told_once_a_pair() -> None:
    b = replace(A, collector="b", digest=digest_of(["lobby"]))
    both = [_heard(A), _heard(b)]
    assert list(oddities(both[0], both)) == list(oddities(both[1], both))
    assert "may be watched by nobody" in next(oddities(both[0], both))[1]
    for other in (replace(b, digest=A.digest), replace(b, site="branch"), replace(b, digest=0)):
        assert not list(oddities(_heard(A), [_heard(A), _heard(other)]))
    assert digest_of(["lobby", "kitchen"]) == digest_of(["kitchen", "lobby"])
