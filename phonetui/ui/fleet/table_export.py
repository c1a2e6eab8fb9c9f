"""The fleet's table as a file: what is listed, in its order, by the columns that were chosen, all of them."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from phonetui.phone.state import Phone
from phonetui.text import spreadsheet_cell
from phonetui.ui.fleet.columns import COLUMNS, CellContext
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Run


def csv_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """With a line of headings (RFC 4180); what nobody said is empty, and a formula's beginning gets an apostrophe."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([COLUMNS[name].heading for name in columns])
    writer.writerows([[spreadsheet_cell(words) for words in _words(phone, columns, context)] for phone in phones])
    return out.getvalue()


def json_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """An object a line, ASCII alone, with the columns' ids and the words that are shown; null where nobody said."""
    return "".join(
        f"{json.dumps({'id': phone.id, **dict(zip(columns, _nulls(phone, columns, context), strict=True))})}\n"
        for phone in phones
    )


def markdown_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """For a ticket."""
    lines = ["| " + " | ".join(COLUMNS[name].heading for name in columns) + " |", "|" + " --- |" * len(columns)]
    for phone in phones:
        cells = (words.replace("\\", "\\\\").replace("|", "\\|") for words in _words(phone, columns, context))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _nulls(phone: Phone, columns: Sequence[str], context: CellContext) -> list[str | None]:
    return [words or None for words in _words(phone, columns, context)]


def _words(phone: Phone, columns: Sequence[str], context: CellContext) -> Iterator[str]:
    for name in columns:
        cell = COLUMNS[name].cell(phone, context)
        words = cell.text if isinstance(cell, Run) else "".join(run.text for run in cell)
        yield "" if words == DASH else words.strip()
