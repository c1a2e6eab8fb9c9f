"""Every list of the program, filled with numbered rows: what its keys hit can be told by the number."""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, cast

from rich.style import Style
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.widgets import Input

from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui import screens
from phonetui.ui.alerts.screen import AlertsScreen, EventsScreen
from phonetui.ui.calls.call_screen import CallDetail
from phonetui.ui.calls.screen import CallsScreen
from phonetui.ui.fleet.rows import GroupHeading
from phonetui.ui.fleet.screen import FleetScreen
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.screen_state import Arrangement
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.screens.phone_list import PhoneListScreen
from phonetui.ui.screens.picker import Menu, Picker
from phonetui.ui.screens.prompts import ValueDialog
from phonetui.ui.status.screen import StatusScreen
from phonetui.ui.text.rows import Role
from phonetui.ui.webex.configuration import ConfigurationScreen
from phonetui.ui.webex.jobs import JobPoller, JobScreen, JobsScreen
from phonetui.ui.webex.lines import MembersScreen
from phonetui.ui.webex.settings_levels import Level, SettingsLevels, compare_levels
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.configuration import DeviceSetting, setting_schema
from phonetui.webex.devices import device
from phonetui.webex.jobs import Family, Job, JobError
from phonetui.webex.lines import Member
from tests.ui.alerts import alert
from tests.ui.office import AT, NOW, phone
from tests.ui.remembered import remembered
from tests.ui.screen import Desk
from tests.ui.trees import organization
from tests.webex.fake import world

_NUMBER = re.compile(r"k(\d\d)x")


def name(number: int) -> str:
    return f"k{number:02}x"


class Listed:
    """A screen with a list, open, and its deeds as they are recorded instead of done."""

    title: ClassVar[str]
    opens: ClassVar[tuple[str, ...]] = ()
    """The keys that lead there from the main screen."""
    key: ClassVar[str] = "enter"
    """The key of a deed."""
    listing: ClassVar[str]
    is_filtered: ClassVar[bool] = True
    is_static: ClassVar[bool] = False
    """Whether nothing but the operator changes it."""
    keeps_what_is_gone: ClassVar[bool] = False

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.hits: list[object] = []
        desk.app.copy_to_clipboard = self.hits.append  # type: ignore[method-assign,assignment]

    async def open(self) -> None:
        self.fill(range(8))
        await self.desk.press(*self.opens)
        if isinstance(self.desk.app.screen, PhoneListScreen):
            self.desk.app.screen.only = None
        await self._opened()

    async def _opened(self) -> None:
        await self.desk.pilot.pause()
        self.screen = self.desk.app.screen
        self.screen.dismiss = self.dismissed  # type: ignore[assignment,method-assign]
        self.desk.app.push_screen = self.pushed  # type: ignore[assignment,method-assign]
        self.fill(range(8))
        self.refresh_view()
        await self.desk.pilot.pause()

    @abstractmethod
    def fill(self, numbers: Sequence[int]) -> None:
        """These rows are all that there is now, in this order where the list has none of its own."""

    def refresh_view(self) -> None:
        cast(Any, self.screen).refresh_view()

    def dismissed(self, result: object = None) -> None:
        self.hits.append(self.desk.app.view_state.selected if result is None else result)

    def pushed(self, screen: Screen[Any], *_: object) -> None:
        self.hits.append(screen)

    @property
    def view(self) -> RowsView:
        return self.screen.query_one(f"#{self.listing}", RowsView)

    def reach(self) -> int:
        """Moves down to the first row that is no heading."""
        while (under := self.painted()[1]) is None:
            self.view.action_move(1)
        return under

    def act(self, act: Callable[[], object] | None = None) -> int | None:
        """The number of the row that a deed hits; None where it hits nothing."""
        self.hits.clear()
        self.desk.app.view_state.selected = None
        (act or self.deed)()
        return self.hit()

    def hit(self) -> int | None:
        found = [_NUMBER.search(_words(hit)) for hit in self.hits]
        numbers = [int(match[1]) for match in found if match]
        return numbers[-1] if numbers else None

    def deed(self) -> None:
        cast(Any, self.screen).action_open()

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed,)

    @property
    def wishes(self) -> Sequence[Callable[[], object]]:
        """What else the operator does to the list."""
        return ()

    def filter(self, words: str) -> None:
        cast(ListScreen[Any], self.screen).filter(words)

    def painted(self) -> tuple[list[int | None], int | None]:
        """Paints the list: the numbers of the rows that are seen, and that of the one under the cursor."""
        view = self.view
        grounds = [self._ground(role) for role in (Role.SELECTED, Role.CURSOR)]
        numbers: list[int | None] = []
        under: int | None = None
        strips = view.render_lines(Region(0, 0, *view.outer_size))
        for strip in strips[view.gutter.top :][: view.size.height]:
            match = _NUMBER.search(strip.text)
            numbers.append(int(match[1]) if match else None)
            if any(_ground(segment.style) in grounds for segment in strip):
                under = numbers[-1]
        return numbers, under

    def _ground(self, role: Role) -> object:
        return _ground(Style.parse(self.desk.app.current_theme.variables[f"role-{role}"]))

    def click(self, y: int) -> None:
        class Click:
            def get_content_offset(self, _: object) -> Offset:
                return Offset(0, y)

        self.view.on_click(cast(Any, Click()))


