"""What jump hosts ask: typed out, hidden where it is secret, and not while somebody types something else."""

import asyncio

import pytest
from textual.widgets import Input

from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.prompts import Confirm, InputDialog, OperatorPrompts
from tests.live import until
from tests.ui.screen import Desk, opened


async def asked(desk: Desk) -> None:
    await desk.until(lambda: isinstance(desk.app.screen, InputDialog), "a question")
    await desk.seen()


async def test_a_host_key_is_accepted_by_a_whole_yes() -> None:
    async with opened() as desk:
        questions = OperatorPrompts(desk.app)
        for typed, believed in (("y", False), ("yes", True), ("", False)):
            answer = asyncio.create_task(questions.trust("bastion", "h port 22 shows the ED25519 key SHA256:abc[/]"))
            await asked(desk)
            assert "SHA256:abc[/]" in desk.text()
            await desk.press(*typed, "enter")
            assert await answer is believed
        assert isinstance(desk.app.screen, MainScreen)


async def test_a_secret_is_not_shown_and_escape_gives_nothing() -> None:
    async with opened() as desk:
        questions = OperatorPrompts(desk.app)
        answer = asyncio.create_task(questions.secret("bastion", "Passphrase of the key\x1b[2J mine", shown=False))
        await asked(desk)
        await desk.press(*"sesame")
        assert "sesame" not in desk.text()
        assert "Passphrase of the key" in desk.text()
        await desk.press("enter")
        assert await answer == "sesame"
        answer = asyncio.create_task(questions.secret("bastion", "Code", shown=True))
        await asked(desk)
        await desk.press(*"123")
        assert "123" in desk.text()
        await desk.press("escape")
        assert await answer is None


@pytest.mark.parametrize(("opens", "closes", "busy"), [("i", "n", Confirm), ("slash", "enter", Input)])
async def test_a_question_waits_until_nothing_else_is_typed(opens: str, closes: str, busy: type) -> None:
    async with opened() as desk:
        await desk.press(opens)
        await until(lambda: isinstance(desk.app.screen, busy) or isinstance(desk.app.focused, busy))
        answer = asyncio.create_task(OperatorPrompts(desk.app).secret("bastion", "Code", shown=True))
        await desk.pilot.pause(0.3)
        assert not isinstance(desk.app.screen, InputDialog)
        await desk.press(closes)
        await asked(desk)
        await desk.press("1", "enter")
        assert await answer == "1"


async def test_a_question_that_nobody_needs_any_more_goes_away() -> None:
    async with opened() as desk:
        answer = asyncio.create_task(OperatorPrompts(desk.app).secret("bastion", "Code", shown=True))
        await asked(desk)
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)
        await desk.until(lambda: isinstance(desk.app.screen, MainScreen), "the main screen")
