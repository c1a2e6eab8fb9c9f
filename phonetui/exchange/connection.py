"""One connection to the NATS server: translated errors, batched direct gets, compare-and-set, requests.

Values of a bucket are read by direct gets alone: viewers may create no consumer, because one could have stored values
delivered to a subject of commands. nats-py's own watchers were found to miss changes after a server's restart.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import nats
import nats.errors

from phonetui.config.settings import NatsSettings
from phonetui.errors import AccessError, ConfigError, PhonetuiError, ProtocolError, TimedOut, Unreachable
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange.nats_answers import StoredValue, single_value_of, sites_of, value_of
from phonetui.exchange.nats_keys import read_credentials
from phonetui.exchange.nats_transport import NatsClient
from phonetui.text import Printable, printable
from phonetui.tls import default_context

if TYPE_CHECKING:
    import ssl

    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    from phonetui.exchange.nats_transport import OpenSocket

ANSWER_S = 5
"""Time limit for any answer of the server."""
CONNECT_S = 5.0
_AGAIN_S = 0.5
"""Seconds between two attempts to reconnect."""
_PING_S = 4
"""Seconds between two pings; two unanswered ones mean a dead connection."""
_CLOSE_S = 1.0
_PENDING_BYTES = 8 * 2**20
_WAITING_BYTES = 64 * 2**20
"""Bytes that may wait in this program for one subscription."""
_ASKED_AT_ONCE = 4
"""Direct gets, of up to 1,024 values each."""
_IN_A_TURN = 100
"""Values that are given on in one turn of the loop: a few milliseconds' work."""
_VIOLATION = re.compile(r'permissions violation for \w+ to "([^"]*)"')
_LOST = "the connection to the NATS server is lost"
OLDEST = (2, 11)
"""The oldest server version: batched direct gets, and values with a time to live."""
_log = logging.getLogger(__name__)
logging.getLogger("nats").setLevel(logging.CRITICAL + 1)  # it would write what servers say, as it comes


class ConflictError(ProtocolError):
    """Another program was faster: the value that was to be replaced is another one by now."""