def _ground(style: Style | None) -> object:
    return (style.bgcolor, style.reverse) if style is not None and (style.bgcolor or style.reverse) else None


def _words(hit: object) -> str:
    match hit:
        case CallDetail():
            return str(hit._id)
        case Menu():
            return str(hit._notations)
        case Picker() | ValueDialog():
            return str(hit._question)
        case JobScreen():
            return hit._job.id
        case _:
            return str(hit)


class Fleet(Listed):
    title, listing, opens = "the fleet", "table", ("f",)

    def fill(self, numbers: Sequence[int]) -> None:
        fleet = self.desk.fleet
        made = [
            phone(name(number), group=f"site {number % 3}", state=State.STALE if number % 5 == 0 else State.LIVE)
            for number in numbers
        ]
        fleet.phones = {each.id: each for each in made}
        fleet.version += 1

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed, self.mark)

    def mark(self) -> None:
        screen = cast(FleetScreen, self.screen)
        is_group = isinstance(screen.target, GroupHeading)
        before = set(screen._marked)
        screen.action_fleet_mark()
        self.hits += () if is_group else before ^ screen._marked

    @property
    def wishes(self) -> Sequence[Callable[[], object]]:
        screen = cast(FleetScreen, self.screen)
        return (
            screen.action_fleet_sort_next, screen.action_fleet_reverse, screen.action_fleet_group,
            lambda: screen._arrange(**vars_of(Arrangement(screen._arrangement.columns))),
        )  # fmt: skip


def vars_of(arrangement: Arrangement) -> dict[str, object]:
    return {"order": arrangement.order, "grouping": arrangement.grouping, "is_reversed": arrangement.is_reversed}


class Troubles(Listed):
    title, listing, opens, key, is_filtered = "the alerts", "list", ("a",), "m", False

    def fill(self, numbers: Sequence[int]) -> None:
        fleet = self.desk.fleet
        fleet.phones = {PhoneId(name(number)): phone(name(number)) for number in numbers}
        fleet.alerts = tuple(
            alert(name(number), AlertId.LOSS, Severity.POOR, f"loss at {name(number)}", 30) for number in numbers
        )
        fleet.mute = lambda key, **_: self.hits.append(key)  # type: ignore[method-assign]
        fleet.version += 1

    def deed(self) -> None:
        cast(AlertsScreen, self.screen).action_alerts_mute()

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed, cast(AlertsScreen, self.screen).action_visit)


class Calls(Listed):
    title, listing, opens = "the calls", "records", ("c",)

    def fill(self, numbers: Sequence[int]) -> None:
        self.desk.fleet.records = tuple(remembered(60 + number, phone=PhoneId(name(number))) for number in numbers)
        self.desk.fleet.version += 1

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed, cast(CallsScreen, self.screen).action_calls_copy)


