"""Webex's answers: lenient JSON, masked secrets, and refusals as our errors with tracking id and scope."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from phonetui import numeric
from phonetui.errors import AccessError, Busy, CommandRefused, Dropped, PhonetuiError, ProtocolError
from phonetui.text import NOTHING, STARS, Printable, is_secret, printable

if TYPE_CHECKING:
    from phonetui.webex.operations import Operation  # brings the schema along: not before the first frame


class WebexAnswer(Struct, frozen=True):
    """What one request to Webex brought back."""

    value: Any
    """JSON as it came; None for an empty body."""
    tracking: Printable
    """Under which Webex's support finds the exchange; empty where Webex gave none."""


def items(operation: "Operation", value: Any) -> tuple[Any, ...]:
    """The answer's list. Objects by name get their name as `key`; an object where a list should be is one item."""
    found = value.get(operation.page) if isinstance(value, Mapping) and operation.page else value
    if isinstance(found, list):
        return tuple(found)
    if isinstance(found, Mapping) and found is not value:
        return tuple({"key": key, **item} if isinstance(item, Mapping) else item for key, item in found.items())
    if found is None and isinstance(value, Mapping) and value and operation.page not in value:
        return (value,)
    return ()


def at(value: Any, path: str) -> Any:
    """What lies at a dotted path; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any) -> Printable:
    """A leaf or a list of leaves in one line; empty for nothing."""
    match value:
        case None:
            return NOTHING
        case bool():
            return printable("yes" if value else "no")
        case list() | tuple():
            return printable(", ".join(text(item) for item in value))
        case Mapping():
            return printable(", ".join(f"{name}: {text(item)}" for name, item in value.items()))
        case _:
            return printable(str(value))


def text_at(value: Any, path: str) -> Printable | None:
    """A text at a dotted path; None where it is empty, or something else lies there."""
    found = at(value, path)
    return printable(found) if isinstance(found, str) and found else None


def list_at(value: Any, path: str) -> list[Any]:
    """The list at a dotted path; empty where none lies there."""
    found = at(value, path)
    return found if isinstance(found, list) else []


def flag_at(value: Any, path: str) -> bool | None:
    """The truth value at a dotted path; None where there is none."""
    found = at(value, path)
    return found if isinstance(found, bool) else None


def whole(raw: Any) -> int | None:
    """A JSON integer."""
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def unreadable(raw: Any) -> Printable:
    """The beginning of what came in place of something that can be read."""
    return printable(text(raw)[:_UNREADABLE])


def instant(raw: Any) -> datetime | None:
    """Aware UTC of ISO 8601; a time without a zone is taken for UTC."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_secret_key(key: str) -> bool:
    """Whether a dotted key, such as `Sip.Line[1].Password`, names a secret."""
    return is_secret(key.rpartition(".")[2])


def redacted(value: Any) -> Any:
    """JSON as it came, but the values of secret names, and of JSON Patch steps that set one."""
    match value:
        case {"path": str(path), "value": inside} if is_secret_key(path.partition("/")[0]):
            return {**value, "value": masked(inside)}
        case Mapping():
            return {name: masked(inside) if is_secret(name) else redacted(inside) for name, inside in value.items()}
        case list() | tuple():
            return [redacted(inside) for inside in value]
        case _:
            return value


def redacted_text(words: str, sent: Any) -> Printable:
    """What Webex said to `sent`, with stars where that repeats a secret of it."""
    for secret in _secrets(sent):
        words = words.replace(secret, STARS)
    return printable(words)


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case {"path": str(path), "value": str(inside)} if inside and is_secret_key(path.partition("/")[0]):
            yield inside
        case Mapping():
            for name, inside in value.items():
                is_text = isinstance(inside, str) and inside and is_secret(name)
                yield from (inside,) if is_text else _secrets(inside)
        case list() | tuple():
            for inside in value:
                yield from _secrets(inside)


def masked(secret: Any) -> Any:
    """Stars; that there is none, and whether something is on or off, is no secret."""
    return secret if secret is None or secret == "" or isinstance(secret, bool) else STARS


_UNREADABLE = 80
"""Characters that are kept of what cannot be read."""
PAUSE_S = 5.0
"""Where a 429 names no time: what Cisco's own examples wait."""
_LONGEST = 300
"""Characters of a stranger's sentence."""


class WebexRefused(CommandRefused):
    """Webex understood and said no."""

    sentence: Printable = NOTHING
    """Webex's own sentence, without ours around it; empty where it gave none."""


