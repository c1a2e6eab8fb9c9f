"""Many rows of a moment and some texts in little memory: 8 bytes the moment, 4 each text, which is kept once."""

from array import array
from bisect import bisect_left, bisect_right

from phonetui.text import Printable, printable

Text = str | None


class MomentTable:
    def __init__(self, width: int) -> None:
        """Each row has `width` texts."""
        self.at_us = array("q")
        self._columns = [array("i") for _ in range(width)]
        self._numbers: dict[Text, int] = {}
        self._texts: list[Printable | None] = []

    def __len__(self) -> int:
        return len(self.at_us)

    def add(self, at_us: int, *texts: Text) -> None:
        """Raises TypeError for what is no moment or text; the table is as before then."""
        numbers = list(map(self._number, texts))
        self.at_us.append(at_us)
        for column, number in zip(self._columns, numbers, strict=True):
            column.append(number)

    def texts(self, place: int) -> "tuple[Printable | None, ...]":
        """Of a row."""
        return tuple(self._texts[column[place]] for column in self._columns)

    def sort(self) -> None:
        """By the moment; rows of one keep their order."""
        order = sorted(range(len(self)), key=self.at_us.__getitem__)
        self.at_us = array("q", [self.at_us[place] for place in order])
        self._columns = [array("i", [column[place] for place in order]) for column in self._columns]

    def places(self, column: int, text: Text) -> "array[int]":
        """Of the rows that have a text in a column."""
        number = self._numbers.get(text)
        return array("i", [place for place, each in enumerate(self._columns[column]) if each == number])

    def _number(self, text: Text) -> int:
        number = self._numbers.get(text)
        if number is None:
            self._texts.append(None if text is None else printable(text))
            number = self._numbers[text] = len(self._texts) - 1
        return number


def step(moments: "array[int]", at_us: int, by: int) -> int | None:
    """The place of the next moment after `at_us` (`by` 1), or of the previous one before it (-1)."""
    place = bisect_right(moments, at_us) if by > 0 else bisect_left(moments, at_us) - 1
    return place if 0 <= place < len(moments) else None
