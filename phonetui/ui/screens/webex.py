"""The Webex screen: all that Webex says of one phone, beside what we see of it, and the ways on from there."""

from functools import partialmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import WEBEX_ACTIONS
from phonetui.ui.bindings import bindings, method
from phonetui.ui.clipboard import send
from phonetui.ui.panes.footer import ways
from phonetui.ui.panes.header import Header
from phonetui.ui.panes.scene import Scene
from phonetui.ui.panes.tree import name
from phonetui.ui.panes.webex import Sight, card, title
from phonetui.ui.row import Role, Row, Run, pad, row
from phonetui.ui.screens import doors
from phonetui.ui.screens.looking import Looking
from phonetui.ui.screens.ways import WAYS, Way
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import key
from phonetui.webex.matching import counterpart


class WebexScreen(Looking):
    """Follows the device for as long as Webex lists it."""

    CSS_PATH = "webex.tcss"
    AUTO_FOCUS = "#on, #card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(WEBEX_ACTIONS),
        Binding("enter", "enter", "Go there", show=False),
        Binding("escape,q,w", "leave", "Back", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint)
        self._key = key(device)
        self._device = device

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="card")
        if WAYS:
            yield RowsView(id="on")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        self._view("ways").can_focus = False
        if WAYS:
            self._view("on").entitle("Ways on")
            self._view("on").styles.height = len(WAYS)

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        scene = self._viewpoint.scene()
        self.query_one(Header).look(scene)
        self._draw(scene)
        if WAYS:
            on = self._view("on")
            on.show([self._way(way) for way in WAYS], WAYS, key_of=lambda way: way.action)
        self._view("ways").show([self._footer()])

    def _draw(self, scene: Scene) -> None:
        view = self._view("card")
        if scene.cloud is None:
            view.show([row(Run("There is no Webex to ask any more.", Role.DIM))])
            return
        found = scene.cloud.inventory.devices.get(self._key)
        self._device = found or self._device
        phone = counterpart(self._device, scene.phones.values())
        sight = Sight(self._device, scene.cloud, scene.at, scene.moment, phone)
        gone = [row(Run("✗ Webex doesn't list it any more: this is what it said last.", Role.FAILED)), ()]
        view.entitle(title(self._device))
        view.show([*([] if found else gone), *card(sight, view.size.width - 1)])

    def _way(self, way: Way) -> Row:
        why = way.why_not(self._viewpoint, self._device)
        sign = Run(f" {pad(self.key_of(way.action), 4)}", Role.DIM if why else Role.KEY)
        return row(sign, Run(pad(way.words, 36), Role.DIM if why else Role.PLAIN), Run(why, Role.DIM))

    def action_enter(self) -> None:
        way: Way | None = self._view("on").target if WAYS else None
        if way is not None:
            self.go(way.action)

    def go(self, action: str) -> None:
        way = next(way for way in WAYS if way.action == action)
        if why := way.why_not(self._viewpoint, self._device):
            self.notify(f"{name(self._device)}: {why}.", markup=False)
        else:
            self.app.push_screen(way.door(self._viewpoint, self._device), lambda _: self.look())

    def action_webex_copy(self) -> None:
        device = self._device
        known = (
            ("device id", device.id),
            ("calling id", device.calling_id),
            ("MAC", device.mac),
            ("serial", device.serial),
        )
        choices = [(what, value) for what, value in known if value]

        def picked(choice: tuple[str, str] | None) -> None:
            if choice is not None:
                send(self.app, choice[1], f"{choice[0][:1].upper()}{choice[0][1:]} of {name(device)}")

        if choices:
            self.app.push_screen(doors.copying(choices, question=f"Copy of {name(device)}"), picked)
        else:
            self.notify("There is nothing to copy.", markup=False)

    def _footer(self) -> Row:
        told = [("enter", "go there")] if WAYS else []
        told += [(self.key_of("webex.copy"), "copy"), ("esc", "back")]
        return ways(told, self.size.width)


for _way in WAYS:  # each is an action of its own, for its key and for the palette
    setattr(WebexScreen, f"action_{method(_way.action)}", partialmethod(WebexScreen.go, _way.action))