class Events(Listed):
    title, listing, opens = "the events", "entries", ("e",)

    def fill(self, numbers: Sequence[int]) -> None:
        fleet = self.desk.fleet
        fleet.phones = {PhoneId(name(number)): phone(name(number)) for number in numbers}
        fleet.entries = tuple(
            JournalEntry(NOW - timedelta(seconds=number), PhoneId(name(number)), printable(f"said {name(number)}"))
            for number in numbers
        )
        fleet.version += 1

    def deed(self) -> None:
        cast(EventsScreen, self.screen).action_visit()

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed, cast(EventsScreen, self.screen).action_events_copy)


class Tree(Listed):
    title, listing, opens, key, keeps_what_is_gone = "the status tree", "tree", ("x",), "y", True

    def fill(self, numbers: Sequence[int]) -> None:
        fleet, lobby = self.desk.fleet, PhoneId("lobby")
        fleet.phones = {lobby: phone("lobby")}
        fleet.documents.clear()
        fleet.tell(lobby, {f"Wing{name(number)} Value": str(number) for number in numbers}, AT)

    def refresh_view(self) -> None:
        self.desk.app.view_state.selected = PhoneId("lobby")  # acting put it away, to see where it goes
        super().refresh_view()

    def deed(self) -> None:
        cast(StatusScreen, self.screen).action_status_copy()

    @property
    def wishes(self) -> Sequence[Callable[[], object]]:
        return (cast(StatusScreen, self.screen).action_status_changes,)


class TreeOfPhones(Listed):
    title, listing = "the phones of the main screen", "phones"

    def fill(self, numbers: Sequence[int]) -> None:
        fleet = self.desk.fleet
        made = [phone(name(number), group=f"site {number % 3}") for number in numbers]
        fleet.phones = {each.id: each for each in made}
        fleet.version += 1

    def act(self, act: Callable[[], object] | None = None) -> int | None:
        """The phone that is selected when enter leads to the calls."""
        self.hits.clear()
        phones = cast(PhonesPane, self.view)
        phones._leave = lambda: self.hits.append(self.desk.app.view_state.selected)
        (act or self.deed)()
        return self.hit()

    def deed(self) -> None:
        cast(PhonesPane, self.view).action_enter()

    def filter(self, words: str) -> None:
        self.desk.main._filter(words)


class Webex(Listed):
    """A screen of a device in Webex, with answers that are put there."""

    is_filtered = False
    key = "y"
    door: ClassVar[Callable[..., Screen[Any]]]

    async def open(self) -> None:
        self.desk.fleet.cloud = organization(world.device(1))
        await self.desk.app.push_screen(type(self).door(self.desk.app.view_state, device(world.device(1))))
        await self.desk.pilot.pause()
        await self.desk.app.workers.wait_for_complete()
        await self._opened()

    def deed(self) -> None:
        cast(Any, self.screen).action_answers_copy()


class Owners(Webex):
    title, listing, door = "the members", "asked", staticmethod(screens.MembersScreen)

    def fill(self, numbers: Sequence[int]) -> None:
        screen = cast(MembersScreen, self.screen)
        screen._query_state = type(screen._query_state)()
        screen._members = tuple(Member(port=number, label=Printable(name(number))) for number in numbers)


class Settings(Webex):
    title, listing, door, is_filtered = "the settings' levels", "asked", staticmethod(screens.SettingsLevels), True

    def fill(self, numbers: Sequence[int]) -> None:
        screen = cast(SettingsLevels, self.screen)
        screen._query_state = type(screen._query_state)()
        screen._levels = (
            Level(name="organization", leaves={f"mpp.{name(number)}": number for number in numbers}),
            Level(name="device", leaves={f"mpp.{name(number)}": number % 2 for number in numbers}),
        )
        screen._leaves = compare_levels(screen._levels)

    @property
    def wishes(self) -> Sequence[Callable[[], object]]:
        return (cast(SettingsLevels, self.screen).action_levels_differences,)