class NatsConnection:
    """A connection that reconnects for as long as it is open."""

    def __init__(self, settings: NatsSettings, name: str, opened: "OpenSocket | None" = None) -> None:
        """`name` is what the server's administrators see; `opened` makes sockets through a jump host.

        Raises ConfigError where no server is named or the credentials cannot be used.
        """
        if settings.url is None:
            raise ConfigError("no NATS server is named", "Add --nats nats://host:4222, or [nats] url")
        self._settings = settings
        self._name = name
        self.credentials = read_credentials(settings.creds)
        self._opened = opened
        self.client = NatsClient(opened)
        self.failure: Printable | None = None
        """Why it is not connected; None while it is."""
        self.on_connected: Callable[[], None] = lambda: None
        """Called after each reconnection."""
        self.on_lost: Callable[[], None] = lambda: None
        self._is_first = False
        """Whether the first connection is being made."""
        self.is_refused = False
        """Whether the server refuses this user."""
        self._refused: dict[str, asyncio.Event] = {}
        """Whether somebody waits for whether a subject is refused."""

    @property
    def is_connected(self) -> bool:
        return self.client.is_connected

    @property
    def inbox(self) -> str:
        """The inbox of this user, to which no other user may listen."""
        return f"_INBOX.{self.credentials.public}" if self.credentials else "_INBOX"

    async def connect(self, seconds: float = CONNECT_S, *, resets: int = 2) -> None:
        """Raises PhonetuiError where the server cannot be reached within `seconds`, or refuses.

        A server that refuses says so and hangs up, and the second may overtake the first: after a connection that was
        reset it is tried again, `resets` times.
        """
        if self.client.is_closed:
            self.client = NatsClient(self._opened)
        urls = [url.strip() for url in (self._settings.url or "").split(",")]
        options: dict[str, Any] = {"reconnect_time_wait": _AGAIN_S}  # a part of a second works, too
        if self._settings.ca is not None or any(url.startswith("tls://") for url in urls):
            options["tls"] = self._tls()
        if self.credentials is not None and self.credentials.is_jwt:
            options["user_credentials"] = self._settings.creds
        elif self.credentials is not None:
            options["nkeys_seed_str"] = self.credentials.seed
        try:
            self._is_first = True
            async with asyncio.timeout(seconds):
                await self.client.connect(
                    urls, name=self._name, inbox_prefix=self.inbox.encode(), max_reconnect_attempts=-1,
                    ping_interval=_PING_S, max_outstanding_pings=2, connect_timeout=3,
                    pending_size=_PENDING_BYTES, error_cb=self._note_error, disconnected_cb=self._note_lost,
                    reconnected_cb=self._note_back, closed_cb=self._note_lost, **options,
                )  # fmt: skip
        except TimeoutError as error:
            raise _refused() if _is_refusal(self.failure or "") else self._unreachable() from error
        except PhonetuiError:
            await self.close()
            raise
        except Exception as error:
            if isinstance(error, ConnectionResetError) and resets:
                await self.connect(seconds, resets=resets - 1)
                return
            self.failure = _words(error)
            raise _translated(error, self._unreachable()) from error
        finally:
            self._is_first = False
        self.failure = None
        self._check_version()

    async def refused(self, subject: str) -> None:
        """Waits until the server says that this user may not publish or listen there."""
        place = subject.lower()  # the library has the server's words in small letters
        waiting = self._refused.setdefault(place, asyncio.Event())
        try:
            await waiting.wait()
        finally:
            self._refused.pop(place, None)

    async def close(self) -> None:
        """Closes it; what is waiting is sent first, if possible."""
        if self.client.is_closed:
            return
        for step in (self.client.flush, self.client.close):
            with suppress(nats.errors.Error, TimeoutError, OSError):
                async with asyncio.timeout(_CLOSE_S):
                    await step()

    async def subscribe(
        self, subject: str, taken: "Callable[[Msg], Awaitable[None]]", *, most_bytes: int = _WAITING_BYTES
    ) -> "Subscription":
        """`taken` is called with each message, one after another; it holds after a reconnection."""
        with _translating():
            return await self.client.subscribe(
                subject, cb=taken, pending_msgs_limit=1_000_000, pending_bytes_limit=most_bytes
            )

    async def publish(self, subject: str, data: bytes, *, headers: dict[str, str] | None = None) -> None:
        """Sends a message that nobody answers. Raises PhonetuiError where nothing can be sent now."""
        with _translating():
            await self.client.publish(subject, data, headers=headers)

    async def flush(self) -> None:
        """Waits until the server has received everything."""
        with _translating():
            await self.client.flush(ANSWER_S)

    async def store(self, subject: str, data: bytes, *, expected: int | None = None, ttl_s: float | None = None) -> int:
        """Its sequence, once the server has written it down.

        `expected` is the sequence of the value that it takes the place of, 0 for none; where that is another one by
        now, ConflictError. Raises PhonetuiError.
        """
        headers = {}
        if expected is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(expected)
        if ttl_s is not None:
            headers["Nats-TTL"] = f"{ttl_s:.0f}s"
        with _translating():
            answer = await self.client.request(subject, data, timeout=ANSWER_S, headers=headers or None)
        found = _json(answer.data)
        if error := found.get("error"):
            if error.get("err_code") in (10071, 10164):
                raise ConflictError("another program was faster")
            raise ProtocolError(f"the NATS server refused to keep a value: {error.get('description')}")
        return int(found["seq"])

    async def api(self, call: str, request: object = None) -> dict[str, Any]:
        """JetStream's own answer, an error of its included. Raises PhonetuiError."""
        data = msgspec.json.encode(request) if request is not None else b""
        with _translating():
            answer = await self.client.request(f"$JS.API.{call}", data, timeout=ANSWER_S)
        return _json(answer.data)

    async def ensure_streams(self, site: str) -> None:
        """Makes the streams of a site that are missing, where that is allowed. Raises PhonetuiError."""
        for stream in subjects.streams(subjects.token(site)):
            found = await self.api(f"STREAM.CREATE.{stream['name']}", stream)
            error = found.get("error")
            if error and error.get("err_code") != 10058:  # in use with another configuration: an administrator's
                raise ProtocolError(f"the stream {stream['name']} cannot be made: {error.get('description')}")

    async def sites(self) -> list[str]:
        """The sites that have rows, as tokens. Raises PhonetuiError."""
        found: list[str] = []
        while True:
            request = {"subject": f"$KV.{subjects.ROWS}.>", "offset": len(found)}
            answer = await self.api("STREAM.NAMES", request)
            names = answer.get("streams") or []
            found += names
            if not names or len(found) >= answer.get("total", 0):
                prefix = subjects.stream_of(subjects.ROWS, "")
                return [name.removeprefix(prefix) for name in found if name.startswith(prefix)]

    async def visible_sites(self) -> list[str] | None:
        """The sites that this user may see, as tokens; None where it may see all. Raises PhonetuiError."""
        with _translating():
            answer = await self.client.request(subjects.USER_INFO, b"", timeout=ANSWER_S)
        return sites_of(_json(answer.data).get("data"))

    async def last(self, stream: str, subject: str) -> StoredValue | None:
        """The value of one subject, by a request that permissions can tell from others. Raises PhonetuiError."""
        with _translating():
            answer = await self.client.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"", timeout=ANSWER_S)
        return single_value_of(answer.data, answer.headers or {})

    async def direct(self, requests: "Iterable[tuple[str, dict[str, Any]]]") -> AsyncIterator[list[StoredValue]]:
        """What direct gets of streams bring, some values at a time and in any order. Raises PhonetuiError.

        A few are asked at once: the server looks for the next one's values while those of one are read.
        """
        inbox, came = self.client.new_inbox(), asyncio.Event()
        waiting = list[tuple[bytes, bytes]]()

        def take(data: bytes, headers: bytes) -> None:
            waiting.append((data, headers))
            came.set()

        with _translating():
            answers = await self.client.subscribe(inbox)
            self.client.take_directly(answers, take)
        left, asked = iter(requests), 0
        try:
            for request in islice(left, _ASKED_AT_ONCE):
                await self._ask_directly(inbox, *request)
                asked += 1
            while asked:
                if not waiting:
                    came.clear()
                    with _translating():
                        async with asyncio.timeout(ANSWER_S):
                            await came.wait()
                taken, waiting[:] = waiting[:_IN_A_TURN], waiting[_IN_A_TURN:]
                values = [value for each in taken if (value := value_of(*each)) is not None]
                for request in islice(left, len(taken) - len(values)):
                    await self._ask_directly(inbox, *request)
                    asked += 1
                asked -= len(taken) - len(values)
                yield values
                await asyncio.sleep(0)
        finally:
            self.client.take_no_more(answers)
            if self.client.is_connected:
                await answers.unsubscribe()

    async def _ask_directly(self, inbox: str, stream: str, request: dict[str, Any]) -> None:
        with _translating():
            await self.client.publish(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode(request), reply=inbox)

    @asynccontextmanager
    async def answers(self, subject: str, question: bytes) -> "AsyncIterator[Subscription]":
        """Sends a question and returns the subscription that answers come to. Raises PhonetuiError."""
        inbox = self.client.new_inbox()
        with _translating():
            subscription = await self.client.subscribe(inbox)
        try:
            with _translating():
                await self.client.publish(subject, question, reply=inbox)
            yield subscription
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()

    def _tls(self) -> "ssl.SSLContext":
        try:
            return default_context(self._settings.ca)
        except OSError as error:  # an ssl.SSLError is one
            raise ConfigError(f"{self._settings.ca}: no certificates can be read from it", "See [nats] ca") from error

    def _check_version(self) -> None:
        """Raises ConfigError for a server that is too old."""
        version = self.client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            words = f"the NATS server is {version.major}.{version.minor}, collectors and viewers need 2.11 or later"
            raise ConfigError(words, "Distributions may have older ones; nats.io has packages")

    def _unreachable(self) -> Unreachable:
        if "reset by peer" in (self.failure or ""):  # what the server said before may be lost with the connection
            words = "the NATS server hangs up at once, as one does that refuses this user"
            return Unreachable(words, "See [nats] creds; 'phonetui nats check' tries each step")
        why = f": {self.failure}" if self.failure else ""
        return Unreachable(f"the NATS server at {printable(self._settings.url or '')} cannot be reached{why}",
                           "'phonetui nats check' tries each step")  # fmt: skip

    async def _note_error(self, error: Exception) -> None:
        words = _words(error)
        _log.debug("NATS: %s", words)
        if refused := _VIOLATION.search(words):
            if waiting := self._refused.get(refused[1]):
                waiting.set()
            return
        if not _is_refusal(words):
            self.failure = words
            return
        if self._is_first:  # the library would try it again and again
            self.failure = words
            raise _refused()
        if not self.is_refused:
            self.is_refused, self.failure = True, printable(str(_refused()))
            self.on_lost()

    async def _note_lost(self) -> None:
        if self.is_refused:
            return
        if self.failure is None or not self.failure.startswith(_LOST):  # the library may say so twice
            why = f" ({self.failure.removeprefix('nats: ')})" if self.failure else ""
            self.failure = Printable(f"{_LOST}{why}")
        self.on_lost()

    async def _note_back(self) -> None:
        self.failure, self.is_refused = None, False
        self.on_connected()


