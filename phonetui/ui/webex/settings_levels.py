"""Where a device's calling settings come from: up to three levels side by side. Read-only.

organization ─┐
location     ─┼──► rows of a name and what each level says; marked where one says otherwise than the level above
device       ─┘
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from msgspec import Struct
from textual.binding import BindingType

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, Printable, printable
from phonetui.ui.keyboard import bindings
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.query import QueryState, SearchableQuery, failure_state
from phonetui.ui.widgets.pane import Prompt
from phonetui.webex.answer import WebexNotFound, at, flag_at, is_secret_key, masked
from phonetui.webex.configuration import value_text
from phonetui.webex.devices import WebexDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    name: str
    leaves: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """By dotted name; passwords are among them."""
    is_own: bool | None = None
    """Whether the level has settings of its own, rather than the ones above; None where Webex doesn't say."""
    is_changing: bool = False
    """Whether an update of it is under way."""
    failure: Printable = NOTHING
    """Why it isn't known."""


class SettingLeaf(Struct, frozen=True):
    name: Printable
    values: tuple[Printable | None, ...]
    """On each level, secrets as stars; None where the level says nothing of it."""
    differs: tuple[bool, ...]
    """Whether it says otherwise than the nearest level above that says anything."""

    @property
    def is_uniform(self) -> bool:
        return not any(self.differs)


def read_level(name: str, answer: Any) -> Level:
    own = flag_at(answer, "customEnabled")
    found = at(answer, "customizations")
    return Level(
        name=name,
        leaves=dict(_leaves(found, "")) if isinstance(found, Mapping) else {},
        is_own=flag_at(answer, "locationCustomizationsEnabled") if own is None else own,
        is_changing=at(answer, "updateInProgress") is True,
    )


def compare_levels(levels: Sequence[Level]) -> tuple[SettingLeaf, ...]:
    """Every name that any level has, in the order in which they first come."""
    names = dict.fromkeys(name for each in levels for name in each.leaves)
    return tuple(_leaf(name, levels) for name in names)


