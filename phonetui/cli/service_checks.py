"""What `phonetui doctor` says of services beside the watching, as the configuration asks for them, and of test calls.

Whether a port is free is found out by listening there for a moment; a collector that runs already has it, and that is
said, too. Nothing is asked over the network: `phonetui nats check` does that.
"""

import argparse
import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from phonetui import private
from phonetui.cli.check_result import Check, Finding
from phonetui.config import places
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.text import printable

if TYPE_CHECKING:
    from phonetui.config.settings import Config

LEAST_FREE_BYTES = 1024 * 1024 * 1024
"""For a recording without a limit of its own; some 40 MB an hour are a hundred busy phones."""
_GB = 1_000_000_000
OLD_S = 36 * 3600.0
"""Of a mesh that runs every night."""


def check_recording(options: argparse.Namespace) -> Iterator[Finding]:
    config = _config(options)
    if config is None or not config.recording.directory:
        return
    folder = private.expand_user(config.recording.directory).absolute()
    above = next((one for one in (folder, *folder.parents) if one.exists()), None)
    if above is None or not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        yield Finding("recording", "failed", f"{folder} cannot be written", "See [recording] directory")
        return
    free, limit = shutil.disk_usage(above).free, config.recording.max_gb
    used = sum(file.stat().st_size for file in folder.glob("*") if file.is_file()) if folder.exists() else 0
    wanted = max(limit * _GB - used, 0.0) if limit else float(LEAST_FREE_BYTES)
    kept = " and ".join(
        [*([f"{config.recording.days:g} days"] if config.recording.days else []), *([f"{limit:g} GB"] if limit else [])]
    )
    words = f"{folder}: {used / _GB:.1f} GB, {free / _GB:.1f} GB free; kept: {kept or 'everything'}"
    if free < wanted:
        advice = "The disk fills before the limit of [recording] max_gb does: lower it, or make room"
        yield Finding("recording", "warning", words, advice)
    else:
        yield Finding("recording", "ok", words)


def check_metrics(options: argparse.Namespace) -> Iterator[Finding]:
    config = _config(options)
    if config is None or config.metrics.listen is None:
        return
    from phonetui.config.address import split_port

    yield from _extra("metrics", "metrics", "prometheus_client")
    host, port = split_port(config.metrics.listen, least=0)
    yield from _listening("metrics", "[metrics] listen", config.metrics.listen, (host, port or 0), "TCP")
    for key, file in (("tls_cert", config.metrics.tls_cert), ("tls_key", config.metrics.tls_key)):
        if file is not None and not os.access(file, os.R_OK):
            yield Finding("metrics", "failed", f"{file} cannot be read", f"See [metrics] {key}")
    yield from _unset("metrics", [config.metrics.token_source])
    is_open = host not in ("127.0.0.1", "::1", "localhost")
    if is_open and config.metrics.token is None and config.metrics.token_source is None:
        advice = "Anybody who reaches the port reads names and places of phones: set [metrics] token"
        yield Finding("metrics", "warning", f"{config.metrics.listen} is open to others", advice)


def check_voice_reports(options: argparse.Namespace) -> Iterator[Finding]:
    config = _config(options)
    if config is None:
        return
    from phonetui.config.address import parse_sip_listener

    for text in config.vq.listen:
        wanted = parse_sip_listener(text)
        kinds = ("TCP", "UDP") if wanted.has_udp else ("TCP",)
        yield from _listening("voice reports", "[vq] listen", text, (wanted.host, wanted.port), *kinds)


def check_notifications(options: argparse.Namespace) -> Iterator[Finding]:
    config = _config(options)
    if config is None:
        return
    notify = config.notify
    if notify.command:
        program = shutil.which(notify.command[0])
        if program is None:
            words = f"{printable(notify.command[0])} is no program that can be run"
            yield Finding("notifications", "failed", words, "See [notify] command")
        else:
            yield Finding("notifications", "ok", f"command {printable(program)}")
    if notify.apprise:
        yield from _extra("notifications", "notify", "apprise")
    yield from _unset("notifications", [notify.webhook.url_source if notify.webhook else None, *notify.apprise])


