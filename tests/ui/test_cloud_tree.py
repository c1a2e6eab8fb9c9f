"""The tree with phones that only Webex knows: where they stand, how they show, and what 20,000 of them cost."""

import gc
import statistics
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.state import Claim, Disagreement, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui.main.phone_tree import TreeContext, TreeRows
from phonetui.ui.main.phones import PhoneTree
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.phone_filter import filtered, filtered_devices
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import text
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import status_mark, sweep_age, sweep_notes
from phonetui.webex.devices import device
from phonetui.webex.inventory import CloudState, Inventory
from tests.ui.golden import compare, golden
from tests.ui.office import AT, CONFIG, NOW, FakeFleet, HandClock, office, phone
from tests.ui.screen import BY_PLACE, opened
from tests.ui.trees import FakeCloud, organization, owned, rows_of
from tests.webex.fake import world

PEOPLE = (
    owned(2, "Anne McDonald"),
    owned(3, "Ola Nordmann", connectionStatus="offline_expired", lastSeen="2026-11-20T22:00:00Z"),
    world.device(4, connectionStatus="connected_with_issues", errorCodes=["noRegistration"], tags=["front"]),
    owned(5, "Kari", connectionStatus="activating", lastSeen=None),
    owned(6, "Kari", locationId=world.ident("LOCATION", 2), connectionStatus="brandnew"),
)


def claim(number: int, **more: Any) -> Claim:
    known: dict[str, Any] = {
        "device": world.ident("DEVICE", number), "by": "mac", "status": Printable("connected"), "is_online": True,
        "seen_at": NOW - timedelta(minutes=6), "status_at": AT - 100,
        "place": (Printable("Webex"), Printable("Headquarters"), Printable("Lobby")),
    }  # fmt: skip
    return Claim(**(known | more))


def beside(*raw: dict[str, Any], **state: Any) -> FakeFleet:
    """The office, its lobby and one phone without a group known to Webex, too."""
    fleet = office()
    fleet.cloud = organization(world.device(1), world.device(7), *raw, **state)
    fleet.put(replace(fleet.phones[PhoneId("lobby")], claim=claim(1)))
    refused = fleet.phones[PhoneId("desk-33")]
    fleet.put(replace(refused, claim=claim(9, is_online=False, status=Printable("disconnected"),
                                           disagreement=Disagreement.ONLY_HERE)))  # fmt: skip
    fleet.put(phone("ungrouped", claim=claim(7)))
    return fleet


def snapshot_of(fleet: FakeFleet) -> Snapshot:
    return ViewState(Session(fleet=fleet, config=CONFIG, clock=HandClock().clock, preferences=BY_PLACE)).snapshot()


def drawn(fleet: FakeFleet, words: str = "", width: int = 40) -> list[str]:
    growth, snapshot = PhoneTree(), snapshot_of(fleet)
    growth.update(snapshot, words, width)
    return [text(row) for row in TreeRows(growth.items, TreeContext(snapshot.phones, snapshot.moment), width)]


def test_devices_stand_under_organization_location_and_owner() -> None:
    assert drawn(beside(*PEOPLE))[-10:] == [
        "▾ Webex",
        " ▾ Headquarters",
        "  ▾ Lobby",
        "   ○ ungrouped                      idle",
        "   ▲ Phone 4                      issues",
        "  ◇ Anne McDonald              connected",
        "  ✗ Ola Nordmann             expired 4 h",
        "  ◐ Kari                      activating",
        " ▾ 000000000002",
        "  ? Kari                        brandnew",
    ]


def test_what_webex_and_we_deny_each_other_is_a_word() -> None:
    odds = claim(1, disagreement=Disagreement.ONLY_WEBEX)
    shown = phone("desk", group="HQ", state=State.UNREACHABLE, claim=odds)
    assert [text(rows_of([shown], width)[1]).strip() for width in (40, 30, 23, 17)] == [
        "✗ desk     ≠ Webex: online  unreachable",
        "✗ desk  ≠ online  unreachable",
        "✗ desk ≠ Webex: online",
        "✗ desk  ≠ online",
    ]


