"""The main screen: phones, calls, lines and lights, ports, events; and how high each pane is.

Where panes have frames and lie below each other:
calls    all that is left while a call has figures: its graphs grow; else what its words need
middle   as many rows as lines and network have
events   a share of the height while a call has figures, as far as there are events; else all that is left
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Input, Static

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import AdoptingFleet
from phonetui.phone.calls.call_ends import CallEnds, join_ends
from phonetui.phone.state import Phase, Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.alerts.folded_events import fold
from phonetui.ui.alerts.rows import NAME_FROM, NOTHING_YET, EventRows
from phonetui.ui.keyboard import bindings, shown
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.panes.lines import LinesPane
from phonetui.ui.panes.network import PortsPane
from phonetui.ui.screens.phone_commands import PhoneCommands
from phonetui.ui.screens.refresh_timer import RefreshTimer
from phonetui.ui.screens.screen_commands import in_sight
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Row
from phonetui.ui.view_state import BLINK_STEP_S, ViewState
from phonetui.ui.widgets.footer import Footer
from phonetui.ui.widgets.pane import Header, Pane, Prompt

TALL = 30
"""Lines of a terminal from which on panes have frames."""
SIDE_BY_SIDE = 110
"""Columns from which on phones stand beside the rest, and lines beside network."""
_FRAME = 2
_FEWEST_EVENTS, _EVENTS_SHARE = 3, 5
"""Rows at least, and the part of the height that events get beside a call: one in so many."""
_FEWEST_CALL_ROWS = 6
_MOST_LINES = 6


def pane_heights(snapshot: Snapshot, width: int, height: int) -> dict[str, int | str]:
    """Heights with frames, by the id of a pane or its box; `height` is between header and footer.

    Empty where the styles decide.
    """
    phone = snapshot.phone
    if phone is None or width < SIDE_BY_SIDE:
        return {}
    middle = _FRAME + max(min(len(phone.lines), _MOST_LINES) + 2, len(phone.ports) + 2)
    if not _has_figures(phone):
        return {"calls": _FRAME + _FEWEST_CALL_ROWS, "middle": middle, "events": "1fr"}
    events = _FRAME + max(_FEWEST_EVENTS, min(len(snapshot.entries), height // _EVENTS_SHARE))
    return {"calls": "1fr", "middle": middle, "events": events}


def _has_figures(phone: Phone) -> bool:
    return any(call.phase in (Phase.TALK, Phase.HELD) and not call.is_from_events for call in phone.calls)


REFRESH_S = 0.25
_RECENT = 1000
"""Records of calls among which those of the latest events are."""
SMALLEST = Size(60, 16)
_FITTED = frozenset({"calls", "lines", "ports", "events"})
"""The panes that lie below each other, and are moved where one of them gets another height."""


class EventsPane(Pane):
    number = "5"
    name_ = "Events"

    def __init__(
        self,
        recent_calls: Callable[[], Sequence[CallEnds]] = tuple,
        *,
        id: str | None = None,  # noqa: A002 - the toolkit's word
    ) -> None:
        """`recent_calls` gives those that are up, and those that ended lately: a line tells of both ends of one."""
        super().__init__(id=id)
        self._recent_calls = recent_calls

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...]:
        return (snapshot.entries, snapshot.zone)

    def title_of(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - it never changes
        return f"{self.name_} · newest first"

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - events scroll
        if not snapshot.entries:
            return [NOTHING_YET]
        names = snapshot.names
        entries = snapshot.named(fold(snapshot.entries, self._recent_calls(), names))
        return EventRows(entries, snapshot.zone, width, name=16 if width >= NAME_FROM else 12)


class MainScreen(PhoneCommands):
    screen_id = "main"
    AUTO_FOCUS = "#phones"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("main"),
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__()
        self._view_state = view_state
        self._seen: object = None
        self._panes: tuple[Pane, ...] = ()
        self._heights: dict[str, int | str] = {}
        self._is_behind_cursor = False
        """Whether the cursor moved on, and the panes don't show yet what it is on."""
        self._timer = RefreshTimer(self, view_state.session, self._refresh_if_changed, REFRESH_S)
        self._first = view_state.snapshot()
        self.set_class(_is_quiet(self._first), "-quiet")

    @property
    def view_state(self) -> ViewState:
        return self._view_state

    def compose(self) -> ComposeResult:
        self._arrange()
        session = self.view_state.session
        calls = CallsPane(shown(session.keys["screen.webex"].partition(",")[0]), self.open_call, id="calls")
        middle, events = Horizontal(id="middle"), EventsPane(self._recent_calls, id="events")
        self._heights = self._heights_for(self._first)
        for pane in (calls, middle, events):  # before they are painted: nothing moves after the first frame
            pane.styles.height = self._heights.get(pane.id or "")
        yield Header()
        with Vertical(id="body"):
            yield PhonesPane(self._selected, self._open_phone, self._turned, self.visit_device)
            with Vertical(id="right"):
                yield calls
                with middle:
                    yield LinesPane(id="lines")
                    yield PortsPane(id="ports")
                yield events
        yield Footer(session.keys, shown)
        yield Static(id="small")

    def _recent_calls(self) -> Sequence[CallEnds]:
        return join_ends(self.view_state.records[:_RECENT])

    def _arrange(self) -> None:
        """The classes that the toolkit will set for this size anyway, but only after it has painted without them."""
        width, height = self.app.size
        for steps, cells in ((self.app.HORIZONTAL_BREAKPOINTS, width), (self.app.VERTICAL_BREAKPOINTS, height)):
            self.add_class(max(step for step in steps or [] if step[0] <= cells)[1])

    def on_mount(self) -> None:
        """With something to show before they know their size, panes need one paint at the start instead of two."""
        self._panes = tuple(self.query(Pane))
        self.query_one(PhonesPane).steady = self.view_state.session.clock.steady
        for pane in self._panes:
            pane.refresh_from(self._first)
        self._timer.start(self.view_state.next_step_s)
        if self.view_state.session.config.ui.blink:
            self.set_interval(BLINK_STEP_S, self.blink)

    def on_resize(self) -> None:
        size = self.app.size
        needs = f"phonetui needs {SMALLEST.width} x {SMALLEST.height}.\nThis terminal has {size.width} x {size.height}."
        self.query_one("#small", Static).update(Content(needs))
        self.call_after_refresh(self.refresh_view)

    def refresh_view(self) -> None:
        """Gives every pane that can be seen what there is to see now."""
        self._is_behind_cursor = False
        self._seen = self.view_state.stamp
        snapshot = self.view_state.snapshot()
        moves = self._fit(snapshot)
        self.set_class(_is_quiet(snapshot), "-quiet")
        for pane in self._panes:
            if moves and pane.id in _FITTED:
                pane.refresh_at_layout(snapshot)
            else:
                pane.refresh_from(snapshot)

    def _heights_for(self, snapshot: Snapshot) -> dict[str, int | str]:
        """Where panes lie below each other in frames, each is as high as it needs to be; the rest is the graph's."""
        size = self.app.size
        if size.height < TALL or self.has_class("-zoom"):
            return {}
        return pane_heights(snapshot, size.width, size.height - 2)

    def _fit(self, snapshot: Snapshot) -> bool:
        """Whether the panes that share a column get other heights."""
        heights = self._heights_for(snapshot)
        has_changed = heights != self._heights
        if has_changed:
            self._heights = heights
            for name in ("calls", "middle", "events"):
                self.query_one(f"#{name}").styles.height = heights.get(name)
        return has_changed

    def _refresh_if_changed(self) -> bool:
        is_new = self.view_state.stamp != self._seen and in_sight(self)
        if is_new:
            self.refresh_view()
        return is_new

    def blink(self) -> None:
        """Lights alone are drawn again."""
        pane, dark = self.query_one(LinesPane), self.view_state.dark
        if pane.snapshot is not None and pane.snapshot.dark != dark and in_sight(self):
            pane.refresh_from(replace(pane.snapshot, dark=dark))

    def select(self, phone: PhoneId) -> None:
        """Puts the cursor on a phone, wherever it is in the tree."""
        self.view_state.selected = phone
        self.refresh_view()
        self.query_one(PhonesPane).reveal()

    def go_to(self, phone: PhoneId) -> None:
        """Selects a phone as `select` does, and lets go of a filter that hides it."""
        if phone not in self.query_one(PhonesPane).listed(self.view_state.snapshot()):
            self._filter("")
        self.select(phone)

    def _selected(self, phone: PhoneId) -> bool:
        """Whether the phone is still there; if not, another one will be selected, which nobody has meant."""
        self.view_state.selected = phone
        self._refresh_behind_cursor()
        return self._is_still_there("phone", self.view_state.phone(phone))

    def _turned(self, device: str) -> bool:
        """The same for a device that only Webex knows."""
        self.view_state.turn_to(device)
        self._refresh_behind_cursor()
        return self._is_still_there("device", self.view_state.device)

    def _is_still_there(self, noun: str, found: object | None) -> bool:
        if found is None:
            self.say(f"That {noun} is gone since it was drawn: nothing was opened.")
        return found is not None

    def _refresh_behind_cursor(self) -> None:
        """All panes, once the cursor is painted where it was moved to: who holds a key down sees it move at once."""
        if not self._is_behind_cursor:
            self._is_behind_cursor = True
            self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        if self._is_behind_cursor:
            self.refresh_view()

    def listed_phones(self) -> Sequence[PhoneId]:
        return self.query_one(PhonesPane).listed(self.view_state.snapshot())

    def selection_changed(self) -> None:
        """On a screen above, another phone may have been chosen."""
        if self.view_state.selected is not None:
            self.select(self.view_state.selected)
        else:
            self.refresh_view()

    def show_phone(self, phone: PhoneId) -> None:
        self.go_to(phone)

    def visit_device(self) -> None:
        """Enter on a device that only Webex knows: it is watched from then on, where the fleet can do that."""
        fleet, device = self.view_state.session.fleet, self.view_state.device
        if device is None or not isinstance(fleet, AdoptingFleet):
            self.action_screen_webex()
            return
        try:
            phone = fleet.adopt(device.key)
        except PhonetuiError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            self.select(phone)
            self.focus_pane("calls")

    def _open_phone(self) -> None:
        """The call of the phone under the cursor, alone on the screen, else the pane that says why there is none."""
        phone = self.view_state.phone(self.view_state.selected)
        if phone is not None and any(phone.calls):
            self.open_call()
        else:
            self.focus_pane("calls")

    def action_tree_order(self) -> None:
        self.view_state.turn_order()
        self.refresh_view()
        self.query_one(PhonesPane).reveal()

    async def action_tree_filter(self) -> None:
        """Typing filters at once; enter keeps the filter, escape clears it."""
        if not self.query("Prompt"):
            hint = (
                "name or address, !not, model:9851, state:live, grade:poor, loss>2, mos<3.6, tag:, status:, software:"
            )
            await self.mount(Prompt("/", self.query_one(PhonesPane).words, hint))
            self.set_class(True, "-filtering")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter(event.value)

    def on_input_submitted(self) -> None:
        self._end_filter()

    def _filter(self, words: str) -> None:
        phones = self.query_one(PhonesPane)
        phones.filter(words)
        left = phones.listed(self.view_state.snapshot())
        if left and self.view_state.selected is not None and self.view_state.selected not in left:
            self.view_state.selected = left[0]
        self.refresh_view()

    def _end_filter(self) -> None:
        self.set_class(False, "-filtering")
        self.query("Prompt").remove()
        self.focus_pane("phones")
        self.call_after_refresh(self.refresh_view)

    def action_back(self) -> None:
        """One step back: out of the filter, then out of the zoom."""
        if self.has_class("-filtering"):
            self._filter("")
            self._end_filter()
        elif self.query_one(PhonesPane).words:
            self._filter("")
        elif self.has_class("-zoom"):
            self.action_view_zoom()

    def action_view_zoom(self) -> None:
        focused = self.focused
        if self.has_class("-zoom"):
            self._zoom(None)
        elif isinstance(focused, Pane):
            self._zoom(focused)

    def action_view_explain(self) -> None:
        pane = self.focused if isinstance(self.focused, Pane) else self.query_one(PhonesPane)
        self.app.push_screen(screens.Explanation(pane.name_, self.view_state.session.config.quality))

    def _zoom(self, pane: Pane | None) -> None:
        self.set_class(pane is not None, "-zoom")
        near = {pane, *pane.ancestors} if pane else set()
        for node in self.query("Pane, #right, #middle"):
            node.set_class(node in near, "-zoomed")
        self.call_after_refresh(self.refresh_view)

    def focus_pane(self, name: str) -> None:
        """A zoom follows the focus."""
        pane = self.query_one(f"#{name}", Pane)
        if self.has_class("-zoom"):
            self._zoom(pane)
            self.call_after_refresh(pane.focus)
        else:
            pane.focus()


def _is_quiet(snapshot: Snapshot) -> bool:
    """Whether a small terminal has room for more events than the last two: below one call there is."""
    return snapshot.phone is None or sum(1 for _ in snapshot.phone.calls) < 2
