"""A phone's answers and pushes in a dialect, over each wire but without a socket, as the client's parsers read them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from phonetui.errors import PhonetuiError
from phonetui.simulator import documents, jsonrpc, locations
from phonetui.simulator.commands import CommandTarget as Behind
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.feedback import SimulatedSlot, bodies
from phonetui.simulator.locations import parse as location
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.schema import ADMIN
from phonetui.simulator.tree import Notice
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS, Push, parse_feedback
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcReply, RpcRequest
from phonetui.xapi.path import Path
from phonetui.xapi.xml import parse_status
from tests.xapi.decoders import receive


class Wire(Protocol):
    def read(self, place: Path) -> Document:
        """Raises PhonetuiError as a transport does."""

    def pushes(self, notices: Sequence[Notice], at: float) -> list[Push]: ...


class HttpWire:
    """`/getxml`, and posts in XML or JSON; only ADMIN may register for them."""

    def __init__(self, presentation: Presentation, device: SimulatedDevice, form: str, role: str) -> None:
        self._shown = presentation
        self._head = DocHeader(device.identity, presentation.dialect)
        self._role = role
        wanted = tuple(map(location, EXPRESSIONS))
        self._slot = SimulatedSlot(1, "http://198.51.100.7/", form, EXPRESSIONS, wanted) if role == ADMIN else None

    def read(self, place: Path) -> Document:
        head, leaves, at = self._head, self._shown.leaves, place.location()
        if locations.is_hidden(head.dialect, at, self._role):
            if head.dialect.role_errors == "status":
                raise error_of(ServerPlace.PART, Refusal(status=403, username="xapi"))
            root = documents.access_denied(head, at)
        else:
            leaves = locations.visible(head.dialect, leaves, self._role)
            root = locations.read(head, at, leaves, {})
        return parse_status(documents.serialize(head.finish(root)))

    def pushes(self, notices: Sequence[Notice], at: float) -> list[Push]:
        return [parse_feedback(body, at) for body in bodies(self._head, self._slot, notices)] if self._slot else []


class _Settings:
    leaves: Mapping[Path, str] = {}


class WebSocketWire:
    """xGet, and a subscription for each of what we register for."""

    def __init__(self, presentation: Presentation, device: SimulatedDevice, role: str) -> None:
        head, absent = DocHeader(device.identity, presentation.dialect), _Absent()
        behind = Behind(absent, device, absent, absent, _Settings(), presentation, head)  # type: ignore[arg-type]  # what readings need
        self._frames: list[str] = []
        self._there, self._here = jsonrpc.RpcSession(behind, role, self._frames.append), JsonRpcSession()
        for expression in EXPRESSIONS if role == ADMIN else ():
            document, *steps = expression.strip("/").split("/")
            self._ask(self._here.subscribe(document, *steps), 0.0)

    def read(self, place: Path) -> Document:
        found = self._ask(self._here.fetch(place), 0.0)
        assert isinstance(found, Document)
        return found

    def pushes(self, notices: Sequence[Notice], at: float) -> list[Push]:
        self._there.publish(notices)
        return [message for message in self._received(at) if isinstance(message, Push)]

    def _ask(self, request: RpcRequest[Any], at: float) -> Any:
        self._there.answer(jsonrpc.read(request.text), at)
        (reply,) = (message for message in self._received(at) if isinstance(message, RpcReply))
        if isinstance(reply.outcome, PhonetuiError):
            raise reply.outcome
        return reply.outcome

    def _received(self, at: float) -> list[RpcReply | Push]:
        frames, self._frames[:] = tuple(self._frames), []
        return [message for frame in frames for message in receive(self._here, frame, at)]


class _Absent:
    """What nothing here asks."""


def wire(kind: str, presentation: Presentation, device: SimulatedDevice, role: str) -> Wire:
    if kind == "WebSocket":
        return WebSocketWire(presentation, device, role)
    return HttpWire(presentation, device, kind, role)
