"""Every key that the parser finds, the scan finds too, on the right line."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.config.complaint import KeyPath
from phonetui.config.source import positions


def paths(value: Any, place: KeyPath = ()) -> set[KeyPath]:
    found: set[KeyPath] = set()
    if isinstance(value, dict):
        items: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return found
    for step, item in items:
        found |= {(*place, step), *paths(item, (*place, step))}
    return found


@pytest.mark.parametrize(
    ("text", "where", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("# c\n\n[t] # [u]\nk = 'x # y'\nl=1", ("t", "l"), 5),
        ('[t]\nk = """\nm = 1\n[u]\n"""\nn = 2', ("t", "n"), 6),
        ("[t]\nk = '''\nm = 1\\'''\nn = 2", ("t", "n"), 4),
        ('k = """a"""""\nn = 2', ("n",), 2),
        ("[t]\npoll = { call = 1,\n idle = 2 }\n".replace(",\n", ", "), ("t", "poll", "idle"), 2),
        ("[[p]]\na = 1\n[[p]]\na = 2\n[p.s]\nb = 3", ("p", 1, "s", "b"), 6),
        ("a = [\n  1,\n  # no\n  [2, 3],\n]\nb = 1", ("a", 1, 0), 4),
        ("a = [\n  1,\n]\nb = 1", ("b",), 4),
        ("a.b . c = 1\na.d = 2", ("a", "d"), 2),
        ("[ a . \"b.c\" ]\n'd e' = 1", ("a", "b.c", "d e"), 2),
        ("a = 1979-05-27 07:32:00 # when\nb = 1", ("b",), 2),
        ('"a\\u0062" = "]}" # "\nb = 1', ("ab",), 1),
        ("[[ p ]]\n[ p . q ]\nr = 1", ("p", 0, "q", "r"), 3),
    ],
)
def test_lines(text: str, where: KeyPath, line: int) -> None:
    assert positions(text)[where] == line
    assert set(positions(text)) == paths(tomllib.loads(text))


names = st.sampled_from(["a", "b-c", "d_1", '"e f"', "'g.h'", "1"])
scalars = st.sampled_from(
    ["1", "-2.5", "true", '"x"', "'y'", '"""z\n= [ """', "'''#\n}'''", "1979-05-27 07:32:00", '"\\""', "inf"]
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ",  # c\n".join(items) + "\n]"),
        st.dictionaries(names, inner, max_size=3).map(
            lambda items: "{ " + ", ".join(f"{name} = {value}" for name, value in items.items()) + " }"
        ),
    ),
    max_leaves=6,
)
lines = st.lists(
    st.one_of(
        st.tuples(names, values).map(lambda pair: f"{pair[0]} = {pair[1]}"),
        st.lists(names, min_size=1, max_size=3).map(lambda parts: f"[{'.'.join(parts)}] # t"),
        st.lists(names, min_size=1, max_size=2).map(lambda parts: f"[[ {' . '.join(parts)} ]]"),
        st.sampled_from(["", "# note = [", "  "]),
    ),
    max_size=8,
)


@given(lines)
def test_agrees_with_the_parser(written: list[str]) -> None:
    text = "\n".join(written)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = positions(text)
    assert set(found) == paths(tables)
    last = text.count("\n") + 1
    assert all(1 <= line <= last for line in found.values())
