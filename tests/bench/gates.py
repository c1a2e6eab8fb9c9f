"""All gates, and how they are measured: what other programs take meanwhile decides whether a figure says anything."""

from collections.abc import Callable, Iterator

from tests.bench.gate import MOST_OTHERS_BY_CLOCK, Gate, NotMeasured, Size, busy_words
from tests.bench.office_gates import polling, pushes, starting
from tests.bench.other_work import OtherWork
from tests.bench.program_gates import first_frame, hops, idle, knowledge, simulator

Measure = Callable[[Size], Iterator[Gate]]
OFFICE: tuple[Measure, ...] = (knowledge, polling, starting, pushes)
"""Those of which `test_gates.py` has a short form; the others are held by tests of their own."""
GATES: tuple[Measure, ...] = (*OFFICE, idle, hops, first_frame, simulator)


def measured(measure: Measure, size: Size) -> Iterator[Gate | str]:
    """Its figures, or why there is none.

    Raises AssertionError where what was measured did not do what it should, on a machine that had time for it.
    """
    others = OtherWork()
    try:
        for gate in measure(size):
            yield gate.among(others.cores)
    except NotMeasured as missing:
        yield f"{measure.__name__}: not measured: {missing}"
    except AssertionError:
        if others.cores <= MOST_OTHERS_BY_CLOCK:
            raise
        yield f"{measure.__name__:52} {busy_words(others.cores)}"
