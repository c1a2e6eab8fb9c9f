"""What the operator can do from the main screen: open other screens, and act on the selected phone with permission."""

from collections.abc import Callable
from functools import partial, partialmethod
from typing import TYPE_CHECKING

from textual.notifications import SeverityLevel
from textual.screen import Screen

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import AdoptingFleet, CertificateFleet, Permission
from phonetui.phone.models import model
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import permission, screens
from phonetui.ui.key_queue import KeyQueue, Outcome
from phonetui.ui.keyboard import shown
from phonetui.ui.permission import with_permission
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import name, why_refused
from phonetui.ui.text.rows import clip
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import NO_WEBEX, why_unavailable

if TYPE_CHECKING:
    from phonetui.xapi.command import CommandResult  # brings the whole language along: not before the first frame


def dial_summary(answer: "CommandResult") -> str:
    """`call 0 on line 1`, as far as the phone said."""
    said = {path.names[-1]: value for path, value in answer.document.items() if path.names}
    parts = [
        f"call {said['CallId']}" if "CallId" in said else "",
        f"on line {said['LineId']}" if "LineId" in said else "",
    ]
    return " ".join(filter(None, parts)) or "the phone accepted"


PACE = 2.0
"""By how much one press has a phone read more or less often."""


class PhoneCommands(Screen[None]):
    """The part of the main screen that acts."""

    view_state: ViewState
    control: KeyQueue

    def refresh_view(self) -> None:
        raise NotImplementedError

    def focus_pane(self, name: str) -> None:
        raise NotImplementedError

    def select(self, phone: PhoneId) -> None:
        raise NotImplementedError

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
        fleet, phone = self.view_state.session.fleet, self._require_selected()
        if phone is None:
            return
        if phone.id not in fleet.granted:
            self.notify("There is no control to give back.", markup=False)
            return
        self.control.drop(phone.id)
        fleet.revoke(phone.id)
        self.refresh_view()

    def action_phone_certificate(self) -> None:
        """Accepting one is ours alone: nothing is sent to the phone, so it takes no control and works read-only."""
        fleet, selected = self.view_state.session.fleet, self.view_state.selected
        phone = fleet.phones.get(selected) if selected is not None else None
        if phone is None:
            self.notify(self._why_none(), markup=False)
        elif not isinstance(fleet, CertificateFleet):
            self.notify("Certificates are not accepted here.", markup=False)
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

    def _open(self, name: str) -> None:
        """The screen of that name, which follows what is selected; its module is imported now."""
        self.app.push_screen(getattr(screens, name)(self.view_state), lambda _: self._returned())

    action_screen_fleet = partialmethod(_open, "FleetScreen")
    action_screen_alerts = partialmethod(_open, "AlertsScreen")
    action_screen_chart = partialmethod(_open, "ChartScreen")
    action_screen_events = partialmethod(_open, "EventsScreen")

    def action_screen_status(self) -> None:
        if self._selected_with_tree() is not None:
            self._open("StatusScreen")

    def action_screen_jobs(self) -> None:
        """Of the whole organization: no phone need be selected."""
        if words := why_unavailable(self.view_state.session):
            self.notify(words, markup=False)
        else:
            self.app.push_screen(screens.JobsScreen(self.view_state), lambda _: self.refresh_view())

    def action_screen_command(self) -> None:
        """Typing asks nothing; sending does."""
        phone = self._selected_with_tree()
        if phone is not None:
            self.app.push_screen(screens.CommandScreen(phone.id, self.view_state), lambda _: self._returned())

    def action_screen_picture(self) -> None:
        """Looking is no act of control: nobody is asked. A read-only phone is sent no command, not even this one."""
        phone = self._selected_with_tree()
        if phone is None:
            return
        session, why = self.view_state.session, why_refused(phone)
        if not why and session.fleet.permission(phone.id) is Permission.DENIED:
            why = permission.why_read_only(session)
        if why:
            self.notify(f"{name(phone)}: {why}", severity="warning", markup=False)
        else:
            self.app.push_screen(screens.PictureScreen(phone.id, self.view_state), lambda _: self.refresh_view())

    def action_screen_calls(self) -> None:
        self.app.push_screen(screens.CallsScreen(self.view_state), lambda _: self.refresh_view())

    def action_screen_webex(self) -> None:
        """What Webex says of the phone, or of the device that only Webex knows."""
        session, device = self.view_state.session, self.view_state.device
        if session.cloud is None:
            self.notify(NO_WEBEX, markup=False)
        elif device is None:
            self.notify(_unknown(self.view_state.snapshot()), markup=False)
        else:
            self.app.push_screen(screens.WebexScreen(self.view_state, device), lambda _: self._returned())

    def visit_device(self) -> None:
        """Enter on a device that only Webex knows: it is watched from then on, where the fleet can do that."""
        fleet, device = self.view_state.session.fleet, self.view_state.device
        if device is None or not isinstance(fleet, AdoptingFleet):
            self.action_screen_webex()
            return
        try:
            phone = fleet.adopt(device.key)
        except PhonetuiError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            self.select(phone)
            self.focus_pane("calls")

    def _pace(self, by: float) -> None:
        phone = self._require_selected()
        if phone is None:
            return
        poll = self.view_state.session.fleet.pace(phone.id, by)
        words = f"calls every {poll.call_s:g} s, else every {poll.idle_s:g} s"
        words += " through Webex" if phone.is_behind_webex else f", inventory every {poll.slow_s:g} s"
        self.notify(f"{name(phone)} is read: {words}.", markup=False)

    action_poll_faster = partialmethod(_pace, PACE)
    action_poll_slower = partialmethod(_pace, 1 / PACE)

    def action_view_yank(self) -> None:
        screens.copy_menu(self, self.view_state)

    def _selected_with_tree(self) -> Phone | None:
        phone = self._require_selected()
        if phone is not None and self.view_state.session.trees is None:
            self.notify("Neither status tree nor commands are offered here.", markup=False)
            return None
        return phone

    def _require_selected(self) -> Phone | None:
        """The phone that a key hits; where that is none, says so."""
        selected = self.view_state.selected
        phone = self.view_state.session.fleet.phones.get(selected) if selected is not None else None
        if phone is None:
            self.notify(self._why_none(), markup=False)
        elif self.view_state.has_strayed:
            words = f"What was selected is gone, and {name(phone)} is selected since: nothing was done. Press again."
            self.notify(words, severity="warning", markup=False)
            return None
        return phone

    def _why_none(self) -> str:
        if self.view_state.device is None:
            return "No phone is selected."
        key_in_force = shown(self.view_state.session.keys["screen.webex"].partition(",")[0])
        return f"This phone is known to Webex alone: {key_in_force} shows what can be done."

    def _returned(self) -> None:
        """From a screen on which another phone may have been chosen."""
        if self.view_state.selected is not None:
            self.select(self.view_state.selected)
        else:
            self.refresh_view()

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
        session, phone = self.view_state.session, self._require_selected()
        if phone is None:
            return
        if unless is not None and (pointless := unless(phone)):
            self.notify(f"{name(phone)}: {pointless}.", markup=False)
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
            self.view_state.selected = phone.id
            self.refresh_view()
            self.focus_pane("calls")

    def _answer(self, phone: Phone) -> None:
        of, ringing = model(phone.system.product_id or phone.expected_model), permission.ringing_call(phone)
        self._press(phone, f"Line{ringing.line}" if ringing and of.has_line_keys else of.answer_key)

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
