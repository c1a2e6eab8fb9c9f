"""The tree over phones and devices, without a pane around it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from phonetui.errors import CommandRefused
from phonetui.phone.state import Phone
from phonetui.ui.main.phone_tree import Group, Item, TreeContext, TreeRows, build_tree, items
from phonetui.webex.devices import device
from phonetui.webex.inventory import CloudState, Inventory
from tests.ui.office import AT, NOW
from tests.webex.fake import world


class FakeCloud:
    """An organization that nobody sweeps."""

    is_read_only = False

    def __init__(self, state: CloudState) -> None:
        self.state = state

    async def ask(self, name: str, *_: Any, **__: Any) -> Any:
        raise CommandRefused(f"{name}: nobody answers here")

    async def models(self) -> Any:
        raise CommandRefused("nobody answers here")

    def pages(self, *_: Any) -> Any:
        raise NotImplementedError


def organization(*raw: Mapping[str, Any], **state: Any) -> FakeCloud:
    """As a sweep leaves it that ended half a minute ago."""
    inventory = Inventory().with_page(map(device, raw)).with_places(
        locations=[{"id": world.LOCATION, "name": "Headquarters"}],
        workspaces=[{"id": world.WORKSPACE, "displayName": "Lobby"}],
    )  # fmt: skip
    known: dict[str, Any] = {"inventory": inventory, "is_whole": True, "swept_at": AT - 30}
    return FakeCloud(CloudState(**(known | state)))


def owned(number: int, name: str, **fields: Any) -> dict[str, Any]:
    """A device of a person, whose name it has."""
    return world.device(number, displayName=name, workspaceId=None, personId=world.ident("PEOPLE", number), **fields)


def tree_of(phones: Iterable[Phone], shut: Collection[Group] = ()) -> list[Item]:
    return items(build_tree([(phone.id, phone.place) for phone in phones]), lambda branch: branch.group not in shut)


def rows_of(phones: Sequence[Phone], width: int, shut: Collection[Group] = (), moment: datetime = NOW) -> TreeRows:
    return TreeRows(tree_of(phones, shut), TreeContext({phone.id: phone for phone in phones}, moment), width)
