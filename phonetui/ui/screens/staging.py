"""Edits of a device's configuration on their way to Webex.

enter ──► staged ──► d: old → new and the JSON Patch ──► a: one PATCH ──► read again ──► what isn't as asked stays
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from phonetui.errors import PhonetuiError
from phonetui.text import printable
from phonetui.ui.cloudless import READ_ONLY
from phonetui.ui.panes import configuration as tree
from phonetui.ui.panes.configuration import Node
from phonetui.ui.panes.enquiry import Enquiry, failed
from phonetui.ui.screens import doors
from phonetui.ui.screens.searching import Searching
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.configuration import BACK, DeviceSetting, Edits, configuration
from phonetui.webex.devices import WebexDevice
from phonetui.webex.setting_schema import InputForm, written

_MOST = 5
"""Edits that the question before applying names."""


class Staging(Searching[Node | int]):
    """What the tree of keys is drawn over: settings, and edits of them."""

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint, device)
        self.settings: tuple[DeviceSetting, ...] | None = None
        self.edits = Edits()
        self.is_diff = False
        """Whether what is staged is shown, rather than everything."""
        self._sent = Edits()
        """What went out and was not read again since."""

    @property
    def held(self) -> str:
        return f"{_edits(len(self.edits))} would be forgotten" if self.edits else ""

    @property
    @abstractmethod
    def chosen(self) -> DeviceSetting | None:
        """The setting under the cursor, for what is drawn."""

    async def read(self, cloud: Cloud) -> Enquiry:
        answer = await cloud.ask("configurations list", {"deviceId": self.device.id})
        self.settings = configuration(answer.value)
        sent, self._sent = self._sent, Edits()
        left = self.edits.left(self.settings) if sent else self.edits
        self.edits = left.among(self.settings)
        self.is_diff = self.is_diff and bool(self.edits)
        return self._outcome(self.settings, len(sent), sent.left(self.settings)) if sent else Enquiry()

    def _outcome(self, settings: Sequence[DeviceSetting], asked: int, left: Edits) -> Enquiry:
        if not left:
            return Enquiry(outcome=f"{_edits(asked)} applied, and read again as asked")
        reads: dict[str, str] = {setting.key: tree.value(setting, setting.value) for setting in settings}
        told = "; ".join(f"{key} reads {reads[key]}" if key in reads else f"{key} is gone" for key in left.asked)
        return Enquiry(outcome=f"applied, but {len(left)} of {asked} not as asked: {told}", is_good=False)

    def may_edit(self, setting: DeviceSetting) -> bool:
        """Says why not."""
        why = self.device.why_not_editable or setting.why_not
        if self._cloud is not None and self._cloud.is_read_only:
            why = READ_ONLY
        elif self._enquiry.is_asking:
            why = "Webex is being asked: wait for its answer"
        if why:
            self.notify(f"{setting.key}: {why}.", severity="warning", markup=False)
        return not why

    def ask_value(self, setting: DeviceSetting) -> None:
        space, now = setting.space, self.edits.asked.get(setting.key, setting.value)
        if space.form in (InputForm.CHOICE, InputForm.FLAG):
            at = next((place for place, each in enumerate(space.choices) if each == now), 0)
            choosing = doors.choosing(setting.key, [(each, "") for each in tree.choices(setting)], place=at)
            self.app.push_screen(
                choosing, lambda places: self.stage(setting, space.choices[places[0]]) if places else None
            )
            return
        before = "" if setting.is_secret or now is BACK else written(now)
        valuing = doors.valuing(setting.key, space.words, before, space.read, shown=not setting.is_secret)
        self.app.push_screen(valuing, lambda found: None if found is None else self.stage(setting, found[0]))

    def stage(self, setting: DeviceSetting, value: object) -> None:
        """Compared with what holds by now: the key may have been read again while the value was typed."""
        known = (each for each in self.settings or () if each.key == setting.key)
        self.edits = self.edits.staged(next(known, setting), value)
        self.relist()

    def action_configuration_default(self) -> None:
        setting = self.require_target()
        if isinstance(setting, DeviceSetting) and self.may_edit(setting):
            if not setting.is_set:
                self.notify(f"{setting.key} has its default already.", markup=False)
            self.stage(setting, BACK)

    def action_configuration_undo(self) -> None:
        setting = self.target
        if not isinstance(setting, DeviceSetting) or setting.key not in self.edits:
            self.notify("There is no staged edit under the cursor.", markup=False)
            return
        self.edits = self.edits.undone(setting.key)
        self.is_diff = self.is_diff and bool(self.edits)
        self.relist()

    def action_configuration_diff(self) -> None:
        if not self.edits:
            self.notify("Nothing is staged: enter edits the chosen key.", markup=False)
            return
        self.is_diff = not self.is_diff
        self.relist()

    def action_configuration_apply(self) -> None:
        cloud = self._cloud
        if cloud is None or self.settings is None:
            return
        if cloud.is_read_only or self.device.why_not_editable or not self.edits:
            why = READ_ONLY if cloud.is_read_only else self.device.why_not_editable or "nothing is staged"
            self.notify(f"{why[:1].upper()}{why[1:]}.", severity="warning", markup=False)
            return
        offline = self.device.is_online is False
        warning = f"\n\n▲ Webex says {self.device.status}: it takes them once it is online again." if offline else ""
        question = f"Apply {_edits(len(self.edits))} to {self.name_of}?"
        more = tree.summary(self.settings, self.edits, _MOST) + warning
        edits = self.edits
        self.app.push_screen(doors.confirm(question, more), lambda yes: self._confirmed(edits, yes=yes))

    def _confirmed(self, edits: Edits, *, yes: bool | None) -> None:
        """Sends what the question named, whatever was staged or read since."""
        if yes and not self.ask(lambda cloud: self._apply(cloud, edits)):
            words = "Nothing was applied: Webex is being asked. Try again when it has answered."
            self.notify(words, severity="warning", markup=False)

    async def _apply(self, cloud: Cloud, edits: Edits) -> Enquiry:
        values = {"deviceId": self.device.id, "steps": edits.patch()}
        await cloud.ask("configurations update", values, about=printable(self.name_of), confirmed=True)
        self._sent = edits
        try:
            return await self.read(cloud)
        except PhonetuiError as error:
            told = f"applied, but not read again: {error.message}"
            return replace(failed(error, 0.0), failure=told, reference=error.reference, waits_until=None)

    def ask_to_leave(self) -> None:
        question = f"Leave, and forget {_edits(len(self.edits))}?"
        self.app.push_screen(doors.confirm(question, "Nothing of it was applied."), self._left)

    def _left(self, yes: bool | None) -> None:
        if yes:
            self.dismiss(None)


def _edits(count: int) -> str:
    return f"{count} edit{'' if count == 1 else 's'}"
