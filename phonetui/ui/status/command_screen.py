"""The screen on which commands are typed, with what they answered."""

from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.errors import ConfigError
from phonetui.phone.models import model
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.screen_state import TranscriptEntry, TranscriptOutcome
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.screens.permission import command_question, with_permission
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.status import command_line
from phonetui.ui.status.command_dispatch import send_typed
from phonetui.ui.status.command_line import (
    LineCompletions,
    TypedCommand,
    line_completions,
    parse_line,
)
from phonetui.ui.text.rows import clip
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.pane import Prompt
from phonetui.ui.widgets.row_list import StaticRows
from phonetui.xapi.command import redacted_line
from phonetui.xapi.control_commands import needs_confirmation
from phonetui.xapi.document import EMPTY
from phonetui.xapi.schema import published

KEPT = 200
"""Lines typed and answers that are remembered."""
_KEY_HINTS = (("enter", "send"), ("tab", "complete"), ("↑ ↓", "typed before"), ("pgup pgdn", "answers"))
_HINT = "Call Dial Number=5000   tab completes, ↑ typed before"


class CommandScreen(LiveScreen):
    """Typing asks nobody; what is sent passes the same question as a dialled number."""

    screen_id = "command"
    CSS_PATH = "../styles/command.tcss"
    AUTO_FOCUS = ""
    is_always_live = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("tab", "complete(1)", "Complete", priority=True, show=False),
        Binding("shift+tab", "complete(-1)", "Complete backwards", priority=True, show=False),
        Binding("up", "recall(-1)", "Older line", show=False),
        Binding("down", "recall(1)", "Newer line", show=False),
        Binding("pageup", "page(-1)", "Older answers", show=False),
        Binding("pagedown", "page(1)", "Newer answers", show=False),
    ]

    def __init__(self, phone: PhoneId, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._phone = phone
        self._schema = published()
        self._place = len(self._session.commanded)
        self._typed = ""
        self._completions = LineCompletions(0)
        self._cycle: tuple[str, int] | None = None
        """The line before tab began to walk through the choices, and the choice that stands there now."""

    @property
    def _shown(self) -> Phone | None:
        return self._session.fleet.phones.get(self._phone)

    def body(self) -> ComposeResult:
        phone = self._shown
        yield StaticRows(id="log", follow=True)
        yield StaticRows(id="choices")
        yield Prompt(f"{clip(phone.name if phone else self._phone, 24)} :", "", _HINT)

    def on_mount(self) -> None:
        self._view("log").set_title("Commands")
        self.call_after_refresh(self._update_completions)
        self.call_after_refresh(self.run_worker, self._read_schema(), exit_on_error=True)

    async def _read_schema(self) -> None:
        """What this phone takes, as it says itself: asked for beside the typing.

        Choices that are being walked through stay what they are until something else is typed.
        """
        trees = self._session.trees
        if trees is not None:
            self._schema = await trees.commands(self._phone)
            if self._cycle is None:
                self._update_completions()

    def draw(self, snapshot: Snapshot) -> None:
        self._view("log").show(command_line.transcript_rows(self._session.exchanges, snapshot.zone))
        self.show_key_hints(_KEY_HINTS)

    @property
    def stamp(self) -> object:
        exchanges = self._session.exchanges
        return super().stamp, len(exchanges), exchanges[-1] if exchanges else None

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._cycle is None or event.value != self._choice_line():
            self._cycle = None
            self._update_completions()

    def _update_completions(self) -> None:
        """Shows what could come next."""
        phone = self._shown
        of = model((phone.system.product_id or phone.expected_model) if phone else None)
        known = {"Key": [of.spelled(key) for key in of.keys]}
        self._completions = line_completions(self._line.value, self._schema, known)
        self._draw_choices()

    def _draw_choices(self) -> None:
        source = "as this phone lists them" if self._schema.is_the_phones else "as published for PhoneOS"
        rows = command_line.choice_rows(self._completions, source)
        cycle = self._cycle
        self._view("choices").show(
            rows, () if cycle is None else range(len(rows)), at=cycle and cycle[1] + 1, asked=True
        )

    def action_complete(self, by: int) -> None:
        """What all choices share; then one choice after the other."""
        found, line = self._completions, self._line.value
        if not found.choices:
            return
        common = line[: found.start] + found.common()
        if self._cycle is None and len(common) > len(line):
            self._write(common)
        elif self._cycle is None and len(found.choices) == 1:
            self._write(line[: found.start] + found.choices[0].word)
        else:
            before, at = self._cycle or (line, -1 if by > 0 else 0)
            self._cycle = (before, (at + by) % len(found.choices))
            self._write(self._choice_line())
            self._draw_choices()

    def _choice_line(self) -> str:
        before, at = self._cycle or (self._line.value, 0)
        return before[: self._completions.start] + self._completions.choices[at].word

    def action_recall(self, by: int) -> None:
        """The line typed so far is the newest of all."""
        lines = self._session.commanded
        if self._place >= len(lines):
            self._typed = self._line.value
        self._place = min(max(self._place + by, 0), len(lines))
        self._write((*lines, self._typed)[self._place])

    def action_page(self, by: int) -> None:
        self._view("log").action_page(by)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        line, phone = event.value.strip(), self._shown
        if not line or phone is None:
            return
        self._remember(line)
        self._write("")
        entry = TranscriptEntry(self._session.clock.now(), phone.name, redacted_line(line), TranscriptOutcome.WAITING)
        language, begin = command_line.language_of(line)
        if language != "command":
            self._note(self._read(language, line[begin:], entry))
            return
        try:
            typed = parse_line(line)
        except ConfigError as error:
            self._note(replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason=str(error)))
            return
        with_permission(
            self,
            self._session,
            phone,
            command_question(phone, redacted_line(line)),
            lambda granted: self._confirmed(granted, typed, entry),
            refused=lambda why: self._note(replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason=why)),
        )

    def _read(self, language: str, path: str, entry: TranscriptEntry) -> TranscriptEntry:
        """A pasted `xStatus` is answered out of what was read of the phone; nothing is sent."""
        trees = self._session.trees
        if language == "configuration":
            reason = "phones don't take xConfiguration over xAPI: w, then c, has a Webex phone's configuration"
            return replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason=reason)
        try:
            answer = command_line.read_status(path, trees.document(self._phone) if trees is not None else EMPTY)
        except ConfigError as error:
            return replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason=str(error))
        return replace(entry, outcome=TranscriptOutcome.DONE, answer=answer)

    def _confirmed(self, phone: Phone, typed: TypedCommand, entry: TranscriptEntry) -> None:
        """What cannot be undone wants the phone's name first."""
        if not needs_confirmation(typed.command):
            self._send(typed, entry)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(typed, entry, confirmed=True)
            else:
                self._note(replace(entry, outcome=TranscriptOutcome.NOT_SENT, reason="the phone's name was not typed"))

        self.app.push_screen(screens.TypedConfirm.of_phone(phone.name, str(typed.command)), answered)

    def _send(self, typed: TypedCommand, entry: TranscriptEntry, *, confirmed: bool = False) -> None:
        """The app's affair from here on: an answer is noted even when this screen is gone."""
        self._note(entry)
        session, phone = self._session, self._phone

        async def send() -> None:
            session.settle(entry, await send_typed(session, phone, typed, entry, confirmed=confirmed))

        self.app.run_worker(send())

    def _note(self, entry: TranscriptEntry) -> None:
        self._session.exchanges.append(entry)
        del self._session.exchanges[:-KEPT]
        self.refresh_view()

    def _remember(self, line: str) -> None:
        lines = self._session.commanded
        if line in lines:
            lines.remove(line)
        lines.append(line)
        del lines[:-KEPT]
        self._place = len(lines)

    def _write(self, line: str) -> None:
        self._line.value = line
        self._line.cursor_position = len(line)

    @property
    def _line(self) -> Input:
        return self.query_one(Input)
