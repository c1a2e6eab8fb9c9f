"""Reading a phone's status tree once: whole, or by its parts where the phone refuses it as a whole.

What phones take: asked once of each kind of phone, because phones of one model and firmware take the same.
"""

import asyncio

from phonetui.errors import AccessError, PhonetuiError, TransportError
from phonetui.monitor.schedule import PARTS, REQUEST_GAP_S, may_concern_place
from phonetui.monitor.watch import Watch
from phonetui.text import Printable
from phonetui.transport.base import Describing, Schematic, Transport
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.permission import with_role
from phonetui.xapi.schema import CommandSchema, parse_schema, published
from phonetui.xapi.xml import no_match

_IDENTITY = Path.of("SystemUnit")


async def fetch_known(transport: Transport, path: Path) -> Document:
    """Reads `path`, or the whole tree for ROOT, once.

    CommandRefused for a place that neither the phone nor the catalogue knows; AccessError with the role that is needed.
    """
    try:
        document = await (fetch_tree(transport) if path == ROOT else transport.fetch(path))
    except AccessError as error:
        raise with_role(error, path, CatalogKind.STATUS) from error
    if not document and not phoneos().knows(path):
        raise no_match(path)
    return document


async def fetch_tree(transport: Transport) -> Document:
    """Parts that are refused are left out. Raises what the whole tree failed with where the first part fails, too."""
    try:
        return await transport.fetch(ROOT)
    except PhonetuiError as error:
        if not may_concern_place(error):
            raise
        refusal = error
    leaves: dict[Path, Printable] = {}
    for part in PARTS:
        await asyncio.sleep(REQUEST_GAP_S)
        try:
            leaves |= await transport.fetch(part)
        except PhonetuiError as error:
            if part == _IDENTITY:
                raise refusal from error
            if not may_concern_place(error):
                raise
    return Document(leaves)


class Schemas:
    def __init__(self) -> None:
        self._known: dict[tuple[str | None, str | None], CommandSchema] = {}
        """By model and firmware."""

    async def of(self, watch: Watch) -> CommandSchema:
        """By the phone's own documents where it publishes them, else what is published of all phones. Never fails."""
        system = watch.knowledge.phone.system
        kind = (system.product_id, system.version)
        if kind in self._known:
            return self._known[kind]
        try:
            schema = await _asked(watch)
        except (TransportError, AccessError):
            return published()  # it may answer the next time
        except PhonetuiError:
            schema = published()
        if schema is None:
            return published()
        if None not in kind:
            self._known[kind] = schema
        return schema


async def _asked(watch: Watch) -> CommandSchema | None:
    """None where the way to the phone brings no such thing."""
    transport = watch.transport
    if isinstance(transport, Schematic):
        return await transport.commands()
    return parse_schema(*await transport.describe()) if isinstance(transport, Describing) else None
