"""Style sheets are parsed once for all programs that tests start: the toolkit's and ours are the same in each."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_known: dict[Hashable, list[RuleSet]] = {}


@contextmanager
def remembered_rules() -> Iterator[None]:
    """Has the toolkit take the rules that it parsed before of the same text, place and variables."""
    parse = Stylesheet._parse_rules

    def remembered(self: Stylesheet, *text_and_place: Hashable, **more: Hashable) -> list[RuleSet]:
        key = (text_and_place, frozenset(more.items()), frozenset(self._variables.items()))
        if (rules := _known.get(key)) is None:
            rules = _known[key] = parse(self, *text_and_place, **more)  # type: ignore[arg-type]  # passed on as they came
        return rules

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield
