"""What phones take: asked once of each kind of phone, because phones of one model and firmware take the same."""

from phonetui.errors import AccessError, PhonetuiError, TransportError
from phonetui.monitor.watch import Watch
from phonetui.transport.base import Describing, Schematic
from phonetui.xapi.schema import CommandSchema, parse_schema, published


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
