"""The base of lists about phones: they open on the selected phone's entries, and one key shows all."""

from collections.abc import Sequence

from phonetui.phone.state import PhoneId
from phonetui.ui.screens.live_screen import Item, ListScreen
from phonetui.ui.view_state import ViewState


class PhoneListScreen(ListScreen[Item]):
    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self.only: PhoneId | None = view_state.selected
        """The phone whose entries alone are listed."""
        self._is_settled = False
        """Whether it was decided if that phone has any."""

    def of_scope(self, items: Sequence[Item]) -> Sequence[Item]:
        """The items of `only`; where that has none when the screen opens, those of all."""
        if not self._is_settled and items:
            self._is_settled = True
            if not any(self.is_of(item, self.only) for item in items):
                self.only = None
        return items if self.only is None else [item for item in items if self.is_of(item, self.only)]

    def is_of(self, item: Item, phone: PhoneId | None) -> bool:
        """Whether an entry belongs to a phone."""
        return self.phone_of(item) == phone

    def title_with_scope(self, words: str) -> str:
        """Whose entries are listed; nothing that counts, because a border repaints everything."""
        return f"{words} of {self.whose}"

    @property
    def whose(self) -> str:
        phone = self._session.fleet.phones.get(self.only) if self.only is not None else None
        return phone.name if phone is not None else self.only or "all phones"

    @property
    def no_match(self) -> str:
        if self.only is None or self.filter_problem:
            return super().no_match
        return f"No match among those of {self.whose}: esc shows all again."

    @property
    def scope_hint(self) -> str:
        return "all phones" if self.only is not None else "this phone"

    def change_scope(self) -> None:
        """Changes to all phones, or to the phone under the cursor; to the selected one where there is none."""
        if self.only is not None:
            self.only = None
        else:
            item = self.target
            self.only = (self.phone_of(item) if item is not None else None) or self._view_state.selected
        self._is_settled = True
        self.relist()

    def selection_changed(self) -> None:
        """A list of one phone becomes that of the phone that is selected now."""
        if self.only is not None:
            self.only = self._view_state.selected
        self.relist()
