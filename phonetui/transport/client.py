"""The HTTP client of one phone, whichever way leads there."""

import ssl
from typing import TYPE_CHECKING

import httpx

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
        verify=context,
        trust_env=False,  # a proxy of the operator's browser is no way to a phone
        follow_redirects=False,  # credentials stay where they were meant to go
        limits=LIMITS,
        transport=_through(tunnel, context) if tunnel is not None else None,
    )


def _through(tunnel: "Tunnel", context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    from phonetui.transport.ssh.http import TunnelTransport  # noqa: PLC0415 - SSH only where a phone needs it

    return TunnelTransport(tunnel, context, LIMITS)