class Keys(Webex):
    title, listing, door, key, is_filtered = (
        "the configuration", "asked", staticmethod(screens.ConfigurationScreen), "enter", True,
    )  # fmt: skip

    def fill(self, numbers: Sequence[int]) -> None:
        screen = cast(ConfigurationScreen, self.screen)
        screen._query_state = type(screen._query_state)()
        screen.settings = tuple(
            DeviceSetting(key=Printable(f"Part{number % 3}.{name(number)}"), value=f"v{number}", is_editable=True,
                    space=setting_schema({"type": "string"}))
            for number in sorted(numbers, key=lambda number: (number % 3, number))
        )  # fmt: skip

    def deed(self) -> None:
        cast(ConfigurationScreen, self.screen).action_edit()

    @property
    def deeds(self) -> Sequence[Callable[[], object]]:
        return (self.deed, self.stage)

    def stage(self) -> None:
        screen = cast(ConfigurationScreen, self.screen)
        screen.edits = type(screen.edits)()
        target = screen.target
        screen.action_configuration_default()
        screen.is_diff = False
        self.hits += [target.key] if isinstance(target, DeviceSetting) and not screen.edits else screen.edits.values

    @property
    def wishes(self) -> Sequence[Callable[[], object]]:
        screen = cast(ConfigurationScreen, self.screen)
        return (lambda: screen.action_fold(True), lambda: screen.action_fold(False))


class Running(Listed):
    title, listing, is_filtered = "the jobs", "jobs", False

    async def open(self) -> None:
        self.desk.fleet.cloud = organization(world.device(1))
        await self.desk.press("W")
        await self._opened()

    def fill(self, numbers: Sequence[int]) -> None:
        jobs = cast(JobsScreen, self.screen).jobs
        jobs.is_known = True
        jobs.listed = tuple(
            Job(family=Family.REBUILD, id=name(number), target=Printable("LOCATION"), location_id=name(number))
            for number in numbers
        )
        jobs.names = {}


class Errors(Listed):
    title, listing, key, is_filtered = "a job", "card", "y", False

    async def open(self) -> None:
        view_state = self.desk.app.view_state
        self.desk.fleet.cloud = organization(world.device(1))
        job = Job(family=Family.REBUILD, id="job-1")
        jobs = JobPoller(view_state.session, lambda: None)
        await self.desk.app.push_screen(screens.JobScreen(view_state, jobs, job))
        await self.desk.pilot.pause()
        await self._opened()

    def fill(self, numbers: Sequence[int]) -> None:
        screen = cast(JobScreen, self.screen)
        screen.poller.state = type(screen.poller.state)()
        screen._errors = tuple(
            JobError(number, Printable(name(number)), Printable(""), Printable("1"), Printable(f"T_{name(number)}"))
            for number in numbers
        )

    def deed(self) -> None:
        cast(JobScreen, self.screen).action_jobs_copy()


class Choices(Listed):
    """Many to choose from, narrowed down by typing."""

    title, listing, is_static = "the choices of a dialog", "choices", True

    async def open(self) -> None:
        await self.desk.app.push_screen(screens.Picker("Which?", [(name(number), "") for number in range(8)]))
        await self.desk.pilot.pause()
        await self._opened()

    def fill(self, numbers: Sequence[int]) -> None:
        """Nothing changes by itself."""

    def refresh_view(self) -> None:
        """Nor is it looked at again."""

    def dismissed(self, result: object = None) -> None:
        self.hits.append(name(*cast(tuple[int], result)))

    def deed(self) -> None:
        field = self.screen.query_one(Input)
        cast(Picker, self.screen).on_input_submitted(Input.Submitted(field, field.value))

    def filter(self, words: str) -> None:
        cast(Picker, self.screen).on_input_changed(Input.Changed(self.screen.query_one(Input), words))


class Notations(Choices):
    title, listing, is_filtered = "the notations of a menu", "notations", False

    async def open(self) -> None:
        await self.desk.app.push_screen(screens.Menu([(name(number), "") for number in range(5)]))
        await self.desk.pilot.pause()
        await self._opened()

    def dismissed(self, result: object = None) -> None:
        self.hits.append(result)

    def deed(self) -> None:
        cast(Menu, self.screen).action_choose()


LISTS = (
    Fleet, Troubles, Calls, Events, Tree, TreeOfPhones, Owners, Settings, Keys, Running, Errors, Choices, Notations,
)  # fmt: skip
