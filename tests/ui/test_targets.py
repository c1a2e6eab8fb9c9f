"""The keys as they are typed: what was seen is what is opened, muted or sent to, and a running job keeps what it was given."""

import asyncio

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import AlertId, AlertKey, Severity
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from phonetui.ui.alerts.screen import AlertsScreen
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.fleet.screen import FleetScreen
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.session import Session
from phonetui.ui.status import command_dispatch
from phonetui.ui.status.command_screen import CommandScreen
from phonetui.ui.widgets.list_cursor import SETTLE_S
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published
from tests.ui.alerts import ALERTS, alert, troubled
from tests.ui.office import CONFIG, FakeFleet, office, phone
from tests.ui.screen import opened


async def test_the_phone_that_a_filter_leaves_is_opened() -> None:
    async with opened() as desk:
        await desk.press("f", "slash", *"bergen", "enter", "enter")
        assert desk.app.screen is desk.main
        assert desk.app.view_state.selected == "bergen-1"


async def test_where_no_phone_matches_none_is_opened() -> None:
    async with opened() as desk:
        await desk.press("f", "slash", *"nowhere", "enter", "enter")
        assert isinstance(desk.app.screen, FleetScreen)
        assert "There is no phone under the cursor." in desk.text()


async def test_of_the_main_screens_tree_none_either() -> None:
    async with opened() as desk:
        await desk.press("slash", *"nowhere", "enter", "enter")
        assert desk.app.focused is not None
        assert desk.app.focused.id == "phones"


async def test_enter_on_a_phone_that_went_since_it_was_drawn_opens_no_other() -> None:
    async with opened() as desk:
        pane = desk.main.query_one(PhonesPane)
        desk.main.select(PhoneId("reception"))
        await desk.pilot.pause()
        desk.fleet.phones = {id_: one for id_, one in desk.fleet.phones.items() if id_ != "reception"}
        desk.fleet.version += 1
        pane.action_enter()  # at once: the screen has not looked since
        await desk.pilot.pause()
        assert desk.app.screen is desk.main
        assert desk.app.focused is pane
        assert "That phone is gone since it was drawn" in desk.text()


async def test_the_alert_that_was_on_top_is_muted_and_not_the_one_that_came_since() -> None:
    muted: list[AlertKey] = []
    fleet = troubled()
    fleet.mute = lambda key, **_: muted.append(key)  # type: ignore[method-assign]
    async with opened(fleet) as desk:
        await desk.open_list("a")
        fleet.alerts = (alert("desk-31", AlertId.LOSS, Severity.CRITICAL, "just now", 0), *ALERTS)
        fleet.version += 1
        screen = desk.app.screen
        assert isinstance(screen, AlertsScreen)
        screen.refresh_view()
        await desk.press("m")
        assert muted == [ALERTS[0].key]


async def test_an_alert_that_is_gone_gives_its_place_away_but_not_its_key() -> None:
    muted: list[AlertKey] = []
    fleet = troubled()
    fleet.mute = lambda key, **_: muted.append(key)  # type: ignore[method-assign]
    async with opened(fleet) as desk:
        await desk.open_list("a")
        fleet.alerts = ALERTS[1:]
        fleet.version += 1
        await desk.refresh_view()
        screen = desk.app.screen
        assert isinstance(screen, AlertsScreen)
        screen.refresh_view()
        await desk.press("m")
        assert muted == []
        assert "Another alert came under the cursor just now" in desk.text()
        desk.clock.move(SETTLE_S)
        await desk.press("m")
        assert muted == [ALERTS[1].key]


async def test_a_phone_that_is_gone_leaves_its_keys_to_nobody() -> None:
    async with opened() as desk:
        await desk.press("j")
        assert desk.app.view_state.selected == "reception"
        desk.fleet.phones = {PhoneId("desk-31"): phone("desk-31"), PhoneId("desk-32"): phone("desk-32")}
        await desk.refresh_view()
        await desk.press("plus")
        assert desk.fleet.done == []
        assert "What was selected is gone, and desk-31 is selected since" in desk.text()
        desk.clock.move(SETTLE_S)
        await desk.press("plus")
        assert desk.fleet.done == [("pace", "desk-31", "2")]


