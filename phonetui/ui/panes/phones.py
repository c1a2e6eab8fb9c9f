"""The pane of the phones: a tree with a cursor, or a picker of one line."""

from collections.abc import Callable, Hashable
from typing import ClassVar

from textual.binding import Binding, BindingType

from phonetui.phone.state import PhoneId
from phonetui.ui.panes.branches import Group, Item
from phonetui.ui.panes.filtering import filtered
from phonetui.ui.panes.growth import Growth
from phonetui.ui.panes.pane import Pane
from phonetui.ui.panes.scene import Scene
from phonetui.ui.panes.standing import Troubled, troubled
from phonetui.ui.panes.tree import Rows, Sight, device_picker, picker
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.widgets.list_cursor import NOWHERE
from phonetui.webex.inventory import key


class Phones(Pane):
    number = "1"
    name_ = "Phones"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "close", "Close the group", show=False),
        Binding("right", "open", "Open the group", show=False),
        Binding("enter,space", "enter", "Open or close the group, or go to the calls", show=False),
    ]

    def __init__(
        self,
        select: Callable[[PhoneId], None],
        leave: Callable[[], None],
        turn_to: Callable[[str], None],
        visit: Callable[[], None],
    ) -> None:
        """`select` is told where the cursor came to, `leave` that enter was pressed on a phone.

        `turn_to` and `visit` are told the same of a device that only Webex knows, by its key in the inventory.
        """
        super().__init__(id="phones")
        self.moved = self._moved
        self._select = select
        self._leave = leave
        self._turn_to = turn_to
        self._visit = visit
        self.words = ""
        """The filter in force."""
        self._growth = Growth()
        self._on_group: Group | None = None
        self._is_asked = False
        """Whether the operator himself brought about what is drawn next."""

    def listed(self, scene: Scene) -> list[PhoneId]:
        """The phones that the filter leaves, shut groups included."""
        return [phone.id for phone in filtered(scene.phones.values(), self.words)]

    def filter(self, words: str) -> None:
        """From the next look on."""
        self.words = words
        self._on_group = None
        self._is_asked = True

    def reveal(self) -> None:
        """Opens what hides the selected phone or device and puts the cursor on it."""
        for depth in range(1, len(self._around) + 1):
            self._growth.open(self._around[:depth])
        self._on_group = None
        self._draw_asked()

    def _draw_asked(self) -> None:
        self._is_asked = True
        self.draw()

    def draw(self) -> None:
        scene, size = self.scene, self.size
        if scene is None:
            return
        if not size:
            self._entitle(scene)
            return
        self._is_drawn = True
        worst = troubled(scene.troubles)
        if size.height <= 1:
            self.show([self._picker(scene, worst)])
            return
        across = size.width - 1
        self._growth.look(scene, self.words, across)
        is_current = scene.cloud is None or not scene.cloud.failure
        drawn = Rows(self._growth.items, Sight(scene.phones, scene.moment, worst, is_current), across)
        if len(drawn):
            self.show(drawn, self._growth.items, key_of=_spot, at=self._at(), asked=self._is_asked)
        else:
            self.show([row(Run("No phone matches." if self.words else "No phones.", Role.DIM))])
        self._is_asked = False
        self._entitle(scene)

    def _picker(self, scene: Scene, worst: Troubled) -> Row:
        across = self.size.width
        if scene.device is not None:
            return device_picker(scene.device, across, self.words)
        if not scene.phones and scene.cloud is not None:
            return row(Run(f" {len(scene.cloud.inventory.devices):,} phones in Webex: zoom shows the tree", Role.DIM))
        return picker(scene.phones, scene.selected, across, self.words, worst)

    def title_of(self, scene: Scene) -> str:  # noqa: ARG002 - what is drawn was counted
        if not self.words:
            return self.name_
        root = self._growth.root
        return f"Phones /{self.words} · {len(root.phones) + root.devices:,} of {self._growth.of:,}"

    def _moved(self) -> None:
        item = self._item
        if item is None or item.note is not None:
            return
        self._on_group = item.group if item.branch else None
        if item.phone is not None:
            self._select(item.phone)
        elif item.device is not None:
            self._turn_to(key(item.device))

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
        if item.branch is not None and item.is_open:
            self._growth.open(item.group, wanted=False)
        else:
            self._on_group = item.group if item.branch is None else item.group[:-1]
        self._on_group = self._on_group or None
        self._draw_asked()

    def action_open(self) -> None:
        item = self._item
        if item and item.branch is not None:
            self._growth.open(item.group)
            self._draw_asked()

    def action_enter(self) -> None:
        item = self._item
        if item and item.phone is not None:
            self._select(item.phone)
            self._leave()
        elif item and item.device is not None:
            self._turn_to(key(item.device))
            self._visit()
        elif item and item.branch is not None:
            self._growth.open(item.group, wanted=not item.is_open)
            self._draw_asked()
        elif self.size.height <= 1 and self.scene and self.scene.selected is not None:  # the picker
            self._leave()

    @property
    def _item(self) -> Item | None:
        """Under the cursor as it was shown."""
        found: Item | None = self.target
        return found

    @property
    def _around(self) -> Group:
        """The groups around what is selected, outermost first."""
        scene = self.scene
        if scene is None:
            return ()
        if scene.device is not None and scene.cloud is not None:
            return scene.cloud.inventory.group(scene.device)
        return scene.phone.place if scene.phone else ()

    def _at(self) -> object:
        """Where the cursor is: on the group where the operator left it, else on what is selected or a group around."""
        scene, place = self.scene, self._growth.place
        spots: list[object] = [self._on_group, scene and scene.selected, scene and scene.device and key(scene.device)]
        around = self._around
        spots += [around[:depth] for depth in range(len(around), 0, -1)]
        return next((spot for spot in spots if spot is not None and place(spot) is not None), NOWHERE)


def _spot(item: Item) -> Hashable | None:
    return item.spot if item.note is None else None
