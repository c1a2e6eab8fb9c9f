"""A collector's answers to questions about phones that it watches."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.question_forms import (
    LARGEST_PART,
    PART,
    REFUSED,
    DocumentAnswer,
    DocumentQuestion,
    HistoryQuestion,
    error_of,
    history_answer,
    leaves_of,
    result_of,
)
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import SCREENSHOT

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from phonetui.monitor.fleet import LiveFleet
    from phonetui.xapi.document import Document

AT_ONCE = 4
"""Pictures that phones are asked for at a time."""
_log = logging.getLogger(__name__)


class Answers:
    def __init__(
        self, connection: NatsConnection, fleet: "LiveFleet", site: str, asked_life: Callable[[], None]
    ) -> None:
        """`asked_life` is called when a viewer has come and asks who lives."""
        self._connection = connection
        self._fleet = fleet
        self._site = site
        self._asked_life = asked_life
        self._tags: dict[PhoneId, tuple[Document, int]] = {}
        self._next_tag = itertools.count(1)
        self._pictures = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self) -> None:
        """Begins to answer. Raises PhonetuiError."""
        await self._connection.subscribe(f"ask.{subjects.token(self._site)}.*.*", self._take)

    async def _take(self, message: "Msg") -> None:
        what = message.subject.rpartition(".")[2]
        if what == "life":
            self._asked_life()
            return
        try:
            phone = PhoneId(subjects.name_of(message.subject.split(".")[2]))
        except ProtocolError:
            return
        if phone not in self._fleet.phones or not message.reply:
            return
        task = asyncio.create_task(self._answer(message, phone, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: "Msg", phone: PhoneId, what: str) -> None:
        try:
            answer = await self._answer_of(phone, what, message.data)
        except PhonetuiError as error:
            await reply(self._connection, message.reply, error_of(error), is_refusal=True)
            return
        except Exception:  # noqa: BLE001 - whoever asks must hear of it, and others go on being answered
            _log.exception("%s: a question for %s", phone, what)
            fault = PhonetuiError("a fault in phonetui kept the collector from answering", "Its log has the rest")
            await reply(self._connection, message.reply, error_of(fault), is_refusal=True)
            return
        await reply(self._connection, message.reply, answer)

    async def _answer_of(self, phone: PhoneId, what: str, data: bytes) -> Any:
        """Raises PhonetuiError."""
        at = asyncio.get_running_loop().time()
        match what:
            case "document":
                return self._document(phone, wire.decode(data, DocumentQuestion), at)
            case "history":
                question = wire.decode(data, HistoryQuestion)
                return history_answer(self._fleet.history(phone), self._fleet.port_history(phone), question, at)
            case "calls":
                return await self._fleet.calls_now(phone)
            case "screenshot":
                async with self._pictures:
                    return result_of(await self._fleet.command(phone, Command(SCREENSHOT), confirmed=True))
        raise ProtocolError(f"this release doesn't know the question '{what}'")

    def _document(self, phone: PhoneId, question: DocumentQuestion, at: float) -> DocumentAnswer:
        document = self._fleet.document(phone)
        known = self._tags.get(phone)
        if known is None or known[0] is not document:
            known = self._tags[phone] = (document, next(self._next_tag))
        if known[1] == question.known:
            return DocumentAnswer(known[1])
        return DocumentAnswer(known[1], leaves_of(document, self._fleet.changed_at(phone), at))


async def reply(connection: NatsConnection, inbox: str, answer: Any, *, is_refusal: bool = False) -> None:
    """Sends an answer in as many messages as it takes. What cannot be sent is left: whoever asked asks again."""
    data = wire.encode(answer)
    count = max(-(-len(data) // LARGEST_PART), 1)
    try:
        for place in range(count):
            part = data[place * LARGEST_PART : (place + 1) * LARGEST_PART]
            headers = {PART: f"{place + 1}/{count}", **({REFUSED: "1"} if is_refusal else {})}
            await connection.publish(inbox, part, headers=headers)
    except PhonetuiError as error:
        _log.info("an answer was not sent: %s", error)
