"""What only shows when the tables are seen together: jump hosts that don't exist, secrets that others can read, keys
that two actions share."""

from collections.abc import Iterator, Mapping
from typing import Any

from phonetui import private
from phonetui.config.clashes import clashes
from phonetui.config.complaint import Complaint, close
from phonetui.config.positions import KeyPath
from phonetui.config.settings import Config, Origin, Secret, SecretSource
from phonetui.config.values import split_port


def wrong_references(config: Config, tables: Mapping[str, Any], *, is_open: bool, writers: str) -> Iterator[Complaint]:
    """`tables` are the checked ones; `is_open` says that others may read the file, `writers` who else may write it."""
    yield from _jumps(tables)
    yield from _circles(config)
    if config.feedback.scheme == "https" and not (config.feedback.cert and config.feedback.key):
        yield Complaint(("feedback", "scheme"), "https needs cert and key")
    yield from clashes(config.keys)
    if is_open:
        for where, value in _secrets(tables):
            if isinstance(value, Secret):
                what = "a literal secret in a file that others can read"
                yield Complaint(where, what, "chmod 600 the file, or write { env = … } or { command = … }")
    if writers:
        for where, value in _secrets(tables):
            if isinstance(value, SecretSource) and value.origin is Origin.COMMAND:
                what = f"a command in a file that others may change ({writers}) is not run"
                yield Complaint(where, what, "Make it yours alone: chown it, and chmod go-w")


def missing_files(tables: Mapping[str, Any]) -> Iterator[Complaint]:
    """Files that are named and not there: nothing that could not be mended while the program runs."""
    rows = [(("phone", index), row) for index, row in enumerate(tables.get("phone", []))]
    named: list[tuple[KeyPath, Mapping[str, Any], tuple[str, ...]]] = [
        (("defaults",), tables.get("defaults", {}), ("tls_ca",)),
        (("feedback",), tables.get("feedback", {}), ("cert", "key")),
        *((where, row, ("tls_ca",)) for where, row in rows),
        *((("jump", name), row, ("key_file",)) for name, row in tables.get("jump", {}).items()),
    ]
    for where, table, keys in named:
        for key in keys:
            if key in table and not private.expanded(table[key]).is_file():
                yield Complaint((*where, key), "no such file")


def _jumps(tables: Mapping[str, Any]) -> Iterator[Complaint]:
    """A name without a table is one for OpenSSH, unless it looks like one of those with a table, misspelt."""
    known = tables.get("jump", {})
    named: list[tuple[KeyPath, str | None]] = [(("defaults", "jump"), tables.get("defaults", {}).get("jump"))]
    named += [(("phone", index, "jump"), row.get("jump")) for index, row in enumerate(tables.get("phone", []))]
    named += [(("jump", name, "via"), row.get("via")) for name, row in known.items()]
    for where, name in named:
        if name is None or name in known:
            continue
        if near := close(name, known):
            yield Complaint(where, f"there is no [jump.{name}]", f"Did you mean '{near}'? Else add [jump.{name}]")
        elif not _is_reachable(name):
            what = f"there is no [jump.{name}], and no host can be called so"
            yield Complaint(where, what, "Name a [jump.NAME], a Host of the OpenSSH configuration, or user@host:port")


def _is_reachable(name: str) -> bool:
    """Whether OpenSSH could be given the name: an alias, or `user@host:port`."""
    user, at, place = name.rpartition("@")
    try:
        split_port(place)
    except ValueError:
        return False
    return bool(user) or not at


def _circles(config: Config) -> Iterator[Complaint]:
    via = {jump.name: jump.via for jump in config.jumps}
    for name, first in via.items():
        seen = {name}
        step = first
        while step is not None and step not in seen:
            seen.add(step)
            step = via.get(step)
        if step == name:
            yield Complaint(("jump", name, "via"), "leads back to itself")


def _secrets(tables: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Each key that holds a secret or says where one is kept."""
    rows = [(("phone", index), row) for index, row in enumerate(tables.get("phone", []))]
    places: list[tuple[KeyPath, Mapping[str, Any]]] = [(("defaults",), tables.get("defaults", {})), *rows]
    for where, row in places:
        if "password" in row:
            yield (*where, "password"), row["password"]
    for key, value in tables.get("webex", {}).items():
        yield ("webex", key), value