async def test_a_command_for_many_goes_to_those_that_were_marked_when_its_line_was_opened() -> None:
    async with opened() as desk:
        await desk.press("f", "space", "space", "colon")
        screen = desk.app.screen
        assert isinstance(screen, FleetScreen)
        marked = set(screen._marked)
        screen._marked.add(PhoneId("bergen-2"))
        await desk.press(*"SystemUnit Boot", "enter")
        assert "on 2 phones?" in desk.text()
        await desk.press("2", "enter")
        await desk.app.workers.wait_for_complete()
        assert {told[1] for told in desk.fleet.done} == marked


async def test_a_command_for_many_goes_on_when_its_screen_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    left = asyncio.Event()
    real = FakeFleet.command

    async def command(self: FakeFleet, to: PhoneId, what: Command, *, confirmed: bool = False) -> CommandResult:
        await left.wait()
        return await real(self, to, what, confirmed=confirmed)

    monkeypatch.setattr(FakeFleet, "command", command)
    async with opened() as desk:
        await desk.press("f", "space", "space", "colon", *"SystemUnit Boot", "enter", "2", "enter", "escape", "escape")
        assert not isinstance(desk.app.screen, FleetScreen)
        left.set()
        await desk.app.workers.wait_for_complete()
        assert len({told[1] for told in desk.fleet.done}) == 2
        await desk.pilot.pause()
        assert "sent to 2 of 2" in desk.text()


async def test_the_mask_does_not_come_between_a_running_command_and_its_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = office()
    session = Session(fleet=fleet, config=CONFIG)
    reached: list[FakeFleet | object] = []
    real = FakeFleet.command

    async def command(self: FakeFleet, to: PhoneId, what: Command, *, confirmed: bool = False) -> CommandResult:
        reached.append(to)
        if len(reached) == 1:
            session.toggle_privacy()
            session.fleet = FakeFleet()  # whatever the screen is given now
        return await real(self, to, what, confirmed=confirmed)

    monkeypatch.setattr(FakeFleet, "command", command)
    phones = [PhoneId("lobby"), PhoneId("reception")]
    tally = await command_dispatch.run_batch(
        session, phones, Command(Path.of("SystemUnit", "Boot")), lambda _: None, pace_s=0
    )
    assert tally.sent == 2
    assert [told[1] for told in fleet.done] == phones


async def test_choices_stay_what_they_are_while_they_are_walked_through() -> None:
    class Slow(FakeFleet):
        """Its phones tell late what they take."""

        is_told = asyncio.Event()

        async def commands(self, _: PhoneId) -> CommandSchema:
            await Slow.is_told.wait()
            return CommandSchema(published().forms[20:])

    Slow.is_told = asyncio.Event()
    known = office()
    async with opened(Slow(known.phones, known.entries, known.histories, documents=known.documents)) as desk:
        await desk.press("colon", "tab")
        screen = desk.app.screen
        assert isinstance(screen, CommandScreen)
        offered = [choice.word for choice in screen._completions.choices]
        assert screen._line.value == offered[0]
        Slow.is_told.set()
        await desk.app.workers.wait_for_complete()
        await desk.press("tab")
        assert screen._line.value == offered[1]


async def test_the_chosen_key_is_the_one_that_was_drawn() -> None:
    """A phone whose model is learnt has other keys, and fewer: the space bar pressed whatever stood in the place."""
    unknown = phone("new", "")
    unknown = replace(unknown, system=replace(unknown.system, product_id=None))
    fleet = FakeFleet({unknown.id: unknown}, granted={unknown.id})
    async with opened(fleet) as desk:
        await desk.press("i", "pageup")
        screen = desk.app.screen
        assert isinstance(screen, KeysScreen)
        chosen = screen._chosen
        assert chosen.startswith("Line")
        fleet.put(replace(unknown, system=replace(unknown.system, product_id=Printable("DP-9841"))))
        screen.refresh_view()
        await desk.press("space")
        await desk.pilot.pause()
        assert all(told[2] == chosen for told in fleet.done)
        assert desk.app.screen is screen
