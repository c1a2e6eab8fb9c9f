"""Questions of jump hosts as dialogs: one at a time, and never under the fingers of somebody who types elsewhere."""

import asyncio
from contextvars import copy_context

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Input

from phonetui.text import printable
from phonetui.ui.screens import doors

PATIENCE_S = 0.2
"""Between two looks whether the operator is free."""


class Questions:
    """Asks for whoever needs an answer; waits for as long as another dialog is open or a line is being typed."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._context = copy_context()
        """The toolkit finds the app by it; a question may come from a thread that knows of none."""
        self._turn = asyncio.Lock()

    async def trust(self, jump: str, words: str) -> bool:
        """Typed out, as OpenSSH wants it: one key is pressed too easily by somebody who meant another screen."""
        more = f"{printable(words)}.\n\nNobody has accepted this host key yet. Compare it with what the host's"
        more += " administrator gave you. Type yes to accept it from now on; esc refuses."
        answer = await self._ask(f"Jump host {printable(jump)}", more, shown=True)
        return answer is not None and answer.strip().casefold() == "yes"

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        more = "enter gives it to the jump host; esc gives nothing"
        return await self._ask(f"Jump host {printable(jump)}: {printable(words)}", more, shown=shown)

    async def _ask(self, question: str, more: str, *, shown: bool) -> str | None:
        asking = self._asked(question, more, shown=shown)
        return await asyncio.get_running_loop().create_task(asking, context=self._context)

    async def _asked(self, question: str, more: str, *, shown: bool) -> str | None:
        async with self._turn:
            if self._is_busy():
                self._app.notify(f"{question}: waits until nothing else is being typed.", markup=False)
            while self._is_busy():  # noqa: ASYNC110 - no one event says that nothing is typed any more
                await asyncio.sleep(PATIENCE_S)
            answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

            def take(answer: str | None) -> None:
                if not answered.done():
                    answered.set_result(answer)

            dialog = doors.answering(question, more, shown=shown)
            try:
                await self._app.push_screen(dialog, take)
                return await answered
            except asyncio.CancelledError:
                if dialog.is_current:
                    dialog.dismiss(None)  # the jump host hung up while it waited
                raise

    def _is_busy(self) -> bool:
        return isinstance(self._app.screen, ModalScreen) or isinstance(self._app.focused, Input)
