"""A device's configuration in Webex: a tree of its keys, or what is staged as a diff."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from phonetui.actions import CONFIGURATION_ACTIONS
from phonetui.ui.bindings import bindings
from phonetui.ui.panes import configuration as tree
from phonetui.ui.panes.configuration import Heading, Node
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.screens.staging import Staging
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.prompt import Prompt
from phonetui.webex.configuration import DeviceSetting
from phonetui.webex.devices import WebexDevice


class ConfigurationScreen(Staging):
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CONFIGURATION_ACTIONS),
        Binding("enter", "edit", "Edit", show=False),
        Binding("left,h", "fold(True)", "Fold the group", show=False),
        Binding("right,l", "fold(False)", "Unfold the group", show=False),
    ]
    heading = "Configuration"

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint, device)
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

    def rows(self, across: int) -> Sequence[Row]:
        if self.settings is None:
            return ()
        if self.is_diff:
            shown, staged = tree.diff(self.settings, self.edits, across)
            known = {str(setting.key): setting for setting in self.settings}
            self._items = (*(known[key] for key in staged), *range(len(shown) - len(staged)))
            return shown
        made_of = (self.settings, self.edits, self._words, frozenset(self._shut))
        if made_of != self._made_of:
            found = tree.chosen(self.settings, self._words)
            self._made_of = made_of
            self._tree = tree.nodes(found, self.edits, () if self._words else self._shut)
        self._items = self._tree
        if not self._tree:
            words = "No key is like that: esc shows all again." if self._words else "Webex has no configuration of it."
            return [row(Run(words, Role.DIM))]
        return tree.Rows(self._tree, self.edits, across)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """A search goes to the first key that it finds; with the words gone, the cursor stays on its key."""
        at, self._at = self._at, ""
        if self._is_searching and self._words:
            at = next((node.key for node in self._items if isinstance(node, DeviceSetting)), "")
        self.show_list(self._items, rows, at=at or None)

    def key_of_item(self, item: Node | int) -> Hashable:
        return _named(item) if isinstance(item, Heading | DeviceSetting) else item

    @property
    def _node(self) -> Node | None:
        """Under the cursor, for what is drawn."""
        return self.item if isinstance(self.item, Heading | DeviceSetting) else None

    @property
    def chosen(self) -> DeviceSetting | None:
        return self.item if isinstance(self.item, DeviceSetting) else None

    def detail(self, across: int) -> list[Row]:
        return tree.detail(self._node, self.edits, across)

    def told(self) -> Sequence[tuple[str, str]]:
        node, chosen = self._node, self.chosen
        is_editable = chosen is not None and not chosen.why_not and not self.device.why_not_editable
        staged = chosen is not None and chosen.key in self.edits
        keys = (
            ("enter", "edit", is_editable),
            ("enter", "fold" if isinstance(node, Heading) and node.is_open else "unfold", self._may_fold(node)),
            (self.key_of("configuration.default"), "default", is_editable and chosen is not None and chosen.is_set),
            (self.key_of("configuration.undo"), "undo", staged),
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

    def _may_fold(self, node: Node | None) -> bool:
        """What is found is always unfolded."""
        return isinstance(node, Heading) and not self._words

    def action_fold(self, shut: bool) -> None:
        node = self.target
        if isinstance(node, Heading | DeviceSetting):
            self._fold(node, shut=shut)

    def _fold(self, node: Node, *, shut: bool) -> None:
        """The group that the node heads or is in."""
        name = node.name if isinstance(node, Heading) else tree.group(node)
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
            self.ask_to_leave()
        else:
            super().action_back()


def _named(node: Node) -> str:
    return node.name if isinstance(node, Heading) else node.key
