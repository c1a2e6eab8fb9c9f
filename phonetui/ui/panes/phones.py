"""The pane of the phones: a tree with a cursor, or a picker of one line."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from phonetui.phone.state import PhoneId
from phonetui.ui.panes.filtering import filtered
from phonetui.ui.panes.pane import Pane
from phonetui.ui.panes.scene import Scene
from phonetui.ui.panes.standing import troubled
from phonetui.ui.panes.tree import Group, Item, items, picker, rows
from phonetui.ui.row import Role, Row, Run, row


class Phones(Pane):
    number = "1"
    name_ = "Phones"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "close", "Close the group", show=False),
        Binding("right", "open", "Open the group", show=False),
        Binding("enter,space", "enter", "Open or close the group, or go to the calls", show=False),
    ]

    def __init__(self, select: Callable[[PhoneId], None], leave: Callable[[], None]) -> None:
        """`select` is told where the cursor came to, `leave` that enter was pressed on a phone."""
        super().__init__(id="phones")
        self.moved = self._moved
        self._select = select
        self._leave = leave
        self.words = ""
        """The filter in force."""
        self._shut: set[Group] = set()
        self._items: list[Item] = []
        self._on_group: Group | None = None

    def listed(self, scene: Scene) -> list[PhoneId]:
        """The phones that the filter leaves, shut groups included."""
        return [phone.id for phone in filtered(scene.phones.values(), self.words)]

    def filter(self, words: str) -> None:
        self.words = words
        self._on_group = None
        self.draw()

    def reveal(self) -> None:
        """Opens what hides the selected phone and puts the cursor on it."""
        phone = self.scene.phone if self.scene else None
        if phone:
            self._shut -= {phone.group[:depth] for depth in range(len(phone.group) + 1)}
        self._on_group = None
        self.draw()

    def draw(self) -> None:
        if self.scene is None:
            return
        self._entitle(self.scene)
        size = self.size
        if not size:
            return
        self._is_drawn = True
        worst = troubled(self.scene.troubles)
        if size.height <= 1:
            self.show([picker(self.scene.phones, self.scene.selected, size.width, self.words, worst)])
            return
        phones = filtered(self.scene.phones.values(), self.words)
        self._items = items(phones, () if self.words else self._shut)
        drawn: list[Row] = rows(self._items, size.width - 1, worst)
        self.show(drawn or [row(Run("No phone matches.", Role.DIM))], self._place() if drawn else None)

    def title_of(self, scene: Scene) -> str:
        if not self.words:
            return self.name_
        return f"Phones /{self.words} · {len(self.listed(scene))} of {len(scene.phones)}"

    def _moved(self) -> None:
        item = self._item
        if item is None:
            return
        self._on_group = None if item.phone else item.group
        if item.phone:
            self._select(item.phone.id)

    def action_move(self, by: int) -> None:
        """In the picker the cursor keys walk from phone to phone."""
        if self.size.height > 1 or self.scene is None:
            super().action_move(by)
            return
        among = self.listed(self.scene)
        if among:
            place = among.index(self.scene.selected) if self.scene.selected in among else 0
            self._select(among[min(max(place + by, 0), len(among) - 1)])

    def action_close(self) -> None:
        item = self._item
        if item is None:
            return
        if item.phone is None and item.is_open:
            self._shut.add(item.group)
        else:
            self._on_group = item.group if item.phone else item.group[:-1]
        self._on_group = self._on_group or None
        self.draw()

    def action_open(self) -> None:
        item = self._item
        if item and item.phone is None:
            self._shut.discard(item.group)
            self.draw()

    def action_enter(self) -> None:
        item = self._item
        if item and item.phone:
            self._select(item.phone.id)
            self._leave()
        elif item:
            self._shut ^= {item.group}
            self.draw()
        elif self.scene and self.scene.selected is not None:
            self._leave()

    @property
    def _item(self) -> Item | None:
        if self.cursor is None or self.cursor >= len(self._items) or self.size.height <= 1:
            return None
        return self._items[self.cursor]

    def _place(self) -> int:
        """The cursor's row: the group where the operator left it, else the selected phone or the group around it."""
        selected = self.scene.phone if self.scene else None
        around = 0
        for place, item in enumerate(self._items):
            if self._on_group is not None:
                if item.phone is None and item.group == self._on_group:
                    return place
            elif selected is not None and item.phone is not None and item.phone.id == selected.id:
                return place
            elif selected is not None and item.phone is None and selected.group[: len(item.group)] == item.group:
                around = place
        return around
