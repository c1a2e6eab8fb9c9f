"""Every pane says what its figures are, with the limits in force."""

import pytest
from msgspec.structs import asdict, replace

from phonetui.phone.quality.grading import DEFAULT, Limits
from phonetui.ui.main.help import Explanation, explanation_rows, terms
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.main.screen import EventsPane
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.panes.lines import LinesPane
from phonetui.ui.panes.network import PortsPane
from phonetui.ui.text.rows import text
from phonetui.ui.widgets.pane import Pane
from tests.ui.office import CONFIG
from tests.ui.screen import SMALL, opened

PANES = (PhonesPane, CallsPane, LinesPane, PortsPane, EventsPane)


@pytest.mark.parametrize("size", [(120, 36), SMALL])
async def test_f1_explains_the_pane_with_the_focus(size: tuple[int, int]) -> None:
    config = replace(CONFIG, quality=replace(DEFAULT, jitter_ms=Limits(11.0, 22.0)))
    async with opened(size=size, config=config) as desk:
        await desk.press("2", "f1")
        shown = desk.text()
        assert "Calls: what is what" in shown
        assert "fair > 11 ms   poor > 22 ms" in shown
        assert "from Line Call Jitter" in shown
        await desk.press("escape", "4", "f1")
        assert "Network: what is what" in desk.text()
        assert isinstance(desk.app.screen, Explanation)


async def test_every_pane_that_can_have_the_focus_is_explained() -> None:
    async with opened() as desk:
        assert {type(pane) for pane in desk.main.query(Pane) if pane.can_focus} == set(PANES)
        assert all(terms(pane.name_) for pane in PANES)


def test_every_limit_is_told_somewhere() -> None:
    limits = {name for name, value in asdict(DEFAULT).items() if isinstance(value, Limits)}
    assert {term.limits for pane in PANES for term in terms(pane.name_) if term.limits} == limits


@pytest.mark.parametrize("pane", PANES)
def test_the_words_fit_a_small_terminal(pane: type[Pane]) -> None:
    assert [line for line in map(text, explanation_rows(terms(pane.name_), DEFAULT)) if len(line) > SMALL[0] - 6] == []
