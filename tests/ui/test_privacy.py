"""The privacy mask: what must not be on any screen, and that the same is always masked the same way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.errors import AccessError
from phonetui.fleet.mask import Mask
from phonetui.fleet.masked import mask_fleet
from phonetui.fleet.protocol import CloudFleet, Permission, TreeFleet, TrustReason
from phonetui.phone.journal import EntryKind, JournalEntry, event_words
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.ui.screen_state import TranscriptOutcome
from phonetui.ui.status.screen import StatusScreen
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Event
from phonetui.xapi.path import Path
from tests.ui.golden import compare, golden
from tests.ui.office import NOW, PINNED, office, with_tree
from tests.ui.remembered import remembered, remembering
from tests.ui.screen import SMALL, WIDE, Desk, opened, themed
from tests.ui.test_cloud_tree import PEOPLE, beside

PRIVATE = ("Front Desk", "5000", "Ola", "Nordmann", "22 00 00", "Kari", "5012", "192.0.2.21", "00:1A", "FCH")


def shown_privately(desk: Desk) -> str:
    text = desk.text()
    assert " PRIVATE " in text
    assert [words for words in PRIVATE if words in text] == []
    return text


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_nothing_private_on_any_screen(size: tuple[int, int]) -> None:
    async with opened(remembering(), size) as desk:
        await desk.press("P")
        await desk.refresh_view()
        assert "•••" in shown_privately(desk)
        for key in ("x", "c", "a", "f"):
            await desk.press(key)
            shown_privately(desk)
            await desk.press("escape")
        await desk.press("j")
        assert "sw-2f" in shown_privately(desk) or size == SMALL


async def test_the_mask_goes_as_it_came() -> None:
    async with opened() as desk:
        before = desk.text()
        await desk.press("P", "P")
        await desk.refresh_view()
        assert desk.text().splitlines()[2:20] == before.splitlines()[2:20]


async def test_from_the_start_where_the_configuration_says_so() -> None:
    async with opened(config=themed(privacy=True)) as desk:
        shown_privately(desk)
        drawn = golden(desk, desk.main)
    compare("private", drawn)


async def test_a_frozen_moment_does_not_outlive_the_mask() -> None:
    async with opened() as desk:
        await desk.press("p", "P")
        await desk.refresh_view()
        assert "FROZEN" not in shown_privately(desk)


async def test_what_was_typed_and_dialled_is_put_away_meanwhile() -> None:
    async with opened(dialled=["5012"]) as desk:
        session = desk.app.session
        session.toggle_privacy()
        assert session.dialled == []
        session.dialled.append("5013")
        session.toggle_privacy()
        assert session.dialled == ["5012", "5013"]


def test_the_same_is_always_masked_the_same() -> None:
    mask = Mask()
    first, other = mask.whole(Printable("5012")), mask.whole(Printable("5013"))
    assert (mask.whole(Printable("5012")), mask.whole(first)) == (first, first)
    assert first != other
    assert mask.whole(None) is None
    assert mask.whole(Printable("")) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no route to 192.0.2.21", "no route to 192.0.•.•"),
        ("netmask 255.255.255.0", "netmask 255.255.255.0"),
        ("mac 00:1A:2B:3C:4D:5E", "mac 00:1A:2B:••:••:••"),
        ("SEP001A2B3C4D5E", "SEP001A2B••••••"),
        ("at 2001:db8::7:1", "at 2001:•"),
        ("calls +47 22 00 00 00 now", "calls ••• 1 now"),
        ("Call Dial Number=5012: OK", "Call Dial Number=••• 1 OK"),
        ("boot at 2026-11-21 03:04:29 PHONEOS.3-6-1-0001-45", "boot at 2026-11-21 03:04:29 PHONEOS.3-6-1-0001-45"),
        ("loss poor 4.1 % (was 0.6 %)", "loss poor 4.1 % (was 0.6 %)"),
    ],
)
def test_in_free_text_addresses_lose_their_tails_and_numbers_go(text: str, shown: str) -> None:
    assert Mask().free(printable(text)) == shown


def event_entry(*fields: tuple[str, str]) -> JournalEntry:
    event = Event(
        printable("SipCallDisconnect"), tuple((printable(name), printable(value)) for name, value in fields), 0.0
    )
    return JournalEntry(NOW, PhoneId("lobby"), event_words(event), kind=EntryKind.EVENT, fields=event.fields)


def test_of_an_event_the_party_is_hidden_and_all_else_is_told() -> None:
    call = (("LineId", "1"), ("CallId", "0"), ("PeerName", "Anne McDonald"), ("PeerPhone", "5031"))
    rest = (("Direction", "Outbound"), ("CauseString", "Normal clearing"), ("RemoteHold", "false"), ("Duration", "12"))
    shown = Mask().entry(event_entry(*call, *rest))
    told = "Direction Outbound  CauseString Normal clearing  RemoteHold false  Duration 12"
    assert shown.text == f"L1, ended  ••• 1 ••• 2  {told}"
    assert shown.fields == (("LineId", "1"), ("CallId", "0"))


@pytest.mark.parametrize("name", ["PeerPhone", "CallerName", "RemoteNumber", "RemoteURI", "DisplayName", "UserId"])
def test_a_field_whose_name_says_so_is_somebodys(name: str) -> None:
    assert "Berit" not in Mask().entry(event_entry((name, "Berit"))).text
    record = replace(remembered(), final=((Printable(name), Printable("Berit")),))
    assert "Berit" not in str(Mask().record(record).final)


@pytest.mark.parametrize(
    "spelled", ["00:00:5E:00:53:21", "00005E005321", "0000.5e00.5321", "SEP00005e005321", "xA00005E005321"]
)
def test_a_known_mac_address_is_masked_in_every_notation(spelled: str) -> None:
    mask = Mask()
    phone = office().phones[PhoneId("lobby")]
    mask.phone(replace(phone, system=replace(phone.system, mac=Printable("00:00:5E:00:53:21"))))
    shown = mask.free(Printable(f"seen as {spelled} on sw-2f"))
    assert shown.startswith("seen as ")
    assert shown.endswith(" on sw-2f")
    assert "5321" not in shown
    assert "53:21" not in shown


def test_a_certificates_bearer_is_masked_and_its_organization_told() -> None:
    subject = "CN=desk-7.example.com,OU=CTG,O=Cisco Systems Inc.,2.5.4.5=PID:DP-9861 SN:FVH2345ABCD"
    shown = Mask().trust(replace(PINNED, subject=Printable(subject)))
    assert shown.subject == "CN=••• 1,OU=CTG,O=Cisco Systems Inc.,2.5.4.5=••• 2"
    assert (shown.expected, shown.not_after) == (PINNED.expected, PINNED.not_after)
    by_name = Mask().trust(replace(PINNED, reason=TrustReason.CA, expected=Printable("desk-7.example.com")))
    assert by_name.expected == "••• 1"


async def test_the_certificate_does_not_tell_the_address_that_is_masked_above_it() -> None:
    async with opened(with_tree(office())) as desk:
        await desk.press("x")
        assert "DP00005E005321" in desk.text()
        await desk.press("P")
        screen = desk.app.screen
        assert isinstance(screen, StatusScreen)
        screen.refresh_view()
        await desk.pilot.pause()
        assert "DP00005E••••••" in desk.text()
        assert "5321" not in desk.text()


def test_parties_are_hidden_wherever_they_are_told_of() -> None:
    veil = mask_fleet(office())
    assert "Ola Nordmann" not in str(veil.phones)
    assert "Front Desk" not in str(veil.entries)
    assert veil.entries is veil.entries
    assert veil.phones[PhoneId("lobby")] is veil.phones[PhoneId("lobby")]


async def test_leaves_are_masked_by_what_they_mean_and_pictures_refused() -> None:
    lobby = PhoneId("lobby")
    fleet = with_tree(office())
    veil = mask_fleet(fleet)
    assert isinstance(veil, TreeFleet)
    shown = veil.document(lobby)
    assert shown is veil.document(lobby)
    assert [value for value in shown.values() for words in PRIVATE if words in value] == []
    assert shown.keys() == fleet.document(lobby).keys()
    with pytest.raises(AccessError, match="hides pictures"):
        await veil.command(lobby, Command(Path.of("Ui", "GetDeviceScreenshot")))


def test_a_new_party_is_masked_as_soon_as_it_is_there() -> None:
    fleet = office()
    veil = mask_fleet(fleet)
    lobby = fleet.phones[PhoneId("lobby")]
    call = replace(next(lobby.calls), remote_name=Printable("Berit"))
    fleet.put(replace(lobby, lines=(replace(lobby.lines[0], calls=(call,)),)))
    assert "Berit" not in str(veil.phones)
    fleet.entries = (*fleet.entries, JournalEntry(NOW + timedelta(seconds=1), lobby.id, Printable("Berit hung up")))
    assert "Berit" not in str(veil.entries)


async def test_webexs_phones_stay_in_the_tree_masked_and_nothing_is_asked_through_the_mask() -> None:
    hidden = ("Anne", "McDonald", "Kari", "FVH0", "0200000000", "192.0.2.4")
    fleet = beside(*PEOPLE)
    async with opened(fleet) as desk:
        await desk.press("P")
        await desk.refresh_view()
        text = shown_privately(desk)
        assert "Headquarters" in text
        assert "expired" in text
        await desk.press("end", "up", "up")
        assert "Webex · •••" in shown_privately(desk)
        assert [words for words in hidden if words in desk.text()] == []
        await desk.press("w")
        assert [words for words in hidden if words in shown_privately(desk)] == []
        await desk.press("escape", "P")
        await desk.refresh_view()
        assert "Kari" in desk.text()
    veil = mask_fleet(fleet)
    assert isinstance(veil, CloudFleet)
    assert veil.cloud is not None
    assert veil.cloud.state is veil.cloud.state
    claim = veil.phones[PhoneId("ungrouped")].claim
    assert claim is not None
    assert claim.place[:2] == ("Webex", "Headquarters")
    assert claim.place in {
        veil.cloud.state.inventory.group(each) for each in veil.cloud.state.inventory.devices.values()
    }
    with pytest.raises(AccessError, match="nothing was asked"):
        await veil.cloud.ask("devices get", {})
    with pytest.raises(AccessError, match="nothing was asked"):
        veil.cloud.pages("devices list", {})


def test_a_masked_device_is_masked_once() -> None:
    fleet = beside(*PEOPLE)
    veil = mask_fleet(fleet)
    assert isinstance(veil, CloudFleet)
    assert veil.cloud is not None
    before = veil.cloud.state.inventory
    assert fleet.cloud is not None
    fleet.cloud.state = replace(fleet.cloud.state, swept_at=1.0)  # type: ignore[misc]  # a made-up one has no sweeps
    assert veil.cloud.state.inventory is before


@pytest.mark.parametrize("sent_masked", [False, True])
async def test_an_answer_that_comes_after_the_mask_came_or_went_is_kept(
    monkeypatch: pytest.MonkeyPatch, sent_masked: bool
) -> None:
    """The screen showed `◐` for good where the list that held the command had been put away."""
    fleet = office(default=Permission.GRANTED)
    answers = asyncio.Event()
    monkeypatch.setattr(fleet, "command", slowly(answers, fleet.command))
    async with opened(fleet) as desk:
        session = desk.app.session
        if sent_masked:
            session.toggle_privacy()
        await desk.press("colon", *"Standby Activate", "enter")
        session.toggle_privacy()
        answers.set()
        await desk.app.workers.wait_for_complete()
        if session.is_private:
            assert session.exchanges == []
            session.toggle_privacy()
        assert [exchange.outcome for exchange in session.exchanges] == [TranscriptOutcome.DONE]


def slowly(
    answers: asyncio.Event, command: Callable[..., Awaitable[CommandResult]]
) -> Callable[..., Awaitable[CommandResult]]:
    async def asked(*words: Any, **more: Any) -> CommandResult:
        await answers.wait()
        return await command(*words, **more)

    return asked


def test_a_phone_that_is_named_by_its_address_has_no_other_name_under_the_mask() -> None:
    named = replace(
        office().phones[PhoneId("lobby")],
        name=printable("pbx.example.com:8443"),
        address=printable("pbx.example.com:8443"),
    )
    assert "example" not in Mask().phone(named).name
    numbered = replace(named, name=printable("192.0.2.21"), address=printable("192.0.2.21"))
    assert "192.0.2.21" not in Mask().phone(numbered).name


async def test_a_phone_that_is_named_by_its_address_is_told_of_without_it() -> None:
    fleet = office()
    lobby = fleet.phones[PhoneId("lobby")]
    id_ = PhoneId("192.0.2.77")
    fleet.phones = {id_: replace(lobby, id=id_, name=printable("192.0.2.77"), address=printable("192.0.2.77"))}
    fleet.entries = (replace(fleet.entries[0], phone=id_),)
    async with opened(fleet) as desk:
        await desk.press("P", "e")
        assert "192.0.2.77" not in desk.text()
