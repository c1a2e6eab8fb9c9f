"""The screen of one phone in Webex: what Webex reports beside what is observed, and the screens behind it.

Another screen is reached from here by one more row of `WEBEX_SCREENS` and an action `webex.…` with its key.
"""

from collections.abc import Callable
from functools import partial, partialmethod
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from phonetui.ui import screens
from phonetui.ui.export import offer_copy
from phonetui.ui.keyboard import bindings, method
from phonetui.ui.panes.webex_card import WebexContext, card, title
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Role, Row, Run, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import why_unavailable
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import counterpart


def why_not_asked(view_state: ViewState, device: WebexDevice) -> str:
    """Why Webex isn't asked about the device; empty where it can be."""
    unreadable = "it could not be read" if device.unreadable is not None else ""
    return why_unavailable(view_state.session).rstrip(".") or unreadable


class WebexAction(NamedTuple):
    action: str
    """Its id in the table of actions."""
    words: str
    open: Callable[[ViewState, WebexDevice], Screen[Any]]
    why_not: Callable[[ViewState, WebexDevice], str] = why_not_asked
    """Why there is nothing behind it for this device; empty where there is."""


def _open(name: str, view_state: ViewState, device: WebexDevice) -> Screen[Any]:
    """The screen of that name; its module is imported now."""
    screen: Screen[Any] = getattr(screens, name)(view_state, device)
    return screen


WEBEX_SCREENS: tuple[WebexAction, ...] = (
    WebexAction("webex.configuration", "configuration, key by key", partial(_open, "ConfigurationScreen")),
    WebexAction("webex.linekeys", "line keys, as they lie", partial(_open, "LineKeysScreen")),
    WebexAction("webex.members", "members and hoteling", partial(_open, "MembersScreen")),
    WebexAction("webex.levels", "where its calling settings come from", partial(_open, "SettingsLevels")),
    WebexAction("webex.tags", "tags", partial(_open, "TagDialog")),
    WebexAction("webex.apply", "apply what was changed in Webex", partial(_open, "ApplyChanges")),
    WebexAction("webex.activation", "activation code for another phone", partial(_open, "ActivationDialog")),
    WebexAction("webex.jobs", "jobs over many phones", lambda view_state, _: screens.JobsScreen(view_state)),
)


class WebexScreen(LiveScreen):
    """Follows the device for as long as Webex lists it."""

    screen_id = "webex"
    bound = "one phone in Webex"
    CSS_PATH = "../styles/webex.tcss"
    AUTO_FOCUS = "#on, #card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("webex"),
        Binding("enter", "enter", "Go there", show=False),
    ]

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state)
        self._key = device.key
        self._device = device

    def body(self) -> ComposeResult:
        yield RowsView(id="card")
        yield RowsView(id="on")

    def on_mount(self) -> None:
        self._view("on").set_title("Ways on")
        self._view("on").styles.height = len(WEBEX_SCREENS)

    def draw(self, snapshot: Snapshot) -> None:
        self._draw_card(snapshot)
        self._view("on").show(
            [self._entry(entry) for entry in WEBEX_SCREENS], WEBEX_SCREENS, key_of=lambda entry: entry.action
        )
        self.show_key_hints((("enter", "go there"), (self.key_of("webex.copy"), "copy")))

    def _draw_card(self, snapshot: Snapshot) -> None:
        view = self._view("card")
        if snapshot.cloud is None:
            view.show([row(Run("There is no Webex to ask any more.", Role.DIM))])
            return
        found = snapshot.cloud.inventory.devices.get(self._key)
        self._device = found or self._device
        phone = counterpart(self._device, snapshot.phones.values())
        context = WebexContext(self._device, snapshot.cloud, snapshot.at, snapshot.moment, phone)
        gone = [row(Run("✗ Webex doesn't list it any more: this is what it said last.", Role.FAILED)), ()]
        view.set_title(title(self._device))
        view.show([*([] if found else gone), *card(context, view.size.width - 1)])

    def _entry(self, entry: WebexAction) -> Row:
        why = entry.why_not(self._view_state, self._device)
        sign = Run(f" {pad(self.key_of(entry.action), 4)}", Role.DIM if why else Role.KEY)
        return row(sign, Run(pad(entry.words, 36), Role.DIM if why else Role.PLAIN), Run(why, Role.DIM))

    def action_enter(self) -> None:
        entry: WebexAction | None = self._view("on").target
        if entry is not None:
            self.go(entry.action)

    def go(self, action: str) -> None:
        entry = next(entry for entry in WEBEX_SCREENS if entry.action == action)
        if why := entry.why_not(self._view_state, self._device):
            self.notify(f"{self._device.shown_name}: {why}.", markup=False)
        else:
            self.app.push_screen(entry.open(self._view_state, self._device), lambda _: self.refresh_view())

    def action_webex_copy(self) -> None:
        device = self._device
        names = ("device id", "calling id", "MAC", "serial")
        values = (device.id, device.calling_id, device.mac, device.serial)
        choices = [(what, value) for what, value in zip(names, values, strict=True) if value]
        offer_copy(self, choices, device.shown_name, nothing="There is nothing to copy.")


for _entry in WEBEX_SCREENS:  # each is an action of its own, for its key and for the palette
    setattr(WebexScreen, f"action_{method(_entry.action)}", partialmethod(WebexScreen.go, _entry.action))
