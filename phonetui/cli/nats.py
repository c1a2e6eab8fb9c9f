"""`phonetui nats init | check`: writes a NATS server's configuration with its keys, and checks a server."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from phonetui import private
from phonetui.cli.options import add_attach
from phonetui.errors import ConfigError, PhonetuiError

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from phonetui.exchange.connection import NatsConnection
    from phonetui.exchange.server_setup import ServerUser

LISTEN_S = 2.0
"""Time limit for collectors to answer."""
PINGS = 20
_ROLES = ("collector", "operator", "viewer")


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "what", choices=("init", "check"), metavar="init | check", help="write a server's files, or try it"
    )
    words.add_argument("folder", metavar="DIR", nargs="?", help="init: where the files go; what lies there stays")
    words.add_argument("--collector", metavar="SITE", action="append", help="init: a key for this site; repeatable")
    words.add_argument(
        "--operator", metavar="NAME[=SITE,…]", action="append",
        help="init: a key for this person, who may send commands at all sites or at these; repeatable",
    )  # fmt: skip
    words.add_argument(
        "--viewer", metavar="NAME[=SITE,…]", action="append",
        help="init: a key for this person, who sees all sites or these and sends nothing; repeatable",
    )  # fmt: skip
    words.add_argument("--listen", metavar="ADDRESS", default="127.0.0.1:4222", help="init: where the server listens")
    add_attach(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.attach import load_exchange

    load_exchange()
    return _init(options) if options.what == "init" else _check(options)


def _init(options: argparse.Namespace) -> int:
    """Raises ConfigError."""
    from phonetui.exchange.server_setup import server_configuration

    if options.folder is None:
        raise ConfigError("init needs a folder", "phonetui nats init DIR --collector SITE --operator NAME")
    folder = Path(private.expand_user(options.folder)).absolute()
    private.make_directory(folder)
    wanted = [
        *(("collector", site) for site in options.collector or ["main"]),
        *(("operator", name) for name in options.operator or ()),
        *(("viewer", name) for name in options.viewer or ["everybody"]),
    ]
    for role, words in wanted:
        name, _, sites = (words, "", "") if role == "collector" else words.partition("=")
        _make_key(folder, role, name, tuple(site for site in sites.split(",") if site))
    users = _users(folder)
    file = folder / "server.conf"
    private.write(file, server_configuration(users, options.listen, str(folder / "jetstream")))
    operators = ", ".join(f'"{user.name} {user.public}"' for user in users if user.role == "operator")
    print(f"nats-server -c {file}")
    print(f"phonetui collect --nats nats://{options.listen} --site SITE, with this in its configuration:")
    print(f'  [nats]\n  creds = "{folder}/collector-SITE.nk"\n  operators = [{operators}]')
    print(f"phonetui --attach nats://{options.listen}, with one of these as [nats] creds:")
    for user in users:
        if user.role != "collector":
            print(f"  {folder}/{_stem(user.role, user.name, user.sites)}.nk   {user.role} of {_words(user.sites)}")
    print("Another site or person: run init again with --collector, --operator or --viewer; what is there stays.")
    print("Then 'nats-server --signal reload'.")
    return 0


def _words(sites: tuple[str, ...]) -> str:
    return ", ".join(sites) or "all sites"


def _stem(role: str, name: str, sites: tuple[str, ...] = ()) -> str:
    """Of a key's file: it says whose it is, and which sites they see."""
    from phonetui.exchange.nats_subjects import token

    return ".".join((f"{role}-{token(name)}", *map(token, sites)))


def _make_key(folder: Path, role: str, name: str, sites: tuple[str, ...]) -> None:
    """Where there is none yet; one that is there is for these sites from now on."""
    from phonetui.exchange.nats_keys import new_user

    stem, file = _stem(role, name), folder / f"{_stem(role, name, sites)}.nk"
    known = [*folder.glob(f"{stem}.nk"), *folder.glob(f"{stem}.*.nk")]
    if not known:
        private.write(file, f"{new_user().seed}\n")
    elif file not in known:
        known[0].rename(file)


