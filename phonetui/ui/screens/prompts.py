"""Dialogs that ask: yes or no, a typed line, and the questions of jump hosts."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import ClassVar, Generic, Self

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from phonetui.errors import ConfigError
from phonetui.text import printable
from phonetui.ui.screens.dialog import Dialog, Result, more, question, status_line
from phonetui.ui.text.rows import clip
from phonetui.ui.widgets.pane import line_input


class Confirm(Dialog[bool]):
    """True only after an explicit yes; that is not the default."""

    AUTO_FOCUS = "#no"
    ACTS_ON_ONE_KEY = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
        Binding("left,right,h,l", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, question: str, more: str = "") -> None:
        super().__init__()
        self._question = question
        self._more = more

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            with Horizontal(classes="buttons"):
                yield Button(Content("No (n)"), id="no", compact=True)
                yield Button(Content("Yes (y)"), id="yes", compact=True)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class LineDialog(Dialog[Result | None], Generic[Result]):
    """A question that is answered by typing. Ends with what is made of the line, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]
    KEY_HINTS: ClassVar[str] = ""

    def __init__(self, question: str, more: str, value: str = "", *, shown: bool = True, wanted: str = "") -> None:
        """`value` stands in the line already, `wanted` as long as nothing does; `shown`: what is typed can be seen."""
        super().__init__()
        self._question, self._more = question, more
        self._line = line_input(value, placeholder=clip(wanted, 100), password=not shown)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            yield self._line
            if self.KEY_HINTS:
                yield status_line(self.KEY_HINTS)

    def why_not(self, typed: str) -> str:  # noqa: ARG002 - a plain line takes anything
        """Why that cannot be the answer; empty where it can."""
        return ""

    def answer(self, typed: str) -> Result | None:
        raise NotImplementedError

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if why := self.why_not(event.value):
            self.update_status(why, failed=True)
        else:
            self.dismiss(self.answer(event.value))


class TypedConfirm(LineDialog[bool]):
    """True only once the words were typed as they stand there: a phone's name, or how many phones."""

    KEY_HINTS = "enter sends it   esc back: nothing is sent"

    def __init__(self, words: str, command: str, where: str, more: str) -> None:
        """`command` on `where`? `more` says what to type, which is `words`."""
        super().__init__(f"{clip(command, 100)} on {clip(where, 100)}?", more, wanted=words)
        self._words = words

    @classmethod
    def of_phone(cls, name: str, command: str) -> Self:
        return cls(name, command, name, "This cannot be undone. Type the phone's name to go on.")

    @classmethod
    def of_count(cls, count: int, command: str, more: str) -> Self:
        return cls(str(count), command, f"{count} phone{'' if count == 1 else 's'}", more)

    def why_not(self, typed: str) -> str:
        return "" if typed.strip() == self._words else f"That is not {clip(self._words, 100)}: nothing was sent."

    def answer(self, typed: str) -> bool:  # noqa: ARG002 - it was compared already
        return True


class InputDialog(LineDialog[str]):
    """A passphrase, a code, a whole yes. Left alone, it gives nothing."""

    def __init__(self, question: str, more: str, *, shown: bool, may_be_empty: bool = False) -> None:
        """`may_be_empty`: typing nothing is an answer, too."""
        super().__init__(question, more, shown=shown)
        self._may_be_empty = may_be_empty

    def answer(self, typed: str) -> str | None:
        return typed if typed or self._may_be_empty else None


class ValueDialog(LineDialog[tuple[object]]):
    """A value, judged while it is typed; it comes alone in a tuple, since None may be one."""

    KEY_HINTS = "enter stages it   esc back"

    def __init__(self, question: str, more: str, value: str, read: Callable[[str], object], *, shown: bool) -> None:
        """`read` makes a value of what is typed, or raises ConfigError saying why it is none."""
        super().__init__(question, more, value, shown=shown)
        self._read = read

    def on_input_changed(self, event: Input.Changed) -> None:
        why = self.why_not(event.value)
        self.update_status(why or self.KEY_HINTS, failed=bool(why))

    def why_not(self, typed: str) -> str:
        try:
            self._read(typed)
        except ConfigError as error:
            return f"✗ {clip(error.message, 200)}"
        return ""

    def answer(self, typed: str) -> tuple[object]:
        return (self._read(typed),)


PATIENCE_S = 0.2
"""Seconds between two looks whether the operator is free."""


class OperatorPrompts:
    """Dialogs for what jump hosts ask: one at a time, and never under the fingers of somebody who types elsewhere.

    Each waits for as long as another dialog is open or a line is being typed.
    """

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
