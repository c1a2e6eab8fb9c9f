"""A device's configuration in Webex as a tree of keys with staged edits, and the command that applies them.

enter ──► staged ──► d: old → new and the JSON Patch ──► a: one PATCH ──► read again ──► what isn't as asked stays
"""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from phonetui.errors import CommandRefused, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, printable
from phonetui.ui import screens
from phonetui.ui.keyboard import bindings
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex import configuration_rows as tree
from phonetui.ui.webex.configuration_rows import Heading, Node
from phonetui.ui.webex.query import READ_ONLY, QueryState, SearchableQuery, failure_state
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.pane import Prompt
from phonetui.webex.configuration import BACK, DeviceSetting, Edits, InputForm, configuration, value_text
from phonetui.webex.devices import WebexDevice, model_of
from phonetui.webex.inventory import counterpart


class ApplyChanges(TaskDialog[None]):
    """A dialog that has a device apply its changed settings at once, after a question."""

    TITLE = "Apply changes"

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state)
        self._device = device
        self._name = device.name or device.mac or "the phone"

    @property
    def heading(self) -> str:
        return f"Apply changes on {self._name}"

    async def run_task(self, cloud: Cloud) -> None:
        self._refuse_in_call()
        model = model_of(self._device.product, await cloud.models())
        if model is not None and model.applies_changes is False:
            raise CommandRefused(f"a {model.shown} takes no such command: it applies changes when it asks for them")
        offline = " Webex says that it is offline." if self._device.is_online is False else ""
        more = f"It takes what was changed in Webex at once and may restart. Not during a call.{offline}"
        await self.confirm(screens.Confirm(f"Apply changes on {self._name}?", more))
        self._refuse_in_call()  # one may have begun while the question stood
        self.update_status("◐ telling Webex …")
        await cloud.ask(
            "devices apply", {"deviceId": self._device.id}, about=self._device.name or NOTHING, confirmed=True
        )
        self.app.notify(f"{self._name}: Webex tells it to apply its changes.", markup=False)

    def _refuse_in_call(self) -> None:
        phone = counterpart(self._device, self.session.fleet.phones.values())
        if phone is not None and phone.has_live_call:
            raise CommandRefused(f"{self._name} is in a call: nothing was sent", "Try again when it is over")


