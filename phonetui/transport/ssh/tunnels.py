"""All jump hosts of a run: one tunnel each, however many phones and other jump hosts are behind it."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import asyncssh

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.transport.ssh import config
from phonetui.transport.ssh.config import Jump, LoginPrompter
from phonetui.transport.ssh.login import Prompts, Proxies, entered
from phonetui.transport.ssh.tunnel import Retry, Tunnel

_SPELLED = re.compile(r"(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:]+)(?::(?P<port>\d+))?")


class Tunnels:
    """Finds the tunnel of a name: a `[jump.*]` table, a `Host` alias, or `user@host:port` as `ProxyJump` takes it."""

    def __init__(
        self,
        jumps: Sequence[Jump],
        own_known_hosts: Path,
        retry: Retry,
        *,
        changed: Callable[[Tunnel], None],
        notice: Callable[[str, str], None],
        files: Callable[[], Sequence[Path]] = config.files,
    ) -> None:
        """`changed` hears of each change of a tunnel's stand; `notice` of a jump host's name and what to know of it."""
        self._jumps = {jump.name: jump for jump in jumps}
        self._own_known_hosts = own_known_hosts
        self._retry = retry
        self._changed = changed
        self._notice = notice
        self._files = files
        self._tunnels: dict[str, Tunnel] = {}
        self._prompts: dict[str, Prompts] = {}
        self._proxies = Proxies()
        self._noticed: set[str] = set()
        self._unkept: dict[str, str] = {}
        """Host keys that hold for this run alone: a line of known_hosts each, and why it cannot be kept."""
        self._asking: LoginPrompter | None = None

    def __iter__(self) -> Iterator[Tunnel]:
        return iter(self._tunnels.values())

    def ask_with(self, asking: LoginPrompter | None) -> None:
        self._asking = asking
        for prompts in self._prompts.values():
            prompts.asking = asking

    def get(self, name: str) -> Tunnel:
        return self._tunnels.get(name) or self._tunnel(name, self.jump(name))

    def jump(self, name: str) -> Jump:
        return self._jumps.get(name) or _spelled(name)

    async def close(self) -> None:
        """Inner ones first: they say good-bye through the outer ones."""
        for tunnel in reversed(list(self._tunnels.values())):
            await tunnel.close()
        await self._proxies.close()

    def _tunnel(self, key: str, jump: Jump, outer: Tunnel | None = None) -> Tunnel:
        if key not in self._tunnels:
            self._prompts[key] = Prompts(jump.name, self._asking)
            self._tunnels[key] = Tunnel(jump.name, partial(self._enter, key, jump), self._retry, self._changed)
            self._tunnels[key].outer = outer
        return self._tunnels[key]

    async def _enter(self, key: str, jump: Jump, ended: Callable[[], None]) -> asyncssh.SSHClientConnection:
        """Reads the configuration anew each time: whoever corrects it need not start the program again."""
        route = await asyncio.to_thread(config.route, jump, self._files(), self._own_known_hosts)
        self._tell(jump.name, route.unmet)
        tunnel = self._tunnels[key]
        if tunnel.outer is None:
            tunnel.outer = self._outer(key, jump, route.jumps)
        way = await tunnel.outer.connection() if tunnel.outer else self._proxies
        try:
            return await entered(jump.name, route, self._prompts[key], way, ended=ended, unkept=self._unkept)
        finally:
            self._tell(jump.name, self._unkept.values())

    def _tell(self, name: str, lines: Iterable[str]) -> None:
        """Each of them once."""
        for words in lines:
            if words not in self._noticed:
                self._noticed.add(words)
                self._notice(name, words)

    def _outer(self, key: str, jump: Jump, steps: Sequence[str]) -> Tunnel | None:
        """What leads to a jump host: its `via`, else the steps of its `ProxyJump`. Raises ConfigError for a circle."""
        if jump.via is not None:
            outer: Tunnel | None = self.get(jump.via)
        else:
            outer = self.get(steps[0]) if steps else None
            for number, step in enumerate(steps[1:], 2):
                outer = self._tunnel(",".join(steps[:number]), self.jump(step), outer)
        seen = outer
        while seen is not None:
            if seen is self._tunnels[key]:
                raise ConfigError(f"jump host {jump.name} leads back to itself", "Look at via and ProxyJump")
            seen = seen.outer
        return outer


def _spelled(name: str) -> Jump:
    found = _SPELLED.fullmatch(name)
    if found is None:
        return Jump(name=name, host=name)
    port = numeric.integer(found["port"]) if found["port"] else None
    return Jump(name=name, host=found["host"].strip("[]"), user=found["user"], port=port)
