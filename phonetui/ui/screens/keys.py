"""Plain keys: while this is open, the keyboard is the phone's."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen

from phonetui.monitor.permission import Permission
from phonetui.phone.models import Model, model
from phonetui.phone.state import PhoneId
from phonetui.ui.control import Control, Outcome, Press
from phonetui.ui.format import DASH, name
from phonetui.ui.keyboard import KEY_OF, PHONE_KEYS, shown
from phonetui.ui.panes.calls import Calls
from phonetui.ui.panes.header import Header
from phonetui.ui.row import Role, Row, Run, pad, row
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView

_ORDER = (
    *(f"KeyPad{digit}" for digit in range(1, 10)), "KeyPadStar", "KeyPad0", "KeyPadPound",
    "NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect", "Soft1", "Soft2", "Soft3", "Soft4",
    "Hold", "Transfer", "Conference", "Release", "Mute", "Speaker", "Headset", "VolUp", "VolDwn",
    "Messages", "Settings", "Applications", "Directories", "Contacts", "Services",
)  # fmt: skip
_OUTCOMES = {
    Outcome.WAITING: ("◐", Role.MEASURING),
    Outcome.SENT: ("✓", Role.GOOD),
    Outcome.REFUSED: ("✗", Role.FAILED),
    Outcome.NOT_SENT: (DASH, Role.DIM),
}


class Keys(ModalScreen[None]):
    """Opened only once control of the phone was given."""

    CSS_PATH = "keys.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Give control back", priority=True),
        Binding("ctrl+g", "app.app_help", "Help", priority=True),
        Binding("pagedown", "choose(1)", "Next key of the list", priority=True, show=False),
        Binding("pageup", "choose(-1)", "Key before", priority=True, show=False),
        Binding("space", "press_chosen", "Press the chosen key", priority=True, show=False),
        Binding("tab,shift+tab", "nothing", show=False),
    ]

    def __init__(self, phone: PhoneId, viewpoint: Viewpoint, control: Control) -> None:
        super().__init__()
        self._phone = phone
        self._viewpoint = viewpoint
        self._control = control
        self._chosen = 0
        self._is_left = False
        self._seen: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Header()
        yield Calls()
        with Horizontal(id="keys"):
            table = RowsView(id="table")
            table.border_title = "Keys of the phone"
            yield table
            sent = RowsView(id="sent", follow=True)
            sent.border_title = "Sent"
            yield sent
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        for view in self.query(RowsView):
            view.can_focus = False
        self.call_after_refresh(self.look)
        self.set_interval(0.1, self.look)

    def on_resize(self) -> None:
        self._seen = ()
        self.call_after_refresh(self.look)

    def on_key(self, event: events.Key) -> None:
        key = PHONE_KEYS.get(event.key)
        if key is not None:
            event.stop()
            event.prevent_default()
            self._press(key)

    def action_choose(self, by: int) -> None:
        self._chosen = (self._chosen + by) % len(self._table_keys())
        self._draw_table()

    def action_press_chosen(self) -> None:
        self._press(self._table_keys()[self._chosen])

    def action_nothing(self) -> None:
        """Tab is no key of a phone, and there is nothing to walk through."""

    def action_leave(self) -> None:
        if self._is_left:  # giving control back is news, and the next look may come before the screen is gone
            return
        self._is_left = True
        self._control.drop(self._phone)
        self._viewpoint.session.fleet.revoke(self._phone)
        self.dismiss(None)

    @property
    def _model(self) -> Model:
        phone = self._viewpoint.session.fleet.phones.get(self._phone)
        return model((phone.system.product_id or phone.expected_model) if phone else None)

    def _table_keys(self) -> list[str]:
        return listed(self._model)

    def _press(self, key: str) -> None:
        if self._model.has(key):
            self._control.press(self._phone, key)
        else:
            self._control.leave_out(self._phone, key, f"the {self._model.number} has no such key")
        self.look()

    def look(self) -> None:
        """Shows the phone as it is now, whatever the main screen has frozen."""
        seen = (*self._viewpoint.stamp, self._control.version)
        if seen == self._seen or not self.is_mounted or self._is_left:
            return
        self._seen = seen
        if self._viewpoint.session.fleet.permission(self._phone) is not Permission.GRANTED:
            self._lost()
            return
        self._viewpoint.selected = self._phone
        scene = self._viewpoint.scene(live=True)
        self.query_one(Header).look(scene)
        self.query_one(Calls).look(scene)
        self._draw_table()
        self.query_one("#sent", RowsView).show(sent_rows(self._control.presses(self._phone), scene.zone))
        self.query_one("#ways", RowsView).show([_ways(name(scene.phone) if scene.phone else self._phone)])

    def _lost(self) -> None:
        """Nobody pressed a key for long: the keyboard is the dashboard's again."""
        self.notify("Control was given back: no key was pressed for five minutes.", severity="warning", markup=False)
        self.action_leave()

    def _draw_table(self) -> None:
        self.query_one("#table", RowsView).show(table_rows(self._model), self._chosen)


def listed(of: Model) -> list[str]:
    """The keys of the table: those that stand alone, then the line keys on the body."""
    return [*_ORDER, *(f"Line{number}" for number in range(1, max(of.line_keys, 1) + 1))]


def table_rows(of: Model) -> list[Row]:
    """A key a row: the phone's name for it, and the key of the keyboard; dim where the model lacks it."""
    return [_table_row(key, has=of.has(key)) for key in listed(of)]


def _table_row(key: str, *, has: bool) -> Row:
    keyboard = shown(KEY_OF[key]) if key in KEY_OF else "space"
    if not has:
        return row(Run(f"{pad(DASH, 6)}{pad(key, 13)}not on this model", Role.DIM))
    return row(Run(pad(keyboard, 6), Role.KEY if key in KEY_OF else Role.DIM), pad(key, 13))


def sent_rows(presses: Iterable[Press], zone: tzinfo | None) -> list[Row]:
    shown_rows = [_sent_row(press, zone) for press in presses]
    return shown_rows or [row(Run("No key has been sent yet.", Role.DIM))]


def _sent_row(press: Press, zone: tzinfo | None) -> Row:
    glyph, role = _OUTCOMES[press.outcome]
    words = f"{press.outcome.value}: {press.words}" if press.words else press.outcome.value
    return row(
        Run(f"{press.seen_at.astimezone(zone):%H:%M:%S}  ", Role.DIM), pad(press.key, 12), Run(f"{glyph} {words}", role)
    )


def _ways(phone: str) -> Row:
    return row(
        Run(f" {phone} has your keyboard ", Role.BADGE_CONTROL), "  ",
        Run("esc", Role.KEY), Run(" give control back  ", Role.LABEL),
        Run("ctrl+g", Role.KEY), Run(" help  ", Role.LABEL),
        Run("pgup pgdn space", Role.KEY), Run(" from the list", Role.LABEL),
    )  # fmt: skip
