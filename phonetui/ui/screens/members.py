"""Who has a line on a device, and whether guests may use it. Nothing is written."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from phonetui.actions import MEMBERS_ACTIONS
from phonetui.errors import PhonetuiError
from phonetui.ui.bindings import bindings
from phonetui.ui.panes import members as table
from phonetui.ui.panes.enquiry import Enquiry
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.answer import at
from phonetui.webex.devices import WebexDevice
from phonetui.webex.lines import Hoteling, Member, hoteling, members


class Members(Enquiring[Member]):
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MEMBERS_ACTIONS)]
    heading = "Members and hoteling"
    hint = "To change: phonetui webex members set, workspaces or people hoteling"

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint, device)
        self._members: tuple[Member, ...] | None = None
        self._most: int | None = None
        self._hoteling: Hoteling | str | None = None

    async def read(self, cloud: Cloud) -> Enquiry:
        """Hoteling that fails is told beside the members."""
        answer, self._hoteling = await asyncio.gather(
            cloud.ask("members list", {"deviceId": self.device.id}), _hoteling(cloud, self.device)
        )
        most = at(answer.value, "maxLineCount")
        self._members, self._most = members(answer.value), most if isinstance(most, int) else None
        return Enquiry()

    def head(self, across: int) -> list[Row]:
        hoteling = table.guests(_owner(self.device), self._hoteling)
        return [hoteling, (), table.heading(across)] if self._members else [hoteling, ()]

    def rows(self, across: int) -> Sequence[Row]:
        if self._members is None:
            return ()
        if not self._members:
            return [row(Run("Nobody has a line on this phone.", Role.DIM))]
        return [table.member_row(each, across) for each in self._members]

    @property
    def items(self) -> Sequence[Member]:
        return self._members or ()

    def detail(self, across: int) -> list[Row]:
        return table.detail(self.item, across)

    def counts(self) -> str:
        if self._members is None:
            return ""
        return f"{len(self._members)} of {self._most} lines" if self._most else f"{len(self._members)} lines"


def _owner(device: WebexDevice) -> str:
    return "workspace" if device.workspace_id else "person" if device.person_id else ""


async def _hoteling(cloud: Cloud, device: WebexDevice) -> Hoteling | str | None:
    try:
        if device.workspace_id:
            answer = await cloud.ask("workspaces devices", {"workspaceId": device.workspace_id})
        elif device.person_id:
            answer = await cloud.ask("people devices", {"personId": device.person_id})
        else:
            return None
    except PhonetuiError as error:
        return str(error)
    return hoteling(device, answer.value)
