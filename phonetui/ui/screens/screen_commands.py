"""Commands that work alike on every screen over the phones: open a screen, next problem, reset counters.

A key that cannot do its work here says why in the last line; so does one that works on another screen alone.
"""

from collections.abc import Mapping, Sequence
from functools import partialmethod
from itertools import takewhile
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual import events
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from phonetui.actions import ACTIONS, SCREENS, Action
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.keyboard import method, shown
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import TROUBLE, mark, name, troubled, urgency
from phonetui.ui.text.rows import clip
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import why_unavailable
from phonetui.ui.widgets.footer import FooterMessage


@runtime_checkable
class Holding(Protocol):
    """A screen that may hold what the operator typed."""

    @property
    def held(self) -> str:
        """What would be lost with it; empty where nothing would."""


@runtime_checkable
class PanedScreen(Protocol):
    def focus_pane(self, name: str) -> None: ...


def problems(snapshot: Snapshot) -> list[PhoneId]:
    """The phones in trouble, worst first: not answering, in a bad call, or with an alert."""
    worst = troubled(snapshot.troubles)
    alerting = {alert.phone for alert in snapshot.troubles}
    ranks = {phone.id: urgency(phone, worst) for phone in snapshot.phones.values()}
    found = [id_ for id_, rank in ranks.items() if rank >= TROUBLE or id_ in alerting]
    return sorted(found, key=lambda id_: -ranks[id_])


def in_sight(screen: Screen[None]) -> bool:
    """Whether nothing but dialogs, which leave the rest in sight, lies above it."""
    stack = screen.app.screen_stack
    dialogs = sum(1 for _ in takewhile(lambda other: isinstance(other, ModalScreen), reversed(stack)))
    return screen in stack[len(stack) - dialogs - 1 :]


