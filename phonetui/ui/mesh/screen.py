"""The screen of test calls: a grid that fills while they run, and one call with both directions."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Permission
from phonetui.mesh.plan_file import look_alikes
from phonetui.mesh.result import CallResult
from phonetui.mesh.result_file import text
from phonetui.mesh.round_robin import schedule
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.export import ExportFormat, offer, send
from phonetui.ui.keyboard import bindings
from phonetui.ui.mesh import rows as pane
from phonetui.ui.mesh.mesh_control import MeshControl
from phonetui.ui.output import AsciiText
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.screens.permission import why_read_only
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import name
from phonetui.ui.text.rows import Role, Row, Run, row, wrapped
from phonetui.ui.theme import role_style
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.ui.widgets.split_grid import EMPTY_GRID, SplitGrid

if TYPE_CHECKING:
    from phonetui.ui.screens import Term

_BELOW = 6
"""Rows below the grid: legend, a comparison or a note, the cell under the cursor, keys."""


def control_of(view_state: ViewState) -> MeshControl:
    """The one of this run: test calls go on while other screens are looked at."""
    session = view_state.session
    control = session.test_calls
    if not isinstance(control, MeshControl):
        control = session.test_calls = MeshControl(session)
    return control


class MeshScreen(LiveScreen):
    screen_id = "mesh"
    is_always_live = True
    CSS_PATH = "../styles/mesh.tcss"
    AUTO_FOCUS = "#grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("mesh"),
        Binding("escape", "leave", "Back", show=False),
        Binding("enter", "open", "Both directions", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self.mesh = control_of(view_state)
        self._plans: list[Path] | None = None
        """Those of the folder; None before it was looked into."""

    def body(self) -> ComposeResult:
        yield StaticRows(id="progress")
        yield SplitGrid(id="grid")
        yield StaticRows(id="words")
        yield StaticRows(id="cell")

    def on_mount(self) -> None:
        self.query_one(SplitGrid).moved = self._draw_cell
        self.mesh.failed = lambda words: self.notify(words, severity="error", markup=False)
        self.run_worker(self._find_plan())

    async def _find_plan(self) -> None:
        """Of one plan in the folder nothing need be chosen; without a plan the latest result is shown."""
        self._plans = await asyncio.to_thread(self.mesh.plans)
        if self.mesh.plan is None and self.mesh.result is None:
            if len(self._plans) == 1:
                await self._try(partial(self.mesh.choose_file, self._plans[0]))
            elif earlier := await asyncio.to_thread(self.mesh.earlier):
                await self._try(partial(self.mesh.show_kept, earlier[0]))
        self.refresh_view()

    async def _try(self, act: Callable[[], object]) -> bool:
        """Whether it could be done; where it couldn't, says why."""
        try:
            await asyncio.to_thread(act)
        except PhonetuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return False
        self.refresh_view()
        return True

    @property
    def stamp(self) -> object:
        run = self.mesh.run
        tick = int(self._session.clock.steady()) if run is not None and not run.is_over else 0
        return (self.mesh.version, tick, super().stamp)

    def draw(self, snapshot: Snapshot) -> None:  # noqa: ARG002 - phones are shown by what they measured
        result, plan = self.mesh.result, self.mesh.plan
        grid, width = self.query_one(SplitGrid), self.size.width
        self.set_class(result is None, "-empty")
        if result is None:
            self._view("progress").show([row(Run(" Mesh ", Role.TITLE))])
            grid.show(EMPTY_GRID, has_letters=False)
            self.show_whole("words", self._invitation(width))
            self.show_whole("cell", [])
            self.show_key_hints(self._key_hints())
            return
        run = self.mesh.run
        if run is None:
            kept_at = f"{result.began_at.astimezone(self._session.zone):%d %b %H:%M}"
            shown = [row(Run(f" {pane.title(result)}  ", Role.TITLE), Run(f"kept {kept_at}", Role.LABEL))]
        else:
            left_s = run.seconds_left(self._session.clock.steady())
            progress = pane.progress(result, run.round, left_s, is_stopping=run.is_stopping)
            shown = [row(Run(f" {pane.title(result)} ", Role.TITLE), *progress)]
        self._view("progress").show(shown)
        grid.show(pane.grid(result, width), has_letters=self._has_letters)
        most = self._give_room(grid, len(result.phones))
        words = [pane.legend(result, width), *pane.pattern_rows(self.mesh.patterns, width, most)]
        if (comparison := self.mesh.comparison) is not None:
            words.append(pane.comparison_row(comparison, width))
        if self.mesh.note:
            words += [row(Run(f" {line}", Role.FAIR)) for line in wrapped(self.mesh.note, width - 2, 2)]
        height = grid.styles.height
        self._show_words(words, fills=height is not None and height.value == len(result.phones) + 1)
        self._draw_cell()
        self.show_key_hints(self._key_hints(), plan.name if plan is not None else "")

    def _show_words(self, words: Sequence[Row], *, fills: bool) -> None:
        """In all that the grid leaves: keys stand in the last line. Below a large grid in no more than they need."""
        if fills:
            self._view("words").styles.height = "1fr"
            self._view("words").show(words)
        else:
            self.show_whole("words", words)

    def _give_room(self, grid: SplitGrid, phones: int) -> int:
        """The grid as high as its rows, where something below it keeps room; how many patterns have that."""
        left = self.size.height - phones - 2 - _BELOW
        height = phones + 1 if left >= 1 else None
        if height is None:
            grid.styles.height = "1fr"
        elif grid.styles.height is None or grid.styles.height.value != height:
            grid.styles.height = height
        return max(left - 1, 1)

    @property
    def _has_letters(self) -> bool:
        """Whether colours say nothing here."""
        is_plain = any(isinstance(wall, AsciiText) for wall in self.app.get_line_filters())
        good: Style = role_style(self.app.current_theme, Role.GOOD)
        return is_plain or self.app.no_color or good.color is None

    def _invitation(self, width: int) -> list[Row]:
        """What it means that there is nothing to show."""
        if self.mesh.fleet is None:
            return [row(Run(" Test calls are not made here: what is shown is a recording.", Role.DIM))]
        plan = self.mesh.plan
        if plan is not None:
            made = schedule(plan)
            words = (
                f"{plan.name}: {made.calls_in_words} between {len(plan.phones)} phones, {len(made.rounds)} rounds, "
                f"about {made.seconds / 60:.0f} min. {self.key_of('mesh.start')} begins, after a question."
            )
            phones = ", ".join(f"{phone.id} ({phone.number})" for phone in plan.phones)
            rounds = (
                f"round {number}: {', '.join(pair.name for pair in pairs)}"
                for number, pairs in enumerate(made.rounds, 1)
            )
            lines = [phones, *rounds]
            found = [row(Run(f" {line}", Role.TITLE)) for line in wrapped(words, width - 2, 3)]
            room = max(self.size.height - 8, 1)
            return [
                *found,
                *(row(Run(f" {part}", Role.LABEL)) for line in lines for part in wrapped(line, width - 2, 3)),
            ][:room]
        words = (
            f"No plan is chosen: {self.key_of('mesh.plan')} chooses phones that call each other, or one of the plans "
            f"in the folder that 'phonetui config path' names mesh_plans. Only phones of the plan are ever called."
        )
        return [row(Run(f" {line}", Role.DIM)) for line in wrapped(words, width - 2, 4)]

    def _key_hints(self) -> list[tuple[str, str]]:
        hints: list[tuple[str, str]] = []
        if self.mesh.result is not None:
            hints.append(("enter", "both directions"))
        if self.mesh.is_running:
            hints.append((self.key_of("mesh.stop"), "stop"))
        elif self.mesh.fleet is not None:
            if self.mesh.plan is not None:
                hints.append((self.key_of("mesh.start"), "begin"))
            hints.append((self.key_of("mesh.plan"), "plan"))
        if self.mesh.archive is not None:
            hints.append((self.key_of("mesh.baseline"), "baseline"))
            hints.append((self.key_of("mesh.kept"), "earlier"))
        if self.mesh.result is not None:
            hints += [(self.key_of("mesh.export"), "export"), (self.key_of("mesh.copy"), "copy")]
        return hints

    @property
    def _ends(self) -> tuple[PhoneId, PhoneId] | None:
        """Of the cell under the cursor: the row's phone and the column's."""
        result = self.mesh.result
        if result is None or not result.phones:
            return None
        line, column = (min(place, len(result.phones) - 1) for place in self.query_one(SplitGrid).cursor)
        return result.phones[line].id, result.phones[column].id

    @property
    def _call(self) -> CallResult | None:
        ends, result = self._ends, self.mesh.result
        return result.call(*ends) if ends is not None and result is not None and ends[0] != ends[1] else None

    def _draw_cell(self) -> None:
        ends = self._ends
        if ends is not None:
            self.show_whole("cell", pane.cell_rows(self._call, *ends, self.size.width))

    def selection_changed(self) -> None:
        """Phones are not listed here, so it is said."""
        self.refresh_view()
        self.say(f"Selected elsewhere: {self._view_state.selected}")

    def take_cursor(self) -> bool:
        """Keys that act on a phone act on the row's."""
        if (ends := self._ends) is not None and ends[0] in self._session.fleet.phones:
            self._view_state.selected = ends[0]
        return True

    def cursor_terms(self) -> "Sequence[Term]":
        call = self._call
        if call is None:
            return ()
        return [screens.Term(one.verdict.word, one.words, f"{one.speaker} → {one.listener}") for one in call.directions]

    def action_open(self) -> None:
        call = self._call
        if call is None:
            self.say("There is no call under the cursor.")
        else:
            self.app.push_screen(screens.MeshCallScreen(self._view_state, call.caller, call.callee))

    def action_mesh_start(self) -> None:
        plan, fleet = self.mesh.plan, self.mesh.fleet
        if fleet is None:
            self.say("Test calls are not made here.")
        elif self.mesh.is_running:
            self.say("Test calls are being made already.")
        elif plan is None:
            self.say(f"No plan is chosen: {self.key_of('mesh.plan')} chooses one.")
        else:
            denied = [phone.id for phone in plan.phones if fleet.permission(phone.id) is Permission.DENIED]
            if denied:
                self.notify(f"{denied[0]} is {why_read_only(self._session)}.", severity="warning", markup=False)
                return
            if plan.hours is not None and not plan.hours.holds(self._session.clock.now().astimezone().time()):
                self.say(f"{plan.name} runs {plan.hours} only.")
                return
            made = schedule(plan)
            words = f"Begin {made.calls_in_words} between {len(plan.phones)} phones?"
            internal = look_alikes(plan)
            more = (
                f"{internal}{'. ' if internal else ''}"
                f"They ring, are answered and talk for {plan.talk_s:g} s each: about {made.seconds / 60:.0f} minutes. "
                "A phone in a call is left out, one that somebody picks up is left alone. "
                f"{self.key_of('mesh.stop')} ends them."
            )
            self.app.push_screen(screens.Confirm(words, more), self._begin_if)

    def _begin_if(self, yes: bool | None) -> None:
        if yes:
            self.mesh.begin()
            self.refresh_view()

    def action_mesh_stop(self) -> None:
        if not self.mesh.is_running:
            self.say("No test calls are being made.")
        else:
            self.mesh.stop()
            self.refresh_view()

    def action_mesh_plan(self) -> None:
        fleet = self.mesh.fleet
        if fleet is None or self.mesh.is_running:
            self.say("Test calls are not made here." if fleet is None else "Stop the test calls that are up first.")
            return
        choices = [(file.stem, str(file)) for file in self._plans or ()]
        if not choices:
            self._choose_phones()
            return
        choices.insert(0, ("phones …", "a full mesh of phones that you mark"))
        self.app.push_screen(screens.Picker("Which plan?", choices), self._plan_chosen)

    def _plan_chosen(self, places: tuple[int, ...] | None) -> None:
        if not places:
            return
        if places[0] == 0:
            self._choose_phones()
        elif self._plans:
            self.run_worker(self._try(partial(self.mesh.choose_file, self._plans[places[0] - 1])))

    def _choose_phones(self) -> None:
        phones = list(self._session.fleet.phones.values())
        numbers = {phone.id: self.mesh.fleet.numbers(phone.id) if self.mesh.fleet else () for phone in phones}
        choices = [
            (name(phone), f"{', '.join(numbers[phone.id]) or 'no number'}  {'/'.join(phone.place)}") for phone in phones
        ]

        def chosen(places: tuple[int, ...] | None) -> None:
            if places:
                self.run_worker(self._try(partial(self.mesh.choose_phones, [phones[place].id for place in places])))

        self.app.push_screen(
            screens.Picker("Which phones call each other? tab marks each", choices, several=True), chosen
        )

    def action_mesh_kept(self) -> None:
        if self.mesh.is_running:
            self.say("Test calls are being made: look at earlier results afterwards.")
        else:
            self.run_worker(self._offer_kept("Which earlier result?", self.mesh.show_kept))

    def action_mesh_baseline(self) -> None:
        self.run_worker(self._offer_kept("Compare with which result?", self.mesh.compare_with))

    async def _offer_kept(self, question: str, act: Callable[[Path], None]) -> None:
        files = await asyncio.to_thread(self.mesh.earlier)
        if not files:
            self.say("No earlier result is kept.")
            return

        def chosen(places: tuple[int, ...] | None) -> None:
            if places:
                self.run_worker(self._try(partial(act, files[places[0]])))

        self.app.push_screen(screens.Picker(question, [(file.stem, "") for file in files]), chosen)

    def action_mesh_export(self) -> None:
        result = self.mesh.result
        if result is None:
            self.say("There is no result to write.")
            return
        stem, found, comparison = f"mesh-{result.began_at:%Y%m%dT%H%M%SZ}", self.mesh.patterns, self.mesh.comparison
        calls = f"{len(result.calls)} calls"
        report = ExportFormat("Text", calls, stem, "txt", lambda: pane.report(result, found, comparison))
        offer(self, [report, ExportFormat("JSON", calls, stem, "json", lambda: f"{text(result, comparison)}\n")])

    def action_mesh_copy(self) -> None:
        result = self.mesh.result
        if result is None:
            self.say("There is no result to copy.")
        else:
            send(self.app, pane.report(result, self.mesh.patterns, self.mesh.comparison), "The result")


class MeshCallScreen(LiveScreen):
    """One test call: figures of both directions, and how they went over its talk."""

    screen_id = "meshcall"
    is_always_live = True
    CSS_PATH = "../styles/mesh.tcss"
    AUTO_FOCUS = "#call"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("meshcall")]

    def __init__(self, view_state: ViewState, caller: PhoneId, callee: PhoneId) -> None:
        super().__init__(view_state)
        self._ends = (caller, callee)
        self._mesh = control_of(view_state)

    def body(self) -> ComposeResult:
        yield RowsView(id="call")

    @property
    def shown_phone(self) -> PhoneId | None:
        return self._ends[0]

    @property
    def stamp(self) -> object:
        return (self._mesh.version, super().stamp)

    def draw(self, snapshot: Snapshot) -> None:  # noqa: ARG002 - as above
        view, result = self._view("call"), self._mesh.result
        call = result.call(*self._ends) if result is not None else None
        view.set_title(f"Test call {self._ends[0]} → {self._ends[1]}")
        if call is None:
            view.show([row(Run("The result is of other phones now.", Role.DIM))])
        else:
            view.show(pane.call_rows(call, view.size.width - 1))
        self.show_key_hints(())
