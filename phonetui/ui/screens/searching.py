"""Those of Webex's answers that are long: words that are typed choose among them."""

from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.screens.list_screen import Item


class Searching(Enquiring[Item]):
    """Every word must be somewhere in what is kept."""

    typed = "parts of names, values and reasons"

    def titled(self) -> str:
        return f"{super().titled()} · /{self._words}" if self._words else super().titled()

    async def action_answers_search(self) -> None:
        await self.ask_words()