def test_two_phones_of_one_person_are_a_group() -> None:
    assert drawn(beside(owned(2, "Anne"), owned(3, "Anne")))[-3:] == [
        "  ▾ Anne",
        "   ◇ Anne                      connected",
        "   ◇ Anne                      connected",
    ]


def test_a_phone_of_ours_with_its_persons_name_stands_where_the_device_stood() -> None:
    fleet = beside(owned(2, "Anne"))
    before = [row[:8] for row in drawn(fleet)]
    place = (Printable("Webex"), Printable("Headquarters"), Printable("Anne"))
    fleet.put(phone("Anne", claim=claim(2, place=place)))
    assert [row[:8] for row in drawn(fleet)] == [row.replace("◇", "○") for row in before]


@pytest.mark.parametrize("others", [(), (world.device(4),)])
def test_a_phone_of_ours_with_its_workspaces_name_stays_in_it_beside_others(others: tuple[dict[str, Any], ...]) -> None:
    fleet = office()
    fleet.cloud = organization(*others)
    fleet.put(phone("Lobby", claim=claim(8)))
    if not others:
        fleet.put(phone("other", claim=claim(9)))
    rows = drawn(fleet)
    place = next(at for at, each in enumerate(rows) if "▾ Lobby" in each)
    assert rows[place + 1].split()[1] == "Lobby"
    assert rows[place + 2].split()[1] == ("Phone" if others else "other")


def test_many_locations_are_shut_until_somebody_opens_them() -> None:
    fleet = beside(*(owned(number, f"Person {number}") for number in range(10, 80)))
    growth, snapshot = PhoneTree(), snapshot_of(fleet)
    growth.update(snapshot, "", 40)
    assert text(TreeRows(growth.items, TreeContext(snapshot.phones, NOW), 40)[-1]).split() == [
        "▸",
        "Headquarters",
        "71",
    ]
    growth.open(("Webex", "Headquarters"))
    growth.update(snapshot, "", 40)
    assert len(growth.items) > 80
    growth.update(snapshot, "name:person name:7", 40)
    assert (growth.root.devices, growth.of) == (16, len(snapshot.phones) + 70)


def test_what_cannot_be_read_is_a_row() -> None:
    fleet = beside({"id": 5, "displayName": "broken"})
    assert drawn(fleet)[-2] == " ▾ unreadable"
    assert drawn(fleet)[-1] == "  ? id: 5, displayName: brok… unreadable"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, []),
        ({"swept_at": AT - 200}, ["≈ 1 min old"]),
        ({"swept_at": AT - 400, "failure": "Webex limits", "waits_until": AT + 38}, ["≈ 5 min old", "! asks to wait 40 s"]),
        ({"swept_at": AT - 40, "failure": "HTTP 503", "waits_until": AT - 1}, ["≈ 30 s old", "! HTTP 503"]),
        ({"swept_at": None, "is_whole": False}, ["◐ is being read …"]),
    ],
)  # fmt: skip
def test_old_rows_stay_and_the_pane_says_how_old_and_why(state: dict[str, Any], said: list[str]) -> None:
    fleet = beside(*PEOPLE, **state)
    assert fleet.cloud is not None
    assert [note.text for note in sweep_notes(fleet.cloud.state, AT)] == said
    alone = [note.text for note in sweep_notes(fleet.cloud.state, AT, named=False)]
    assert all("Webex" in words for words in alone if words[0] in "!◐"), "whose trouble it is, where nothing is listed"
    rows = [row.strip() for row in drawn(fleet)]
    place = rows.index("▾ Webex") + 1
    assert rows[place : place + len(said)] == said
    assert rows[-1].startswith("? Kari")


