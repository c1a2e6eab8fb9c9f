"""The keyboard's focus of a widget that is hidden for a while, as by a terminal that is too small.

The toolkit takes the focus from a widget that is hidden, somewhat later than it hides it, and gives it to nobody: when
the widget is shown again, no key would reach it. Small on purpose: a list and a grid have nothing else in common.

    hidden with the focus ──► shown again ──► has it again, unless another widget was given it meanwhile
"""

from textual.events import Hide, Show
from textual.widget import Widget


class RegainsFocus(Widget):
    _is_owed_focus = False

    def on_hide(self, _: Hide) -> None:
        """Before the toolkit takes the focus away, which it does in a later turn of the program."""
        self._is_owed_focus = self.has_focus

    def on_show(self, _: Show) -> None:
        """In a later turn, too, so that it comes after that."""
        if self._is_owed_focus:
            self._is_owed_focus = False
            self.app.call_later(self._take_focus)

    def _take_focus(self) -> None:
        if self.is_attached and self.screen.focused is None:
            self.screen.set_focus(self)