class ConfigurationScreen(SearchableQuery[Node | int]):
    """The settings of one device as a tree, with edits that are staged, compared and sent together."""

    screen_id = "configuration"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("configuration"),
        Binding("enter", "edit", "Edit", show=False),
        Binding("left,h", "fold(True)", "Fold the group", show=False),
        Binding("right,l", "fold(False)", "Unfold the group", show=False),
    ]
    heading = "Configuration"

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state, device)
        self.settings: tuple[DeviceSetting, ...] | None = None
        self.edits = Edits()
        self.is_diff = False
        """Whether what is staged is shown, rather than everything."""
        self._sent = Edits()
        """What went out and was not read again since."""
        self._shut: set[str] = set()
        self._tree: tuple[Node, ...] = ()
        self._made_of: object = None
        """What the tree was made of: a thousand keys are not put in order again for every look."""
        self._items: Sequence[Node | int] = ()
        """What the rows are of; those of the JSON Patch are numbered."""
        self._is_searching = False
        """Whether other words were typed just now."""
        self._at = ""
        """The key or heading to which the cursor goes next."""

    @property
    def held(self) -> str:
        return f"{_edits(len(self.edits))} would be forgotten" if self.edits else ""

    async def read(self, cloud: Cloud) -> QueryState:
        answer = await cloud.ask("configurations list", {"deviceId": self.device.id})
        self.settings = configuration(answer.value)
        sent, self._sent = self._sent, Edits()
        left = self.edits.left(self.settings) if sent else self.edits
        self.edits = left.among(self.settings)
        self.is_diff = self.is_diff and bool(self.edits)
        return self._outcome(self.settings, len(sent), sent.left(self.settings)) if sent else QueryState()

    def _outcome(self, settings: Sequence[DeviceSetting], asked: int, left: Edits) -> QueryState:
        if not left:
            return QueryState(outcome=f"{_edits(asked)} applied, and read again as asked")
        reads: dict[str, str] = {setting.key: tree.value(setting, setting.value) for setting in settings}
        words = "; ".join(f"{key} reads {reads[key]}" if key in reads else f"{key} is gone" for key in left.values)
        return QueryState(outcome=f"applied, but {len(left)} of {asked} not as asked: {words}", is_good=False)

    def may_edit(self, setting: DeviceSetting) -> bool:
        """Says why not."""
        why = self.device.why_not_editable or setting.why_not
        if self._cloud is not None and self._cloud.is_read_only:
            why = READ_ONLY
        elif self._query_state.is_asking:
            why = "Webex is being asked: wait for its answer"
        if why:
            self.notify(f"{setting.key}: {why}.", severity="warning", markup=False)
        return not why

    def ask_value(self, setting: DeviceSetting) -> None:
        space, now = setting.space, self.edits.values.get(setting.key, setting.value)
        if space.form in (InputForm.CHOICE, InputForm.FLAG):
            at = next((place for place, each in enumerate(space.choices) if each == now), 0)
            choosing = screens.Picker(setting.key, [(each, "") for each in tree.choices(setting)], place=at)
            stage = partial(self.stage, setting)
            self.app.push_screen(choosing, lambda places: stage(space.choices[places[0]]) if places else None)
            return
        before = "" if setting.is_secret or now is BACK else value_text(now)
        valuing = screens.ValueDialog(setting.key, space.words, before, space.read, shown=not setting.is_secret)
        self.app.push_screen(valuing, lambda found: None if found is None else self.stage(setting, found[0]))

    def stage(self, setting: DeviceSetting, value: object) -> None:
        """Compared with what holds by now: the key may have been read again while the value was typed."""
        known = (each for each in self.settings or () if each.key == setting.key)
        self.edits = self.edits.stage(next(known, setting), value)
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
        self.edits = self.edits.unstage(setting.key)
        self.is_diff = self.is_diff and bool(self.edits)
        self.relist()

    def action_configuration_diff(self) -> None:
        if self.edits:
            self.is_diff = not self.is_diff
            self.relist()
        else:
            self.notify("Nothing is staged: enter edits the chosen key.", markup=False)

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
        more = tree.summary(self.settings, self.edits) + warning
        edits = self.edits
        self.app.push_screen(screens.Confirm(question, more), lambda yes: self._confirmed(edits, yes=yes))

    def _confirmed(self, edits: Edits, *, yes: bool | None) -> None:
        """Sends what the question named, whatever was staged or read since."""
        if yes and not self.ask(lambda cloud: self._apply(cloud, edits)):
            words = "Nothing was applied: Webex is being asked. Try again when it has answered."
            self.notify(words, severity="warning", markup=False)

    async def _apply(self, cloud: Cloud, edits: Edits) -> QueryState:
        values = {"deviceId": self.device.id, "steps": edits.patch()}
        await cloud.ask("configurations update", values, about=printable(self.name_of), confirmed=True)
        self._sent = edits
        try:
            return await self.read(cloud)
        except PhonetuiError as error:
            words = f"applied, but not read again: {error.message}"
            return replace(failure_state(error, 0.0), failure=words, reference=error.reference, waits_until=None)

    def _leave_if(self, yes: bool | None) -> None:
        if yes:
            self.dismiss(None)

    def rows(self, width: int) -> Sequence[Row]:
        if self.settings is None:
            return ()
        if self.is_diff:
            shown, staged = tree.diff(self.settings, self.edits, width)
            known = {str(setting.key): setting for setting in self.settings}
            self._items = (*(known[key] for key in staged), *range(len(shown) - len(staged)))
            return shown
        made_of = (self.settings, self.edits, self._words, frozenset(self._shut))
        if made_of != self._made_of:
            found = tree.matching_settings(self.settings, self._words)
            self._made_of = made_of
            self._tree = tree.nodes(found, self.edits, () if self._words else self._shut)
        self._items = self._tree
        if not self._tree:
            words = self.no_match if self._words else "Webex has no configuration of it."
            return [row(Run(words, Role.DIM))]
        return tree.ConfigurationRows(self._tree, self.edits, width)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """A search goes to the first key that it finds; with the words gone, the cursor stays on its key."""
        at, self._at = self._at, ""
        if self._is_searching and self._words:
            at = next((node.key for node in self._items if isinstance(node, DeviceSetting)), "")
        self.show_list(self._items, rows, at=at or None)

    def key_of_item(self, item: Node | int) -> Hashable:
        return item.key if isinstance(item, Heading | DeviceSetting) else item

    @property
    def _node(self) -> Node | None:
        """Under the cursor, for what is drawn."""
        return self.item if isinstance(self.item, Heading | DeviceSetting) else None

    def detail(self, width: int) -> list[Row]:
        return tree.detail(self._node, self.edits, width)

    def own_key_hints(self) -> Sequence[tuple[str, str]]:
        node = self._node
        chosen = node if isinstance(node, DeviceSetting) else None
        is_editable = chosen is not None and not chosen.why_not and not self.device.why_not_editable
        may_fold = isinstance(node, Heading) and not self._words  # what is found is always unfolded
        keys = (
            ("enter", "edit", is_editable),
            ("enter", "fold" if isinstance(node, Heading) and node.is_open else "unfold", may_fold),
            (self.key_of("configuration.default"), "default", is_editable and chosen is not None and chosen.is_set),
            (self.key_of("configuration.undo"), "undo", chosen is not None and chosen.key in self.edits),
            (self.key_of("configuration.diff"), "all keys" if self.is_diff else "diff", bool(self.edits)),
            (self.key_of("configuration.apply"), "apply", bool(self.edits)),
            (self.key_of("answers.search"), "search", bool(self.settings) and not self.is_diff),
        )
        return [(key, word) for key, word, is_alive in keys if is_alive]

    def counts(self) -> str:
        if self.settings is None:
            return ""
        staged = f", {len(self.edits)} staged" if self.edits else ""
        locked = f", {self.device.why_not_editable.partition(':')[0]}" if self.device.why_not_editable else ""
        return f"{len(self.settings)} keys{staged}{locked}"

    def filter(self, words: str) -> None:
        self._is_searching = True
        super().filter(words)
        self._is_searching = False

    def action_edit(self) -> None:
        node = self.require_target()
        if isinstance(node, Heading):
            self._fold(node, shut=node.is_open)
        elif isinstance(node, DeviceSetting) and self.may_edit(node):
            self.ask_value(node)

    async def action_answers_search(self) -> None:
        if not self.is_diff:
            await super().action_answers_search()

    def action_fold(self, shut: bool) -> None:
        node = self.target
        if not isinstance(node, Heading | DeviceSetting):
            return
        if not shut and (isinstance(node, DeviceSetting) or node.is_open):
            self.say("It is open already.")
        else:
            self._fold(node, shut=shut)

    def _fold(self, node: Node, *, shut: bool) -> None:
        """The group that the node heads or is in."""
        name = node.key if isinstance(node, Heading) else tree.group(node)
        if not name or self.is_diff or self._words:
            return
        (self._shut.add if shut else self._shut.discard)(name)
        self._at = name if shut else ""
        self.relist()

    def action_back(self) -> None:
        """One step back: out of the diff, out of the search, out of the screen."""
        if self.is_diff:
            self.action_configuration_diff()
        elif self.edits and not self._words and not self.query(Prompt):
            question = f"Leave, and forget {_edits(len(self.edits))}?"
            dialog = screens.Confirm(question, "Nothing of it was applied.")
            self.app.push_screen(dialog, self._leave_if)
        else:
            super().action_back()


def _edits(count: int) -> str:
    return f"{count} edit{'' if count == 1 else 's'}"