def test_a_wait_moves_in_steps() -> None:
    state = CloudState(waits_until=AT + 38, failure=printable("x"))
    assert {text([note]) for at in range(3) for note in sweep_notes(state, AT + at)} == {"! asks to wait 40 s"}
    assert sweep_age(state, AT) is None


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("", 2),
        ("tag:LOBBY", 1),
        ("!tag:lobby", 1),
        ("status:online model:9851", 1),
        ("status:connected", 1),
        ("status:offline", 1),
        ("status:offline_exp", 1),
        ("software:4-1", 2),
        ("02:00:00:00:00:01", 1),
        ("mac:0200 serial:fvh", 2),
        ("-", 2),
        ("nowhere", 0),
        ("tag:lobby nowhere", 0),
    ],
)
def test_one_filter_for_both_kinds(words: str, left: int) -> None:
    raw = (world.device(1, tags=["lobby"]), world.device(2, connectionStatus="offline_expired"))
    assert len(filtered_devices(map(device, raw), words)) == left


def test_our_own_phones_are_found_by_what_webex_says() -> None:
    fleet = beside()
    online = [known.name for known in filtered(fleet.phones.values(), "status:online")]
    assert online == ["lobby", "ungrouped"]
    assert len(filtered(fleet.phones.values(), "software:3-6 group:headquarters")) == 1


def test_words_for_statuses() -> None:
    assert status_mark(None).word == "no status"
    assert status_mark("brandnew") == ("?", "brandnew", "unknown")


async def test_the_cursor_on_a_device_turns_every_pane_to_it() -> None:
    async with opened(beside(*PEOPLE)) as desk:
        await desk.press("end", "up", "up", "up")
        assert desk.app.view_state.device is not None
        assert desk.app.view_state.selected is None
        assert "Webex · Ola Nordmann · Cisco Desk Phone 9851" in desk.text()
        drawn_ = golden(desk, desk.main)
        await desk.press("d")
        assert "Only Webex knows this phone: w shows" in desk.text()
        assert desk.fleet.done == []
        await desk.press("y")
        assert "Copy of Ola Nordmann" in desk.text()
        await desk.press("escape", "home", "down", "down")
        known = desk.app.view_state.device
        assert known is not None
        assert known.name == "Phone 1", "a phone of ours has its device, too"
    compare("cloud", drawn_)


async def test_a_device_that_becomes_ours_or_goes_takes_the_cursor_along() -> None:
    async with opened(beside(*PEOPLE)) as desk:
        await desk.press("end", "up", "up", "up")
        ours = phone("new", claim=claim(3))
        desk.fleet.put(ours)
        await desk.refresh_view()
        assert desk.app.view_state.selected == "new"
        await desk.press("end")
        desk.fleet.cloud = organization()
        await desk.refresh_view()
        assert desk.app.view_state.selected == "lobby"


async def test_a_failing_sweep_golden() -> None:
    failing = {"failure": printable("Webex limits requests"), "waits_until": AT + 40, "swept_at": AT - 400}
    async with opened(beside(*PEOPLE, **failing)) as desk:
        drawn_ = golden(desk, desk.main)
    compare("cloud-waits", drawn_)


async def test_enter_watches_a_device_where_the_fleet_can() -> None:
    class Adopter(FakeFleet):
        def adopt(self, device_key: str) -> PhoneId:
            self.done.append(("adopt", device_key))
            self.put(phone("adopted", claim=claim(6)))
            return PhoneId("adopted")

    known = beside(*PEOPLE)
    fleet = Adopter(known.phones, known.entries, known.histories, cloud=known.cloud)
    async with opened(fleet) as desk:
        await desk.press("end")
        assert "enter watch it through Webex" in desk.text()
        await desk.press("enter")
        assert fleet.done == [("adopt", world.ident("DEVICE", 6))]
        assert desk.app.view_state.selected == "adopted"


