"""A fleet, and its Webex organization, behind the privacy mask.

Commands go through as ever. Webex is asked nothing: its answers have names where no rule expects them.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from pathlib import Path as Home
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec.structs import replace

from phonetui.errors import AccessError
from phonetui.fleet import protocol
from phonetui.fleet.changes import ChangedItems
from phonetui.fleet.mask import Mask
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.text import printable
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import CloudState, Inventory
from phonetui.xapi.control_commands import SCREENSHOT
from phonetui.xapi.document import Document

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.devices import WebexModel
    from phonetui.xapi.command import Command, CommandResult


class MaskedCloud:
    """A `Cloud` over another one. Each device is masked once, for as long as it is there."""

    def __init__(self, behind: protocol.Cloud, mask: Mask) -> None:
        self._behind = behind
        self._mask = mask
        self._devices: dict[str, tuple[WebexDevice, WebexDevice]] = {}
        self._inventory: tuple[Inventory, Inventory] | None = None
        self._state: tuple[CloudState, CloudState] | None = None

    @property
    def state(self) -> CloudState:
        """The state, masked; the same object as long as that behind it is the same."""
        state = self._behind.state
        if self._state is None or self._state[0] is not state:
            inventory = self._masked(state.inventory)  # first: whose names they are is learnt from it
            self._state = (state, replace(state, inventory=inventory, failure=self._mask.free(state.failure)))
        return self._state[1]

    @property
    def is_read_only(self) -> bool:
        return self._behind.is_read_only

    async def ask(self, name: str, *_: Any, **__: Any) -> "WebexAnswer":
        """Raises AccessError: answers have names and numbers in places that no mask knows."""
        raise _refusal(name)

    def pages(self, name: str, *_: Any) -> AsyncIterator[tuple[Any, ...]]:
        """Neither."""
        raise _refusal(name)

    async def models(self) -> "tuple[WebexModel, ...]":
        """Refused as well, though models are no secret: what is asked for next would be."""
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
                MappingProxyType({masked.key: masked for _, masked in self._devices.values()}),
                inventory.locations,
                self._mask.names(inventory.workspaces),
                inventory.organization,
            )
            self._inventory = (inventory, shown)
        return self._inventory[1]


def _refusal(name: str) -> AccessError:
    message = f"{name}: the privacy mask hides what Webex answers, nothing was asked"
    return AccessError(message, "Take the mask away first")


Value = TypeVar("Value")


class _MaskCache(Generic[Value]):
    """What values became: each is masked once, for as long as it is there, and an unchanged sequence stays the same."""

    def __init__(self, masked: Callable[[Value], Value]) -> None:
        self._masked = masked
        self._values: dict[int, tuple[Value, Value]] = {}
        """By identity; the original beside it keeps its identity from being used again."""
        self._source: Sequence[Value] = ()
        self._shown: tuple[Value, ...] = ()

    def __call__(self, values: Sequence[Value]) -> tuple[Value, ...]:
        if values is not self._source or len(values) != len(self._shown):
            before = self._values
            self._values = {id(value): before.get(id(value)) or (value, self._masked(value)) for value in values}
            self._source = values
            self._shown = tuple(self._values[id(value)][1] for value in values)
        return self._shown


def mask_fleet(fleet: protocol.Fleet) -> protocol.Fleet:
    """`fleet` as it may be shown to strangers."""
    return MaskedTrees(fleet, fleet) if isinstance(fleet, protocol.TreeFleet) else MaskedFleet(fleet)


class MaskedFleet:
    """A `Fleet` over another one."""

    def __init__(self, behind: protocol.Fleet) -> None:
        self.mask = Mask()
        self._behind = behind
        self._phones: _MaskCache[Phone] = _MaskCache(self.mask.phone)
        self._entries: _MaskCache[JournalEntry] = _MaskCache(self.mask.entry)
        self._alerts: _MaskCache[Alert] = _MaskCache(self.mask.alert)
        self._hints: _MaskCache[Diagnosis] = _MaskCache(self.mask.hint)
        self._records: _MaskCache[CallRecord] = _MaskCache(self.mask.record)
        self._cloud: MaskedCloud | None = None
        self.history, self.port_history = behind.history, behind.port_history  # figures without names
        self.permission, self.grant, self.revoke = behind.permission, behind.grant, behind.revoke
        self.dial, self.press, self.mute, self.pace, self.run = (
            behind.dial, behind.press, behind.mute, behind.pace, behind.run,
        )  # fmt: skip
        if isinstance(behind, protocol.PromptingFleet):  # jump hosts ask whatever is masked
            self.ask_with = behind.ask_with
        if isinstance(behind, protocol.AdoptingFleet):  # a device's key is Webex's id, which names nobody
            self.adopt = behind.adopt
        if isinstance(behind, protocol.AccountFleet):  # whoever types one sees no other
            self.username, self.sign_in = behind.username, behind.sign_in
        if isinstance(behind, protocol.CertificateFleet):
            self.check_certificate = self._check_certificate
            self.accept_certificate = behind.accept_certificate  # goes by the fingerprint, which is not masked
        self._learn()

    async def _check_certificate(self, phone: PhoneId) -> "protocol.CertificateCheck":
        if not isinstance(self._behind, protocol.CertificateFleet):
            raise AccessError("certificates are not accepted here")
        return self.mask.certificate(await self._behind.check_certificate(phone))

    @property
    def cloud(self) -> "protocol.Cloud | None":
        """A fleet that is still being opened may not know yet that it has one."""
        cloud = self._behind.cloud if isinstance(self._behind, protocol.CloudFleet) else None
        if cloud is not None and self._cloud is None:
            self._cloud = MaskedCloud(cloud, self.mask)
        return self._cloud

    def _learn(self) -> None:
        """Who is there, before the first text in which they may stand is shown."""
        _ = self.phones
        if self.cloud is not None:
            _ = self.cloud.state
        _ = self.records

    @property
    def version(self) -> int:
        """A version that is never one of the fleet behind, so that a screen looks again when the mask comes or goes."""
        return -1 - self._behind.version

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        return {phone.id: phone for phone in self._phones(tuple(self._behind.phones.values()))}

    @property
    def entries(self) -> Sequence[JournalEntry]:
        return self._entries(self._behind.entries)

    @property
    def alerts(self) -> Sequence[Alert]:
        return self._alerts(self._behind.alerts)

    @property
    def hints(self) -> Sequence[Diagnosis]:
        return self._hints(self._behind.hints)

    @property
    def records(self) -> Sequence[CallRecord]:
        return self._records(self._behind.records)

    @property
    def unkept(self) -> str:
        """The notice masked, and with `~` for the home directory of whoever looks."""
        return self.mask.free(printable(self._behind.unkept.replace(str(Home.home()), "~")))

    @property
    def older_calls(self) -> "protocol.KeptCalls | None":
        behind = self._behind.older_calls
        return None if behind is None else _MaskedOlderCalls(behind, self.mask)

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        return self.mask.partner(self._behind.partner(phone, call))

    def causes(self, phone: PhoneId, call: CallKey) -> Sequence[Diagnosis]:
        return tuple(map(self.mask.hint, self._behind.causes(phone, call)))

    @property
    def granted(self) -> Set[PhoneId]:
        return self._behind.granted


class _MaskedOlderCalls:
    """Looks for calls by what is shown of them."""

    def __init__(self, behind: protocol.KeptCalls, mask: Mask) -> None:
        self._behind = behind
        self._mask = mask
        self.load, self.end_search = behind.load, behind.end_search

    @property
    def count(self) -> int:
        return self._behind.count

    @property
    def is_searching(self) -> bool:
        return self._behind.is_searching

    def search(self, fits: "Callable[[CallRecord], bool]", parts: tuple[str, ...] = ()) -> None:  # noqa: ARG002 - of what is masked
        self._behind.search(lambda record: fits(self._mask.record(record)))


class MaskedTrees(MaskedFleet):
    """A `TreeFleet`, too."""

    def __init__(self, behind: protocol.Fleet, trees: protocol.TreeFleet) -> None:
        super().__init__(behind)
        self._trees = trees
        self._changes = ChangedItems[PhoneId, Document]()
        self._documents: dict[PhoneId, tuple[Document, Document]] = {}
        self.changed_at, self.commands, self.key_argument = trees.changed_at, trees.commands, trees.key_argument

    @property
    def entries(self) -> Sequence[JournalEntry]:
        self._learn_names()
        return super().entries

    @property
    def alerts(self) -> Sequence[Alert]:
        self._learn_names()
        return super().alerts

    @property
    def hints(self) -> Sequence[Diagnosis]:
        self._learn_names()
        return super().hints

    def _learn_names(self) -> None:
        """What stands in phones' trees alone, before words are shown in which it may stand, too.

        A tree that has to be asked for over the network is known once somebody looked at it.
        """
        if not (isinstance(self._behind, protocol.RemoteFleet) and self._behind.is_attached):
            documents = {phone: self._trees.document(phone) for phone in self._behind.phones}
            for phone in self._changes.look(documents):
                self.mask.learn(documents[phone])

    def document(self, phone: PhoneId) -> Document:
        document = self._trees.document(phone)
        known = self._documents.get(phone)
        if known is None or known[0] is not document:
            known = self._documents[phone] = (document, self._masked(document))
        return known[1]

    def trust(self, phone: PhoneId) -> "protocol.Trust":
        _ = self.document(phone)  # serial numbers stand there alone, and in certificates
        return self.mask.trust(self._trees.trust(phone))

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        """What the phone answers is masked; a picture cannot be."""
        if command.path == SCREENSHOT:
            raise AccessError("the privacy mask hides pictures", "Take the mask away first")
        answer = await self._trees.command(phone, command, confirmed=confirmed)
        return replace(answer, document=self._masked(answer.document))

    def _masked(self, document: Document) -> Document:
        return Document({path: self.mask.leaf(path, value) for path, value in document.items()})
