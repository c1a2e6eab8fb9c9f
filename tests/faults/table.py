"""What a test of a fault says of itself."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.deadlines import SLOWER

Test = TypeVar("Test", bound=Callable[..., object])


def fault(what: str, *, holds: str, seconds: float = 10.0) -> Callable[[Test], Test]:
    """Marks a test: `what` goes wrong, and `holds` is what must be true all the same; an idle machine
    needs no more than `seconds` for it, and a busy one is given `SLOWER` times as many.

    A parametrised test counts once for each of its rows.
    """

    def marked(test: Test) -> Test:
        for mark in (pytest.mark.fault(what=what, holds=holds), pytest.mark.timeout(SLOWER * seconds)):
            test = mark(test)
        return test

    return marked