LARGE = 20_000


def large() -> FakeCloud:
    return organization(
        *(
            owned(number, f"Person {number}", locationId=world.ident("LOCATION", number % 40), tags=[f"t{number % 9}"])
            for number in range(10, LARGE + 10)
        )
    )


def test_twenty_thousand_devices_are_merged_quickly_and_kept_small() -> None:
    """Page by page, each drawn; then looks at which nothing changed."""
    pages = [
        [device(owned(at + one, f"Person {at + one}", locationId=world.ident("LOCATION", one % 40))) for one in range(1000)]
        for at in range(0, LARGE, 1000)
    ]  # fmt: skip
    fleet, growth, inventory = office(), PhoneTree(), Inventory()
    fleet.cloud = FakeCloud(CloudState())
    began = time.process_time()
    for number, page in enumerate(pages):
        inventory = inventory.with_page(page)
        fleet.cloud = FakeCloud(CloudState(inventory=inventory))
        growth.update(snapshot_of(fleet), "", 40)
        if number == 0:
            first_s = time.process_time() - began
            assert growth.root.devices == 1000, "usable from the first page"
    merge_s = time.process_time() - began
    gc.collect()
    tracemalloc.start()
    again = PhoneTree()
    again.update(snapshot_of(fleet), "", 40)
    for name in [item.group for item in again.items if item.branch]:
        again.open(name)
    again.update(snapshot_of(fleet), "", 40)
    kept = tracemalloc.get_traced_memory()[0] / LARGE
    tracemalloc.stop()
    before = again.items
    snapshot = snapshot_of(fleet)
    began = time.process_time()
    for _ in range(100):
        again.update(snapshot, "", 40)
    look_ms = (time.process_time() - began) * 10
    print(
        f"\n{LARGE:,} devices: first page {first_s * 1e3:.0f} ms, all pages into the tree {merge_s:.2f} s of CPU, "
        f"the open tree {kept:.0f} bytes a device, a look without news {look_ms:.3f} ms"
    )
    assert again.items is before
    assert len(again.items) > LARGE
    assert kept < 1024  # beside the inventory's own: 4 KB a device is promised for both
    assert merge_s < 5  # 1 s is promised; a noisy machine gets five
    assert look_ms < 20


async def test_the_large_tree_on_the_screen() -> None:
    """A sweep without news draws nothing, and keys stay quick with everything open."""
    fleet = office()
    fleet.cloud = large()
    async with opened(fleet) as desk:
        pane = desk.main.query_one("#phones")
        with counted(desk.main) as painted:
            assert isinstance(fleet.cloud, FakeCloud)
            fleet.cloud.state = replace(fleet.cloud.state, swept_at=AT - 1)
            desk.main._refresh_if_changed()
            await desk.pilot.pause()
            assert painted == []
            fleet.version += 1
            await desk.refresh_view()
            assert painted == [], "not even where something else moved"
        await desk.press("end", "right", "down")
        assert desk.app.view_state.device is not None
        took = []
        for key in ["down"] * 20 + ["pagedown"] * 10 + ["end", "up", "home", "down"]:
            began = time.perf_counter()
            await desk.pilot.press(key)
            took.append(time.perf_counter() - began)
        p50, p99 = statistics.median(took) * 1e3, max(took) * 1e3
        print(f"\n{LARGE:,} devices in the tree: key p50 {p50:.0f} ms, p99 {p99:.0f} ms, the pilot's waiting included")
        assert pane.has_focus


@contextmanager
def counted(screen: MainScreen) -> Iterator[list[object]]:
    """What is repainted meanwhile."""
    painted: list[object] = []
    views = list(screen.query("RowsView"))
    for view in views:
        view.refresh = lambda *regions, **_: painted.append(regions)  # type: ignore[method-assign, assignment]
    try:
        yield painted
    finally:
        for view in views:
            del view.refresh
