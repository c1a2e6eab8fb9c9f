"""A NATS server's answer about a user's permissions, as far as it is needed: which sites it may see. Pure."""

from msgspec import Struct, ValidationError, convert, field

from phonetui.errors import ProtocolError
from phonetui.exchange.nats_subjects import ROWS


class _Subjects(Struct):
    allow: list[str] = []


class _Permissions(Struct):
    subscribe: _Subjects = field(default_factory=_Subjects)


class _User(Struct):
    permissions: _Permissions | None = None
    """Without them everything is allowed."""


def sites_of(answer: object) -> list[str] | None:
    """Those whose rows the user may see, as tokens; None for all. Raises ProtocolError for what is no such answer."""
    try:
        user = convert(answer, _User)
    except ValidationError as error:
        raise ProtocolError("the NATS server's answer cannot be read") from error
    if user.permissions is None or not user.permissions.subscribe.allow:
        return None
    allowed = [subject.split(".") for subject in user.permissions.subscribe.allow]
    sites = [steps[2] for steps in allowed if steps[:2] == ["$KV", ROWS] and len(steps) > 2]
    is_all = [">"] in allowed or ["$KV", ">"] in allowed or "*" in sites or ">" in sites
    return None if is_all else sites
