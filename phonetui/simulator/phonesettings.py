"""The configuration of a simulated phone: the one setting that room devices have beside HttpFeedback."""

from collections.abc import Mapping
from types import MappingProxyType

from phonetui.simulator.manual import allowed
from phonetui.simulator.tree import Setting, Tree
from phonetui.xapi.path import Path

TLS_VERIFY = Path.of("HttpFeedback", "TlsVerify")
SPACES = {TLS_VERIFY: "TTPAR_OnOff"}
"""Every setting and the name of its value space."""


class NoSuchSetting(Exception):
    pass


class IllegalValue(Exception):
    pass


class PhoneSettings:
    """Values of all settings; a change is told by the phone's tree, as one of another document."""

    def __init__(self, tree: Tree) -> None:
        self._values = {TLS_VERIFY: "On"}
        self._tree = tree

    @property
    def leaves(self) -> Mapping[Path, str]:
        """A live, read-only view."""
        return MappingProxyType(self._values)

    @property
    def verifies_receivers(self) -> bool:
        return self._values[TLS_VERIFY] == "On"

    def put(self, names: tuple[str, ...], text: str) -> None:
        """Sets a value, whatever the letter case of name and word. Raises NoSuchSetting and IllegalValue."""
        folded = tuple(name.casefold() for name in names)
        path = next((path for path in SPACES if tuple(name.casefold() for name in path.names) == folded), None)
        if path is None:
            raise NoSuchSetting
        if not allowed(SPACES[path], text.strip()):
            raise IllegalValue
        value = text.strip().capitalize()
        if self._values[path] != value:
            self._values[path] = value
            self._tree.tell(Setting(path, value))
