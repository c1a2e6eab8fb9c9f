"""Writes users and passwords of phones into the configuration file and changes nothing else in it.

Each phone's `[[phone]]` table gets the keys, or other values of those that it has; where no phone of the file but these
lacks a password, one line in `[defaults]` says it for all. What comes out is read again before it is written.
"""

import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from phonetui import private
from phonetui.config.complaint import KeyPath
from phonetui.config.interpretation import interpret
from phonetui.config.reader import read_source
from phonetui.config.settings import Config, Origin, PhoneSettings, Secret
from phonetui.config.source import ConfigSource, parse_source
from phonetui.config.values import toml
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId

_LINE = re.compile(r"""(?P<key>\s*[A-Za-z0-9_."'-]+\s*=\s*)(?:"(?:\\.|[^"\\])*"|'[^']*')(?P<rest>\s*(?:\#.*)?)""")
_BY_HAND = "Write username and password into its [[phone]] table by hand"


def keep_account(
    path: str | Path | None, environ: Mapping[str, str], phones: Sequence[PhoneId], username: str, password: Secret
) -> Path:
    """The file that has them now. Blocks while the disk does: never on an event loop.

    Raises ConfigError where the configuration has another place for the password, where others can read the file, and
    where it cannot be changed; then it is as it was.
    """
    source = read_source(path, environ)
    if source is None:
        raise ConfigError("there is no configuration file to keep it in", "'phonetui config init' writes one")
    config, complaints = interpret(source)
    if complaints:
        raise source.error(complaints[0])
    wanted = set(phones)
    if missing := sorted(wanted - {phone.id for phone in config.phones}):
        raise ConfigError(f"{', '.join(missing)}: not in {source.path}", "What --phone names is asked at every start")
    for phone in config.phones:
        if phone.id in wanted:
            _check_place(phone, source.path)
    if source.is_open:
        raise ConfigError(
            f"{source.path}: others can read it, so it is no place for a password", f"chmod 600 {source.path}"
        )
    before = source.path.read_bytes()
    after = _edited(before.decode("utf-8-sig"), source, config, wanted, (username, password))
    _check_result(after, source, config, wanted, (username, password))
    _write(source.path, before, after)
    return source.path


def _check_place(phone: PhoneSettings, file: Path) -> None:
    """Raises ConfigError for a password that is kept elsewhere, which would go on to be asked there."""
    source = phone.password_source
    if source is None:
        return
    where = {
        Origin.ENV: f"the environment variable {source.place}",
        Origin.COMMAND: "a password command",
        Origin.KEYRING: f"the keyring, under '{source.place}'",
    }[source.origin]
    raise ConfigError(f"{phone.id}: its password comes from {where}", f"Change it there; {file} only says so")


_Account = tuple[str, Secret]


def _edited(text: str, source: ConfigSource, config: Config, wanted: set[PhoneId], account: _Account) -> str:
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    values = {"username": toml(account[0]), "password": toml(account[1].reveal())}
    without = {phone.id for phone in config.phones if phone.password is None and not phone.is_behind_webex}
    has_defaults = ("defaults",) in source.lines
    edits: list[tuple[int, str, str, bool]] = []
    if without == wanted and has_defaults and config.defaults.username == account[0]:
        edits = [_edit(("defaults",), "password", values, source)]
    else:
        for place, phone in enumerate(config.phones):
            if phone.id in wanted:
                keys = ("password",) if phone.username == account[0] else ("username", "password")
                edits += [_edit(("phone", place), key, values, source) for key in keys]
    for line, key, value, is_new in sorted(edits, reverse=True):
        if is_new:
            lines.insert(line, f"{key} = {value}{end}")
            continue
        match = _LINE.fullmatch(lines[line - 1].rstrip("\r\n"))
        if match is None:
            raise ConfigError(f"{source.path}:{line}: its form is not one that can be changed here", _BY_HAND)
        lines[line - 1] = f"{match['key']}{value}{match['rest']}{end}"
    return "".join(lines)


def _edit(table: KeyPath, key: str, values: Mapping[str, str], source: ConfigSource) -> tuple[int, str, str, bool]:
    """Line, key, value, and whether the line is to be added below that one."""
    known = source.lines.get((*table, key))
    return (source.lines[table], key, values[key], True) if known is None else (known, key, values[key], False)


def _check_result(text: str, source: ConfigSource, config: Config, wanted: set[PhoneId], account: _Account) -> None:
    """Raises ConfigError unless the text says just what was to be said."""
    try:
        now, complaints = interpret(parse_source(text.encode(), source.path, is_open=False, writers=source.writers))
    except ConfigError:
        complaints, now = [], Config()
    username, password = account
    asked = tuple(
        replace(phone, username=username, password=password) if phone.id in wanted else phone for phone in config.phones
    )
    if complaints or now.phones != asked:
        raise ConfigError(f"{source.path}: its phones stand in a form that cannot be changed here", _BY_HAND)


def _write(place: Path, before: bytes, text: str) -> None:
    """Replaces the file at once, with the mode that it has. Raises ConfigError, also where it changed meanwhile."""
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    try:
        if place.read_bytes() != before:
            raise ConfigError(f"{place}: somebody changed it meanwhile; nothing was kept", "Try again")
        private.write(place.resolve(), mark + text.encode(), stat.S_IMODE(place.stat().st_mode))
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror or 'cannot be written'}") from error
