"""A fleet whose phones are reached through jump hosts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from phonetui.config.settings import Config, FeedbackSettings, JumpSettings, PhoneSettings
from phonetui.simulator.server import ServedOffice
from tests.live import Live, settings
from tests.tunnel.sshd import Sshd


def jump(server: Sshd, known: Path, name: str = "bastion", **fields: Any) -> JumpSettings:
    """How the operator's configuration names a server that is known already."""
    return JumpSettings(
        name=name,
        host=server.address,
        port=server.port,
        user=server.user,
        key_file=str(server.key),
        known_hosts=str(server.known_hosts(known)),
        **fields,
    )


@asynccontextmanager
async def followed(
    phones: Sequence[PhoneSettings], jumps: Sequence[JumpSettings], *, push: bool = False, **fields: Any
) -> AsyncIterator[Live]:
    feedback = FeedbackSettings() if push else FeedbackSettings(listen="off")
    watched = Live(Config(phones=tuple(phones), jumps=tuple(jumps), feedback=feedback, **fields))
    task = asyncio.create_task(watched.fleet.run())
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def phones_behind(office: ServedOffice, name: str = "bastion", **fields: Any) -> list[PhoneSettings]:
    return [settings(phone, jump=name, **fields) for phone in office.phones]


def all_live(watched: Live) -> bool:
    """And nothing is wrong with any of them."""
    stands = {(phone.connection.state.value, phone.connection.reason) for phone in watched.fleet.phones.values()}
    return stands == {("live", "")}
