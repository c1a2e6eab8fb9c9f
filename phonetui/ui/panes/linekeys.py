"""Line keys drawn where they lie, a page for the phone and one for each key expansion module."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from phonetui.ui.format import DASH
from phonetui.ui.row import Role, Row, Run, clip, pad, row, width
from phonetui.webex.lines import DEFAULT, Body, Layout, LineKey, differing

OTHERWISE = "≠"
_MODULE_COLUMNS = 2
_BESIDE_FROM = 36
"""Cells of a key from which its label stands beside its kind."""
_IDLE = ("OPEN", "CLOSED")


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    count: int
    """How many keys there are to draw, assigned or not."""
    columns: int
    keys: tuple[LineKey, ...]
    others: tuple[LineKey, ...] | None
    """The template's for the same page; None where there is nothing to compare with."""


def pages(layout: Layout, body: Body, template: Layout | None) -> list[Page]:
    """The phone first, then its modules by number. A DEFAULT layout has no keys to compare."""
    if layout.mode == DEFAULT and not layout.keys:
        keys, others = (template.keys, None) if template else ((), None)
    else:
        keys, others = layout.keys, template.keys if template else None
    both = (*keys, *(others or ()))
    count = max(body.keys, max((key.index for key in both), default=0))
    found = [Page("phone", count, body.columns, keys, others)]
    for number, inside in layout.modules:
        most = max(layout.module_keys, *(key.index for key in inside))
        found.append(Page(f"module {number}", most, _MODULE_COLUMNS, inside, None))
    return found


def facts(layout: Layout, template: Layout | None, comparison: str) -> list[Row]:
    """What holds for the whole layout; `comparison` is how the page compares with the template."""
    order = {True: "users may move keys", False: "users may not move keys", None: ""}[layout.is_user_ordered]
    name = Run(f"{layout.mode or DASH} layout", Role.TITLE)
    compared_with = Run(f"  {comparison}" if comparison else "", Role.ACCENT)
    told = [row(name, compared_with, Run(f"  {order}" if order else "", Role.LABEL))]
    if layout.mode == DEFAULT and not layout.keys:
        told.append(row("The keys follow the phone's lines: Webex has no list of keys for a DEFAULT layout."))
        if template is not None:
            told.append(
                row(Run(f"Below is {template.name or 'the template'}; there is nothing to compare.", Role.LABEL))
            )
    return told


def drawn(page: Page, across: int) -> list[Row]:
    """Keys count down the columns, as on the phone (inferred); below each what the template says otherwise."""
    high = -(-page.count // page.columns)
    ours, theirs = _by_index(page.keys), _by_index(page.others or ())
    others = differing(page.keys, page.others) if page.others is not None else frozenset()
    cells = max(across // page.columns, 12)
    told: list[Row] = []
    for line in range(1, high + 1):
        places = range(line, page.count + 1, high)
        told.append(_joined((_cap(ours.get(index), index, cells, index in others) for index in places), cells))
        below = [_below(ours.get(index), theirs.get(index), cells, index in others) for index in places]
        told += [_joined(below, cells)] if any(below) else []
        told.append(())
    return told[:-1]


def compared(page: Page, template: str) -> str:
    """How many keys differ; empty where nothing is compared."""
    if page.others is None:
        return ""
    count = len(differing(page.keys, page.others))
    if not count:
        return f"same as {clip(template, 32)}"
    return f"{count} of {page.count} keys differ: {OTHERWISE} is what {clip(template, 24)} has"


def _by_index(keys: tuple[LineKey, ...]) -> Mapping[int, LineKey]:
    return {key.index: key for key in keys}


def _cap(key: LineKey | None, index: int, cells: int, differs: bool) -> Row:
    sign = Run(f"{OTHERWISE} " if differs else "  ", Role.ACCENT)
    cap = (Run("[", Role.DIM), Run(f"{index:>2}", Role.KEY), Run("] ", Role.DIM))
    if key is None:
        return row(sign, *cap, Run("not assigned", Role.DIM))
    role = Role.DIM if key.kind in _IDLE else Role.TITLE
    if cells < _BESIDE_FROM or not key.more:
        return row(sign, *cap, Run(clip(key.words, cells - 8), role))
    return row(sign, *cap, Run(pad(key.words, 15), role), Run(f" {clip(key.more, cells - 24)}"))


def _below(key: LineKey | None, other: LineKey | None, cells: int, differs: bool) -> Row:
    """What has no room beside, and what the template says otherwise."""
    told = row(" " * 7, Run(clip(key.more, cells - 8))) if key and key.more and cells < _BESIDE_FROM else ()
    if not differs:
        return told
    words = "  ".join(filter(None, (other.words, other.more))) if other else "not assigned"
    begin = row(*told, "  ") if told else row(" " * 7)
    return row(*begin, Run(f"{OTHERWISE} {clip(words, max(cells - width(begin) - 3, 4))}", Role.ACCENT))


def _joined(parts: Iterable[Row], cells: int) -> Row:
    return row(*(run for part in parts for run in (*part, Run(" " * max(cells - width(part), 0)))))