class ScreenCommands(Screen[None]):
    """The part of a screen that leads elsewhere."""

    screen_id: ClassVar[str] = ""
    """Its row of `SCREENS`."""

    @property
    def is_current(self) -> bool:
        """Whether it can be seen. The toolkit counts the screen below the top one as seen, too, and repaints the whole
        terminal for whatever is left to paint on it, over and over.
        """
        return bool(self.app.screen_stack) and in_sight(self)

    @property
    def view_state(self) -> ViewState:
        raise NotImplementedError

    def refresh_view(self) -> None:
        raise NotImplementedError

    def selection_changed(self) -> None:
        """Another phone is selected than the one that is shown."""
        self.refresh_view()

    def say(self, words: str) -> None:
        """Shows words in the last line until the next key; where that has no room, in a notice."""
        shown = [line for line in self._last_lines if line.display]
        if not shown or not shown[0].say(words):
            self.notify(words, markup=False)

    @property
    def _last_lines(self) -> list[FooterMessage]:
        return [line for line in self.query("Footer, KeyHints") if isinstance(line, FooterMessage)]

    def on_key(self, event: events.Key) -> None:
        """Comes before the key's binding. A key of other screens says where it works."""
        for line in self._last_lines:
            line.end_message()
        if not isinstance(self.focused, Input):
            action = self._elsewhere().get(event.key)
            if action is not None:
                where = next(keys.words for keys in SCREENS.values() if action.id in keys.own)
                does = action.words.partition(": ")[2] or action.words
                self.say(f"{shown(event.key)} works on {where}: {does[:1].lower()}{does[1:]}.")

    def _elsewhere(self) -> Mapping[str, Action]:
        """By key, the actions that work on other screens alone."""
        if self._known_elsewhere is None:
            keys, here = self.view_state.session.keys, SCREENS[self.screen_id]
            taken = {*here.needs, *here.leaves, *(key for id_ in here.works for key in keys[id_].split(","))}
            others = [action for action in ACTIONS if action.id not in here.works]
            self._known_elsewhere = {
                key: action
                for action in reversed(others)
                for key in keys[action.id].split(",")
                if key not in taken and any(action.id in screen.own for screen in SCREENS.values())
            }
        return self._known_elsewhere

    _known_elsewhere: Mapping[str, Action] | None = None

    def require_phone(self) -> Phone | None:
        """The phone that a key hits, which is selected from then on; where that is none, says so."""
        if not self.take_cursor():
            return None
        selected = self.view_state.selected
        phone = self.view_state.session.fleet.phones.get(selected) if selected is not None else None
        if phone is None:
            self.say(self.why_no_phone())
        elif self.view_state.has_strayed:
            words = f"What was selected is gone, and {name(phone)} is selected since: nothing was done. Press again."
            self.notify(words, severity="warning", markup=False)
            return None
        return phone

    def why_no_phone(self) -> str:
        if self.view_state.device is None:
            return "No phone is selected."
        key_in_force = shown(self.view_state.session.keys["screen.webex"].partition(",")[0])
        return f"Only Webex knows this phone: {key_in_force} shows what can be done."

    async def open_screen(self, name: str, *args: object) -> None:
        """The screen of that name, which follows what is selected; its module is imported now.

        Where one is open already, it is gone back to.
        """
        screen_type = getattr(screens, name)
        before = next((screen for screen in self.app.screen_stack if isinstance(screen, screen_type)), None)
        if not isinstance(before, ScreenCommands):
            # Awaited: the next key finds what it was typed for.
            await self.app.push_screen(screen_type(*args, self.view_state), lambda _: self.selection_changed())
        elif await self.leave_to(before):
            before.selection_changed()

    async def leave_to(self, screen: Screen[Any]) -> bool:
        """Leaves the screens above that one, unless one of them holds what would be lost with it."""
        above = self.app.screen_stack[self.app.screen_stack.index(screen) + 1 :]
        if why := next((each.held for each in above if isinstance(each, Holding) and each.held), ""):
            self.app.notify(f"Not left: {why}.", severity="warning", markup=False)
            return False
        with self.app.batch_update():
            for _ in above:
                await self.app.pop_screen()
        return True

    async def _open_list(self, name: str) -> None:
        """With the entries of the phone under the cursor, where the cursor is on one."""
        if self.take_cursor():
            await self.open_screen(name)

    action_screen_fleet = partialmethod(_open_list, "FleetScreen")
    action_screen_alerts = partialmethod(_open_list, "AlertsScreen")
    action_screen_calls = partialmethod(_open_list, "CallsScreen")
    action_screen_chart = partialmethod(_open_list, "ChartScreen")
    action_screen_events = partialmethod(_open_list, "EventsScreen")
    action_screen_mesh = partialmethod(_open_list, "MeshScreen")

    bound: ClassVar[str] = ""
    """Of what the screen is, whichever phone is selected; empty where it follows the selection."""

    def _is_bound(self) -> bool:
        """Whether another phone cannot be shown here, which is said."""
        bound = self.bound or ("one phone" if self.shown_phone is not None else "")
        if bound:
            self.say(f"This screen is of {bound}: esc leads back.")
        return bool(bound)

    @property
    def shown_phone(self) -> PhoneId | None:
        """The phone that the screen is about, where that is not the selected one."""
        return None

    def take_cursor(self) -> bool:
        """Selects the phone under the cursor, where there is one; False where another row came there just now."""
        if self.shown_phone is not None:
            self.view_state.selected = self.shown_phone
        return True

    async def action_screen_status(self) -> None:
        if self.require_tree() is not None:
            await self.open_screen("StatusScreen")

    async def action_screen_command(self) -> None:
        """Typing asks nothing; sending does."""
        phone = self.require_tree()
        if phone is not None:
            await self.open_screen("CommandScreen", phone.id)

    async def action_screen_jobs(self) -> None:
        """Opens the jobs of the whole organization: no phone need be selected."""
        if words := why_unavailable(self.view_state.session):
            self.say(words)
        else:
            await self.open_screen("JobsScreen")

    def require_tree(self) -> Phone | None:
        phone = self.require_phone()
        if phone is not None and self.view_state.session.trees is None:
            self.say("Neither status tree nor commands are offered here.")
            return None
        return phone

    def _go_to_problem(self, by: int) -> None:
        """The next phone in trouble after the one that is shown, round and round."""
        if self._is_bound():
            return
        snapshot = self.view_state.snapshot()
        found = problems(snapshot)
        if not found:
            self.say("No problem: every phone answers, no call is impaired, no alert holds.")
            return
        at = found.index(snapshot.selected) if snapshot.selected in found else -1 if by > 0 else 0
        at = (at + by) % len(found)
        self.show_phone(found[at])
        phone, alert = snapshot.phones[found[at]], next((a for a in snapshot.troubles if a.phone == found[at]), None)
        what = alert.text if alert is not None else phone.connection.detail or mark(phone).word
        self.say(clip(f"Problem {at + 1} of {len(found)}: {name(phone)}: {what}", self.size.width - 2))

    action_problem_next = partialmethod(_go_to_problem, 1)
    action_problem_previous = partialmethod(_go_to_problem, -1)

    def show_phone(self, phone: PhoneId) -> None:
        """Selects that phone, and shows it."""
        self.view_state.selected = phone
        self.selection_changed()

    def _step(self, by: int) -> None:
        if self._is_bound():
            return
        self.view_state.step(by, self.listed_phones())
        self.selection_changed()

    action_phone_previous = partialmethod(_step, -1)
    action_phone_next = partialmethod(_step, 1)

    def listed_phones(self) -> Sequence[PhoneId]:
        """The phones in the order of the configuration that a filter leaves."""
        return list(self.view_state.session.fleet.phones)

    def action_view_freeze(self) -> None:
        if self.view_state.session.timeline is not None:
            self.say("A recording is shown, which stands still until it runs: there is nothing to freeze.")
            return
        if self.view_state.is_frozen:
            self.view_state.thaw()
        else:
            self.view_state.freeze()
        self.refresh_view()

    def action_view_zero(self) -> None:
        """What the screen cannot show because it is frozen is said."""
        if self.require_phone() is None:
            return
        counts = self.view_state.zero()
        if self.view_state.is_frozen:
            words = "Counted from now" if counts else "Totals again"
            self.notify(f"{words}: to be seen when the display goes on.", markup=False)
        self.refresh_view()

    def action_view_zoom(self) -> None:
        self.say("Only the main screen has panes to zoom.")

    def action_view_yank(self) -> None:
        if not self.take_cursor():
            return
        if self.view_state.device is not None or self.require_phone() is not None:
            screens.copy_menu(self, self.view_state)

    def action_view_explain(self) -> None:
        raise NotImplementedError

    async def _show_pane(self, pane: str) -> None:
        """On the main screen, which is gone back to."""
        main = self.app.screen_stack[0]
        if await self.leave_to(main) and isinstance(main, PanedScreen):
            main.focus_pane(pane)


for _action in ACTIONS:  # each pane has one, for its key and for the palette
    _family, _, _pane = _action.id.partition(".")
    if _family == "pane":
        setattr(ScreenCommands, f"action_{method(_action.id)}", partialmethod(ScreenCommands._show_pane, _pane))
