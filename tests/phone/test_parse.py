"""Raw words, in every spelling seen."""

import pytest

from phonetui import numeric
from phonetui.phone import parse
from phonetui.phone.state import CallDirection, Phase
from phonetui.text import printable


@pytest.mark.parametrize(
    ("raw", "score"),
    [
        ("4.1", 4.1), ("41", 4.1), ("410", 4.1), ("1", 1.0), ("5.0", 5.0), ("50", 5.0), ("3.8 ", 3.8),
        ("0", None), ("0.0", None), ("127", None), ("", None), ("--", None), ("n/a", None), ("7", None), ("600", None),
    ],
)  # fmt: skip
def test_mos(raw: str, score: float | None) -> None:
    assert parse.mos(printable(raw)) == score


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("7 days, 02:13:02", 612_782.0), ("1 day 00:00:01", 86_401.0), ("00:04:33", 273.0), ("4:33", 273.0),
        ("273", 273.0), ("273 s", 273.0), ("", None), ("soon", None), ("1:2:3:4", None),
    ],
)  # fmt: skip
def test_duration(raw: str, seconds: float | None) -> None:
    assert parse.duration(printable(raw)) == seconds


@pytest.mark.parametrize(("raw", "value"), [("14", 14.0), ("14 ms", 14.0), ("0.4 %", 0.4), ("-", None), ("", None)])
def test_number(raw: str, value: float | None) -> None:
    assert numeric.decimal(printable(raw)) == value


@pytest.mark.parametrize(("raw", "value"), [("92", 92.0), ("0", None), ("0 ms", None), ("65535", None), ("", None)])
def test_round_trip_of_zero_was_not_measured(raw: str, value: float | None) -> None:
    assert parse.round_trip(printable(raw)) == value


@pytest.mark.parametrize(("raw", "value"), [("93", 93.0), ("127", None), ("0", None), ("107", 107.0), ("200", None)])
def test_r_factor(raw: str, value: float | None) -> None:
    assert parse.r_factor(printable(raw)) == value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Idle", Phase.IDLE), ("", Phase.IDLE), ("n/a", Phase.IDLE), ("Dialing", Phase.SETUP), ("Dialling", Phase.SETUP),
        ("Calling", Phase.SETUP), ("Proceeding", Phase.SETUP), ("Ringing", Phase.ALERTING), ("Answering", Phase.ALERTING),
        ("Connected", Phase.TALK), ("In Call", Phase.TALK), ("Connecting", Phase.SETUP), ("Hold", Phase.HELD),
        ("Holding", Phase.HELD), ("OnHold", Phase.HELD), ("Resuming", Phase.HELD), ("Disconnecting", Phase.ENDING),
        ("Reorder", Phase.ERROR), ("No Service", Phase.ERROR), ("Levitating", Phase.UNKNOWN),
        ("Inactive", Phase.IDLE), ("Not Connected", Phase.IDLE), ("NotConnected", Phase.IDLE), ("not_active", Phase.IDLE),
        ("Not in call", Phase.IDLE), ("No active call", Phase.IDLE), ("Disconnected", Phase.IDLE),
        ("Terminated", Phase.IDLE), ("On Hook", Phase.IDLE), ("Unconnected", Phase.IDLE), ("On Hold", Phase.HELD),
        ("Connected, on hold", Phase.HELD), ("Call in progress", Phase.SETUP), ("Early Media", Phase.SETUP),
        ("Off-hook", Phase.SETUP), ("Confirmed", Phase.TALK), ("Call failed: no answer", Phase.ERROR),
        ("Active", Phase.TALK), ("CONNECTED", Phase.TALK), ("Call Disconnecting", Phase.ENDING),
    ],
)  # fmt: skip
def test_phase(raw: str, kind: Phase) -> None:
    assert parse.phase(printable(raw)) is kind


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1000 Full", (1000, True, True)), ("1000-Full", (1000, True, True)), ("1000M full", (1000, True, True)),
        ("Up 1000Mb Full", (1000, True, True)), ("100 Half", (100, False, True)), ("10BaseT half", (10, False, True)),
        ("Link Down", (None, None, False)), ("No link", (None, None, False)), ("Auto", (None, None, None)),
        ("Up, 100Mb, Full Duplex", (100, True, True)), ("Up, 100 Mbps, Half-Duplex", (100, False, True)),
        ("1 Gbps full duplex", (1000, True, True)), ("2.5Gb Full", (2500, True, True)), ("100M/FD", (100, True, True)),
        ("100M/HDX", (100, False, True)), ("Full Duplex, 1000 Mbit/s", (1000, True, True)),
        ("1000baseT/Full", (1000, True, True)), ("100-half-duplex", (100, False, True)),
        ("Speed: 10 Mb, duplex: half", (10, False, True)), ("Up", (None, None, True)), ("LinkUp", (None, None, True)),
        ("Connected", (None, None, True)), ("Not connected", (None, None, False)), ("Disconnected", (None, None, False)),
        ("Unplugged", (None, None, False)), ("Down (100 Full)", (None, None, False)), ("not up", (None, None, False)),
        ("0Mb Half", (None, None, False)), ("None", (None, None, False)), ("Upgrading", (None, None, None)),
    ],
)  # fmt: skip
def test_link(raw: str, expected: tuple[int | None, bool | None, bool | None]) -> None:
    link = parse.link(printable(raw))
    assert link is not None
    assert (link.speed_mbps, link.full_duplex, link.is_up) == expected


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Registered", True),
        ("Not Registered", False),
        ("Failed", False),
        ("Registering", False),
        ("Registered (TLS)", True),
        ("Registered, expires in 3600 s", True),
        ("Registered (failover)", True),
        ("registered to 192.0.2.10:5061", True),
        ("SIP registered", True),
        ("Online", True),
        ("Unregistered", False),
        ("NotRegistered", False),
        ("Not currently registered", False),
        ("Registered: No", False),
        ("De-registered", False),
        ("Registration failed, last registered 10:00", False),
        ("Disconnected", False),
        ("Registration in progress", False),
        ("Rejected (403)", False),
        ("", None),
        ("Shiny", None),
    ],
)
def test_registration(raw: str, value: bool | None) -> None:
    assert parse.registered(printable(raw)) is value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Inbound", CallDirection.INCOMING),
        ("Outbound", CallDirection.OUTGOING),
        ("audio", None),
        ("", None),
        ("In", CallDirection.INCOMING),
        ("Inactive", None),
        ("Internal", None),
    ],
)
def test_direction(raw: str, value: CallDirection | None) -> None:
    assert parse.direction(printable(raw)) is value


@pytest.mark.parametrize(
    ("raw", "value"),
    [("DeepSleep", True), ("Networked", False), ("deep sleep", True), ("Not in deep sleep", False), ("", False)],
)
def test_deep_sleep(raw: str, value: bool) -> None:
    assert parse.sleeps_deeply(printable(raw)) is value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Yes", True),
        ("0", False),
        ("5000", None),
        ("", None),
        ("Yes (2 new)", True),
        ("On Hold", True),
        ("Not held", False),
    ],
)
def test_flag(raw: str, value: bool | None) -> None:
    assert parse.flag(printable(raw)) is value
