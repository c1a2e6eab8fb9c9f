"""How soon a jump host is tried again: what failed otherwise before doesn't count."""

import asyncio
from collections.abc import Callable

import asyncssh

from phonetui.errors import AccessError, PhonetuiError, Unreachable
from phonetui.transport.ssh.tunnel import Tunnel
from tests.live import until


async def test_hours_without_a_network_dont_make_the_first_refusal_a_late_one() -> None:
    outcomes: list[PhonetuiError] = [
        *(Unreachable("no network") for _ in range(20)),
        AccessError("no key"), AccessError("no key"), Unreachable("no network"), AccessError("no key"),
    ]  # fmt: skip
    coming, waits = iter(outcomes), []

    async def login(_: Callable[[], None]) -> asyncssh.SSHClientConnection:
        failure = next(coming, None)
        if failure is None:
            await asyncio.Event().wait()
        assert failure is not None
        raise failure

    def retry(failure: PhonetuiError, failures: int) -> float:
        waits.append((type(failure), failures))
        return 0.0

    tunnel = Tunnel("bastion", login, retry, lambda _: None)
    asking = asyncio.create_task(tunnel.connection())
    try:
        await until(lambda: len(waits) == len(outcomes))
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await tunnel.close()
    refused = [failures for kind, failures in waits if kind is AccessError]
    assert refused == [1, 2, 3]
    assert [failures for kind, failures in waits if kind is Unreachable] == list(range(1, 22))
