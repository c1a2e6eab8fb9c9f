"""The same phones in the toolkit's own table, updated as its documentation shows: the fleet's yardstick."""

import sys
from random import Random
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable

from tests.bench.crowd import PERIOD_S, TICKS, crowd, figures, moved

COLUMNS = ("state", "phone", "MOS", "loss", "jitter", "with", "address")


class Stock(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def __init__(self, count: int) -> None:
        super().__init__()
        self._phones = crowd(count)
        self._random = Random(2)
        self._tick = 0

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column, width=14)
        for known in self._phones:
            table.add_row(*figures(known), key=known.id)
        self.set_interval(PERIOD_S / TICKS, self._move)

    def _move(self) -> None:
        table = self.query_one(DataTable)
        self._tick += 1
        for known in moved(self._phones, self._tick, self._random):
            for column, said in zip(COLUMNS, figures(known), strict=True):
                table.update_cell(known.id, column, said)


if __name__ == "__main__":
    Stock(int(sys.argv[1])).run()
