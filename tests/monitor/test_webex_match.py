"""What Webex claims of our phones, as sweeps and answers come in."""

from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings
from phonetui.monitor.fleet_analysis import WebexMatch, disagreement_note
from phonetui.monitor.journal import Journal
from phonetui.phone.journal import Weight
from phonetui.phone.state import Claim, Connection, Disagreement, Network, Phone, PhoneId, State
from phonetui.text import printable
from phonetui.webex.devices import device
from phonetui.webex.inventory import CloudState, Inventory
from tests.webex.fake import world

LOBBY = PhoneId("lobby")
SETTINGS = PhoneSettings(id=LOBBY, host="lobby.example", serial="FVH00000001")


def swept(at: float, **fields: Any) -> CloudState:
    page = [device(world.device(1, **fields)), device(world.device(2))]
    return CloudState(inventory=Inventory().with_page(page), is_whole=True, swept_at=at)


class Watch:
    """One phone, and what its claims came to."""

    def __init__(self, settings: PhoneSettings = SETTINGS, state: State = State.LIVE) -> None:
        self.phone = Phone(
            id=LOBBY, name=printable("lobby"), address=printable("lobby.example"), connection=Connection(state)
        )
        self.claims = WebexMatch({LOBBY: settings}, Journal().guard)
        self.lines: list[str] = []

    def look(self, state: CloudState, at: float) -> Claim | None:
        for _, claim in self.claims.update(state, {LOBBY: self.phone}, at):
            if line := disagreement_note(self.phone.claim, claim):
                self.lines.append(line[0])
            self.phone = replace(self.phone, claim=claim)
        return self.phone.claim

    def becomes(self, state: State) -> None:
        self.phone = replace(self.phone, connection=Connection(state))


def test_a_phone_that_was_never_reached_is_known_by_the_configurations_serial() -> None:
    watch = Watch(state=State.CONNECTING)
    claim = watch.look(swept(1.0), 2.0)
    assert claim is not None
    assert (claim.by, claim.status, claim.status_at) == ("serial", "connected", 2.0)
    assert watch.phone.place[0] == "Webex", "without a group it takes its place from Webex"


def test_nothing_new_is_the_same_object_and_pairs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, state = Watch(), swept(1.0)
    claim = watch.look(state, 2.0)
    monkeypatch.setattr("phonetui.monitor.fleet_analysis.match_devices", lambda *_: pytest.fail("nothing changed"))
    assert watch.look(replace(state, swept_at=61.0), 62.0) is claim


def test_a_claim_has_its_age_and_goes_with_the_device() -> None:
    watch = Watch()
    watch.look(swept(1.0), 2.0)
    later = watch.look(swept(61.0, software="4-0"), 62.0)
    assert later is not None
    assert later.status_at == 2.0
    other = watch.look(swept(121.0, connectionStatus="offline_expired"), 122.0)
    assert other is not None
    assert (other.status_at, other.is_online) == (122.0, False)
    assert watch.look(CloudState(is_whole=True, swept_at=180.0), 181.0) is None


def test_a_disagreement_counts_once_a_later_sweep_repeats_it_and_is_told_once_each_way() -> None:
    watch, state = Watch(), swept(1.0)
    watch.look(state, 2.0)
    watch.becomes(State.UNREACHABLE)
    for at, swept_at, differs in ((10.0, 1.0, None), (62.0, 61.0, Disagreement.ONLY_WEBEX), (70.0, 61.0, Disagreement.ONLY_WEBEX)):  # fmt: skip
        claim = watch.look(replace(state, swept_at=swept_at), at)
        assert claim is not None
        assert claim.disagreement is differs
    watch.becomes(State.LIVE)
    watch.look(replace(state, swept_at=61.0), 80.0)
    assert watch.lines == [
        "Webex says it is online, here it doesn't answer (connected)",
        "Webex and we no longer differ (connected)",
    ]
    assert disagreement_note(None, None) is None


def test_what_a_phone_says_of_itself_pairs_it_anew() -> None:
    watch = Watch(PhoneSettings(id=LOBBY, host="lobby.example"))
    assert watch.look(swept(1.0), 2.0) is None
    watch.phone = replace(watch.phone, network=Network(ethernet_mac=printable("02:00:00:00:00:02")))
    claim = watch.look(swept(1.0), 3.0)
    assert claim is not None
    assert (claim.by, claim.device) == ("mac", world.ident("DEVICE", 2))


def test_a_phone_that_is_let_go_leaves_its_device_to_others() -> None:
    mac = "02:00:00:00:00:01"
    other = PhoneId("other")
    settings = {each: PhoneSettings(id=each, host="a.example", mac=mac) for each in (LOBBY, other)}
    claims = WebexMatch(settings, Journal().guard)
    phones = {each: Phone(id=each, name=printable(each), address=printable("a")) for each in (LOBBY, other)}
    assert [phone for phone, claim in claims.update(swept(1.0), phones, 2.0) if claim] == [LOBBY]
    del phones[LOBBY], settings[LOBBY]
    assert [phone for phone, claim in claims.update(swept(1.0), phones, 3.0) if claim] == [other]


def test_weights() -> None:
    odds = Claim(device="d", by="mac", status_at=0.0, disagreement=Disagreement.ONLY_HERE)
    assert disagreement_note(None, odds) == ("it answers here, Webex says it is offline", Weight.WARNING)
    assert disagreement_note(odds, None) == ("Webex and we no longer differ", Weight.GOOD)
