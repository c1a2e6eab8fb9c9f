"""One round through everything that Webex lists: what is known so far comes after each page."""

from collections.abc import AsyncIterator

from phonetui.webex.client import Webex
from phonetui.webex.device import device
from phonetui.webex.inventory import Inventory, key
from phonetui.webex.operation import operation


async def sweep(webex: Webex, known: Inventory) -> AsyncIterator[Inventory]:
    """`known` brought up to date, page by page; those that are gone leave it with the last. Raises PhonetuiErrors.

    A sweep that breaks off takes nothing away.
    """
    seen: set[str] = set()
    async for page in webex.pages(operation("devices list"), {"type": "phone"}):
        devices = [device(item) for item in page]
        seen.update(map(key, devices))
        known = known.with_page(devices)
        yield known
    yield known.only(seen)


async def places(webex: Webex, known: Inventory) -> Inventory:
    """`known` with the names of locations and workspaces. Raises PhonetuiErrors."""
    async for page in webex.pages(operation("locations list"), {}):
        known = known.with_places(locations=page)
    async for page in webex.pages(operation("workspaces list"), {}):
        known = known.with_places(workspaces=page)
    return known
