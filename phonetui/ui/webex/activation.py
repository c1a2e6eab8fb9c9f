"""The dialog that creates an activation code, and the only place that shows it, with the time it holds."""

from datetime import datetime
from math import trunc
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from phonetui.errors import CommandRefused
from phonetui.fleet.protocol import Cloud
from phonetui.text import Printable
from phonetui.ui import export, screens
from phonetui.ui.keyboard import bindings
from phonetui.ui.text.rows import Role, Row, Run, clip, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex import devices
from phonetui.webex.answer import at, items, text
from phonetui.webex.devices import ActivationCode, WebexDevice, WebexModel
from phonetui.webex.operations import operation

HEIGHT = 8
"""Rows that it takes: two lines of digits, a blank one, the code in plain and how long it holds."""
_HIDDEN = "•"


def rows(found: ActivationCode, now: datetime, *, hidden: bool) -> list[Row]:
    """`hidden` shows that there is one, and nothing of it."""
    parts = devices.code_groups(found.code)
    if hidden:
        lines = [row(Run("  ".join(_HIDDEN * len(part) for part in parts), Role.TITLE))]
    else:
        pairs = [" ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
        lines = [row(Run(line, Role.TITLE)) for pair in pairs for line in devices.large_digits(pair)]
    plain = "" if hidden else f"{' '.join(parts)}   "
    return [*lines[: HEIGHT - 2], (), row(Run(plain, Role.VALUE), _left(found, now))]


def is_over(found: ActivationCode, now: datetime) -> bool:
    """Whether the code has expired."""
    return found.expires_at is not None and found.expires_at <= now


def countdown(seconds: float) -> str:
    """Days and hours, hours and minutes, minutes; seconds in the last minute alone."""
    minutes, rest = divmod(trunc(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def _left(found: ActivationCode, now: datetime) -> Run:
    if found.expires_at is None:
        return Run("Webex doesn't say for how long", Role.DIM)
    return Run(f"holds for {countdown((found.expires_at - now).total_seconds())}", Role.INFO)


REFRESH_S = 1.0
_WARNING = (
    "On a Standard licence, adding a phone disables the user's apps. "
    "Whoever types the code into a phone gets this line: show it to nobody else."
)
_LONGEST = 120
"""Cells for whom it is."""
_BY_ADDRESS = ("somebody else", "a person, by e-mail address")
Owner = tuple[str, str, Printable]
"""`workspaceId` or `personId`, the id, the name."""


class ActivationDialog(TaskDialog[ActivationCode]):
    """Forgets the code when it is closed and when it has expired; never gives it to a picture of the screen."""

    TITLE = "Activation code"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("activation")]

    def __init__(self, view_state: ViewState, device: WebexDevice | None = None) -> None:
        """`device`: one whose owner and model are offered first."""
        super().__init__(view_state)
        self._device = device
        self._code: ActivationCode | None = None
        self._for = ""
        self._covered = False

    def compose_body(self) -> ComposeResult:
        view = RowsView(id="code")
        view.can_focus = False
        yield view

    def on_mount(self) -> None:
        """Comes before that of `TaskDialog`, as the toolkit calls both."""
        self.query_one("#code").display = False
        self.set_interval(REFRESH_S, self.refresh_view)

    def on_unmount(self) -> None:
        self._code = None

    async def run_task(self, cloud: Cloud) -> ActivationCode:
        kind, owner, name = await self._owner(cloud)
        model = await self._model(cloud, "PLACE" if kind == "workspaceId" else "PEOPLE")
        await self.confirm(screens.Confirm(f"Make an activation code for {name}, {model.shown}?", _WARNING))
        self.update_status("◐ asking Webex for a code …")
        answer = await cloud.ask("devices activate", {kind: owner, "model": model.name}, confirmed=True)
        self._for = clip(f"{name}, {model.shown}", _LONGEST)
        return devices.activation_code(answer.value)

    def finish(self, result: ActivationCode | None) -> None:
        """Instead of closing, it shows the code."""
        if result is None:
            self.dismiss(None)
            return
        self._code = result
        self.query_one("#code").display = True
        self.call_after_refresh(self.refresh_view)

    def refresh_view(self) -> None:
        """Called once a second, so that the last minute can be counted down; what is the same is not drawn again."""
        if self._code is None:
            return
        now, view = self.session.clock.now(), self.query_one("#code", RowsView)
        if is_over(self._code, now):
            self._code = None
            view.show([])
            view.display = False
            self.fail("The code has expired: make another one.")
            return
        hidden = self._hidden
        view.show(rows(self._code, now, hidden=bool(hidden)))
        self.update_status(f"{hidden}\nesc forgets it" if hidden else f"for {self._for}\ny copies it   esc forgets it")

    @property
    def _hidden(self) -> str:
        """Why the code is not to be seen; empty where it is."""
        if self.session.is_private:
            return "hidden by the privacy mask"
        return "not for pictures" if self._covered else ""

    def cover(self, *, covered: bool) -> None:
        """While a picture of the screen is made."""
        self._covered = covered
        self.refresh_view()

    def action_copy(self) -> None:
        if self._code is None:
            super().action_copy()
        elif self.session.is_private:
            self.app.notify("The privacy mask hides the code: take it away first.", markup=False)
        else:
            export.send(self.app, self._code.code, "Activation code")

    async def action_view_privacy(self) -> None:
        await self.app.run_action("view_privacy")
        self.refresh_view()

    async def _owner(self, cloud: Cloud) -> Owner:
        """Whose phone it will be. Raises Cancelled."""
        known = list(_owners(cloud, self._device))
        kinds = {"workspaceId": "workspace", "personId": "person with a phone"}
        choices = [*((name, kinds[kind]) for kind, _, name in known), _BY_ADDRESS]
        (place,) = await self.choose("Whose phone is it going to be?", choices)
        if place < len(known):
            return known[place]
        address = (await self.answer("Whose e-mail address?", "As Webex knows the person.")).strip()
        people = "people list"
        found = items(operation(people), (await cloud.ask(people, {"email": address})).value)
        person = next((each for each in found if isinstance(at(each, "id"), str)), None)
        if person is None:
            raise CommandRefused("Webex knows nobody with that address: nothing was sent")
        return "personId", str(at(person, "id")), text(at(person, "displayName")) or Printable("this person")

    async def _model(self, cloud: Cloud, owner: str) -> WebexModel:
        """That of the device first. Raises Cancelled."""
        known = [each for each in await cloud.models() if each.takes_codes and owner in each.owners]
        if not known:
            raise CommandRefused("Webex lists no model that an activation code brings in")
        own = devices.model_of(self._device.product, known) if self._device is not None else None
        known.sort(key=lambda each: (each is not own, each.shown.casefold()))
        (place,) = await self.choose("Which model?", [(each.shown, each.name) for each in known])
        return known[place]


def _owners(cloud: Cloud, device: WebexDevice | None) -> list[Owner]:
    """The device's first, then workspaces and people that have a phone, by name."""
    inventory = cloud.state.inventory
    known: list[Owner] = [("workspaceId", each, name) for each, name in inventory.workspaces.items()]
    people = {each.person_id: each.name for each in inventory.devices.values() if each.person_id}
    known += [("personId", each, name or devices.short_id(each)) for each, name in people.items()]
    own = {device.workspace_id, device.person_id} if device is not None else set()
    return sorted(known, key=lambda each: (each[1] not in own, each[2].casefold()))
