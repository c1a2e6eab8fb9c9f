"""Why a phone is believed: what the device page is told."""

import pytest
from msgspec.structs import replace

from phonetui.config.settings import TlsMode
from phonetui.fleet.protocol import TrustReason
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable
from phonetui.ui.status.rows import trust_row
from phonetui.ui.text.rows import Role, text
from tests.live import live, served, until
from tests.ui.office import PINNED

ONE = PhoneId("sim-1")


async def test_a_pinned_phone_shows_its_certificate() -> None:
    async with served() as office, live(office) as watched:
        await until(lambda: watched.state("sim-1") == "live")
        trust = watched.fleet.trust(ONE)
        assert trust.reason is TrustReason.PIN
        assert trust.expected == office.phones[0].fingerprint
        assert trust.subject
        assert trust.subject.startswith("CN=")
        assert trust.not_after


async def test_what_is_not_verified_is_red() -> None:
    async with served(plain=True) as office:
        async with live(office, tls=TlsMode.OFF) as watched:
            off = watched.fleet.trust(ONE)
        async with live(office, scheme="http") as watched:
            plain = watched.fleet.trust(ONE)
        async with live(office, tls=TlsMode.CA, tls_name="phone.example") as watched:
            verified = watched.fleet.trust(ONE)
    assert (off.reason, plain.reason, verified.reason) == (TrustReason.OFF, TrustReason.PLAIN, TrustReason.CA)
    assert all(trust_row(trust)[0].role is Role.FAILED for trust in (off, plain))
    assert text(trust_row(verified)) == "● chain and name verified as phone.example"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [(Printable("CN=x"), "● pinned CN=x, expires 2036-11-18   sha256:"), (None, "● pinned sha256:")],
)
def test_a_pin_is_told_with_the_name_where_it_was_seen(subject: Printable | None, shown: str) -> None:
    trust = replace(PINNED, subject=subject, not_after=PINNED.not_after if subject else None)
    assert text(trust_row(trust)).startswith(shown)
    assert text(trust_row(replace(trust, expected=NOTHING))) == "its first certificate will be accepted"