class WebexNotFound(WebexRefused):
    """404: no such thing, or it is known by its other id."""


class WebexConflict(WebexRefused):
    """409: something else is in its way, most often a job that still runs."""


class WebexGatewayError(Dropped):
    """502, 503, 504: a service behind Webex's own web server doesn't answer."""


class TokenRejected(AccessError):
    """The token is expired or revoked: another one may do."""


def failure(
    operation: "Operation", status: int, headers: Mapping[str, str], body: bytes, sent: Any = None
) -> PhonetuiError:
    """What a status other than success means; `sent` is the JSON whose secrets the answer may repeat."""
    words, tracking = error_text(body)
    words = redacted_text(words, sent)
    error = _error(operation, status, headers, words)
    error.reference = tracking or printable(headers.get("trackingid", ""))
    if isinstance(error, WebexRefused):
        error.sentence = words
    return error


def read_only() -> AccessError:
    """The error for a write that is not sent, because the program only reads."""
    return AccessError("read-only: nothing was sent", "Leave out --read-only, and look at [defaults] control")


def pause_s(status: int, headers: Mapping[str, str]) -> float | None:
    """How long Webex wants to be left alone; None where it said no such thing."""
    raw = headers.get("Retry-After", "")
    if status not in (423, 429) or (status == 423 and not raw):
        return None
    seconds = numeric.integer(raw, most=999_999)
    return PAUSE_S if seconds is None else seconds


def error_text(body: bytes) -> tuple[Printable, Printable]:
    """The sentence and the tracking id of an error's body, in any of the four forms that Webex writes."""
    import json  # noqa: PLC0415 - not before the first frame

    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return NOTHING, NOTHING  # an HTML page of some gateway
    if not isinstance(found, Mapping):
        return NOTHING, NOTHING
    sentences = dict.fromkeys(filter(None, _sentences(found)))
    return printable("; ".join(sentences)[:_LONGEST]), text_at(found, "trackingId") or NOTHING


def _sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """`errors` is more exact than `message`, whose text is the same for every error of a status."""
    exact = [*_descriptions(found.get("errors")), *_descriptions(found.get("error"))]
    words = (found.get(name) for name in ("message", "error_description", "error"))
    yield from exact or [each for each in words if isinstance(each, str)][:1]


def _descriptions(found: Any) -> Iterator[str]:
    for each in found if isinstance(found, list) else ():
        if isinstance(at(each, "description"), str):
            yield each["description"]
        yield from _descriptions(at(each, "message"))


def _error(operation: "Operation", status: int, headers: Mapping[str, str], words: Printable) -> PhonetuiError:
    name, because = operation.name, f": {words}" if words else ""
    match status:
        case 401:
            hint = "It may have expired: get a new one, or 'phonetui webex login'"
            return TokenRejected(f"Webex doesn't accept the token{because}", hint, reason="credentials")
        case 403:
            return AccessError(f"Webex refuses {name}{because}", _scopes(operation), reason="role")
        case 404:
            hint = operation.not_found or "Check the id and the organization"
            return WebexNotFound(f"{name}: Webex knows no such thing{because}", hint)
        case 409:
            hint = "One such job runs at a time: wait for it"
            return WebexConflict(f"{name}: something else is in its way{because}", hint)
        case 423 | 429 if (wait := pause_s(status, headers)) is not None:
            what = "limits requests" if status == 429 else "has locked this for the moment"
            return Busy(f"Webex {what}{because}", f"Try again in {wait:g} s", retry_after_s=wait)
        case 504:
            return WebexGatewayError(f"{name}: Webex took too long{because}", "Ask for less at once with --max")
        case _ if status >= 500:
            kind = WebexGatewayError if status in (502, 503) else Dropped
            return kind(f"{name}: Webex answers with HTTP {status}{because}", "Try again later")
        case _ if 300 <= status < 400:
            place = printable(headers.get("Location", "nowhere"))
            return ProtocolError(f"{name}: Webex redirects to {place}", "Use that address as base_url if it is Webex's")
        case _:
            return WebexRefused(f"{name}: Webex says no (HTTP {status}){because}")


def _scopes(operation: "Operation") -> str:
    if not operation.scopes:
        return "Is the role behind the token enough?"
    listed = " and ".join(each.replace("|", " or ") for each in operation.scopes)
    what = f"scope {listed} is" if len(operation.scopes) == 1 else f"one of the scopes {listed} is"
    return f"Probably the token's {what} missing, or its owner is no administrator"
