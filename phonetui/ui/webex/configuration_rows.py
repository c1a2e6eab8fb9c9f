"""Rows of a device's configuration in Webex: keys grouped by first name, drawn on demand; edits as a diff."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, cell_width, clip, pad, row, spread, wrapped
from phonetui.webex.answer import redacted
from phonetui.webex.configuration import BACK, CONFIGURED, DeviceSetting, Edits

_WIDE_FROM = 100
ARROW = "→"


class Heading(Struct, frozen=True):
    key: str
    """The first of the dotted names."""
    count: int
    staged: int
    """How many of them have a staged edit."""
    is_open: bool


Node = Heading | DeviceSetting


def nodes(settings: Iterable[DeviceSetting], edits: Edits, shut: Collection[str]) -> tuple[Node, ...]:
    """The tree's rows: first the keys that have but one name; what is in `shut` shows its heading only."""
    groups: dict[str, list[DeviceSetting]] = {"": []}
    for setting in settings:
        groups.setdefault(group(setting), []).append(setting)
    return tuple(node for name, inside in groups.items() for node in _group(name, inside, edits, shut))


def group(setting: DeviceSetting) -> str:
    """The first name, without the number of one of several: `NetworkPort` of `NetworkPort[1].VLAN`."""
    head = re.split(r"[.\[]", setting.key, maxsplit=1)[0]
    return head if head != setting.key else ""


def matching_settings(settings: Sequence[DeviceSetting], words: str) -> Sequence[DeviceSetting]:
    """Settings that have every word in the key, in what it says or in why it cannot be edited, in any letter case."""
    wanted = words.casefold().split()
    if not wanted:
        return settings
    return [setting for setting in settings if all(word in _text(setting) for word in wanted)]


@dataclass(frozen=True)
class ConfigurationRows(LazyRows):
    """The rows of the nodes, each made when it is asked for: a device may have a thousand keys."""

    nodes: tuple[Node, ...]
    edits: Edits
    width: int

    def __len__(self) -> int:
        return len(self.nodes)

    def make(self, place: int) -> Row:
        node = self.nodes[place]
        return _heading(node, self.width) if isinstance(node, Heading) else _setting(node, self.edits, self.width)


