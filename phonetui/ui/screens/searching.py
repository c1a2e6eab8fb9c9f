"""Those of Webex's answers that are long: words that are typed choose among them."""

from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.screens.filtering import Filtering


class Searching(Enquiring, Filtering):  # in this order: the toolkit finds a screen's look along its first bases
    """Every word must be somewhere in what is kept."""

    listing = "asked"
    typed = "parts of names, values and reasons"

    def titled(self) -> str:
        return f"{super().titled()} · /{self._words}" if self._words else super().titled()

    async def action_answers_search(self) -> None:
        await self.ask_words()

    def action_back(self) -> None:
        Filtering.action_back(self)
