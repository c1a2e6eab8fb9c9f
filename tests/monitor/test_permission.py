"""How long control lasts: a clock moved by hand."""

from phonetui.monitor.control_policy import IDLE_S, ControlGrants
from phonetui.phone.state import PhoneId

LOBBY, OTHER = PhoneId("lobby"), PhoneId("other")


def test_control_ends_after_five_minutes_without_a_key() -> None:
    grants = ControlGrants()
    grants.give(LOBBY, 100.0)
    grants.give(OTHER, 100.0)
    grants.use(LOBBY, 250.0)
    assert grants.expire(100.0 + IDLE_S - 0.1) == ()
    assert grants.expire(100.0 + IDLE_S) == (OTHER,)
    assert list(grants) == [LOBBY]
    assert grants.expire(250.0 + IDLE_S) == (LOBBY,)
    assert LOBBY not in grants
    assert IDLE_S == 300.0


def test_use_without_control_gives_none() -> None:
    grants = ControlGrants()
    grants.use(LOBBY, 1.0)
    assert LOBBY not in grants
    assert not grants.end(LOBBY)
    grants.give(LOBBY, 2.0)
    assert grants.end(LOBBY)
    assert list(grants) == []
