"""One place, every notation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ConfigError
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import DOCUMENTS, ROOT, Path

CALL = Path.of("Line", 1, "Call", 0, "Jitter")

names = st.from_regex(r"[A-Z][A-Za-z0-9]{0,10}", fullmatch=True).filter(lambda name: name.lower() not in DOCUMENTS)
paths = st.lists(st.tuples(names, st.none() | st.integers(0, 999)), min_size=1, max_size=5).map(
    lambda pairs: Path(step for name, index in pairs for step in ((name,) if index is None else (name, index)))
)


@pytest.mark.parametrize(
    "written",
    [
        "Line 1 Call 0 Jitter",
        "  line 1 call 0 jitter ",
        "Line/1/Call/0/Jitter",
        "/Status/Line[1]/Call[0]/Jitter",
        "/Status/Line[@item='1']/Call[@item=\"0\"]/Jitter",
        "Status/Line[item=1]/Call[item='0']/Jitter",
        "Line[1].Call[0].Jitter",
        "Line[1] Call[0] Jitter",
        "xStatus Line 1 Call 0 Jitter",
        "*s Line 1 Call 0 Jitter",
        "Status Line 1 Call 0 Jitter",
    ],
)
def test_reads_what_people_paste(written: str) -> None:
    assert phoneos().canonical(Path.parse(written)) == CALL


@pytest.mark.parametrize("written", ["Line[*].Call[*].Jitter", "Line[n] Call[1..3] Jitter", "/Status/Line/Call/Jitter"])
def test_every_item_is_no_index(written: str) -> None:
    assert Path.parse(written) == ("Line", "Call", "Jitter")


def test_the_whole_tree() -> None:
    assert Path.parse("/Status") == Path.parse("") == ROOT


@pytest.mark.parametrize("written", ["1 Line", "Line 1 2", "Line[1", "Line[a]", "Öl", "a<b", "Line;Call", "../x"])
def test_refuses_what_cannot_be_a_name(written: str) -> None:
    with pytest.raises(ConfigError, match="not an xAPI path"):
        Path.parse(written)


@given(paths)
def test_survives_every_notation(path: Path) -> None:
    assert Path.parse(str(path)) == path
    assert Path.parse(path.location()) == path
    assert Path.parse(path.dotted()) == path


def test_an_element_called_status_is_not_the_document() -> None:
    assert Path.parse("HttpFeedback 1 Status") == ("HttpFeedback", 1, "Status")
    assert Path.parse("/Status/ThousandEyes/Status") == ("ThousandEyes", "Status")
