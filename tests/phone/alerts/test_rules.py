"""What is wrong with a phone, row by row: the states that it went through, and what is found in the last one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.alerts.rules_phone import DevicePast, assess_device
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.lights import Cadence, Colour, Light, Lights
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric, Pause
from phonetui.phone.state import Connection, Line, Link, Phase, Phone, State
from phonetui.text import Printable, printable
from tests.phone.alerts.phones import AT, DARK, DOWN, FULL, HALF, LIT, NOON, counted, judged, phone, seen, talking

INFO, FAIR, POOR, CRITICAL = Severity


def in_call(measure: Measure, **call: Any) -> Phone:
    return phone(call=talking(**call), measures=(measure,))


def stalled(no_receive_s: float | None, no_media_s: float | None, pause: Pause = Pause.NONE, **call: Any) -> Phone:
    measure = Measure(
        1, 0, Grade.MEASURING, no_receive_s=no_receive_s, no_media_s=no_media_s, pause=pause, sent_per_s=50.0
    )
    return in_call(measure, **call)


def lines(*said: str | None, **more: Any) -> Phone:
    words = {"Registered": True, "Not Registered": False, "Failed": False, "Registering": False}
    rows = (
        Line(index, Printable(word) if word else None, words.get(word or ""), False)
        for index, word in enumerate(said, 1)
    )
    return phone(lines=tuple(rows), **more)


def port(link: Link, crc: int = 7, at: float = AT, configured: str = "Auto", index: int = 1, **counters: int) -> Phone:
    return phone(ports=(counted(index, link, at, configured, RxCrcErr=crc, **counters),))


def light(message: Light | None, waiting: bool | None) -> Phone:
    return phone(lights=Lights(message=message), lines=(Line(1, message_waiting=waiting),))


def reached(state: State = State.LIVE, reason: str = "", **more: Any) -> Phone:
    return phone(connection=Connection(state, reason, **more))


BAD = judged(Metric.LOSS, 4.1, Grade.POOR)

ROWS: dict[str, tuple[Sequence[Phone], Sequence[tuple[AlertId, Severity, str]]]] = {
    "sound": ([phone(), phone()], []),
    "sound call": ([in_call(judged(Metric.LOSS, 0.4, Grade.GOOD))], []),
    "loss": ([in_call(BAD)], [(AlertId.LOSS, POOR, "loss up to 4.1 %  L1 Front Desk 5000")]),
    "loss after a good stretch": (
        [in_call(judged(Metric.LOSS, 0.6, Grade.GOOD)), in_call(judged(Metric.LOSS, 8.2, Grade.CRITICAL)), in_call(BAD)],
        [(AlertId.LOSS, POOR, "loss up to 8.2 % (was 0.6 %, eased since)  L1 Front Desk 5000")],
    ),
    "discard": (
        [in_call(judged(Metric.DISCARD, 1.4, Grade.FAIR))],
        [(AlertId.DISCARD, FAIR, "discard up to 1.4 %  L1")],
    ),
    "jitter": ([in_call(judged(Metric.JITTER, 61, Grade.FAIR))], [(AlertId.JITTER, FAIR, "jitter up to 61 ms  L1")]),
    "round trip": (
        [in_call(judged(Metric.DELAY, 612, Grade.CRITICAL))],
        [(AlertId.DELAY, CRITICAL, "RTT up to 612 ms")],
    ),
    "decoder": ([in_call(judged(Metric.DECODER, 90, Grade.FAIR))], [(AlertId.DELAY, FAIR, "buffer up to 90 ms")]),
    "MOS": (
        [in_call(judged(Metric.MOS, 4.1, Grade.GOOD)), in_call(judged(Metric.MOS, 3.2, Grade.POOR))],
        [(AlertId.MOS, POOR, "MOS down to 3.2 (was 4.1)")],
    ),
    "R": ([in_call(judged(Metric.RATING, 55, Grade.CRITICAL))], [(AlertId.MOS, CRITICAL, "R factor down to 55")]),
    "two figures of one id": (
        [in_call(Measure(1, 0, Grade.POOR, (JudgedMetric(Metric.BURST, 240, Grade.POOR), JudgedMetric(Metric.LOSS, 2, Grade.FAIR))))],
        [(AlertId.LOSS, POOR, "loss up to 2.0 %, bursts of loss up to 240 ms  L1")],
    ),
    "figures of several ids": (
        [in_call(Measure(1, 0, Grade.CRITICAL, (JudgedMetric(Metric.ESTIMATE, 2.4, Grade.CRITICAL), JudgedMetric(Metric.LOSS, 4.5, Grade.POOR), JudgedMetric(Metric.JITTER, 61, Grade.POOR))))],
        [(AlertId.LOSS, CRITICAL, "loss up to 4.5 %, jitter up to 61 ms, MOS est down to 2.4  L1")],
    ),
    "too early to say": ([in_call(replace(BAD, grade=Grade.MEASURING))], []),
    "nothing to judge by": ([in_call(Measure(1, 0))], []),
    "one way": (
        [stalled(5.0, 0.2, mapped_rtp_port=Printable("16384"))],
        [(AlertId.ONE_WAY_AUDIO, POOR, "while 50 packets/s are sent: NAT or a firewall on the way in (mapped RTP port 16384)")],
    ),
    "one way, at first": ([stalled(2.5, 0.2)], [(AlertId.ONE_WAY_AUDIO, FAIR, "for more than 2 s")]),
    "a short stall": ([stalled(1.9, 0.2)], []),
    "one way, held by the far end": ([stalled(9.0, 0.2, remote_hold=True)], []),
    "one way, held here": ([stalled(9.0, 0.2, phase=Phase.HELD)], []),
    "nothing counted": ([stalled(None, None)], []),
    "silence": ([stalled(5.0, 5.0)], [(AlertId.SILENCE, POOR, "no packet either way for more than 4 s: the path is dead")]),
    "silence of a codec that may rest": (
        [stalled(5.0, 5.0, Pause.LIKELY)],
        [(AlertId.SILENCE, INFO, "the codec may rest")],
    ),
    "silence that may be a hold": (
        [stalled(5.0, 5.0, Pause.POSSIBLE)],
        [(AlertId.SILENCE, FAIR, "the path may be dead both ways; a hold by the far end would not be told")],
    ),
    "one way, or a hold": (
        [stalled(5.0, 0.2, Pause.POSSIBLE)],
        [(AlertId.ONE_WAY_AUDIO, FAIR, "possible one-way audio: nothing received for more than 4 s while 50 packets/s")],
    ),
    "a pause": ([stalled(25.0, 0.2, Pause.LIKELY)], []),
    "a long pause": (
        [stalled(31.0, 0.2, Pause.LIKELY)],
        [(AlertId.ONE_WAY_AUDIO, INFO, "possible one-way audio: nothing received for more than 30 s")],
    ),
    "a line that failed": (
        [lines("Registered", "Failed")],
        [(AlertId.REGISTRATION, POOR, "line 2 is not registered: Failed")],
    ),
    "a line that was registered": (
        [lines("Registered", "Registered"), lines("Registered", "Not Registered")],
        [(AlertId.REGISTRATION, POOR, "line 2 is not registered: Not Registered")],
    ),
    "a line that nobody uses": (
        [lines("Registered", "Not Registered")],
        [(AlertId.REGISTRATION, INFO, "line 2 is not registered")],
    ),
    "no line at all": (
        [lines("Not Registered", "Failed")],
        [(AlertId.REGISTRATION, CRITICAL, "no line is registered, the phone cannot be called: Not Registered, Failed")],
    ),
    "registering after a start": ([lines("Registering", up_s=20.0)], []),
    "registering two minutes after a start": ([lines("Registering", up_s=119.0)], []),
    "one of two lines registering after a start": ([lines("Registered", "Registering", up_s=20.0)], []),
    "registering beside a line that failed after a start": (
        [lines("Registering", "Failed", up_s=20.0)],
        [(AlertId.REGISTRATION, CRITICAL, "no line is registered, the phone cannot be called: Registering, Failed")],
    ),
    "not even registering after a start": (
        [lines("Not Registered", up_s=20.0)],
        [(AlertId.REGISTRATION, CRITICAL, "no line is registered")],
    ),
    "registering for more than two minutes": (
        [lines("Registering", up_s=121.0)],
        [(AlertId.REGISTRATION, CRITICAL, "no line is registered")],
    ),
    "registering, and nobody knows since when it is up": (
        [lines("Registering", up_s=None)],
        [(AlertId.REGISTRATION, CRITICAL, "no line is registered")],
    ),
    "still registering": ([lines("Registering", up_s=500.0)], [(AlertId.REGISTRATION, CRITICAL, "no line is registered")]),
    "a word that we don't know": ([lines("Shiny")], []),
    "no word at all": ([lines(None)], []),
    "errors that rise": (
        [port(FULL, 7, AT), port(FULL, 21, AT + 10)],
        [(AlertId.PORT_ERRORS, POOR, "port 1 (switch): CRC +14: check cable and plug, or a duplex mismatch")],
    ),
    "few errors": ([port(FULL, 7, AT), port(FULL, 8, AT + 10)], [(AlertId.PORT_ERRORS, FAIR, "CRC +1:")]),
    "an old total": ([port(FULL, 99, AT), port(FULL, 99, AT + 10)], []),
    "errors a minute": (
        [port(FULL, 7 + 7 * step, AT + 10 * step) for step in range(7)],
        [(AlertId.PORT_ERRORS, POOR, "CRC +42 a minute")],
    ),
    "counted afresh": ([port(FULL, 99, AT), port(FULL, 3, AT + 10)], []),
    "collisions at full duplex": (
        [port(FULL, TxCollisions=0), port(FULL, at=AT + 10, TxCollisions=90)],
        [(AlertId.PORT_ERRORS, FAIR, "collisions +90: one end may be at half duplex")],
    ),
    "a counter that we don't know": (
        [port(FULL, RxOddErr=0), port(FULL, at=AT + 10, RxOddErr=9)],
        [(AlertId.PORT_ERRORS, FAIR, "RxOddErr +9: look at both ends")],
    ),
    "half duplex": ([port(HALF)], [(AlertId.DUPLEX, FAIR, "half duplex: link is 100 Half, configured Auto")]),
    "half duplex and collisions, as must be": (
        [port(HALF, TxCollisions=0), port(HALF, at=AT + 10, TxCollisions=90)],
        [(AlertId.DUPLEX, FAIR, "half duplex: link is 100 Half")],
    ),
    "half duplex, configured full": (
        [port(HALF, configured="100MB full")],
        [(AlertId.DUPLEX, POOR, "a duplex mismatch is likely: link is 100 Half, configured 100MB full")],
    ),
    "half duplex and late collisions": (
        [port(HALF, TxLateCollision=0), port(HALF, at=AT + 10, TxLateCollision=9)],
        [
            (AlertId.PORT_ERRORS, POOR, "late collisions +9: a duplex mismatch, or a cable that is too long"),
            (AlertId.DUPLEX, POOR, "a duplex mismatch is likely: link is 100 Half, configured Auto, late collisions rise"),
        ],
    ),
    "the full end of a mismatch": (
        [port(FULL, 7, AT, "1000 full"), port(FULL, 21, AT + 10, "1000 full")],
        [
            (AlertId.PORT_ERRORS, POOR, "CRC +14"),
            (AlertId.DUPLEX, POOR, "a duplex mismatch is likely: link is 1000 Full, configured 1000 full, CRC errors rise"),
        ],
    ),
    "a slower link": (
        [port(FULL), port(Link(Printable("100 Full"), 100, True, True))],
        [(AlertId.PORT_LINK, FAIR, "port 1 (switch): link is 100 Full, was 1000 Full")],
    ),
    "a faster link": (
        [port(Link(Printable("100 Full"), 100, True, True)), port(FULL)],
        [(AlertId.PORT_LINK, INFO, "link is 1000 Full, was 100 Full")],
    ),
    "another spelling of the same": ([port(FULL), port(replace(FULL, raw=Printable("1000-Full")))], []),
    "a link in words that we don't know": ([port(FULL), port(Link(Printable("Auto")))], []),
    "the PC was switched off": ([port(FULL, index=2), port(DOWN, index=2)], []),
    "the PC sleeps at another speed": (
        [port(FULL, index=2), port(Link(Printable("10 Full"), 10, True, True), index=2)],
        [(AlertId.PORT_LINK, INFO, "port 2 (PC): link is 10 Full")],
    ),
    "an administrator": (
        [phone(), phone(failed_login=Printable("11/21/26 02:58:11"))],
        [(AlertId.ADMIN_LOGIN, FAIR, "an administrator's log-in failed: 11/21/26 02:58:11 by the phone's clock")],
    ),
    "an administrator before our time": ([phone(failed_login=Printable("11/21/26 02:58:11"))], []),
    "who publishes no log-ins": ([phone(failed_login=None), phone(failed_login=Printable("11/21/26 02:58:11"))], []),
    "a restart": (
        [phone(), phone(up_s=12.0)],
        [(AlertId.REBOOT, INFO, "restarted: up 12 s, was up 1 d")],
    ),
    "a reading that a push has overtaken": ([phone(up_s=90_000.0), phone(up_s=89_985.0)], []),
    "a restart soon after the one before": (
        [phone(up_s=40.0), phone(up_s=9.0)],
        [(AlertId.REBOOT, INFO, "restarted: up 9 s, was up 40 s")],
    ),
    "on its way down": ([phone(), reached(State.REBOOTING)], [(AlertId.REBOOT, INFO, "restart, was up 1 d")]),
    "a clock in another zone": ([phone(clock=Printable("11/21/26 5:30:02 p.m."))], []),
    "a clock behind": (
        [phone(clock=Printable("11/21/26 11:59:20"))],
        [(AlertId.CLOCK, INFO, "clock is about 40 s behind ours")],
    ),
    "a clock far ahead": ([phone(clock=Printable("12:04:10"))], [(AlertId.CLOCK, FAIR, "about 250 s ahead of ours")]),
    "an unset clock": (
        [phone(clock=Printable("1/1/1970 00:00:00"))],
        [(AlertId.CLOCK, FAIR, "clock shows another day: 1/1/1970")],
    ),
    "a clock without a time": ([phone(clock=Printable("noon"))], []),
    "message, light off": ([light(DARK, True)], [(AlertId.MWI, INFO, "a message waits, but the message light is off")]),
    "light on, no message": ([light(LIT, False)], [(AlertId.MWI, INFO, "the message light is on, but no message waits")]),
    "light and message agree": ([light(LIT, True)], []),
    "a light that blinks": ([light(Light(Colour.RED, Cadence.FLASH), False)], []),
    "a light in words that we don't know": ([light(Light(raw_colour=Printable("Plaid")), True)], []),
    "nobody says whether a message waits": ([light(LIT, None)], []),
    "pushes that stopped": (
        [phone(), reached(pushes=False)],
        [(AlertId.FEEDBACK, FAIR, "its pushes stopped, it is polled every 10 s")],
    ),
    "pushes that were refused": (
        [reached(pushes=False, unpushed=Printable("no free feedback slot"))],
        [(AlertId.FEEDBACK, INFO, "it does not push, it is polled every 10 s: no free feedback slot")],
    ),
    "pushes that nobody asked for": ([reached(pushes=False)], []),
    "a refused certificate": (
        [reached(State.REFUSED, "certificate", detail=Printable("not the accepted one"))],
        [(AlertId.CERTIFICATE, CRITICAL, "not the accepted one")],
    ),
    "a refused password": ([reached(State.REFUSED, "credentials")], []),
    "a phone that is late is not judged": ([replace(in_call(BAD), connection=Connection(State.STALE))], []),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_what_is_wrong(name: str) -> None:
    phones, expected = ROWS[name]
    found = seen(phones)
    assert [(trouble.id, trouble.severity) for trouble in found] == [(id_, severity) for id_, severity, _ in expected]
    for trouble, (_, _, words) in zip(found, expected, strict=True):
        assert words in trouble.text


def test_what_happened_once_is_found_once() -> None:
    before, after = (
        phone(),
        phone(up_s=12.0, failed_login=Printable("11/21/26 02:58:11"), ports=(counted(1, HALF, AT),)),
    )
    assert {trouble.id for trouble in seen([before, after])} >= {AlertId.REBOOT, AlertId.ADMIN_LOGIN, AlertId.PORT_LINK}
    assert {trouble.id for trouble in seen([before, after, after])} == {AlertId.DUPLEX}


@pytest.mark.parametrize(
    ("was_s", "is_s", "passed_s", "is_restart"),
    [
        (180_000.0, 100_000.0, 101_000.0, True),  # nobody saw it for a day
        (100.0, 55.0, 58.0, True),
        (90_000.0, 89_900.0, 3.0, False),  # a reading that took more than a minute, and was overtaken by a push
        (90_000.0, 89_990.0, 3600.0, False),
        (40.0, 38.0, 2.0, False),  # rounded
    ],
)
def test_a_restart_is_told_from_a_reading_that_comes_late(
    was_s: float, is_s: float, passed_s: float, is_restart: bool
) -> None:
    _, past = assess_device(phone(up_s=was_s), DevicePast(), NOON)
    later, step = NOON + timedelta(seconds=passed_s), timedelta(hours=1)
    for seen_at, set_by in ((later, timedelta()), (later + step, step), (later - step, -step)):  # our clock was set
        found, _ = assess_device(phone(up_s=is_s), past, seen_at, set_by)
        assert [trouble.id for trouble in found] == [AlertId.REBOOT] * is_restart


def test_errors_are_forgotten_after_a_minute() -> None:
    still = port(FULL, 21, AT + 10)
    assert AlertId.PORT_ERRORS in {trouble.id for trouble in seen([port(FULL, 7, AT), still, still])}
    assert seen([port(FULL, 7, AT), *[still] * 8]) == ()


def test_an_alert_is_told_by_all_samples_that_its_grade_rests_on() -> None:
    samples = (0.4, 9.0, 8.0, 9.5, 1.0)
    before, after = (
        JudgedMetric(Metric.LOSS, value, grade, samples[:place])
        for value, grade, place in ((8.0, Grade.GOOD, 3), (1.0, Grade.CRITICAL, 5))
    )
    (found,) = seen([in_call(Measure(1, 0, one.grade, (one,), measured_s=60.0)) for one in (before, after)])
    assert (found.severity, found.text) == (CRITICAL, "loss up to 9.5 % (was 0.4 %)  L1 Front Desk 5000")


def test_a_score_near_its_limit_has_the_digits_that_say_on_which_side() -> None:
    (found,) = seen([in_call(judged(Metric.MOS, 3.46, Grade.POOR))])
    assert found.text.startswith("MOS down to 3.46  ")


def test_another_call_in_the_same_place_has_no_past() -> None:
    good = judged(Metric.LOSS, 0.6, Grade.GOOD)
    (found,) = seen([in_call(good), in_call(replace(BAD, measured_s=12.0))])
    assert "was" not in found.text


def test_where_to_look_stands_beside_the_figure() -> None:
    hint = Diagnosis(printable("check the cabling of port 1"), printable("CRC errors of port 1 rise"))
    (found,) = seen([in_call(BAD)], diagnose=lambda _, call: (hint,) if call == (1, 0) else ())
    assert found.text.endswith("Front Desk 5000  CRC errors of port 1 rise: check the cabling of port 1")
    assert found.subject == "line 1 call 0"
