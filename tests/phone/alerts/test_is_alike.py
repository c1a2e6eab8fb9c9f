"""Which phones the rules of alerts need not look at again."""

from typing import Any

import pytest
from msgspec.structs import fields, replace

from phonetui.phone.alerts.rules_phone import is_alike
from phonetui.phone.lights import Light, Lights
from phonetui.phone.state import Connection, Line, Phone, PhoneId, State
from phonetui.text import Printable

LAMP = Light(None, None)
BEFORE = Phone(
    id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.21"),
    connection=Connection(State.LIVE, fresh_at=10.0, answer_ms=20.0, interval_s=10.0), lines=(Line(1),), up_s=50.0,
)  # fmt: skip


def test_another_answer_alone_makes_no_difference() -> None:
    again = replace(BEFORE.connection, fresh_at=20.0, answer_ms=35.0)
    assert is_alike(BEFORE, replace(BEFORE, connection=again))


@pytest.mark.parametrize(
    "changed",
    [{"lines": (Line(1),)}, {"up_s": 60.0}, {"clock": Printable("12:00:00")}, {"lights": Lights(message=LAMP)},
     {"measures": ({},)}, {"ports": ({},)}, {"event_calls": ({},)}, {"reported_calls": ({},)},
     {"failed_login": Printable("now")}],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_what_a_rule_looks_at_does(changed: dict[str, Any]) -> None:
    assert not is_alike(BEFORE, replace(BEFORE, **changed))


@pytest.mark.parametrize("name", ["state", "reason", "detail", "hint", "pushes", "unpushed", "interval_s"])
def test_so_does_how_the_connection_stands(name: str) -> None:
    others = {"state": State.STALE, "pushes": True, "interval_s": 2.0}
    connection = replace(BEFORE.connection, **{name: others.get(name, Printable("else"))})
    assert not is_alike(BEFORE, replace(BEFORE, connection=connection))


def test_the_rules_know_what_fields_a_phone_has() -> None:
    """Whoever adds a field says whether a rule looks at it."""
    looked_at = {
        "lines", "measures", "ports", "lights", "clock", "failed_login", "event_calls", "reported_calls", "up_s",
        "connection",
    }  # fmt: skip
    not_looked_at = {
        "id", "name", "address", "group", "tags", "via", "is_behind_webex", "expected_model", "claim", "system",
        "network", "standby", "is_mpp", "forbidden", "trend",
    }  # fmt: skip
    assert {field.name for field in fields(Phone)} == looked_at | not_looked_at
