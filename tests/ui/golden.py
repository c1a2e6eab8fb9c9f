"""Goldens: what a screen painted, cell by cell, and its lists' rows with the role of every run.

What many screens share lies apart: a golden's first line, the header, and its last, the key hints, are compared with
the block of `goldens/header.txt` and `goldens/key-hints.txt` that lists the golden's name. So a word that changes there
rewrites one file. Content is compared with `goldens/NAME.txt`.

`PHONETUI_GOLDENS=write` writes the files anew, in one process; look at the difference before keeping it.
"""

import os
from difflib import unified_diff
from pathlib import Path as File
from typing import Any, NamedTuple

from textual.screen import Screen

from phonetui.ui.text.rows import Row
from phonetui.ui.widgets.pane import Pane
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.screen import Desk

FOLDER = File(__file__).parent / "goldens"
CHROME = {"header": ("Header",), "key-hints": ("key-hints", "Footer")}
"""File → the lists whose rows stand there."""
_CORNERS = ("╰", "`", "+")
"""With which the last line of a dialog begins."""
_LISTED = 100
"""Characters of a line of names in these files."""


class Drawn(NamedTuple):
    content: str
    chrome: dict[str, str]
    """By file: a painted line and the roles of its runs; without a header where a dialog covers it."""


def golden(desk: Desk, screen: Screen[Any]) -> str:
    """The painted cells, of a dialog its own alone, then each list's rows as `role<text>`."""
    views = [f"== {_name(view)}\n" + "".join(map(_roles, view.rows)) for view in screen.query(RowsView)]
    return "\n".join(line.rstrip() for line in desk.top_lines()) + "\n\n" + "\n".join(views)


def compare(name: str, drawn: str) -> None:
    found = differences(name, drawn)
    assert not found, "\n\n".join(found)


def differences(name: str, drawn: str, *, may_write: bool = True) -> list[str]:
    """What is not as the goldens have it, a unified diff each."""
    now = divided(drawn)
    if os.environ.get("PHONETUI_GOLDENS") == "write" and may_write:
        _write(name, now)
    file = FOLDER / f"{name}.txt"
    known = {f"{name}.txt": file.read_text(encoding="utf-8") if file.exists() else ""}
    known |= {f"{part}.txt": chrome(part).get(name, "") for part in CHROME}
    drawn_by_file = {f"{name}.txt": now.content, **{f"{part}.txt": now.chrome.get(part, "") for part in CHROME}}
    return [
        "\n".join(unified_diff(before.splitlines(), after.splitlines(), place, f"{name} drawn", lineterm="", n=1))
        for place, before in known.items()
        if (after := drawn_by_file[place]) != before
    ]


def divided(drawn: str) -> Drawn:
    """What `golden` gives, or the painted lines alone; those of a screen end with the key hints, a dialog's don't."""
    painted, _, rest = drawn.partition("\n\n== ")
    lines = painted.rstrip("\n").split("\n")
    sections = [section.partition("\n")[::2] for section in rest.split("\n== ")] if rest else []
    cut = {"header": lines.pop(0)} if lines[0].startswith(" phonetui ") else {}
    if lines[-1][:1] not in _CORNERS:
        cut["key-hints"] = lines.pop()
    roles = {part: "".join(rows for name, rows in sections if name in names) for part, names in CHROME.items()}
    views = [f"\n== {name}\n{rows}" for name, rows in sections if not any(name in names for names in CHROME.values())]
    content = "\n".join(lines) + "\n" + "".join(views)
    return Drawn(content, {part: f"{line}\n{roles[part]}".rstrip() + "\n" for part, line in cut.items()})


def chrome(part: str) -> dict[str, str]:
    """By the goldens' names: the block that lists each."""
    file, found = FOLDER / f"{part}.txt", dict[str, str]()
    for block in file.read_text(encoding="utf-8").split("\n\n") if file.exists() else ():
        lines = block.rstrip("\n").split("\n")
        names = [name for line in lines if line.startswith("== ") for name in line.split()[1:]]
        text = "\n".join(line for line in lines if not line.startswith("== ")) + "\n"
        found |= dict.fromkeys(names, text)
    return found


def _write(name: str, now: Drawn) -> None:
    file = FOLDER / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(now.content, encoding="utf-8")
    for part in CHROME:
        known = {other: text for other, text in chrome(part).items() if other != name}
        known |= {name: now.chrome[part]} if part in now.chrome else {}
        (FOLDER / f"{part}.txt").write_text("\n".join(_blocks(known)), encoding="utf-8")


def _blocks(known: dict[str, str]) -> list[str]:
    """Each different text once, below the names of the goldens that have it."""
    named: dict[str, list[str]] = {}
    for name in sorted(known):
        named.setdefault(known[name], []).append(name)
    blocks = []
    for text, names in named.items():
        lines = [""]
        for name in names:
            lines += [""] if len(lines[-1]) + len(name) > _LISTED else []
            lines[-1] = f"{lines[-1]} {name}"
        blocks.append("".join(f"=={line}\n" for line in lines) + text)
    return blocks


def _name(view: RowsView) -> str:
    return type(view).__name__ if isinstance(view, Pane) else view.id or ""


def _roles(row: Row) -> str:
    return " ".join(f"{run.role}<{run.text.strip()}>" for run in row if run.text.strip()) + "\n"