def detail(node: Node | None, edits: Edits, width: int) -> list[Row]:
    """What the row has no room for, in two rows."""
    if node is None or isinstance(node, Heading):
        return []
    if node.unreadable is not None:
        return [
            row(" ", Run(clip(node.key, width - 2), Role.TITLE)),
            row(" ", Run(f"✗ {node.why_not}: {node.unreadable}", Role.FAILED)),
        ]
    facts = (
        f"default {value(node, node.default)}",
        f"{CONFIGURED} on {node.level}" if node.level and node.is_set else "",
        _editable(node),
        node.space.words,
    )
    return [
        row(" ", Run(clip(node.key, max(width * 2 // 3, 8)), Role.TITLE), "  ", *_now(node, edits, width // 2)),
        row(" ", Run(clip(" · ".join(filter(None, facts)), width - 2), Role.INFO)),
    ]


def diff(settings: Iterable[DeviceSetting], edits: Edits, width: int) -> tuple[list[Row], list[str]]:
    """Old → new of every edit, then the JSON Patch; and the keys of the first rows."""
    changes = list(edits.changes(settings))
    beside = min(max((len(setting.key) for setting, _ in changes), default=0), width // 2)
    rows = [row(_MARK, Run(pad(setting.key, beside)), "  ", *_change(setting, asked)) for setting, asked in changes]
    steps = [json.dumps(redacted(step), ensure_ascii=False, default=str) for step in edits.patch()]
    patch = [
        row("  ", Run(line, Role.LABEL))
        for number, step in enumerate(steps)
        for line in wrapped(
            f"{'[' if not number else ' '}{step}{',' if number < len(steps) - 1 else ']'}", width - 3, 3
        )
    ]
    titled = [(), row(Run("JSON Patch, as it is sent", Role.TITLE)), *patch] if patch else []
    return [*rows, *titled], [setting.key for setting, _ in changes]


def summary(settings: Iterable[DeviceSetting], edits: Edits, most: int = 5) -> str:
    """The first `most` edits in lines, for a question."""
    lines = [f"{setting.key}: {clip(_change_text(setting, asked), 60)}" for setting, asked in edits.changes(settings)]
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])


def choices(setting: DeviceSetting) -> list[str]:
    """What there is to choose from, and which of it holds now or would by default."""
    marks = (("now", setting.value), ("default", setting.default))
    return [
        "  ".join((setting.text_of(each), *(f"({word})" for word, value in marks if value == each)))
        for each in setting.space.choices
    ]


def value(setting: DeviceSetting, raw: Any) -> str:
    """One of a setting's values; empty texts and absent values look different."""
    if raw is None:
        return DASH
    return "(empty)" if raw == "" else setting.text_of(raw)


_MARK = Run("◆ ", Role.ACCENT)


def _group(name: str, inside: list[DeviceSetting], edits: Edits, shut: Collection[str]) -> Iterator[Node]:
    is_open = not name or name not in shut
    if name:
        yield Heading(name, len(inside), sum(setting.key in edits for setting in inside), is_open)
    if is_open:
        yield from inside


def _heading(node: Heading, width: int) -> Row:
    left = row(Run("▾ " if node.is_open else "▸ ", Role.LABEL), Run(node.key, Role.TITLE))
    staged = [Run(f"◆ {node.staged} staged  ", Role.ACCENT)] if node.staged and not node.is_open else []
    return spread(left, row(*staged, Run(f"{node.count}", Role.LABEL)), width)


def _setting(setting: DeviceSetting, edits: Edits, width: int) -> Row:
    head = group(setting)
    key = setting.key.removeprefix(head).removeprefix(".")
    indent = "  " if head else ""
    room = width - 2 - len(indent)
    wide = width >= _WIDE_FROM
    keys = room * 36 // 100 if wide else room * 46 // 100
    mark, name = Run(indent + _sign(setting, edits)[0], _sign(setting, edits)[1]), f"{pad(key, keys - 1)} "
    if setting.unreadable is not None:
        return row(mark, Run(name), Run(f"unreadable: {setting.unreadable}", Role.FAILED))
    values = room * 26 // 100 if wide else room * 34 // 100
    now = _now(setting, edits, values - 1)
    fill = " " * (values - cell_width(now))
    source = Run(pad(setting.source or DASH, 11) + " ", Role.PLAIN if setting.is_set else Role.DIM)
    last = room - keys - values - 12
    about = (
        [Run(clip(setting.space.words if setting.is_editable else _editable(setting), last), Role.LABEL)]
        if last > 8
        else []
    )
    return row(mark, name, *now, fill, source, *about)


def _sign(setting: DeviceSetting, edits: Edits) -> tuple[str, Role]:
    """Whether it is staged, locked, of unknown editability, or as ever."""
    if setting.key in edits:
        return _MARK
    if setting.unreadable is not None:
        return "✗ ", Role.FAILED
    if setting.why_not:
        return "⊘ ", Role.DIM
    return ("? ", Role.UNKNOWN) if setting.is_editable is None else ("  ", Role.PLAIN)


def _now(setting: DeviceSetting, edits: Edits, cells: int) -> Row:
    """What is in force, and what is asked for instead."""
    if setting.key in edits:
        return row(Run(clip(_change_text(setting, edits.values[setting.key]), cells), Role.ACCENT))
    is_plain = setting.value not in (None, "")
    return row(Run(clip(value(setting, setting.value), cells), Role.VALUE if is_plain else Role.DIM))


def _change(setting: DeviceSetting, asked: Any) -> Row:
    return row(Run(_old(setting), Role.LABEL), f" {ARROW} ", Run(_new(setting, asked), Role.ACCENT))


def _change_text(setting: DeviceSetting, asked: Any) -> str:
    return f"{_old(setting)} {ARROW} {_new(setting, asked)}"


def _old(setting: DeviceSetting) -> str:
    """A default may be set to itself, so that it stays whatever becomes of the default."""
    return f"{'' if setting.is_set else 'default '}{value(setting, setting.value)}"


def _new(setting: DeviceSetting, asked: Any) -> str:
    return f"default {value(setting, setting.default)}" if asked is BACK else value(setting, asked)


def _editable(setting: DeviceSetting) -> str:
    if setting.is_editable is None:
        return f"editable? {setting.reason or 'Webex does not say'}"
    return f"not editable: {setting.why_not}" if setting.why_not else "editable"


def _text(setting: DeviceSetting) -> str:
    parts = (setting.key, value(setting, setting.value), setting.source, _editable(setting), setting.space.words)
    return " ".join(parts).casefold()
