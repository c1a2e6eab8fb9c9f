"""Every screen in every state, as `matrix` has them: the program is opened once a state and all screens are walked."""

import pytest

from tests.ui.golden import FOLDER
from tests.ui.matrix import SCREENS, STATES, STATES_TO_TRY, Seen, states, walked
from tests.ui.screen import opened, themed
from tests.ui.situations import SITUATIONS


@pytest.mark.parametrize("state", STATES_TO_TRY)
async def test_all_screens_in_one_state(state: str) -> None:
    at = STATES[state]
    async with opened(SITUATIONS[at.situation](), size=at.size, config=themed(**at.ui)) as desk:
        found = await walked(desk, SCREENS, state)
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)


@pytest.mark.parametrize("seen", SCREENS, ids=lambda seen: seen.name)
def test_no_cell_is_absent_without_a_reason_and_no_file_without_a_cell(seen: Seen) -> None:
    assert seen.without.keys() <= STATES.keys()
    assert all(seen.without.values())
    files = {file.stem for file in (FOLDER / seen.name).iterdir()}
    assert files == states(seen).keys() - {"light"}
