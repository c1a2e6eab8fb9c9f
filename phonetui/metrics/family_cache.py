"""Families of metrics that have lines for each phone, as text: what a phone still says as before is not written again.

    phones ──key is another one?──► make: families of those alone ──library──► lines by phone, kept
       └───────── key is the same ─────────────────────────────────────────────► lines as they were

Of a thousand phones nine in ten lines are such: states, places, lines and ports change seldom, and are scraped often.
They may be written before anybody asks, some phones at a time, so that the first text costs no more than the next.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from phonetui.phone.state import Phone, PhoneId

LABEL = "phone"
"""The label that every sample of these families has."""


class FamilyGroup(Struct, frozen=True):
    """Metric families made of the same facts about a phone."""

    key: Callable[[Phone], object]
    """The facts; while they are equal, the lines are the same."""
    make: Callable[[Sequence[Phone]], Iterable[Metric]]
    """Makes the families; always the same ones in the same order."""


KeptLines = Mapping[PhoneId, tuple[object, Sequence[str]]]
"""Each phone's key, and its lines by family."""


class FamilyCache:
    """Keeps the lines of families phone by phone. For one thread at a time."""

    def __init__(self, groups: Sequence[FamilyGroup]) -> None:
        self._groups = groups
        self._heads = [[_text([family]) for family in group.make(())] for group in groups]
        self._kept: list[KeptLines] = [{} for _ in groups]
        self.rendered = 0
        """Phones whose lines were written again at the latest look, of all groups together."""

    def prepare(self, phones: Iterable[Phone]) -> None:
        """Writes the lines of phones, so that the next text finds them where they still say the same."""
        made = tuple(phones)
        for place, group in enumerate(self._groups):
            lines = _lines_by_phone(group, made)
            written = {phone.id: (group.key(phone), lines[phone.id]) for phone in made}
            self._kept[place] = {**self._kept[place], **written}

    def has_lines(self, phone: PhoneId) -> bool:
        return phone in self._kept[-1]

    def text(self, phones: Mapping[PhoneId, Phone]) -> str:
        self.rendered = 0
        found = []
        for place, group in enumerate(self._groups):
            kept = self._kept[place] = self._refreshed(group, self._kept[place], phones)
            for number, head in enumerate(self._heads[place]):
                found += [head, *(lines[number] for _, lines in kept.values())]
        return "".join(found)

    def _refreshed(
        self,
        group: FamilyGroup,
        before: Mapping[PhoneId, tuple[object, Sequence[str]]],
        phones: Mapping[PhoneId, Phone],
    ) -> dict[PhoneId, tuple[object, Sequence[str]]]:
        """The kept lines in the order of `phones`; those of other phones are dropped."""
        keys = {id_: group.key(phone) for id_, phone in phones.items()}
        changed = [phones[id_] for id_, key in keys.items() if id_ not in before or before[id_][0] != key]
        made = _lines_by_phone(group, changed)
        self.rendered += len(changed)
        return {id_: (key, made[id_]) if id_ in made else before[id_] for id_, key in keys.items()}


def _lines_by_phone(group: FamilyGroup, phones: Sequence[Phone]) -> Mapping[PhoneId, Sequence[str]]:
    """Splits a family's text by phone: prometheus_client writes one line a sample, in order."""
    if not phones:
        return {}
    found: dict[PhoneId, list[list[str]]] = {}
    families = list(group.make(phones))
    for phone in phones:
        found[phone.id] = [[] for _ in families]
    for number, family in enumerate(families):
        lines = [line for line in _text([family]).splitlines(keepends=True) if not line.startswith("#")]
        for sample, line in zip(family.samples, lines, strict=True):
            found[PhoneId(sample.labels[LABEL])][number].append(line)
    return {id_: ["".join(lines) for lines in each] for id_, each in found.items()}


def _text(families: Iterable[Metric]) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Fixed(tuple(families)))
    return generate_latest(registry).decode()


class _Fixed(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        return self._families
