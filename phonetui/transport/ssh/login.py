"""Getting into one jump host: whom it must prove to be, and who we are."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

import asyncssh

from phonetui.errors import AccessError
from phonetui.transport.ssh import hostkeys, refusal
from phonetui.transport.ssh.config import Route
from phonetui.transport.ssh.prompts import TRIES, Client, Prompts
from phonetui.transport.ssh.proxy import Proxies

OPEN_S = 10.0
"""For TCP to the jump host, and again for its first word; what comes after may wait for people."""
LOGIN_S = 120.0
"""For all of the login, as OpenSSH's server grants."""


Way = asyncssh.SSHClientConnection | Proxies
"""Another jump host's connection, or what starts a `ProxyCommand` where there is one."""


async def entered(
    jump: str,
    route: Route,
    prompts: Prompts,
    way: Way,
    *,
    ended: Callable[[], None],
    unkept: dict[str, str],
) -> asyncssh.SSHClientConnection:
    """A connection that is logged in. Raises AccessError and Unreachable; `ended` is called when it is over.

    `unkept` has host keys that were accepted and could be written nowhere, by line with the reason: another one of
    the same host is a changed one all the same.
    """
    prompts.wanted = ""
    place = f"{route.host} port {route.port}"
    any_key = False
    for _ in range(2 * TRIES):
        hosts = hostkeys.known(route.known_hosts, unkept)
        client = Client(prompts, route.user)
        try:
            connection = await _connected(route, hosts, client, way, any_key=any_key)
        except asyncssh.HostKeyNotVerifiable as error:
            if client.stranger is None:
                raise AccessError(f"the host key of {jump}: {error.reason}", reason="host-key") from error
            unkept |= await _accept(jump, route, prompts, hosts, client.stranger)
        except asyncssh.PermissionDenied as error:
            if prompts.wanted or not prompts.failed():
                raise refusal.login_refused(jump, route.user, prompts.wanted) from error
        except (OSError, asyncssh.Error) as error:
            # Asked only for keys of the kinds that are known, a host that has none of them any more hangs up.
            if any_key or not _hung_up(error) or not hostkeys.keys_of(hosts, route.known_as, route.port):
                raise refusal.jump_failed(error, jump, place) from error
            any_key = True
        except ValueError as error:
            raise AccessError(f"a key for {jump} cannot be used: {error}", reason="credentials") from error
        else:
            client.ended = ended
            return connection
    raise refusal.login_refused(jump, route.user, "a working answer")


def _hung_up(error: Exception) -> bool:
    return isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ConnectionLost | ConnectionResetError)


async def _connected(
    route: Route,
    hosts: asyncssh.SSHKnownHosts,
    client: Client,
    way: Way,
    *,
    any_key: bool,
) -> asyncssh.SSHClientConnection:
    fields: dict[str, Any] = {**route.fields, "tunnel": way if isinstance(way, asyncssh.SSHClientConnection) else None}
    if any_key:
        fields["server_host_key_algs"] = "default"
    proxy = await way.start(route.command) if isinstance(way, Proxies) and route.command else None
    async with asyncio.timeout(OPEN_S) as limit:
        # A program on the way may ask people, too.
        client.reached = partial(_listen, limit) if proxy is None else lambda _: limit.reschedule(None)
        try:
            return await asyncssh.connect(
                **fields,
                sock=proxy,
                known_hosts=hosts,
                client_factory=lambda: client,
                passphrase=client.passphrase,
                connect_timeout=None,
                login_timeout=LOGIN_S,
            )
        except BaseException:
            if proxy is not None:
                proxy.close()
            raise


def _listen(limit: asyncio.Timeout, connection: asyncssh.SSHClientConnection) -> None:
    """No limit any more, unless the server is still silent after OPEN_S."""
    loop = asyncio.get_running_loop()

    known = ref(connection)  # one that is over by then shall not be kept for a look at it

    def look() -> None:
        connection = known()
        if (
            connection is not None
            and not connection.is_closed()
            and connection.get_extra_info("server_version") is None
        ):
            limit.reschedule(loop.time())

    limit.reschedule(None)
    loop.call_later(OPEN_S, look)


async def _accept(
    jump: str, route: Route, prompts: Prompts, hosts: asyncssh.SSHKnownHosts, shown: asyncssh.SSHKey
) -> dict[str, str]:
    """Returns once the key is to be believed; its line and the reason where that cannot be kept.

    Raises AccessError where it isn't to be believed.
    """
    file = route.known_hosts[0]
    kept = hostkeys.keys_of(hosts, route.known_as, route.port)
    if kept:
        raise hostkeys.changed(jump, kept, shown, file)
    what = f"{hostkeys.kind(shown)} key {hostkeys.fingerprint(shown)}"
    if route.strict or not await prompts.trust(f"{route.known_as} port {route.port} shows the {what}"):
        hint = f"Compare it with the host's own, and accept it with 'ssh {jump}' or in the dashboard"
        raise AccessError(f"the host key of {jump} is not known: {what}", hint, reason="host-key")
    try:
        hostkeys.accept(file, route.known_as, route.port, shown, hashed=route.hash_names)
    except hostkeys.UnkeptKey as error:
        return {error.line: f"{error}. It holds for this run"}
    return {}
