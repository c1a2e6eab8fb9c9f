"""The HTTP client of one phone, whichever way leads there."""

import ssl
from typing import TYPE_CHECKING

import httpcore
import httpx

from phonetui.transport.measured import MeasuredBackend

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

LIMITS = httpx.Limits(max_connections=1, keepalive_expiry=120.0)
"""One connection for each phone: one request at a time is what its web server is asked."""


def client(
    context: ssl.SSLContext, tunnel: "Tunnel | None", *, base_url: str = "", auth: httpx.Auth | None = None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        auth=auth,
        trust_env=False,  # a proxy of the operator's browser is no way to a phone
        follow_redirects=False,  # credentials stay where they were meant to go
        transport=_Way(context, httpcore.AnyIOBackend() if tunnel is None else _through(tunnel)),
    )


class _Way(httpx.AsyncHTTPTransport):
    """What the library does by itself, over connections that somebody else makes and that are measured."""

    def __init__(self, context: ssl.SSLContext, network: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(verify=context, trust_env=False)
        # The library below has a door for this (`network_backend`), and its wrapper doesn't pass it on.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=MeasuredBackend(network),
        )


def _through(tunnel: "Tunnel") -> httpcore.AsyncNetworkBackend:
    from phonetui.transport.ssh.http import TunnelBackend  # noqa: PLC0415 - SSH only where a phone needs it

    return TunnelBackend(tunnel)
