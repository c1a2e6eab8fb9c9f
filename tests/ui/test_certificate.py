"""A changed certificate is accepted in the dashboard: both fingerprints are shown, the phone's name is typed."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.errors import AccessError, ConfigError, PhonetuiError
from phonetui.fleet.protocol import CertificateCheck, Permission
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import Printable
from phonetui.transport.trust import Certificate
from phonetui.ui.control.dialogs import CertificateDialog
from phonetui.ui.main.screen import MainScreen
from tests.ui.office import NOW, FakeFleet, office
from tests.ui.screen import SMALL, WIDE, Desk, opened

LOBBY = PhoneId("lobby")
PINNED, SHOWN = f"sha256:{'a1' * 32}", f"sha256:{'b2' * 32}"
CHECK = CertificateCheck(
    LOBBY,
    Printable("192.0.2.21"),
    443,
    Certificate(Printable("CN=DP00005E005321"), Printable("CN=Cisco Manufacturing CA"), NOW, SHOWN),
    accepted=PINNED,
    is_configured=False,
)


@dataclass
class CertifiedFleet(FakeFleet):
    check: CertificateCheck | PhonetuiError = CHECK
    refuses_it: PhonetuiError | None = None
    accepted: list[str] = field(default_factory=list)

    async def check_certificate(self, phone: PhoneId) -> CertificateCheck:
        if isinstance(self.check, PhonetuiError):
            raise self.check
        return self.check

    async def accept_certificate(self, phone: PhoneId, check: CertificateCheck) -> None:
        self.accepted.append(check.shown.fingerprint)
        if self.refuses_it is not None:
            raise self.refuses_it


def refused(**more: Any) -> CertifiedFleet:
    known = office()
    fleet = CertifiedFleet(phones=known.phones, default=Permission.DENIED, **more)
    changed = Connection(State.REFUSED, "certificate", Printable(f"the certificate changed: now {SHOWN}"))
    fleet.put(replace(known.phones[LOBBY], connection=changed))
    return fleet


async def asked(desk: Desk) -> None:
    await desk.press("C")
    await desk.app.workers.wait_for_complete()
    await desk.pilot.pause()
    assert isinstance(desk.app.screen, CertificateDialog)


@pytest.mark.parametrize("size", [WIDE, SMALL, (60, 16)])
async def test_both_fingerprints_are_shown_whole_and_the_name_accepts(size: tuple[int, int]) -> None:
    fleet = refused()
    async with opened(fleet, size) as desk:
        assert "C certificate" in desk.lines()[-1]
        await asked(desk)
        whole = desk.prose().replace(" ", "")
        assert all(fingerprint in whole for fingerprint in (PINNED, SHOWN))
        assert "Type the phone's name to accept." in desk.prose()
        assert desk.app.screen.query_one("Input").region.bottom <= size[1]
        await desk.press(*"lobb", "enter")
        assert fleet.accepted == []
        assert "That is not lobby: nothing was accepted." in desk.prose()
        await desk.press("y", "enter")
        await desk.app.workers.wait_for_complete()
        await desk.pilot.pause()
        assert fleet.accepted == [SHOWN], "on a read-only phone, too: nothing is sent to it"
        assert fleet.done == []
        assert isinstance(desk.app.screen, MainScreen)
        assert "lobby: its certificate is accepted" in " ".join(desk.text().split())


async def test_escape_accepts_nothing() -> None:
    fleet = refused()
    async with opened(fleet) as desk:
        await asked(desk)
        await desk.press(*"lobby", "escape")
        assert isinstance(desk.app.screen, MainScreen)
        assert fleet.accepted == []


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (replace(CHECK, accepted=SHOWN), "It is the accepted one: there is nothing to decide."),
        (replace(CHECK, is_configured=True), "another one than the configuration names. Change fingerprint"),
        (AccessError("no route to the phone", "Is it powered?"), "no route to the phone. Is it powered?"),
    ],
)
async def test_where_nothing_can_be_accepted_it_is_said(check: CertificateCheck | PhonetuiError, words: str) -> None:
    fleet = refused(check=check)
    async with opened(fleet) as desk:
        await asked(desk)
        assert words in desk.prose()
        await desk.press(*"lobby", "enter")
        assert fleet.accepted == []
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)


async def test_what_holds_for_this_run_alone_is_said() -> None:
    fleet = refused(refuses_it=ConfigError("the accepted certificate cannot be kept", "See 'phonetui config path'"))
    async with opened(fleet) as desk:
        await asked(desk)
        await desk.press(*"lobby", "enter")
        await desk.app.workers.wait_for_complete()
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, MainScreen)
        assert "the accepted certificate cannot be kept" in " ".join(desk.text().replace("▌", " ").split())


async def test_the_mask_hides_whom_it_certifies_and_not_the_fingerprints() -> None:
    fleet = refused()
    async with opened(fleet) as desk:
        await desk.press("P")
        await asked(desk)
        assert "5321" not in desk.text()
        assert SHOWN in desk.prose()
        await desk.press(*"lobby", "enter")
        await desk.app.workers.wait_for_complete()
        assert fleet.accepted == [SHOWN]
