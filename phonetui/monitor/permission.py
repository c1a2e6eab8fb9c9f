"""Whether the operator may act on a phone: as the configuration says, and where control was taken. Time is a number."""

from collections.abc import Iterator

from phonetui.config.settings import Config, ControlMode, PhoneSettings
from phonetui.errors import AccessError
from phonetui.fleet.protocol import Permission
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command
from phonetui.xapi.schema import needs_confirmation

IDLE_S = 300.0
"""Without a key or a command: whoever left the keyboard has given control back."""


class ControlGrants:
    """Phones under control, each with the moment of its last use in monotonic seconds."""

    def __init__(self) -> None:
        self._used_at: dict[PhoneId, float] = {}

    def __contains__(self, phone: PhoneId) -> bool:
        return phone in self._used_at

    def __iter__(self) -> Iterator[PhoneId]:
        return iter(self._used_at)

    def give(self, phone: PhoneId, at: float) -> None:
        """The operator said yes."""
        self._used_at[phone] = at

    def use(self, phone: PhoneId, at: float) -> None:
        """Something was sent: the time starts again, where control was taken."""
        if phone in self._used_at:
            self._used_at[phone] = at

    def end(self, phone: PhoneId) -> bool:
        """Whether there was something to end."""
        return self._used_at.pop(phone, None) is not None

    def expire(self, at: float) -> tuple[PhoneId, ...]:
        """Ends what was not used for IDLE_S; the phones of it."""
        ended = tuple(phone for phone, used_at in self._used_at.items() if at - used_at >= IDLE_S)
        for phone in ended:
            del self._used_at[phone]
        return ended


def permission(config: Config, settings: PhoneSettings | None, grants: ControlGrants) -> Permission:
    """`settings` are None of a phone that is not watched any more, which a frozen display may still show: denied."""
    if settings is None or config.read_only or settings.control is ControlMode.OFF:
        return Permission.DENIED
    return Permission.GRANTED if settings.control is ControlMode.ON or settings.id in grants else Permission.ASK


def require(held: Permission, command: Command, *, confirmed: bool) -> None:
    """Raises AccessError unless `command` may be sent.

    What takes the phone from its user, or calls for help, has to be confirmed even where control is not asked for.
    """
    if held is Permission.DENIED:
        raise AccessError("read-only: nothing was sent", "Leave out --read-only, or set control")
    if held is Permission.ASK and not confirmed:
        raise AccessError("control was not taken: nothing was sent", "Take control of the phone first")
    if needs_confirmation(command) and not confirmed:
        raise AccessError(f"'{command}' was not confirmed: nothing was sent", "It is asked for every time")
