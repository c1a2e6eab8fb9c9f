"""An organization in Webex behind the mask: what was listed is shown masked, and nothing is asked through it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from phonetui.errors import AccessError
from phonetui.ui.mask import Mask
from phonetui.ui.session import Cloud
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import CloudState, Inventory, key

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.devices import WebexModel


class CloudVeil:
    """A `Cloud` over another one. Each device is masked once, for as long as it is there."""

    def __init__(self, behind: Cloud, mask: Mask) -> None:
        self._behind = behind
        self._mask = mask
        self._devices: dict[str, tuple[WebexDevice, WebexDevice]] = {}
        self._inventory: tuple[Inventory, Inventory] | None = None
        self._state: tuple[CloudState, CloudState] | None = None

    @property
    def state(self) -> CloudState:
        """The same object as long as that behind it is the same."""
        state = self._behind.state
        if self._state is None or self._state[0] is not state:
            inventory = self._masked(state.inventory)  # first: whose names they are is learnt from it
            self._state = (state, replace(state, inventory=inventory, failure=self._mask.free(state.failure)))
        return self._state[1]

    @property
    def is_read_only(self) -> bool:
        return self._behind.is_read_only

    async def ask(self, name: str, *_: Any, **__: Any) -> "WebexAnswer":
        """Never: answers have names and numbers in places that no mask knows."""
        raise _refusal(name)

    def pages(self, name: str, *_: Any) -> AsyncIterator[tuple[Any, ...]]:
        """Neither."""
        raise _refusal(name)

    async def models(self) -> "tuple[WebexModel, ...]":
        """Nor this, though models are nobody's secret: what is asked for next would be."""
        raise _refusal("devices supported")

    def _masked(self, inventory: Inventory) -> Inventory:
        if self._inventory is None or self._inventory[0] is not inventory:
            before = self._devices
            self._devices = {
                name: known
                if (known := before.get(name)) and known[0] is device
                else (device, self._mask.device(device))
                for name, device in inventory.devices.items()
            }
            shown = Inventory(
                MappingProxyType({key(masked): masked for _, masked in self._devices.values()}),
                inventory.locations,
                self._mask.names(inventory.workspaces),
                inventory.organization,
            )
            self._inventory = (inventory, shown)
        return self._inventory[1]


def _refusal(name: str) -> AccessError:
    message = f"{name}: the privacy mask hides what Webex answers, nothing was asked"
    return AccessError(message, "Take the mask away first")
