"""No method of what the mask wraps can be forgotten: each is called, and nothing that was planted comes through."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Secret
from phonetui.errors import PhonetuiError
from phonetui.fleet.masked import MaskedCloud, MaskedFleet, mask_fleet
from phonetui.fleet.protocol import (
    AccountFleet,
    AdoptingFleet,
    CertificateCheck,
    CertificateFleet,
    Cloud,
    CloudFleet,
    Fleet,
    FleetView,
    PromptingFleet,
    TreeFleet,
    Trust,
    TrustReason,
)
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.journal import EntryKind, JournalEntry, event_words
from phonetui.phone.quality.voice_report import (
    MediaAddress,
    VoiceMetrics,
    VoiceParty,
    VoiceQualityReport,
    VoiceReportKind,
)
from phonetui.phone.state import Connection, Phone, PhoneId
from phonetui.text import Printable
from phonetui.transport.trust import Certificate
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Event
from phonetui.xapi.path import Path
from tests.ui.office import AT, NOW, FakeFleet, office, talk
from tests.ui.remembered import remembered
from tests.ui.trees import organization, owned
from tests.webex.fake import world

LOBBY, DIAL = PhoneId("lobby"), Command(Path.of("Call", "Dial"), (("Number", "5987"),))
PLANTED = ("Quimby", "5987", "zoltan", "3C:4D:5E", "1A2B3C4D5E", "FVH2099", "192.0.2.77", "2.77")
"""A name, a number, a host, a MAC address in two notations, a serial number, an address and its tail."""
WHO = "Quimby Zoltan called from 5987 at 192.0.2.77 (zoltan-phone, 00:1A:2B:3C:4D:5E, FVH2099ZZZZ)"
TEXT = Printable(WHO)
SEEN = Printable(WHO.replace(", FVH2099ZZZZ", ""))
"""What stands with a phone before its documents were looked at, from which alone serial numbers are known."""
PARTY = VoiceParty(Printable("sip:5987@zoltan-phone"), Printable("5987"), Printable("Quimby Zoltan"))
PLACE = MediaAddress(Printable("192.0.2.77"), 16384)
REPORT = VoiceQualityReport(
    kind=VoiceReportKind.SESSION, call_id=Printable("1@192.0.2.77"), local_party=PARTY, remote_party=PARTY, origin=PARTY,
    local_address=PLACE, remote_address=PLACE, local_mac=Printable("00-1A-2B-3C-4D-5E"), local_group=Printable("zoltan"),
    remote_mac=Printable("00:1A:2B:3C:4D:5E"), remote_group=Printable("5987"), dialog_id=Printable("1@192.0.2.77;to-tag=2"),
    local=VoiceMetrics(more=((Printable("x-Who"), SEEN),)), remote=VoiceMetrics(more=((Printable("x-Who"), SEEN),)), alert=SEEN,
)  # fmt: skip
LEAVES = {
    "SystemUnit HostName": "zoltan-phone",
    "SystemUnit Hardware Module SerialNumber": "FVH2099ZZZZ",
    "Network IPv4 Address": "192.0.2.77",
    "Line 1 Call 0 PeerName": "Quimby Zoltan",
    "Line 1 Call 0 PeerPhone": "5987",
    "SystemUnit Shiny NewLeaf": WHO,
}


def planted_phone(phone: Phone) -> Phone:
    call = talk(remote_name=Printable("Quimby Zoltan"), remote_number=Printable("5987"), callback=Printable("5987"))
    return replace(
        phone,
        address=Printable("192.0.2.77"),
        lines=(replace(phone.lines[0], calls=(call,)),),
        connection=Connection(detail=SEEN, hint=SEEN, unpushed=SEEN),
        system=replace(phone.system, host_name=Printable("zoltan-phone"), mac=Printable("00:1A:2B:3C:4D:5E")),
        network=replace(phone.network, ipv4=Printable("192.0.2.77"), external_ip=Printable("192.0.2.77"),
                        ethernet_mac=Printable("001A2B3C4D5E"), wifi_mac=Printable("001A2B3C4D5E")),
    )  # fmt: skip


BEARER = Printable("CN=FVH2099ZZZZ,2.5.4.5=zoltan-phone")
CHECK = CertificateCheck(
    LOBBY,
    Printable("192.0.2.77"),
    443,
    Certificate(BEARER, BEARER, NOW, f"sha256:{'0' * 64}"),
    None,
    is_configured=False,
)


class Adopter(FakeFleet):
    """A fleet that offers all that a fleet may."""

    def adopt(self, device_key: str) -> PhoneId:
        return PhoneId(device_key)

    def ask_with(self, asking: object) -> None: ...

    def username(self, phone: PhoneId) -> Printable:
        return Printable("xapi")

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        return (phone,)

    async def check_certificate(self, phone: PhoneId) -> CertificateCheck:
        return CHECK

    async def accept_certificate(self, phone: PhoneId, check: CertificateCheck) -> None:
        self.done.append(("certificate", phone, check.shown.fingerprint))


def planted() -> Adopter:
    known = office()
    fleet = Adopter(phones=known.phones)
    fleet.put(planted_phone(known.phones[LOBBY]))
    event = Event(Printable("SipCall"), ((Printable("PeerName"), Printable("Quimby Zoltan")),), 0.0)
    fleet.entries = (
        JournalEntry(NOW, LOBBY, TEXT),
        JournalEntry(NOW, LOBBY, event_words(event), kind=EntryKind.EVENT, fields=event.fields),
    )
    alert = Alert(phone=LOBBY, id=AlertId.LOSS, subject="", severity=Severity.POOR, text=TEXT, raised_at=NOW)
    fleet.alerts, fleet.hints = (alert,), (Diagnosis(TEXT, TEXT),)
    call = next(fleet.phones[LOBBY].calls)
    fleet.records = (
        remembered(
            call=call,
            cause=TEXT,
            alerts=(alert,),
            hints=(TEXT,),
            final=((Printable("PeerName"), TEXT),),
            reports=(REPORT,),
        ),
    )
    fleet.partners[LOBBY, (1, 0)] = Partner(PhoneId("reception"), (1, 0), TEXT)
    fleet.pointed[LOBBY, (1, 0)] = (Diagnosis(TEXT, TEXT),)
    fleet.unkept = f"{WHO}: no space left"
    fleet.tell(LOBBY, LEAVES, AT)
    fleet.trusted[LOBBY] = Trust(TrustReason.CA, Printable("zoltan-phone"), Printable("CN=FVH2099ZZZZ"))
    fleet.answers[str(DIAL)] = CommandResult(Printable("CallDialResult"), fleet.document(LOBBY))
    fleet.cloud = organization(
        owned(1, "Quimby Zoltan", mac="001A2B3C4D5E", serial="FVH2099ZZZZ", ip="192.0.2.77"), failure=TEXT
    )
    return fleet


FLEET: dict[str, Callable[[Any], Any]] = {
    "version": lambda masked_fleet: masked_fleet.version,
    "phones": lambda masked_fleet: masked_fleet.phones,
    "entries": lambda masked_fleet: masked_fleet.entries,
    "history": lambda masked_fleet: masked_fleet.history(LOBBY),
    "port_history": lambda masked_fleet: masked_fleet.port_history(LOBBY),
    "alerts": lambda masked_fleet: masked_fleet.alerts,
    "hints": lambda masked_fleet: masked_fleet.hints,
    "records": lambda masked_fleet: masked_fleet.records,
    "unkept": lambda masked_fleet: masked_fleet.unkept,
    "older_calls": lambda masked_fleet: (
        masked_fleet.older_calls and masked_fleet.older_calls.count
    ),  # gives records by `records` alone
    "partner": lambda masked_fleet: masked_fleet.partner(LOBBY, (1, 0)),
    "causes": lambda masked_fleet: masked_fleet.causes(LOBBY, (1, 0)),
    "mute": lambda masked_fleet: masked_fleet.mute((LOBBY, AlertId.LOSS, ""), muted=False),
    "pace": lambda masked_fleet: masked_fleet.pace(LOBBY, 2.0),
    "run": lambda masked_fleet: None,  # gives nothing back and ends with the program
    "permission": lambda masked_fleet: masked_fleet.permission(LOBBY),
    "grant": lambda masked_fleet: masked_fleet.grant(LOBBY),
    "revoke": lambda masked_fleet: masked_fleet.revoke(LOBBY),
    "granted": lambda masked_fleet: masked_fleet.granted,
    "dial": lambda masked_fleet: masked_fleet.dial(LOBBY, "5987"),
    "press": lambda masked_fleet: masked_fleet.press(LOBBY, "Mute"),
    "document": lambda masked_fleet: dict(masked_fleet.document(LOBBY)),
    "changed_at": lambda masked_fleet: masked_fleet.changed_at(LOBBY),
    "trust": lambda masked_fleet: masked_fleet.trust(LOBBY),
    "key_argument": lambda masked_fleet: masked_fleet.key_argument(LOBBY),
    "commands": lambda masked_fleet: masked_fleet.commands(LOBBY),
    "command": lambda masked_fleet: masked_fleet.command(LOBBY, DIAL),
    "cloud": lambda masked_fleet: masked_fleet.cloud.state,
    "adopt": lambda masked_fleet: masked_fleet.adopt(world.ident("DEVICE", 1)),
    "ask_with": lambda masked_fleet: masked_fleet.ask_with(None),
    "check_certificate": lambda masked_fleet: masked_fleet.check_certificate(LOBBY),
    "username": lambda masked_fleet: masked_fleet.username(LOBBY),
    "sign_in": lambda masked_fleet: masked_fleet.sign_in(LOBBY, "xapi", Secret("x")),
    "accept_certificate": lambda masked_fleet: masked_fleet.accept_certificate(LOBBY, CHECK),
}
CLOUD: dict[str, Callable[[Any], Any]] = {
    "state": lambda cloud: cloud.state,
    "is_read_only": lambda cloud: cloud.is_read_only,
    "ask": lambda cloud: cloud.ask("people me", {}),
    "pages": lambda cloud: cloud.pages("devices list", {}),
    "models": lambda cloud: cloud.models(),
}
"""How each member is asked: a new one fails here until somebody has thought about what it tells."""


def members(*protocols: type) -> Iterator[str]:
    for protocol in protocols:
        yield from (name for name in vars(protocol) if not name.startswith("_"))


def test_every_member_is_thought_of() -> None:
    assert set(
        members(FleetView, Fleet, TreeFleet, CloudFleet, AdoptingFleet, PromptingFleet, CertificateFleet, AccountFleet)
    ) == set(FLEET)
    assert set(members(Cloud)) == set(CLOUD)


def test_what_is_planted_is_seen_without_the_mask() -> None:
    text = "".join(repr(ask(planted())) for name, ask in FLEET.items() if name in ("phones", "document", "cloud"))
    assert [words for words in PLANTED if words not in text] == []


@pytest.mark.parametrize("name", FLEET)
async def test_nothing_planted_comes_through_a_fleet(name: str) -> None:
    masked_fleet = mask_fleet(planted())
    assert isinstance(masked_fleet, MaskedFleet)
    assert isinstance(masked_fleet, TreeFleet)
    masked_fleet.document(LOBBY)  # a serial number is known once the place where it stands was looked at
    assert await told(FLEET[name], masked_fleet) == []


@pytest.mark.parametrize("name", CLOUD)
async def test_nothing_planted_comes_through_an_organization(name: str) -> None:
    masked_fleet = mask_fleet(planted())
    assert isinstance(masked_fleet, CloudFleet)
    assert isinstance(masked_fleet.cloud, MaskedCloud)
    assert await told(CLOUD[name], masked_fleet.cloud) == []


async def told(ask: Callable[[Any], Any], behind: object) -> list[str]:
    """What was planted and is seen; asking may be refused."""
    try:
        found = ask(behind)
        found = await found if inspect.isawaitable(found) else found
    except PhonetuiError as error:
        found = str(error)
    text = repr(found)
    return [words for words in PLANTED if words.casefold() in text.casefold()]
