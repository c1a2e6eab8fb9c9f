"""OAuth 2.0 device grant (RFC 8628) and refresh for the user's own integration; tokens renew themselves.

authorize ──► code, address ──► the person allows it in any browser
     └──────► poll: pending (428) … pending … ──► token
                             └── denied, expired ──► AccessError
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from phonetui import errors, numeric
from phonetui.text import Printable, printable
from phonetui.tls import default_context
from phonetui.webex import operations
from phonetui.webex.answer import error_text, list_at, text_at
from phonetui.webex.tokens import SignInFile, Token, is_sendable, token_from

READING = (
    "spark-admin:devices_read",
    "spark-admin:telephony_config_read",
    "spark-admin:workspaces_read",
    "spark-admin:locations_read",
    "spark:xapi_statuses",
    "spark:people_read",
)
"""What looking needs."""
WRITING = (
    "spark-admin:devices_write",
    "spark-admin:telephony_config_write",
    "spark:xapi_commands",
    "identity:one_time_password",
)
"""What changing needs besides."""

TIMEOUT_S = 30.0
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SHORTEST_S, _LONGEST_S = 0.01, 60.0
_SLOWER_S = 5.0
"""RFC 8628 3.5: what `slow_down` adds."""


@dataclass(frozen=True, slots=True)
class Integration:
    """The user's own, registered with Webex."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person is shown: open this address, enter this code."""

    code: Printable
    address: Printable
    complete: Printable
    """The address with the code in it: the text of the QR code."""
    device_code: str = field(repr=False)
    expires_s: float
    interval_s: float


class SignIn:
    """The token endpoints of one base URL."""

    def __init__(self, base_url: str, integration: Integration, proxy: str | None = None) -> None:
        """`proxy` is as that of `WebexClient`. Raises ConfigError for a base URL that a secret must not be sent to."""
        self._base = operations.checked_base_url(base_url)
        self._integration = integration
        self._context = default_context()
        self._proxy = proxy

    async def invite(self, scopes: Sequence[str]) -> DeviceCode:
        """Begins a device grant. Raises PhonetuiErrors."""
        form = {"client_id": self._integration.client_id, "scope": " ".join(scopes)}
        status, answer = await self._post("/device/authorize", form)
        match answer:
            case {"device_code": str(secret), "user_code": str() | int() as code, "verification_uri": str(address)} if (
                status == 200
            ):
                complete = str(answer.get("verification_uri_complete") or address)
                return DeviceCode(
                    code=printable(str(code)),
                    address=printable(address),
                    complete=printable(complete),
                    device_code=secret,
                    expires_s=_seconds(answer.get("expires_in"), 300.0),
                    interval_s=_seconds(answer.get("interval"), 2.0),
                )
        raise _refused("Webex begins no sign-in", status, answer)

    async def token(self, invitation: DeviceCode) -> Token:
        """Waits until the person has allowed it. Raises AccessError for a refusal, and where time runs out."""
        form = {
            "grant_type": _GRANT,
            "device_code": invitation.device_code,
            "client_id": self._integration.client_id,
        }
        interval = min(max(invitation.interval_s, _SHORTEST_S), _LONGEST_S)
        try:
            async with asyncio.timeout(invitation.expires_s):
                while True:
                    await asyncio.sleep(interval)
                    try:
                        status, answer = await self._post("/device/token", form, basic=True)
                    except errors.TransportError as error:  # RFC 8628 3.5: go on, and slower
                        interval = min(max(interval * 2, _SLOWER_S), _LONGEST_S)
                        _log.warning("webex: sign-in: %s; goes on", error)
                        continue
                    if status == 200:
                        return token_from(answer, datetime.now(UTC))
                    problem = _problem(answer)
                    if problem == "slow_down":
                        interval = min(interval + _SLOWER_S, _LONGEST_S)
                    elif status >= 500:
                        interval = min(max(interval * 2, _SLOWER_S), _LONGEST_S)
                    elif status != 428 and problem != "authorization_pending":
                        raise _refused("the sign-in was refused", status, answer)
        except TimeoutError:
            raise errors.AccessError(
                "nobody allowed it in time", "Begin the sign-in again", reason="credentials"
            ) from None

    async def renew(self, refresh: str) -> Token:
        """A new access token for a refresh token. Raises PhonetuiErrors."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self._integration.client_id,
            "client_secret": self._integration.client_secret,
            "refresh_token": refresh,
        }
        status, answer = await self._post("/access_token", form)
        if status != 200:
            raise _refused("Webex doesn't renew the sign-in", status, answer)
        return token_from(answer, datetime.now(UTC), refresh=refresh)

    async def _post(self, path: str, form: dict[str, str], *, basic: bool = False) -> tuple[int, Any]:
        """Status and JSON. Foreign exceptions end here, and none of them carries the form along."""
        who = self._integration
        try:
            async with httpx.AsyncClient(
                verify=self._context,
                trust_env=False,
                proxy=self._proxy,
                auth=httpx.BasicAuth(who.client_id, who.client_secret) if basic else None,
                timeout=TIMEOUT_S,
            ) as client:
                response = await client.post(self._base + path, data=form)
        except (httpx.HTTPError, OSError) as error:
            raise transport_error("the sign-in", error) from None
        try:
            return response.status_code, response.json()
        except (ValueError, RecursionError):
            if response.is_success:
                raise errors.ProtocolError(
                    "the sign-in's answer is no JSON", "Is base_url Webex's, ending in /v1?"
                ) from None
            return response.status_code, None


def transport_error(step: str, error: Exception) -> errors.PhonetuiError:
    """The library's exception as one of ours, without the request that it carries along."""
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return errors.TimedOut(step, TIMEOUT_S)
        case httpx.ConnectError():
            return errors.Unreachable(f"Webex cannot be reached: {error}", "Check [webex] base_url and the way to it")
        case httpx.DecodingError() | httpx.InvalidURL():
            return errors.ProtocolError(f"{step}: an answer that cannot be unpacked: {error}")
        case _:
            return errors.Dropped(f"the connection to Webex broke: {str(error) or type(error).__name__}")


