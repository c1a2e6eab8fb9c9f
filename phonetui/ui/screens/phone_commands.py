"""Commands for the phone under the cursor, the same on every screen over the phones."""

import asyncio
from collections.abc import Callable
from functools import partial, partialmethod
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.notifications import SeverityLevel

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import AccountFleet, CertificateFleet, Permission
from phonetui.phone.models import model
from phonetui.phone.state import Phone, call_words
from phonetui.ui import screens
from phonetui.ui.key_queue import KeyQueue, Outcome
from phonetui.ui.screens import permission
from phonetui.ui.screens.permission import with_permission
from phonetui.ui.screens.screen_commands import PanedScreen, ScreenCommands
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import name, why_refused
from phonetui.ui.text.rows import clip
from phonetui.ui.webex_status import why_unavailable

if TYPE_CHECKING:
    from phonetui.ui.screens import AccountDialog
    from phonetui.xapi.command import CommandResult  # brings the whole language along: not before the first frame


def dial_summary(answer: "CommandResult") -> str:
    """`L1`, as far as the phone said where the call is."""
    said = {path.names[-1]: value for path, value in answer.document.items() if path.names}
    if "LineId" in said:
        return call_words(said["LineId"], said.get("CallId", ""))
    return f"call {said['CallId']}" if "CallId" in said else "the phone accepted"


PACE = 2.0
"""By how much one press has a phone read more or less often."""


@runtime_checkable
class ControllingApp(Protocol):
    """An app that sends keys to phones."""

    control: KeyQueue


