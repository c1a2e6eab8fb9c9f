"""The file that `config init` writes: every key commented out at its built-in default, with its meaning.

A line that begins with `#` and a blank explains; without their `#` the other lines are a configuration.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from phonetui import private
from phonetui.config.schema import (
    ACCESS,
    SCHEMA,
    ConfigKey,
    NamedTables,
    SchemaTable,
    TableArray,
    leaves,
    settings_tables,
)
from phonetui.config.settings import Config
from phonetui.config.values import toml, toml_key
from phonetui.errors import ConfigError

_COLUMN = 34
"""Where the meaning begins."""
_WIDTH = 119

_HEAD = """\
# phonetui: the phones to watch and how. Lines that start with "#" and a blank explain; take the "#" off the others.
# 'phonetui config check' says what is wrong, with its line. Every value shown is the built-in default,
# but for those marked "example".
"""
_PHONES = """\
# One such table for each phone. A phone needs PhoneOS 3.5 or later, web access switched on, and an xAPI account.\
"""
_WEBEX_PHONE = """
# A phone that only Webex reaches: no password, no jump host; it needs [webex], and xAPI among the phone's capabilities.
#[[phone]]                        # example
#name = "kiosk"
#transport = "webex"
#device = "Y2lzY29zcGFyazovL…"    # its id in Webex; without it, host is the address under which Webex lists it
"""


def template() -> str:
    settings = settings_tables(Config())
    lines = [_HEAD]
    for name, key in SCHEMA.keys.items():
        match key.rule:
            case TableArray(SchemaTable(keys)):
                own = {name: key for name, key in keys.items() if name not in ACCESS}
                lines += [_PHONES, *_table("[[phone]]", "example", own, also=["every key of [defaults]"]), _WEBEX_PHONE]
            case NamedTables(SchemaTable(keys)):
                lines += [*_table(f"[{name}.bastion]", f"example: {key.words}", keys), ""]
            case SchemaTable(keys):
                shown = {"defaults": ACCESS, "keys": dict(list(keys.items())[:1])}.get(name, keys)
                also = [name for name in keys if name not in shown] if shown is ACCESS else []
                lines += [*_table(f"[{name}]", key.words, shown, settings[name], also=also), ""]
    return "\n".join(lines)


def _table(
    head: str, words: str, keys: Mapping[str, ConfigKey], settings: Any = None, *, also: Sequence[str] = ()
) -> Iterator[str]:
    """Its lines; without `settings` all of it is an example. `also` is named beside the keys that have no value."""
    yield _line(f"#{head}", words)
    others = []
    for name, key in keys.items():
        if value := key.example or _default(name, key, settings):
            marks = ["example"] if key.example and settings is not None else []
            yield _line(f"#{toml_key(name)} = {value}", "; ".join(filter(None, [*marks, key.words])))
        else:
            others.append(f"{name} ({key.words})" if key.words else name)
    if others or also:
        yield fill(", ".join([*others, *also]), _WIDTH, initial_indent="# also: ", subsequent_indent="# ")


def _default(name: str, key: ConfigKey, settings: Any) -> str:
    """As TOML; empty where there is none."""
    only = {name: settings[name]} if isinstance(settings, Mapping) else settings
    written = ((path, leaf.write(setting)) for path, leaf, setting in leaves(SchemaTable({name: key}), only or {}))
    parts = {".".join(map(str, path[1:])): value for path, value in written if value is not None}
    return toml(parts.get("", parts)) if parts else ""


def _line(text: str, words: str) -> str:
    indent = f"{text:<{_COLUMN - 1}} # "
    return fill(words, _WIDTH, initial_indent=indent, subsequent_indent=f"{'':<{_COLUMN}}# ") if words else text


def write_template(path: Path) -> None:
    """Writes it with mode 0600. Raises ConfigError where anything is there already, or nothing can be written."""
    try:
        private.make_directory(path.parent)
        with open(path, "x", encoding="utf-8", opener=private.opener) as file:
            file.write(template())
    except FileExistsError:
        raise ConfigError(f"{path}: is already there; it was left as it is") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or 'cannot be written'}") from error
