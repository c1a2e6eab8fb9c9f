"""On-Prem phones over real sockets: their calls are calls, with figures at their end."""

from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.measure import Grade
from phonetui.phone.state import Phase, PhoneId
from tests.live import live, served, until


async def test_a_call_is_shown_remembered_graded_and_alarmed() -> None:
    async with served(2, dialect="onprem", speed=20.0) as office, live(office) as watched:
        one, two = (PhoneId(phone.name) for phone in office.phones)
        await until(lambda: all(watched.fleet.phones[phone].connection.pushes for phone in (one, two)), 20)
        assert not any(watched.fleet.phones[phone].is_mpp for phone in (one, two))
        office.start_call("sim-1", "sim-2", profile="broken")
        await until(lambda: all(list(watched.fleet.phones[phone].calls) for phone in (one, two)), 20)
        (call,) = watched.fleet.phones[one].calls
        assert (call.phase, call.is_from_events, call.lost_packets) == (Phase.TALK, True, None)
        await until(lambda: office.phones[0].device.legs[0].seconds > 80, 20)
        await watched.fleet.press(one, "Release", confirmed=True)
        await until(lambda: len([record for record in watched.fleet.records if record.is_final]) == 2, 20)
        record = max(watched.fleet.records, key=lambda record: record.loss_pct or 0.0)
        assert not any(list(watched.fleet.phones[phone].calls) for phone in (one, two))
        assert (record.cause, record.mos_source) == ("Normal", "phone-cq")
        assert record.loss_pct is not None
        assert record.mos is not None
        assert record.grade in (Grade.POOR, Grade.CRITICAL)
        await until(lambda: [alert for alert in watched.fleet.alerts if alert.id is AlertId.LOSS], 10)
        alert = next(alert for alert in watched.fleet.alerts if alert.id is AlertId.LOSS)
        assert "over the whole call loss" in alert.text
