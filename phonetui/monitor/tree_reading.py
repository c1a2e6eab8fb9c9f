"""Reading a phone's status tree once: whole, or by its parts where the phone refuses it as a whole."""

import asyncio

from phonetui.errors import AccessError, PhonetuiError
from phonetui.monitor.refusals import may_concern_place
from phonetui.monitor.schedule import PARTS, REQUEST_GAP_S
from phonetui.text import Printable
from phonetui.transport.base import Transport
from phonetui.xapi.catalog import Kind, phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.permission import with_role
from phonetui.xapi.xml import no_match

_IDENTITY = Path.of("SystemUnit")


async def fetch_known(transport: Transport, path: Path) -> Document:
    """Reads `path`, or the whole tree for ROOT, once.

    CommandRefused for a place that neither the phone nor the catalogue knows; AccessError with the role that is needed.
    """
    try:
        document = await (fetch_tree(transport) if path == ROOT else transport.fetch(path))
    except AccessError as error:
        raise with_role(error, path, Kind.STATUS) from error
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
