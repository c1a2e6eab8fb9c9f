"""What a test of a fault says of itself."""

from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


def fault(what: str, *, holds: str, seconds: float = 10.0) -> Callable[[Test], Test]:
    """Marks a test: `what` goes wrong, and `holds` is what must be true all the same; it ends after `seconds`.

    A parametrised test counts once for each of its rows.
    """

    def marked(test: Test) -> Test:
        for mark in (pytest.mark.fault(what=what, holds=holds), pytest.mark.timeout(seconds)):
            test = mark(test)
        return test

    return marked