def check_exchange(options: argparse.Namespace) -> Iterator[Finding]:
    config = _config(options)
    if config is None or config.nats.url is None:
        return
    absent = list(_extra("NATS", "nats", "nats"))
    yield from absent
    if absent:
        return
    from phonetui.exchange.nats_keys import read_credentials

    try:
        credentials = read_credentials(config.nats.creds)
    except PhonetuiError as error:
        yield Finding("NATS", "failed", printable(error.message), printable(error.hint))
        return
    who = f"as {credentials.public[:8]}…" if credentials is not None else "as nobody: no command is signed"
    words = f"{config.nats.url} {who}, site {config.nats.site}"
    yield Finding("NATS", "ok", words, "`phonetui nats check` tries the server")


def check_mesh(options: argparse.Namespace) -> Iterator[Finding]:
    """Plans in the folder that the dashboard offers, how old their latest results are, and calls that were left."""
    config = _config(options)
    files = sorted(places.mesh_plans().glob("*.toml"))
    if config is not None:
        for file in files:
            yield _plan_finding(file, config)
    from phonetui.mesh.begun_calls import BegunCalls

    if not BegunCalls(places.begun_calls()).is_empty():
        words = "test calls of a run that has not ended, or that was killed"
        yield Finding("mesh", "note", words, "The next start of mesh, collect or the dashboard ends what was left up")


def _plan_finding(file: Path, config: "Config") -> Finding:
    from phonetui.archive.meshes import MeshArchive
    from phonetui.mesh.plan_file import read_plan

    try:
        plan = read_plan(file, config)
    except ConfigError as error:
        return Finding("mesh", "warning", printable(error.message), printable(error.hint))
    words = f"{file.name}: {len(plan.phones)} phones, {len(plan.pairs)} calls"
    kept = MeshArchive(places.meshes()).files_of(plan.name)
    if not kept:
        return Finding("mesh", "note", f"{words}, never run", f"`phonetui mesh {file}`")
    age_s = datetime.now(UTC).timestamp() - kept[0].stat().st_mtime
    when = f"run {age_s / 3600:.0f} h ago"
    return Finding("mesh", "note" if age_s > OLD_S else "ok", f"{words}, {when}")


def _config(options: argparse.Namespace) -> "Config | None":
    """None where it cannot be read, which another check says."""
    from phonetui.config.interpretation import interpret
    from phonetui.config.reader import read_source

    try:
        source = read_source(options.config, os.environ)
    except PhonetuiError:
        return None
    return interpret(source)[0] if source is not None else None


def _extra(topic: str, extra: str, module: str) -> Iterator[Finding]:
    from importlib.util import find_spec

    if find_spec(module) is None:
        advice = f"Install phonetui with its extra: 'phonetui[{extra}]'"
        yield Finding(topic, "failed", f"the configuration asks for it, and {module} is not installed", advice)


def _unset(topic: str, sources: Iterable[object]) -> Iterator[Finding]:
    """Secrets that a variable of the environment holds, and that this environment lacks."""
    from phonetui.config.settings import Origin, SecretSource

    for source in sources:
        if isinstance(source, SecretSource) and source.origin is Origin.ENV and not os.environ.get(source.place):
            words = f"{printable(source.place)} is not set in this environment"
            yield Finding(topic, "warning", words, "The collector needs it: in a unit, by EnvironmentFile=")


def _listening(topic: str, key: str, text: str, place: tuple[str, int], *kinds: str) -> Iterator[Finding]:
    """Whether a port may be listened on: tried, and given back at once."""
    import errno
    import socket

    types = {"TCP": socket.SOCK_STREAM, "UDP": socket.SOCK_DGRAM}
    for kind in kinds:
        try:
            family, type_, _, _, address = socket.getaddrinfo(*place, type=types[kind])[0]
            with socket.socket(family, type_) as tried:
                if kind == "TCP":
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                words = f"{text}: something listens there ({kind})"
                yield Finding(topic, "note", words, "Well so where a collector runs already; else choose another port")
            else:
                words = f"{text} cannot be listened on ({kind}): {error.strerror or error}"
                yield Finding(topic, "failed", words, f"Choose another address in {key}")
            return
    yield Finding(topic, "ok", f"{text} is free")


CHECKS: tuple[Check, ...] = (
    check_recording, check_metrics, check_voice_reports, check_notifications, check_exchange, check_mesh,
)  # fmt: skip
