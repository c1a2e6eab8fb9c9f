"""Of which phones the operator has taken control, and for how long yet. Pure: time comes in as a number."""

from collections.abc import Iterator

from phonetui.phone.state import PhoneId

IDLE_S = 300.0
"""Without a key or a command: whoever left the desk has given control back."""


class Grants:
    """Phones under control, each with the moment of its last use."""

    def __init__(self) -> None:
        self._used_at: dict[PhoneId, float] = {}

    def __contains__(self, phone: PhoneId) -> bool:
        return phone in self._used_at

    def __iter__(self) -> Iterator[PhoneId]:
        return iter(self._used_at)

    def give(self, phone: PhoneId, at: float) -> None:
        """The operator said yes."""
        self._used_at[phone] = at

    def used(self, phone: PhoneId, at: float) -> None:
        """Something was sent: the time starts again, where control was taken."""
        if phone in self._used_at:
            self._used_at[phone] = at

    def end(self, phone: PhoneId) -> bool:
        """Whether there was something to end."""
        return self._used_at.pop(phone, None) is not None

    def expire(self, at: float) -> tuple[PhoneId, ...]:
        """Ends what was not used for IDLE_S; says of which phones."""
        ended = tuple(phone for phone, used_at in self._used_at.items() if at - used_at >= IDLE_S)
        for phone in ended:
            del self._used_at[phone]
        return ended
