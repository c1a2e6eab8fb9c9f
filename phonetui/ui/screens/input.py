"""A question that is answered by typing: a passphrase, a code, a whole yes. Left alone, it gives nothing.

A value that is typed, judged while it is.

Questions of jump hosts as dialogs: one at a time, and never under the fingers of somebody who types elsewhere.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from phonetui.errors import ConfigError
from phonetui.text import printable
from phonetui.ui.screens.dialog import Dialog, more, question
from phonetui.ui.text.rows import clip


class InputDialog(Dialog[str | None]):
    """Ends with what was typed, or None."""

    CSS_PATH = "../styles/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, question: str, more: str, *, shown: bool, may_be_empty: bool = False) -> None:
        """`shown`: what is typed can be seen; `may_be_empty`: typing nothing is an answer, too."""
        super().__init__()
        self._may_be_empty = may_be_empty
        self._question = question
        self._more = more
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            typed = Input(password=not self._shown, compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value if event.value or self._may_be_empty else None)

    def action_leave(self) -> None:
        self.dismiss(None)


_KEY_HINTS = "enter stages it   esc back"


class ValueDialog(Dialog[tuple[object] | None]):
    """Ends with the value alone in a tuple, since None may be one; or with None."""

    CSS_PATH = "../styles/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, question: str, more: str, value: str, read: Callable[[str], object], *, shown: bool) -> None:
        """`read` makes a value of what is typed, or raises ConfigError saying why it is none.

        `shown`: what is typed can be seen.
        """
        super().__init__()
        self._question = question
        self._more = more
        self._value = value
        self._read = read
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            typed = Input(self._value, password=not self._shown, compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed
            yield Static(Content(_KEY_HINTS), classes="more", id="told")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._judge(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._judge(event.value):
            self.dismiss((self._read(event.value),))

    def action_leave(self) -> None:
        self.dismiss(None)

    def _judge(self, typed: str) -> str:
        """Why it is no value, which is told; empty where it is one."""
        try:
            self._read(typed)
            why = ""
        except ConfigError as error:
            why = error.message
        told = self.query_one("#told", Static)
        told.set_class(bool(why), "-failed")
        told.update(Content(f"✗ {clip(why, 200)}" if why else _KEY_HINTS))
        return why


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

            dialog = InputDialog(question, more, shown=shown)
            try:
                await self._app.push_screen(dialog, take)
                return await answered
            except asyncio.CancelledError:
                if dialog.is_current:
                    dialog.dismiss(None)  # the jump host hung up while it waited
                raise

    def _is_busy(self) -> bool:
        return isinstance(self._app.screen, ModalScreen) or isinstance(self._app.focused, Input)