def _problem(answer: Any) -> str:
    """The word of RFC 6749 5.2, from either of the forms that Webex writes."""
    descriptions = (text_at(each, "description") for each in list_at(answer, "errors"))
    return text_at(answer, "error") or next(descriptions, None) or ""


_HINTS = {
    "access_denied": "Whoever was asked said no",
    "tokenlimit_reached": "This user has too many live tokens: revoke some at idbroker.webex.com",
}


def _refused(what: str, status: int, answer: Any) -> errors.PhonetuiError:
    words, tracking = error_text(json.dumps(answer).encode())
    problem = printable(_problem(answer))
    detail = "; ".join(dict.fromkeys(word for word in (problem, words) if word)) or f"HTTP {status}"
    hint = _HINTS.get(problem, "Check client_id and client_secret, and sign in with 'phonetui webex login'")
    error = (
        errors.TransportError(f"{what}: {detail}", "Try again later")
        if status >= 500
        else errors.AccessError(f"{what}: {detail}", hint, reason="credentials")
    )
    error.reference = tracking
    return error


def _seconds(raw: Any, default: float) -> float:
    value = None if isinstance(raw, str) else numeric.real(raw)
    return value if value is not None and 0 < value < 10**6 else default


_log = logging.getLogger(__name__)

_FAILED_AGAIN = timedelta(minutes=1)
"""Until a renewal is tried again that didn't come through."""
_REFUSED_AGAIN = timedelta(hours=1)
"""The same of one that was refused: the refresh token is dead, unless another program brings a new one."""


class FixedToken:
    """A token that somebody copied: when it is over, it is over."""

    def __init__(self, access: str) -> None:
        """Raises ConfigError for what cannot be a token, without repeating it."""
        if not is_sendable(access):
            raise errors.ConfigError(
                "the Webex token has characters that none can have", "Copy it again, without line ends"
            )
        self._access = access

    async def access(self) -> str:
        return self._access

    async def renewed(self) -> bool:
        return False


class RenewingToken:
    """A token with what it is renewed by, and where it is kept for the user's other programs."""

    def __init__(
        self,
        token: Token,
        sign_in: SignIn,
        file: SignInFile | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """A `token` without access is renewed before its first use. Without a `file` it is kept for this run alone.

        `notice` is called, once, where it cannot be kept.
        """
        self._token = token
        self._sign_in = sign_in
        self._file = file
        self._notice = notice
        self._failure = ""
        self._turn = asyncio.Lock()
        self._not_before: datetime | None = None
        """After a renewal that failed while the old token still held: when the next is tried."""

    async def access(self) -> str:
        async with self._turn:
            if not self._token.access:
                await self._renew()
            elif self._token.refresh and self._token.is_due(_now()) and self._may_renew():
                await self._renew_early()
            return self._token.access

    def _may_renew(self) -> bool:
        return self._not_before is None or _now() >= self._not_before

    async def _renew_early(self) -> None:
        """The old one may hold for days yet: one that cannot be renewed is not tried with every request."""
        try:
            await self._renew()
        except errors.PhonetuiError as error:
            is_dead = isinstance(error, errors.AccessError)
            self._not_before = _now() + (_REFUSED_AGAIN if is_dead else _FAILED_AGAIN)
            if is_dead:
                self._notice(f"{error}. The token in use holds until {self._token.expires_at:%Y-%m-%d %H:%M} UTC")
            _log.warning("webex: the sign-in was not renewed: %s", error)
        else:
            self._not_before = None

    async def renewed(self) -> bool:
        refused = self._token
        async with self._turn:
            if self._token is not refused:
                return True  # somebody else was first
            if not self._token.refresh:
                return False
            await self._renew()
            return True

    async def _renew(self) -> None:
        """Takes over what another program of the user has renewed meanwhile: Webex caps how many tokens live."""
        if self._file is not None:
            newest = await asyncio.to_thread(self._file.get)
            if newest is not None and newest.access not in ("", self._token.access) and not newest.is_due(_now()):
                self._token = newest
                return
        self._token = await self._sign_in.renew(self._token.refresh or "")
        if self._file is not None:
            failure = await asyncio.to_thread(self._file.keep, self._token)
            if failure and failure != self._failure:
                self._notice(f"{failure}. It holds for this session only")
            self._failure = failure


def _now() -> datetime:
    return datetime.now(UTC)