def _leaf(name: str, levels: Sequence[Level]) -> SettingLeaf:
    """Compared by value, not by what is shown: two passwords have the same stars."""
    above: list[Any] = []
    values: list[Printable | None] = []
    differs: list[bool] = []
    for each in levels:
        if name not in each.leaves:
            values.append(None)
            differs.append(False)
            continue
        value = each.leaves[name]
        values.append(value_text(masked(value) if is_secret_key(name) else value))
        differs.append(bool(above) and above[-1] != value)
        above.append(value)
    return SettingLeaf(printable(name), tuple(values), tuple(differs))


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inside in value.items():
            yield from _leaves(inside, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


OTHERWISE = "≠"


def levels_heading(levels: Sequence[Level], width: int) -> Row:
    """The names of the columns."""
    names, beside = _widths(width, len(levels))
    return row(
        Run(pad("setting", names) + " ", Role.LABEL),
        *(Run(f"  {pad(each.name, beside)}", Role.LABEL) for each in levels),
    )


def states_row(levels: Sequence[Level], width: int) -> Row:
    """Below each name whether the level has settings of its own, is being changed, or isn't known."""
    names, beside = _widths(width, len(levels))
    return row(" " * (names + 1), *(run for each in levels for run in _level_state(each, beside)))


def leaf_row(leaf: SettingLeaf, width: int) -> Row:
    names, beside = _widths(width, len(leaf.values))
    group, dot, last = leaf.name.rpartition(".")
    room = names - cell_width((Run(last),)) - len(dot)
    name = row(Run(clip(group, room) + dot if room > 1 else "", Role.DIM), Run(clip(last, names)))
    fill = " " * (names + 1 - cell_width(name))
    cells = (
        run for value, differs in zip(leaf.values, leaf.differs, strict=True) for run in _cell(value, differs, beside)
    )
    return row(*name, fill, *cells)


def detail(leaf: SettingLeaf | None, levels: Sequence[Level], width: int) -> list[Row]:
    """One setting whole, in two rows."""
    if leaf is None:
        return []
    values = [(level.name, value) for level, value in zip(levels, leaf.values, strict=True) if value is not None]
    others = [level.name for level, differs in zip(levels, leaf.differs, strict=True) if differs]
    words = f"{OTHERWISE} {' and '.join(others)} otherwise than above" if others else "the same wherever it is said"
    every = " · ".join(f"{name} {'(empty)' if value == '' else value}" for name, value in values)
    return [
        row(" ", Run(clip(leaf.name, width // 2), Role.TITLE), f"  {words}"),
        row(" ", Run(clip(every, width - 2), Role.INFO)),
    ]


def matching_leaves(leaves: Sequence[SettingLeaf], words: str, *, differences_alone: bool) -> list[SettingLeaf]:
    wanted = words.casefold().split()
    return [
        leaf
        for leaf in leaves
        if not (differences_alone and leaf.is_uniform)
        and all(word in f"{leaf.name} {' '.join(filter(None, leaf.values))}".casefold() for word in wanted)
    ]


def _widths(width: int, levels: int) -> tuple[int, int]:
    """Cells of a name, and of a value beside its mark."""
    beside = max((width * 6 // 10) // max(levels, 1) - 2, 4)
    return max(width - levels * (beside + 2) - 1, 8), beside


def _cell(value: str | None, differs: bool, cells: int) -> tuple[Run, Run]:
    if value is None:
        return Run("  "), Run(pad(DASH, cells), Role.DIM)
    words = pad(value or "(empty)", cells - 1) + " "
    if differs:
        return Run(f"{OTHERWISE} ", Role.ACCENT), Run(words, Role.ACCENT)
    return Run("  "), Run(words, Role.VALUE if value else Role.DIM)


def _level_state(level: Level, cells: int) -> tuple[Run, ...]:
    if level.failure:
        return Run("✗ ", Role.FAILED), Run(pad(level.failure, cells), Role.FAILED)
    if level.is_changing:
        return Run("◐ ", Role.MEASURING), Run(pad("being changed", cells), Role.MEASURING)
    words = {True: "has its own", False: "takes those above", None: DASH}[level.is_own]
    return Run("  "), Run(pad(words, cells), Role.DIM)


_NONE = "Webex has no calling settings of it: phones with PhoneOS have theirs in the configuration."


class SettingsLevels(SearchableQuery[SettingLeaf]):
    screen_id = "levels"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("levels")]
    heading = "Where settings come from"
    hint = "To change: phonetui webex settings set-device, changes start"

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state, device)
        self._levels: tuple[Level, ...] = ()
        self._leaves: tuple[SettingLeaf, ...] = ()
        self._chosen: Sequence[SettingLeaf] = ()
        self._differences_alone = False

    async def read(self, cloud: Cloud) -> QueryState:
        """A level that fails is shown so in its column; only where all do there is nothing to show."""
        steady = self._session.clock.steady
        queries: list[tuple[str, dict[str, str]]] = [("organization", {})]
        if self.device.location_id:
            queries.append(("location", {"locationId": self.device.location_id}))
        queries.append(("device", {"deviceId": self.device.id}))
        found = await asyncio.gather(*(_level(cloud, *each) for each in queries))
        failures = [error for _, error in found if error is not None]
        if len(failures) == len(found):
            raise failures[0]
        self._levels = tuple(level for level, _ in found)
        self._leaves = compare_levels(self._levels)
        return failure_state(failures[0], steady()) if failures else QueryState()

    def head(self, width: int) -> list[Row]:
        return [levels_heading(self._levels, width), states_row(self._levels, width)]

    def rows(self, width: int) -> Sequence[Row]:
        if not self._levels:
            return ()
        self._chosen = matching_leaves(self._leaves, self._words, differences_alone=self._differences_alone)
        if self._chosen:
            return [leaf_row(leaf, width) for leaf in self._chosen]
        words = "No level says otherwise than the one above." if self._differences_alone else _NONE
        return [row(Run(self.no_match if self._words else words, Role.DIM))]

    @property
    def items(self) -> Sequence[SettingLeaf]:
        return self._chosen

    def key_of_item(self, item: SettingLeaf) -> str:
        return item.name

    def detail(self, width: int) -> list[Row]:
        return detail(self.item, self._levels, width)

    def own_key_hints(self) -> Sequence[tuple[str, str]]:
        if not self._leaves:
            return ()
        alone = "all settings" if self._differences_alone else "differences"
        return ((self.key_of("answers.search"), "search"), (self.key_of("levels.differences"), alone))

    def counts(self) -> str:
        differing = sum(not leaf.is_uniform for leaf in self._leaves)
        return f"{len(self._leaves)} settings, {differing} differ" if self._leaves else ""

    def action_levels_differences(self) -> None:
        self._differences_alone = not self._differences_alone
        self.relist()

    def action_back(self) -> None:
        """One step back: out of the search, out of the differences, out of the screen."""
        if self._differences_alone and not self._words and not self.query(Prompt):
            self.action_levels_differences()
        else:
            super().action_back()


async def _level(cloud: Cloud, name: str, values: dict[str, str]) -> tuple[Level, PhonetuiError | None]:
    try:
        return read_level(name, (await cloud.ask(f"settings {name}", values)).value), None
    except PhonetuiError as error:
        return Level(name=name, failure=error.hint if isinstance(error, WebexNotFound) else error.message), error
