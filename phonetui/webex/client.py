"""The client of Webex's REST API: `run` for one request, `pages` for a list.

Every exception of the HTTP library ends here. Webex limits requests per token: a pause asked of one holds for all.
"""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import httpx

from phonetui.errors import Busy, ProtocolError
from phonetui.text import printable
from phonetui.tls import default_context
from phonetui.webex import devices, operations
from phonetui.webex.answer import TokenRejected, WebexAnswer, WebexNotFound, WebexRefused, at, failure, items, read_only
from phonetui.webex.auth import TIMEOUT_S, transport_error
from phonetui.webex.operations import FieldKind, Operation, Values, WebexRequest, request

MAX_BODY = 16 * 2**20
"""Bytes of a body after decompression; a thousand devices have about 2 MB."""
MAX_PAGES = 10_000
"""A listing that never ends is a mistake of the other side's."""
_MAX_CONCURRENT = 4
_TRIES = 5

_log = logging.getLogger(__name__)


class Bearer(Protocol):
    """The source of the access token."""

    async def access(self) -> str:
        """The token to be sent, renewed where that is due. Raises PhonetuiErrors."""

    async def renewed(self) -> bool:
        """Called when Webex refused the token: whether there is another one now."""


class WebexClient:
    """One organization behind one token."""

    def __init__(
        self,
        base_url: str,
        bearer: Bearer,
        *,
        org: str | None = None,
        proxy: str | None = None,
        read_only: bool = False,
        patience_s: float = 0.0,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`patience_s`: how long a caller waits, at most, where Webex asks to; Busy is raised for what takes longer.

        `proxy` is the URL of one that leads to Webex; the environment's are never used. `notice` takes words to show
        when a pause begins. Raises ConfigError for a base URL that must not get a token.
        """
        self._base = operations.checked_base_url(base_url)
        self._bearer = bearer
        self._org = org
        self._read_only = read_only
        self._patience_s = patience_s
        self._notice = notice
        self._paused_until = 0.0
        self._known_ids: dict[str, str] = {}
        self._repeats: bool | None = None
        """Whether lists that may be written in two ways are repeated; None where neither has brought anything yet."""
        self._at_once = asyncio.Semaphore(_MAX_CONCURRENT)
        self._client = httpx.AsyncClient(
            verify=default_context(),
            trust_env=False,
            proxy=proxy,
            follow_redirects=False,  # the token stays where it was meant to go
            timeout=TIMEOUT_S,
        )

    @property
    def paused_s(self) -> float:
        """Seconds that Webex still wants to be left alone; 0 where it may be asked."""
        return max(0.0, self._paused_until - _now()) if self._paused_until else 0.0

    async def run(self, operation: Operation, values: Values) -> WebexAnswer:
        """One exchange. Raises PhonetuiErrors."""
        return (await self._exchange(operation, values))[0]

    async def pages(self, operation: Operation, values: Values) -> AsyncIterator[tuple[Any, ...]]:
        """The answer's items as they come, page by page. Raises PhonetuiErrors."""
        answer, url = await self._exchange(operation, values)
        yield items(operation, answer.value)
        for _ in range(MAX_PAGES):
            if url is None:
                return
            answer, url = await self._ask(request(operation, values, self._org), url)
            yield items(operation, answer.value)
        raise ProtocolError(f"{operation.name}: more than {MAX_PAGES} pages")

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, operation: Operation, values: Values) -> tuple[WebexAnswer, str | None]:
        """The answer and the next page's URL, with the id that the phone is known by, or else its other one."""
        if operation.writes and self._read_only:
            raise read_only()
        if any(len(values.get(field.name) or ()) > 1 for field in operation.query if field.kind is FieldKind.EITHER):
            return await self._list_either_way(operation, values)
        if not operation.takes_calling_id:
            return await self._ask(request(operation, values, self._org))
        given = str(values.get("deviceId") or "")
        known = self._known_ids.get(given, given)
        try:
            return await self._ask(request(operation, {**values, "deviceId": known}, self._org))
        except WebexNotFound:
            other = devices.other_id(given)
            if other is None or given in self._known_ids:
                raise
        answer = await self._ask(request(operation, {**values, "deviceId": other}, self._org))
        self._known_ids[given] = other
        return answer

    async def _list_either_way(self, operation: Operation, values: Values) -> tuple[WebexAnswer, str | None]:
        """With commas, as other clients do; where that brings nothing repeated, as Cisco's guide does."""
        try:
            found = await self._ask(request(operation, values, self._org, repeats=bool(self._repeats)))
        except WebexRefused as error:
            if self._repeats is not None or isinstance(error, WebexNotFound):
                raise
        else:
            if at(found[0].value, "result"):
                self._repeats = bool(self._repeats)
            if self._repeats is not None:
                return found
        found = await self._ask(request(operation, values, self._org, repeats=True))
        if at(found[0].value, "result"):
            self._repeats = True
        return found

    async def _ask(self, call: WebexRequest, url: str | None = None) -> tuple[WebexAnswer, str | None]:
        """The answer and the next page's URL; `url` is that of a further page."""
        is_renewed = False
        for _ in range(_TRIES):
            await self._wait_for_pause()
            try:
                return await self._once(call, url)
            except Busy as busy:
                self._pause(busy)
            except TokenRejected:
                if is_renewed or not await self._bearer.renewed():
                    raise
                is_renewed = True
        await self._wait_for_pause(is_last=True)
        return await self._once(call, url)

    async def _wait_for_pause(self, *, is_last: bool = False) -> None:
        """Waits for the end of a pause. Raises Busy where that takes longer than patience lasts."""
        while wait := self.paused_s:
            if wait > self._patience_s or is_last:
                raise Busy("Webex limits requests", f"Try again in {wait:.0f} s", retry_after_s=wait)
            await asyncio.sleep(wait)

    def _pause(self, busy: Busy) -> None:
        wait = busy.retry_after_s or 0.0
        is_new = not self.paused_s
        # Other programs of this organization were given the same number.
        self._paused_until = max(self._paused_until, _now() + wait * random.uniform(1.0, 1.1))  # noqa: S311 - jitter
        if is_new and wait:
            self._notice(f"Webex asks to wait {wait:g} s")
            _log.warning("webex: asks to wait %g s", wait)

    async def _once(self, call: WebexRequest, url: str | None) -> tuple[WebexAnswer, str | None]:
        operation, has_body = call.operation, call.body is not None
        headers = {"Content-Type": operation.content} if has_body else {}
        sent = self._client.build_request(
            operation.method,
            url or self._base + call.path,
            params=None if url else call.query,
            content=json.dumps(call.body) if has_body else None,
            headers={**headers, "Authorization": f"Bearer {await self._bearer.access()}"},
        )
        try:
            async with self._at_once, asyncio.timeout(TIMEOUT_S):
                response = await self._client.send(sent, stream=True)
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise transport_error(operation.name, error) from error
        tracking = printable(response.headers.get("trackingid", ""))
        if operation.writes:  # leaves a trace, without values, codes and tokens
            _log.info("webex: %s: HTTP %d %s", operation.name, response.status_code, tracking)
        if not response.is_success:
            raise failure(operation, response.status_code, response.headers, body, call.body)
        link = response.links.get("next", {}).get("url") if operation.links else None
        following = operations.next_page_url(self._base, str(response.url), link)
        return WebexAnswer(_json(operation, body), tracking), following


def _now() -> float:
    """By the clock that sleeps are measured by."""
    return asyncio.get_running_loop().time()


async def _body(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BODY:
            raise ProtocolError(
                f"Webex's answer has more than {MAX_BODY // 2**20} MiB", "Ask for less at once with --max"
            )
        parts.append(part)
    return b"".join(parts)


def _json(operation: Operation, body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            f"{operation.name}: the answer is no JSON", "Is base_url Webex's, ending in /v1?"
        ) from error