@contextmanager
def _translating() -> Iterator[None]:
    """The library's errors as ours; what it does with a connection that is gone, too.

    A task that was cancelled meanwhile is: `asyncio.wait_for`, which the library uses, loses that in Python 3.11 where
    the answer comes at the same moment.
    """
    try:
        yield
        _check_cancelled()
    except (nats.errors.Error, OSError, TimeoutError, AttributeError) as error:
        _check_cancelled()
        raise _translated(error, Unreachable("the NATS server does not answer")) from error


def _check_cancelled() -> None:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _translated(error: BaseException, otherwise: PhonetuiError) -> PhonetuiError:
    words = _words(error)
    match error:
        case nats.errors.AuthorizationError():
            return _refused()
        case nats.errors.NoRespondersError():
            return Unreachable("nobody answers there", "Is a collector running, and JetStream on?")
        case nats.errors.TimeoutError() | TimeoutError():
            return TimedOut("the NATS server's answer", ANSWER_S)
    if _is_refusal(words):
        return _refused()
    return otherwise


def _is_refusal(words: str) -> bool:
    return "uthoriz" in words or "uthentic" in words


def _refused() -> AccessError:
    return AccessError("the NATS server refuses this user", "See [nats] creds", reason="credentials")


def _words(error: BaseException) -> Printable:
    return printable(str(error) or type(error).__name__)


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ProtocolError("the NATS server's answer cannot be read") from error
    return found
