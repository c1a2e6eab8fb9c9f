"""How a dialect names places of the status tree and fields of events."""

from functools import lru_cache

from phonetui.simulator.dialect import Dialect, Pairs
from phonetui.xapi.path import Path

_NETWORK, _CALL = "Network", ("Line", "Call")


def keeps_places(dialect: Dialect) -> bool:
    """Whether every leaf stands where the catalogue has it."""
    return not (dialect.network_item or dialect.first_call or dialect.renamed or dialect.lower_leaves)


def place(dialect: Dialect, path: Path) -> Path:
    """Where a leaf or an item stands in a document: Network may be a list of one."""
    steps: list[str | int] = list(path)
    if dialect.renamed and (other := _table(dialect.renamed).get(" ".join(path.names))) is not None:
        steps[-1] = other
    if path.names[:2] == _CALL and len(path) > 3:
        steps[3] = call_id(dialect, int(path[3]))
    if dialect.network_item and path[:1] == (_NETWORK,):
        steps.insert(1, 1)
    if dialect.lower_leaves:
        steps = [step.lower() if isinstance(step, str) else step for step in steps]
    return Path(steps)


def call_id(dialect: Dialect, number: int) -> int:
    """`number` counts a line's places for calls from 0."""
    return number + dialect.first_call


def event(dialect: Dialect, name: str) -> str:
    return name.lower() if dialect.lower_events else name


def field(dialect: Dialect, name: str) -> str:
    """Of an event."""
    name = _table(dialect.event_fields).get(name, name)
    return name.lower() if dialect.lower_events else name


@lru_cache(1024)
def _table(pairs: Pairs) -> dict[str, str]:
    return dict(pairs)
