"""The status tree of one phone as bytes, written anew only where it changed: a thousand phones are asked for theirs.

Each branch at the top of the tree is kept as it was written last, with the number of changes in it. Only for dialects
that write every leaf where the catalogue has it, and for whole branches: all else is put together for each answer.
"""

from phonetui.simulator import dialect, documents
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.presentation import Presentation

_WHOLE = "/Status"


class StatusWriter:
    def __init__(self, head: DocHeader, presentation: Presentation) -> None:
        self._head = head
        self._presentation = presentation
        self._is_plain = dialect.keeps_places(head.dialect) and head.dialect.role_reads == "all"
        self._written: dict[str, tuple[int, str]] = {}

    def read(self, location: str) -> bytes | None:
        """The answer for the whole tree or a branch at its top; None where it has to be put together."""
        if not self._is_plain or not location.startswith(_WHOLE):
            return None
        name = location[len(_WHOLE) :].strip("/")
        branches = self._presentation.changes
        if name and name not in branches:
            return None
        inside = "".join(self._branch(each) for each in ((name,) if name else tuple(branches)))
        if not inside:
            return None
        root = self._head.finish(self._head.root("Status"))
        return documents.document_bytes(root, inside)

    def _branch(self, name: str) -> str:
        number = self._presentation.changes[name]
        known = self._written.get(name)
        if known is None or known[0] != number:
            leaves = {path: text for path, text in self._presentation.leaves.items() if path[0] == name}
            tree = self._head.finish(documents.status(self._head, leaves))
            known = self._written[name] = (number, documents.inner_text(tree))
        return known[1]