def _users(folder: Path) -> "list[ServerUser]":
    """Of all keys that lie there. Raises ConfigError."""
    from phonetui.exchange.nats_keys import read_credentials
    from phonetui.exchange.nats_subjects import name_of
    from phonetui.exchange.server_setup import ServerUser

    users = []
    for file in sorted(folder.glob("*.nk")):
        role, _, words = file.stem.partition("-")
        name, *sites = map(name_of, words.split("."))
        known = read_credentials(str(file))
        if role in _ROLES and known is not None:
            users.append(ServerUser(role, name, known.public, tuple(sites)))
    return users


def _check(options: argparse.Namespace) -> int:
    """Tries each step and says how it went; 1 where one failed. Raises ConfigError."""
    import asyncio

    from msgspec.structs import replace

    from phonetui.cli.attach import attached_config, opened_jump
    from phonetui.config.reader import load

    if options.attach is None:
        config = load(options.config, environ=os.environ)
        if config.nats.url is None:
            raise ConfigError("no NATS server is named", "Add --attach nats://host:4222, or [nats] url")
        config = replace(config, phones=())
    else:
        config = attached_config(options)

    async def check() -> int:
        async with opened_jump(config) as jumps:
            from phonetui.exchange.connection import NatsConnection

            opened = jumps.tunnel(config.nats.jump).open_socket if jumps and config.nats.jump else None
            connection = NatsConnection(config.nats, "phonetui nats check", opened)
            try:
                return await _steps(connection, tuple(options.sites or ()))
            finally:
                await connection.close()

    return asyncio.run(check())


async def _steps(connection: "NatsConnection", sites: tuple[str, ...]) -> int:
    try:
        await connection.connect()
    except PhonetuiError as error:
        print(f"connection    {error}")
        return 1
    version = connection.client.connected_server_version
    who = connection.credentials.public if connection.credentials else "nobody: no commands can be signed"
    print(f"connection    nats-server {version.major}.{version.minor}.{version.patch}, as {who}")
    times = []
    for _ in range(PINGS):
        began = time.perf_counter()
        await connection.flush()
        times.append((time.perf_counter() - began) * 1000)
    print(f"round trip    {sorted(times)[PINGS // 2]:.1f} ms, at worst {max(times):.1f} ms")
    failed = 0
    for step in (_rows, _collectors):
        try:
            print(await step(connection, sites))
        except PhonetuiError as error:
            print(f"{step.__name__.removeprefix('_'):<13} {error}")
            failed = 1
    return failed


async def _rows(connection: "NatsConnection", sites: tuple[str, ...]) -> str:
    from phonetui.exchange.nats_subjects import ROWS, name_of, stream_of, token

    counts: dict[str, int] = {}
    for site in [token(site) for site in sites] or await connection.sites():
        request = {"multi_last": [f"$KV.{ROWS}.{site}.*._"], "batch": 1024}
        async for values in connection.direct([(stream_of(ROWS, site), request)]):
            counts[site] = counts.get(site, 0) + len(values)
    found = sorted(name_of(site) for site, shards in counts.items() if shards)
    return f"rows          of {', '.join(found) or 'no site: no collector was here yet'}"


async def _collectors(connection: "NatsConnection", sites: tuple[str, ...]) -> str:
    import asyncio

    from phonetui.exchange import wire
    from phonetui.exchange.life import CollectorLife
    from phonetui.exchange.nats_subjects import token

    lives: dict[str, CollectorLife] = {}

    async def take(message: "Msg") -> None:
        life = wire.decode(message.data, CollectorLife)
        lives[life.collector] = life

    for site in [token(site) for site in sites] or ["*"]:
        await connection.subscribe(f"hb.{site}.*", take)
    await asyncio.sleep(LISTEN_S * 3)  # each tells every five seconds
    lines = [
        f"collectors    {life.collector} of {life.site}: {len(life.epochs)} of {life.shards} shards, {life.version}"
        for life in lives.values()
    ]
    return "\n".join(lines) or "collectors    none is heard"
