"""Below the line that is being typed: the command, what it still needs, and what could come next."""

from phonetui.ui.commandline import Prospect
from phonetui.ui.row import Role, Row, Run, pad, row


def rows(prospect: Prospect, source: str) -> list[Row]:
    """The first row tells of the command; the choices follow it. `source` says whose words they are."""
    return [_head(prospect, source), *(_choice(choice.word, choice.about) for choice in prospect.choices)]


def _head(prospect: Prospect, source: str) -> Row:
    form = prospect.form
    if form is None:
        words = "Commands" if prospect.choices else "No such command is known; it is sent as typed."
        return row(Run(words, Role.TITLE if prospect.choices else Role.FAIR), Run(f"  {source}", Role.DIM))
    missing = f"  still needs {', '.join(prospect.missing)}" if prospect.missing else ""
    return row(
        Run(str(form.path), Role.TITLE), Run(missing, Role.FAIR), Run(f"  {form.meaning}" if form.meaning else "")
    )


def _choice(word: str, about: str) -> Row:
    return row("  ", Run(pad(word, 28), Role.KEY), " ", Run(about, Role.LABEL))
