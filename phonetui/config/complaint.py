"""What is wrong in the file, with the line and the key it is about; and the walk that finds what the table forbids."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from phonetui.config.positions import KeyPath
from phonetui.config.schema import Named, Rows, Rule, Table
from phonetui.config.values import Leaf
from phonetui.text import printable


@dataclass(frozen=True, slots=True)
class Complaint:
    where: KeyPath
    what: str
    hint: str = ""

    @property
    def key(self) -> str:
        """As people find it in the file: `[defaults] poll.call`, `[[phone]] host`, `[jump.bastion]`."""
        names = [printable(str(step)) for step in self.where if isinstance(step, str)]
        if self.where[0] == "phone":
            head, rest = "[[phone]]", names[1:]
        elif self.where[0] == "jump":
            head, rest = f"[{'.'.join(names[:2])}]", names[2:]
        else:
            head, rest = f"[{names[0]}]", names[1:]
        return f"{head} {'.'.join(rest)}".strip()

    @property
    def sentence(self) -> str:
        return f"{self.key}: {self.what}"


Complain = Callable[[Complaint], None]


def nearest(word: str, known: Iterable[str], form: str = "'{}'") -> str:
    """`Did you mean 'poll'?`, or what there is to choose from."""
    names = sorted(known)
    if near := close(word, names, 0.5):
        return f"Did you mean {form.format(near)}?"
    return f"Known here: {', '.join(names)}" if names else ""


def close(word: str, known: Iterable[str], likeness: float = 0.7) -> str | None:
    """The known word that is most like it; None where none is alike at all."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=likeness)
    return folded[near[0]] if near else None


def checked(value: Any, rule: Rule, where: KeyPath, complain: Complain) -> Any:
    """`value` with everything read that the rule allows; what it forbids is complained about and left out."""
    match rule:
        case Leaf():
            try:
                return rule.read(value)
            except ValueError:
                complain(Complaint(where, f"must be {rule.allowed}"))
                return None
        case Rows():
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                complain(Complaint(where, f"must be tables headed [[{where[-1]}]]"))
                return []
            return [checked(item, rule.rule, (*where, index), complain) for index, item in enumerate(value)]
        case Table() | Named():
            if not isinstance(value, dict):
                complain(Complaint(where, "must be a table", f"Write it as {_example(rule, where)}"))
                return {}
            walk = _table if isinstance(rule, Table) else _named
            return walk(value, rule, where, complain)  # type: ignore[arg-type]  # chosen by the same test


def _table(value: dict[str, Any], rule: Table, where: KeyPath, complain: Complain) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        place = (*where, name)
        if name not in rule.keys:
            complain(_unknown(place, rule, item))
            continue
        read = checked(item, rule.keys[name], place, complain)
        if read is not None:
            found[name] = read
    return found


def _named(value: dict[str, Any], rule: Named, where: KeyPath, complain: Complain) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        try:
            known = rule.name.read(name)
        except ValueError:
            complain(Complaint((*where, name), f"the name must be {rule.name.allowed}"))
            continue
        read = checked(item, rule.rule, (*where, name), complain)
        if read is not None:
            found[known] = read
    return found


def _unknown(place: KeyPath, rule: Table, item: Any) -> Complaint:
    is_section = len(place) == 1
    word = str(place[-1])
    if is_section:
        hint = nearest(word, rule.keys, "[{}]")
        return Complaint(place, "unknown table" if isinstance(item, dict | list) else "unknown key", hint)
    return Complaint(place, "unknown key", nearest(word, rule.keys))


def _example(rule: Table | Named, where: KeyPath) -> str:
    if isinstance(rule, Named) or len(where) == 1:
        return f"[{where[0]}]"
    return f"{where[-1]} = {{ {next(iter(rule.keys))} = … }}"
