"""A refused password is typed again in the dashboard: in place, for this session or for good, and seen nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Secret
from phonetui.errors import AccessError, ConfigError, PhonetuiError, Unreachable
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.transport.status_errors import ACCOUNT
from phonetui.ui.control.dialogs import AccountDialog
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.prompts import Confirm
from tests.ui.office import FakeFleet, office
from tests.ui.screen import SMALL, WIDE, Desk, opened

TINY = (60, 16)
LOBBY, DESK = PhoneId("lobby"), PhoneId("desk-33")
GOOD = "sesame"
WHY = AccessError("user 'xapi' or its password is refused", ACCOUNT, reason="credentials")


@dataclass
class LockedFleet(FakeFleet):
    """Lets in whoever knows the word."""

    tried: list[tuple[str, str]] = field(default_factory=list)
    failure: PhonetuiError | None = None

    def username(self, phone: PhoneId) -> Printable:
        if self.failure is not None and phone != LOBBY:
            raise self.failure
        return Printable("xapi")

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        self.tried.append((username, password.reveal()))
        if self.failure is not None:
            raise self.failure
        if password.reveal() != GOOD:
            raise WHY
        return (phone, DESK)


def locked() -> LockedFleet:
    known = office()
    fleet = LockedFleet(phones=known.phones)
    refused = Connection(State.REFUSED, "credentials", printable(WHY.message), printable(WHY.hint))
    fleet.put(replace(known.phones[LOBBY], connection=refused))
    return fleet


async def typed(desk: Desk, words: str) -> None:
    await desk.press(*words, "enter")
    await desk.pilot.pause()


@pytest.mark.parametrize("size", [WIDE, SMALL, TINY])
async def test_the_remedy_is_whole_and_the_lines_to_type_in_are_seen(size: tuple[int, int]) -> None:
    async with opened(locked(), size) as desk:
        assert "L password" in desk.lines()[-1]
        await desk.press("L")
        assert isinstance(desk.app.screen, AccountDialog)
        if size != TINY:
            assert WHY.message in desk.prose()
            assert ACCOUNT in desk.prose(), "a remedy is never cut"
        assert all(field.region.bottom <= size[1] for field in desk.app.screen.query("Input"))


async def test_it_asks_again_in_place_and_what_was_typed_is_seen_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    kept: list[tuple[Sequence[PhoneId], str, Secret]] = []
    fleet = locked()

    def keep(phones: Sequence[PhoneId], username: str, password: Secret) -> Path:
        kept.append((phones, username, password))
        return Path("/home/me/config.toml")

    async with opened(fleet) as desk:
        desk.app.session.keep_account = keep
        await desk.press("L")
        await typed(desk, "wrong")
        assert isinstance(desk.app.screen, AccountDialog)
        assert "is refused. Type it again." in desk.prose()
        assert "wrong" not in desk.text()
        await typed(desk, GOOD)
        await desk.until(lambda: isinstance(desk.app.screen, Confirm), "it asks whether to keep it")
        assert "lobby lets xapi in, and 1 more that refused the same." in desk.text()
        await desk.press("y")
        await desk.until(lambda: kept)
        await desk.until(lambda: "Kept: /home/me/config.toml" in desk.text())
        assert "sesame" not in desk.text()
    assert fleet.tried == [("xapi", "wrong"), ("xapi", GOOD)]
    assert kept == [((LOBBY, DESK), "xapi", Secret(GOOD))]
    assert "sesame" not in caplog.text + repr(kept) + repr(fleet.entries)


async def test_for_this_session_alone_nothing_is_written() -> None:
    async with opened(locked()) as desk:
        await desk.press("L")
        await typed(desk, GOOD)
        await desk.until(lambda: isinstance(desk.app.screen, MainScreen))


async def test_what_cannot_be_kept_says_why() -> None:
    def refuses(*_: object) -> Path:
        raise ConfigError("config.toml: others can read it", "chmod 600 config.toml")

    async with opened(locked()) as desk:
        desk.app.session.keep_account = refuses
        await desk.press("L")
        await typed(desk, GOOD)
        await desk.until(lambda: isinstance(desk.app.screen, Confirm))
        await desk.press("y")
        await desk.until(lambda: "Not kept" in desk.text())
        assert "chmod 600 config.toml" in " ".join(desk.text().split())


async def test_a_phone_that_does_not_answer_is_no_wrong_password() -> None:
    fleet = locked()
    async with opened(fleet) as desk:
        fleet.failure = Unreachable("no answer within 10 s")
        await desk.press("L")
        await typed(desk, GOOD)
        assert "no answer within 10 s. Try again." in desk.prose()
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)
        fleet.failure = ConfigError("reception: asked through Webex, with no password of its own")
        await desk.press("right_square_bracket", "L")
        assert "asked through Webex" in desk.lines()[-1]


async def test_a_fleet_that_takes_no_passwords_says_so() -> None:
    async with opened() as desk:
        await desk.press("L")
        assert "Passwords are not taken here." in desk.lines()[-1]
