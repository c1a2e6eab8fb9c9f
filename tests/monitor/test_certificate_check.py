"""A changed certificate against a real phone of the simulator: seen, accepted, believed at once, written down."""

import asyncio

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Config, ControlMode, FeedbackSettings, TlsMode
from phonetui.errors import AccessError, ConfigError
from phonetui.monitor.control_policy import AuditEntry
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.transports import accept_certificate
from phonetui.phone.state import PhoneId
from phonetui.transport.trust import PinStore, pin_key
from tests.live import served, settings, until

ONE = PhoneId("sim-1")
OTHER = f"sha256:{'0' * 64}"


async def test_an_accepted_certificate_is_believed_at_once_and_written_down() -> None:
    """The dashboard had to be left for `phonetui trust`, and the phone was tried again a minute later at best."""
    async with served() as office:
        phone = replace(settings(office.phones[0]), fingerprint=None, control=ControlMode.OFF)
        pins, entries = PinStore(None), list[AuditEntry]()
        pins.put(pin_key(phone.host, phone.effective_port), OTHER)
        config = Config(phones=(phone,), read_only=True, feedback=FeedbackSettings(listen="off"))
        fleet = LiveFleet(config, pins=pins, audit=entries.append)
        running = asyncio.create_task(fleet.run())
        try:
            await until(lambda: fleet.phones[ONE].connection.reason == "certificate")
            check = await fleet.check_certificate(ONE)
            assert (check.accepted, check.shown.fingerprint) == (OTHER, office.phones[0].fingerprint)
            assert check.is_change
            await fleet.accept_certificate(ONE, check)
            await until(lambda: fleet.phones[ONE].connection.state.value == "live")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    (entry,) = entries
    assert str(entry.command) == "phonetui trust"
    assert dict(entry.command.arguments) == {"before": OTHER, "now": office.phones[0].fingerprint}
    assert any("you accepted its certificate" in entry.text for entry in fleet.entries)


async def test_a_fingerprint_of_the_configuration_is_not_accepted_away() -> None:
    async with served() as office:
        phone = replace(settings(office.phones[0]), fingerprint=OTHER)
        entries = list[AuditEntry]()
        fleet = LiveFleet(Config(phones=(phone,)), pins=PinStore(None), audit=entries.append)
        check = await fleet.check_certificate(ONE)
        with pytest.raises(AccessError, match="the configuration names"):
            await fleet.accept_certificate(ONE, check)
        with pytest.raises(AccessError, match="the configuration names"):
            accept_certificate(check, phone, PinStore(None))
        await fleet.close()
    assert entries == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"scheme": "http"}, "no certificate behind http://"),
        ({"tls": TlsMode.CA}, 'tls = "ca"'),
        ({"transport": "webex"}, "Webex"),
    ],
)
async def test_where_there_is_nothing_to_accept_it_is_said(more: dict[str, object], words: str) -> None:
    async with served() as office:
        phone = replace(settings(office.phones[0]), **more)
        plain = settings(office.phones[0])
        fleet = LiveFleet(Config(phones=(plain,)), pins=PinStore(None))
        fleet._watches.settings[ONE] = phone
        with pytest.raises(ConfigError, match=words):
            await fleet.check_certificate(ONE)
        await fleet.close()
