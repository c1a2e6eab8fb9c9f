"""The short form of `python -m tests.bench`: the same measurements over 60 phones; beyond is what no busy machine explains."""

from collections.abc import Callable, Iterator

import pytest

from tests.bench.gate import SHORT, Gate, Size
from tests.bench.gates import OFFICE

pytestmark = [pytest.mark.bench, pytest.mark.live]
SLACK, SLACK_MS = 4.0, 20.0
"""Times the gate: a small fleet bears the screen's whole cost, and the machine has other tests to run. What isn't held
to a yardstick of the same run, more."""


def held(gates: Iterator[Gate]) -> None:
    found = list(gates)
    print()
    for gate in found:
        print(gate)
    beyond = [
        gate
        for gate in found
        if gate.most is not None
        and (gate.ours > SLACK_MS * gate.most if gate.ratio is None else gate.ratio > SLACK * gate.most)
    ]
    assert not beyond, "\n".join(map(str, beyond))


@pytest.mark.slow
@pytest.mark.parametrize("measure", OFFICE, ids=lambda measure: measure.__name__)
def test_a_small_fleet(measure: Callable[[Size], Iterator[Gate]]) -> None:
    held(measure(SHORT))
