"""Telling one phone to take its changes at once: it may restart, so nobody may be talking on it."""

from phonetui.errors import CommandRefused
from phonetui.text import NOTHING
from phonetui.ui.screens import doors
from phonetui.ui.screens.errand import Errand
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.devices import WebexDevice, model_of
from phonetui.webex.matching import counterpart


class Applying(Errand[None]):
    TITLE = "Apply changes"

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint)
        self._device = device
        self._name = device.name or device.mac or "the phone"

    @property
    def heading(self) -> str:
        return f"Apply changes on {self._name}"

    async def errand(self, cloud: Cloud) -> None:
        self._refuse_in_call()
        model = model_of(self._device.product, await cloud.models())
        if model is not None and model.applies_changes is False:
            raise CommandRefused(f"a {model.shown} takes no such command: it applies changes when it asks for them")
        offline = " Webex says that it is offline." if self._device.is_online is False else ""
        more = f"It takes what was changed in Webex at once and may restart. Not during a call.{offline}"
        await self.agreed(doors.confirm(f"Apply changes on {self._name}?", more))
        self._refuse_in_call()  # one may have begun while the question stood
        self.tell("◐ telling Webex …")
        await cloud.ask(
            "devices apply", {"deviceId": self._device.id}, about=self._device.name or NOTHING, confirmed=True
        )
        self.app.notify(f"{self._name}: Webex tells it to apply its changes.", markup=False)

    def _refuse_in_call(self) -> None:
        phone = counterpart(self._device, self.session.fleet.phones.values())
        if phone is not None and phone.has_live_call:
            raise CommandRefused(f"{self._name} is in a call: nothing was sent", "Try again when it is over")