class PhoneCommands(ScreenCommands):
    """The part of a screen that acts."""

    @property
    def control(self) -> KeyQueue:
        assert isinstance(self.app, ControllingApp)  # noqa: S101 - the only one that these screens run in
        return self.app.control

    def action_call_dial(self) -> None:
        self._with_permission(permission.dial_question, self._dial)

    def action_call_answer(self) -> None:
        self._with_permission(permission.answer_question, self._answer, unless=_nothing_rings)

    def action_call_hangup(self) -> None:
        self._with_permission(permission.hang_up_question, lambda phone: self._press(phone, "Release"), unless=_no_call)

    def action_phone_keys(self) -> None:
        self._with_permission(permission.keys_question, self._take_keys)

    def action_phone_release(self) -> None:
        """What still waits in the queue is not sent; what was sent is."""
        fleet, phone = self.view_state.session.fleet, self.require_phone()
        if phone is None:
            return
        if phone.id not in fleet.granted:
            self.say("There is no control to give back.")
            return
        self.control.drop(phone.id)
        fleet.revoke(phone.id)
        self.refresh_view()

    def action_phone_certificate(self) -> None:
        """Accepting one is ours alone: nothing is sent to the phone, so it takes no control and works read-only."""
        fleet, phone = self.view_state.session.fleet, self.require_phone()
        if phone is None:
            return
        if not isinstance(fleet, CertificateFleet):
            self.say("Certificates are not accepted here.")
        else:
            self.app.push_screen(
                screens.CertificateDialog(
                    str(phone.name),
                    partial(fleet.check_certificate, phone.id),
                    partial(fleet.accept_certificate, phone.id),
                ),
                lambda accepted: self._accepted(phone) if accepted else None,
            )

    def _accepted(self, phone: Phone) -> None:
        self.notify(f"{name(phone)}: its certificate is accepted; it is tried again now.", markup=False)
        self.refresh_view()

    def action_phone_password(self) -> None:
        """Asks for a phone's account, for this session, or for good where the configuration can keep it."""
        fleet, phone = self.view_state.session.fleet, self.require_phone()
        if phone is None:
            return
        if not isinstance(fleet, AccountFleet):
            self.say("Passwords are not taken here.")
            return
        try:
            username = fleet.username(phone.id)
        except PhonetuiError as error:
            self.say(f"{error.message}.")
            return
        connection = phone.connection
        is_refused = connection.reason == "credentials"
        why = ". ".join(filter(None, (connection.detail, connection.hint))) if is_refused else f"It lets {username} in."
        dialog = screens.AccountDialog(name(phone), why, username, partial(fleet.sign_in, phone.id))
        self.run_worker(self._sign_in(phone, dialog), name="account")

    async def _sign_in(self, phone: Phone, dialog: "AccountDialog") -> None:
        account = await self.app.push_screen_wait(dialog)
        if account is None:
            return
        others = len(account.phones) - 1
        too = f", and {others} more that refused the same" if others else ""
        self.notify(f"{name(phone)} lets {account.username} in{too}.", markup=False)
        self.refresh_view()
        keep = self.view_state.session.keep_account
        question = "Keep the password in the configuration?"
        more = "Only you can read the file. No keeps it for this session only."
        if keep is None or not await self.app.push_screen_wait(screens.Confirm(question, more)):
            return
        try:
            file = await asyncio.to_thread(keep, account.phones, account.username, account.password)
        except PhonetuiError as error:
            words = f"Not kept, so it is asked again at the next start: {'. '.join(error.sentences)}"
            self.notify(words, severity="warning", markup=False)
        else:
            self.notify(f"Kept: {file}", markup=False)

    def action_screen_picture(self) -> None:
        """Looking is no act of control: nobody is asked. A read-only phone is sent no command, not even this one;
        whether it is, a collector knows, which needs no operator's key for it.
        """
        phone = self.require_tree()
        if phone is None:
            return
        session, why = self.view_state.session, why_refused(phone)
        if not why and not session.is_attached and session.fleet.permission(phone.id) is Permission.DENIED:
            why = permission.why_read_only(session)
        if why:
            self.notify(f"{name(phone)}: {why}", severity="warning", markup=False)
        else:
            self.app.push_screen(screens.PictureScreen(phone.id, self.view_state), lambda _: self.refresh_view())

    def open_call(self) -> None:
        """The call of the phone that stands worst, alone on the screen."""
        phone = self.require_phone()
        if phone is None:
            return
        keys = [call.key for call in phone.calls]
        worst = phone.worst.key if phone.worst else None
        wanted = worst if worst in keys else next(iter(keys), None)
        records = (record for record in self.view_state.records if record.is_up and record.phone == phone.id)
        record = next((record for record in records if record.key == wanted), None)
        if record is None:
            why = "no call is up" if wanted is None else "the call was only just seen: press again"
            self.say(f"{name(phone)}: {why}.")
        else:
            self.app.push_screen(screens.CallDetail(self.view_state, record.id), lambda _: self.selection_changed())

    def action_screen_webex(self) -> None:
        """What Webex says of the phone, or of the device that only Webex knows."""
        if not self.take_cursor():
            return
        session, device = self.view_state.session, self.view_state.device
        if session.cloud is None:
            self.say(why_unavailable(session))
        elif device is None:
            self.say(_unknown(self.view_state.snapshot()))
        else:
            self.app.push_screen(screens.WebexScreen(self.view_state, device), lambda _: self.selection_changed())

    def _pace(self, by: float) -> None:
        phone = self.require_phone()
        if phone is None:
            return
        poll = self.view_state.session.fleet.pace(phone.id, by)
        words = f"calls every {poll.call_s:g} s, else every {poll.idle_s:g} s"
        words += " through Webex" if phone.is_behind_webex else f", inventory every {poll.slow_s:g} s"
        self.notify(f"{name(phone)} is read: {words}.", markup=False)

    action_poll_faster = partialmethod(_pace, PACE)
    action_poll_slower = partialmethod(_pace, 1 / PACE)

    def _with_permission(
        self,
        question: Callable[[Phone], str],
        act: Callable[[Phone], None],
        *,
        unless: Callable[[Phone], str] | None = None,
    ) -> None:
        """Calls `act` with the selected phone, once the operator has said yes to `question` where that is needed.

        `unless` names what makes it pointless for the phone's calls, so that nobody is asked for nothing; nothing is
        done, either, once these are others than those that were asked about.
        """
        session, phone = self.view_state.session, self.require_phone()
        if phone is None:
            return
        if unless is not None and (pointless := unless(phone)):
            self.say(f"{name(phone)}: {pointless}.")
            return

        def granted(now: Phone) -> None:
            self.refresh_view()
            why = unless(now) if unless is not None else ""
            if unless is not None and not why and permission.has_changed(phone, now):
                why = "its calls changed while the question stood, so nothing was sent"
            if why:
                self.notify(f"{name(phone)}: {why}.", severity="warning", markup=False)
            else:
                act(now)

        with_permission(self, session, phone, question(phone), granted)

    def _dial(self, phone: Phone) -> None:
        session = self.view_state.session

        async def dial(number: str) -> None:
            answer = await session.fleet.dial(phone.id, number)
            if number in session.dialled:
                session.dialled.remove(number)
            session.dialled.append(number)
            if session.remember:
                session.remember(number)
            self.notify(f"{name(phone)}: {dial_summary(answer)}, {number}", markup=False)

        self.app.push_screen(
            screens.DialDialog(name(phone), session.dialled, dial), lambda number: self._dialled(phone, number)
        )

    def _dialled(self, phone: Phone, number: str | None) -> None:
        """After a call was begun the calls of that phone are what matters."""
        if number is not None:
            self.show_phone(phone.id)
            if isinstance(self, PanedScreen):
                self.focus_pane("calls")

    def _answer(self, phone: Phone) -> None:
        of, ringing = model(phone.system.product_id or phone.expected_model), permission.ringing_call(phone)
        self._press(phone, of.answer_keys(ringing.line if ringing else 1)[0])

    def _take_keys(self, phone: Phone) -> None:
        self.app.push_screen(screens.KeysScreen(phone.id, self.view_state, self.control), lambda _: self.refresh_view())

    def _press(self, phone: Phone, key: str) -> None:
        sent = self.control.press(phone.id, key)

        def tell() -> None:
            press = sent.result()
            is_sent = press.outcome is Outcome.SENT
            words = "sent." if is_sent else f"{press.outcome.value}: {clip(press.words, 200)}"
            severity: SeverityLevel = "information" if is_sent else "error"
            self.notify(f"{name(phone)}: {key} {words}", severity=severity, markup=False)

        sent.add_done_callback(lambda _: self.app.call_later(tell))


def _unknown(snapshot: Snapshot) -> str:
    """Why Webex has nothing to say of what is selected."""
    if snapshot.phone is None:
        return "No phone is selected."
    if snapshot.cloud is not None and not snapshot.cloud.is_whole:
        return f"Webex has not listed {name(snapshot.phone)} so far. {snapshot.cloud.failure}".rstrip()
    return f"Webex doesn't list {name(snapshot.phone)}. If it should: set mac or serial of the phone."


def _nothing_rings(phone: Phone) -> str:
    return "" if permission.ringing_call(phone) else "nothing rings"


def _no_call(phone: Phone) -> str:
    return "" if phone.has_live_call else "there is no call to hang up"
