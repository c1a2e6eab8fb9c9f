"""Dialogs for one phone: dial a number, accept another certificate, sign in with another account."""

from collections.abc import Awaitable, Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from phonetui.config.settings import Secret
from phonetui.errors import AccessError, ConfigError, PhonetuiError
from phonetui.fleet.protocol import CertificateCheck
from phonetui.phone.state import PhoneId
from phonetui.ui.screens.dialog import Dialog, more, question, status_line
from phonetui.ui.text.rows import clip
from phonetui.ui.widgets.pane import line_input
from phonetui.xapi.control_commands import LONGEST_NUMBER, dialable

_LINE = 100
"""Cells of a line: a fingerprint and its name are 84."""
_TALL_FROM = 22
"""Rows of a terminal from which on there is room for more than the two fingerprints."""
_TRY = "enter tries it   tab other line   esc back"
_BACK = "esc back: nothing is accepted"
_COMPARE = "Compare the fingerprint with the phone's own or your records. Type the phone's name to accept."


class CertificateDialog(Dialog[bool]):
    """A dialog about a phone's certificate. Ends with whether it was accepted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(
        self,
        name: str,
        check: Callable[[], Awaitable[CertificateCheck]],
        accept: Callable[[CertificateCheck], Awaitable[None]],
    ) -> None:
        """`name` is what must be typed; `check` and `accept` raise PhonetuiError."""
        super().__init__()
        self._phone_name = name
        self._check = check
        self._accept = accept
        self._found: CertificateCheck | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide"):
            yield question(f"Certificate of {self._phone_name}")
            yield Static(Content("◐ asking the phone for it …"), id="certificate")
            name = line_input(placeholder=clip(self._phone_name, _LINE))
            name.disabled = True
            yield name
            yield status_line(_BACK)

    def on_mount(self) -> None:
        self.run_worker(self._ask(), exclusive=True)

    async def _ask(self) -> None:
        shown = self.query_one("#certificate", Static)
        try:
            found = await self._check()
        except PhonetuiError as error:
            shown.update(Content("No certificate was seen."))
            self.update_status(". ".join(error.sentences), failed=True)
            return
        lines = found.lines if self.size.height >= _TALL_FROM else found.lines[-2:]
        shown.update(Content("\n".join(clip(line, _LINE) for line in lines)))
        if found.is_same:
            self.update_status("It is the accepted one: there is nothing to decide.")
        elif found.refusal is not None:
            self.update_status(". ".join(found.refusal.sentences), failed=True)
        else:
            self._found = found
            field = self.query_one(Input)
            field.disabled = False
            field.focus()
            self.update_status(_COMPARE)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._found is None:
            return
        if event.value.strip() != self._phone_name:
            self.update_status(f"That is not {clip(self._phone_name, _LINE)}: nothing was accepted.", failed=True)
            return
        event.input.disabled = True
        self.run_worker(self._take(self._found), exclusive=True)

    async def _take(self, found: CertificateCheck) -> None:
        try:
            await self._accept(found)
        except ConfigError as error:  # it holds, but for this run alone
            self.app.notify(str(error), severity="warning", markup=False)
        except PhonetuiError as error:
            self.update_status(". ".join(error.sentences), failed=True)
            return
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)

    def update_status(self, words: str, *, failed: bool = False) -> None:
        super().update_status(f"{clip(words, 400)}\n{_BACK}", failed=failed)


class PhoneAccount(NamedTuple):
    """The account with which a phone accepted a sign-in."""

    username: str
    password: Secret
    phones: tuple[PhoneId, ...]
    """That are asked with it from now on."""


class AccountDialog(Dialog[PhoneAccount | None]):
    """Asks until a phone accepts, or the operator goes back; what it refuses can be typed again in place."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(
        self, name: str, why: str, username: str, sign_in: Callable[[str, Secret], Awaitable[tuple[PhoneId, ...]]]
    ) -> None:
        """`why` is what the phone refused, and what to try; `sign_in` raises PhonetuiError."""
        super().__init__()
        self._phone_name, self._why, self._username = name, why, username
        self._sign_in = sign_in

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide"):
            yield question(f"User and password of {self._phone_name}")
            yield more(self._why)
            yield line_input(self._username, placeholder="user of its xAPI account")
            yield line_input(placeholder="password (is not shown)", password=True)
            yield status_line(_TRY)

    @property
    def _fields(self) -> list[Input]:
        return list(self.query(Input))

    def on_mount(self) -> None:
        self._fields[-1].focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        user, password = self._fields
        if not user.value.strip() or not password.value:
            (password if user.value.strip() else user).focus()
            return
        for field in self._fields:
            field.disabled = True
        self.update_status("◐ asking the phone …   esc back")
        self.run_worker(self._try(user.value.strip(), Secret(password.value)), exclusive=True)

    async def _try(self, username: str, password: Secret) -> None:
        try:
            phones = await self._sign_in(username, password)
        except PhonetuiError as error:
            again = "Type it again" if isinstance(error, AccessError) else "Try again"
            self.update_status(f"✗ {clip(error.message, 300)}. {again}.\n{_TRY}", failed=True)
            for field in self._fields:
                field.disabled = False
            self._fields[-1].value = ""
            self._fields[-1].focus()
        else:
            self.dismiss(PhoneAccount(username, password, phones))


class DialDialog(Dialog[str | None]):
    """A dialog for a number.

    Ends with the number that the phone accepted, or None. A refusal is shown in it, so that the number can be mended.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("up", "recall(-1)", "Older number", show=False),
        Binding("down", "recall(1)", "Newer number", show=False),
    ]

    def __init__(self, phone: str, dialled: list[str], dial: Callable[[str], Awaitable[None]]) -> None:
        """`dialled` has the newest number last; `dial` raises PhonetuiError."""
        super().__init__()
        self._phone = phone
        self._dialled = dialled
        self._dial = dial
        self._place = len(dialled)
        self._typed = ""
        self._is_dialling = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(f"Dial on {self._phone}")
            yield line_input(placeholder="number or user@host", max_length=LONGEST_NUMBER)
            yield status_line(self._key_hints())

    def on_input_changed(self) -> None:
        if not self._is_dialling:
            self.update_status(self._key_hints())

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._is_dialling:
            return
        try:
            number = dialable(event.value)
        except ValueError as error:
            self.update_status(f"Not dialled: {error}.", failed=True)
            return
        self._is_dialling = True
        self.update_status(f"Dialling {number} …")
        self.run_worker(self._try(number), exclusive=True)

    def action_recall(self, by: int) -> None:
        """The number typed so far is the newest of all."""
        field = self.query_one(Input)
        if self._place == len(self._dialled):
            self._typed = field.value
        self._place = min(max(self._place + by, 0), len(self._dialled))
        field.value = (*self._dialled, self._typed)[self._place]
        field.cursor_position = len(field.value)

    async def _try(self, number: str) -> None:
        try:
            await self._dial(number)
        except PhonetuiError as error:
            self._is_dialling = False
            self.update_status(clip(". ".join(error.sentences), 400), failed=True)
        else:
            self.dismiss(number)

    def _key_hints(self) -> str:
        older = "↑ dialled before   " if self._dialled else ""
        return f"enter dials   {older}esc back"
