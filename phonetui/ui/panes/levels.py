"""Calling settings side by side: what each level says, and where one says otherwise than the level above."""

from collections.abc import Sequence

from phonetui.ui.format import DASH
from phonetui.ui.row import Role, Row, Run, clip, pad, row, width
from phonetui.webex.settings_levels import Level, SettingLeaf

OTHERWISE = "≠"


def heading(levels: Sequence[Level], across: int) -> Row:
    """The names of the columns."""
    names, beside = _widths(across, len(levels))
    return row(
        Run(pad("setting", names) + " ", Role.LABEL),
        *(Run(f"  {pad(each.name, beside)}", Role.LABEL) for each in levels),
    )


def standing(levels: Sequence[Level], across: int) -> Row:
    """Below each name whether the level has settings of its own, is being changed, or isn't known."""
    names, beside = _widths(across, len(levels))
    return row(" " * (names + 1), *(run for each in levels for run in _standing(each, beside)))


def leaf_row(leaf: SettingLeaf, across: int) -> Row:
    names, beside = _widths(across, len(leaf.values))
    group, dot, last = leaf.name.rpartition(".")
    room = names - width((Run(last),)) - len(dot)
    told = row(Run(clip(group, room) + dot if room > 1 else "", Role.DIM), Run(clip(last, names)))
    fill = " " * (names + 1 - width(told))
    return row(*told, fill, *(run for at in range(len(leaf.values)) for run in _cell(leaf, at, beside)))


def detail(leaf: SettingLeaf | None, levels: Sequence[Level], across: int) -> list[Row]:
    """One setting whole, in two rows."""
    if leaf is None:
        return []
    said = " · ".join(
        f"{level.name} {'(empty)' if value == '' else value}"
        for level, value in zip(levels, leaf.values, strict=True)
        if value is not None
    )
    others = [level.name for level, differs in zip(levels, leaf.differs, strict=True) if differs]
    told = f"{OTHERWISE} {' and '.join(others)} otherwise than above" if others else "the same wherever it is said"
    return [
        row(" ", Run(clip(leaf.name, across // 2), Role.TITLE), f"  {told}"),
        row(" ", Run(clip(said, across - 2), Role.INFO)),
    ]


def chosen(leaves: Sequence[SettingLeaf], words: str, *, differences_alone: bool) -> list[SettingLeaf]:
    wanted = words.casefold().split()
    return [
        leaf
        for leaf in leaves
        if not (differences_alone and leaf.is_uniform)
        and all(word in f"{leaf.name} {' '.join(filter(None, leaf.values))}".casefold() for word in wanted)
    ]


def _widths(across: int, levels: int) -> tuple[int, int]:
    """Cells of a name, and of a value beside its mark."""
    beside = max((across * 6 // 10) // max(levels, 1) - 2, 4)
    return max(across - levels * (beside + 2) - 1, 8), beside


def _cell(leaf: SettingLeaf, at: int, cells: int) -> tuple[Run, Run]:
    value = leaf.values[at]
    if value is None:
        return Run("  "), Run(pad(DASH, cells), Role.DIM)
    differs = leaf.differs[at]
    said = pad(value or "(empty)", cells - 1) + " "
    return (Run(f"{OTHERWISE} ", Role.ACCENT) if differs else Run("  ")), Run(
        said, Role.ACCENT if differs else Role.VALUE if value else Role.DIM
    )


def _standing(level: Level, cells: int) -> tuple[Run, ...]:
    if level.failure:
        return Run("✗ ", Role.FAILED), Run(pad(level.failure, cells), Role.FAILED)
    if level.is_changing:
        return Run("◐ ", Role.MEASURING), Run(pad("being changed", cells), Role.MEASURING)
    words = {True: "has its own", False: "takes those above", None: DASH}[level.is_own]
    return Run("  "), Run(pad(words, cells), Role.DIM)
