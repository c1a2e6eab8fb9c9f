"""Where a device's calling settings come from: organization, location and device side by side. Nothing is written."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from phonetui.actions import LEVELS_ACTIONS
from phonetui.errors import PhonetuiError
from phonetui.ui.bindings import bindings
from phonetui.ui.panes import levels as table
from phonetui.ui.panes.enquiry import Enquiry, failed
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.screens.searching import Searching
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.prompt import Prompt
from phonetui.webex.devices import WebexDevice
from phonetui.webex.settings_levels import Level, SettingLeaf, compared, level

_NONE = "Webex has no calling settings of it: phones with PhoneOS have theirs in the configuration."


class Levels(Searching[SettingLeaf]):
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEVELS_ACTIONS)]
    heading = "Where settings come from"
    hint = "To change: phonetui webex settings set-device, changes start"

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint, device)
        self._levels: tuple[Level, ...] = ()
        self._leaves: tuple[SettingLeaf, ...] = ()
        self._chosen: Sequence[SettingLeaf] = ()
        self._differences_alone = False

    async def read(self, cloud: Cloud) -> Enquiry:
        """A level that fails is told in its column; only where all do there is nothing to show."""
        asked: list[tuple[str, str, dict[str, str]]] = [("organization", "settings organization", {})]
        if self.device.location_id:
            asked.append(("location", "settings location", {"locationId": self.device.location_id}))
        asked.append(("device", "settings device", {"deviceId": self.device.id}))
        found = await asyncio.gather(*(_level(cloud, *each) for each in asked))
        failures = [each for each in found if isinstance(each, PhonetuiError)]
        if len(failures) == len(found):
            raise failures[0]
        self._levels = tuple(
            each if isinstance(each, Level) else Level(name=name, failure=each.message)
            for (name, *_), each in zip(asked, found, strict=True)
        )
        self._leaves = compared(self._levels)
        if failures:
            return failed(failures[0], self._viewpoint.session.clock.steady())
        return Enquiry()

    def head(self, across: int) -> list[Row]:
        return [table.heading(self._levels, across), table.standing(self._levels, across)]

    def rows(self, across: int) -> Sequence[Row]:
        if not self._levels:
            return ()
        self._chosen = table.chosen(self._leaves, self._words, differences_alone=self._differences_alone)
        if self._chosen:
            return [table.leaf_row(leaf, across) for leaf in self._chosen]
        words = "No level says otherwise than the one above." if self._differences_alone else _NONE
        return [row(Run("No setting is like that: esc shows all again." if self._words else words, Role.DIM))]

    @property
    def items(self) -> Sequence[SettingLeaf]:
        return self._chosen

    def key_of_item(self, item: SettingLeaf) -> str:
        return item.name

    def detail(self, across: int) -> list[Row]:
        return table.detail(self.item, self._levels, across)

    def told(self) -> Sequence[tuple[str, str]]:
        if not self._leaves:
            return ()
        alone = "all settings" if self._differences_alone else "differences"
        return ((self.key_of("answers.search"), "search"), (self.key_of("levels.differences"), alone))

    def counts(self) -> str:
        differing = sum(not leaf.is_uniform for leaf in self._leaves)
        return f"{len(self._leaves)} settings, {differing} differ" if self._leaves else ""

    def action_levels_differences(self) -> None:
        self._differences_alone = not self._differences_alone
        self.relist()

    def action_back(self) -> None:
        """One step back: out of the search, out of the differences, out of the screen."""
        if self._differences_alone and not self._words and not self.query(Prompt):
            self.action_levels_differences()
        else:
            super().action_back()


async def _level(cloud: Cloud, name: str, operation: str, values: dict[str, str]) -> Level | PhonetuiError:
    try:
        return level(name, (await cloud.ask(operation, values)).value)
    except PhonetuiError as error:
        return error
