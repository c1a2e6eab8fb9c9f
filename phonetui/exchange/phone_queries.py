"""A viewer's questions about a phone, and their answers: trees, figures over time, pictures.

A screen gets what is known at once; while it looks, the collector is asked again and again in the background.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

import nats.errors

from phonetui.errors import PhonetuiError, ProtocolError, TimedOut
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.attached_phones import AttachedPhones
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.question_forms import (
    MOST_PARTS,
    PART,
    REFUSED,
    DocumentAnswer,
    DocumentQuestion,
    HistoryAnswer,
    HistoryQuestion,
    WireError,
    document_of,
    join_samples,
    raised,
)
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.state import CallKey, PhoneId
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from nats.aio.msg import Msg

ANSWER_S = 4.0
ASK_AGAIN_S = 1.0
"""Seconds between two questions of one kind about a phone that is shown."""
LOOKED_AT_S = 5.0
"""How long after the latest look questions go on."""
FORGET_S = 120.0
_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass
class _KnownPhone:
    document: Document = field(default_factory=lambda: EMPTY)
    changed_at: dict[Path, float] = field(default_factory=dict)
    tag: int = 0
    document_wanted_at: float = -inf
    calls: dict[CallKey, CallHistory] = field(default_factory=dict)
    ports: dict[int, PortHistory] = field(default_factory=dict)
    newest_at: float | None = None
    history_wanted_at: float = -inf
    collector: str = ""
    """Whose answers they are: another one counts its tags anew."""


class Questions:
    """A viewer's questions about phones that are looked at, asked again while they are, and the newest answers."""

    def __init__(self, connection: NatsConnection, phones: AttachedPhones, changed: Callable[[], None]) -> None:
        self._connection = connection
        self._phones = phones
        self._changed = changed
        self._known: dict[PhoneId, _KnownPhone] = {}
        self._wanted = asyncio.Event()

    def document(self, phone: PhoneId) -> tuple[Document, Mapping[Path, float]]:
        """The document as the collector had it a second ago; empty at first."""
        known = self._known.setdefault(phone, _KnownPhone())
        known.document_wanted_at = self._want(known.document_wanted_at)
        return known.document, known.changed_at

    def history(self, phone: PhoneId) -> tuple[Mapping[CallKey, CallHistory], Mapping[int, PortHistory]]:
        """The series of the phone's calls and ports as far as they were answered; asks for what is missing."""
        known = self._known.setdefault(phone, _KnownPhone())
        known.history_wanted_at = self._want(known.history_wanted_at)
        return known.calls, known.ports

    def _want(self, before: float) -> float:
        now = asyncio.get_running_loop().time()
        if now - before > LOOKED_AT_S:
            self._wanted.set()
        return now

    async def run(self) -> None:
        """Asks for what is looked at, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            now = loop.time()
            asked = [
                (phone, known)
                for phone, known in self._known.items()
                if now - max(known.document_wanted_at, known.history_wanted_at) <= LOOKED_AT_S
            ]
            if not asked:
                self._forget(now)
                continue
            if self._connection.is_connected:
                await asyncio.gather(*(self._refresh(phone, known, now) for phone, known in asked))
            with suppress(TimeoutError):  # at once where something else is looked at
                async with asyncio.timeout(ASK_AGAIN_S):
                    await self._wanted.wait()
            self._wanted.set()

    async def fresh_document(self, phone: PhoneId) -> Document:
        """The document, asked for now. Raises PhonetuiError."""
        known = self._known.setdefault(phone, _KnownPhone())
        await self._ask_document(phone, known)
        return known.document

    def _forget(self, now: float) -> None:
        self._known = {
            phone: known
            for phone, known in self._known.items()
            if now - max(known.document_wanted_at, known.history_wanted_at) <= FORGET_S
        }

    async def _refresh(self, phone: PhoneId, known: _KnownPhone, now: float) -> None:
        try:
            if now - known.document_wanted_at <= LOOKED_AT_S:
                await self._ask_document(phone, known)
            if now - known.history_wanted_at <= LOOKED_AT_S:
                await self._ask_history(phone, known)
        except PhonetuiError as error:
            _log.info("%s: %s", phone, error)

    async def _ask_document(self, phone: PhoneId, known: _KnownPhone) -> None:
        self._check_collector(phone, known)
        answer = await self.ask(phone, "document", DocumentQuestion(known.tag), DocumentAnswer)
        if answer.leaves is not None:
            known.document, known.changed_at = document_of(answer.leaves, asyncio.get_running_loop().time())
            known.tag = answer.tag
            self._changed()

    async def _ask_history(self, phone: PhoneId, known: _KnownPhone) -> None:
        self._check_collector(phone, known)
        now = asyncio.get_running_loop().time()
        question = HistoryQuestion(None if known.newest_at is None else now - known.newest_at)
        answer = await self.ask(phone, "history", question, HistoryAnswer)
        at = asyncio.get_running_loop().time()
        calls = {(each.line, each.call): each for each in answer.calls}
        ports = {each.line: each for each in answer.ports}
        for key in known.calls.keys() - calls.keys():
            del known.calls[key]
        newest = known.newest_at if known.newest_at is not None else -inf
        for key, samples in calls.items():
            since_at = at - samples.since_age_s
            history = known.calls.get(key)
            if history is None or abs(history.since_at - since_at) > 1.0:
                history = known.calls[key] = CallHistory(since_at)
            newest = max(newest, join_samples(history, samples, at))
        for index, samples in ports.items():
            port = known.ports.setdefault(index, PortHistory(at - samples.since_age_s))
            newest = max(newest, join_samples(port, samples, at))
        if newest > -inf and newest != known.newest_at:
            known.newest_at = newest
            self._changed()

    def _check_collector(self, phone: PhoneId, known: _KnownPhone) -> None:
        attached = self._phones.phones.get(phone)
        collector = attached.source.collector if attached is not None else ""
        if collector != known.collector:
            known.collector, known.tag, known.newest_at = collector, 0, None
            known.calls.clear()
            known.ports.clear()

    async def ask(
        self, phone: PhoneId, what: str, question: Any, kind: type[Answer], seconds: float = ANSWER_S
    ) -> Answer:
        """Asks the collector that watches the phone. Raises PhonetuiError."""
        attached = self._phones.phones.get(phone)
        if attached is None:
            raise ProtocolError("it is not watched any more: nothing was asked", "Choose it again")
        subject = f"ask.{attached.source.site}.{subjects.token(attached.remote)}.{what}"
        async with self._connection.answers(subject, wire.encode(question)) as answers:
            return await whole_answer(answers, kind, seconds)


async def whole_answer(answers: Any, kind: type[Answer], seconds: float, first: "Msg | None" = None) -> Answer:
    """The answer out of the parts that come to a subscription, after the one that came already.

    Raises PhonetuiError: what the other side refused with, and TimedOut where it is silent.
    """
    parts: dict[int, bytes] = {}
    try:
        async with asyncio.timeout(seconds):
            while True:
                message: Msg = first or await answers.next_msg(None)
                first = None
                headers = message.headers or {}
                if headers.get("Status") == "503":
                    raise TimedOut("a collector's answer: none watches the phone", 0)
                place, count = _part(headers.get(PART, "1/1"))
                parts[place] = message.data
                if len(parts) == count:
                    break
    except TimeoutError as error:
        raise TimedOut("a collector's answer", seconds) from error
    except nats.errors.Error as error:
        raise TimedOut("a collector's answer", seconds) from error
    data = b"".join(parts[place] for place in sorted(parts))
    if REFUSED in headers:
        raise raised(wire.decode(data, WireError))
    return wire.decode(data, kind)


def _part(text: str) -> tuple[int, int]:
    """Raises ProtocolError."""
    place, _, count = text.partition("/")
    if not (place.isdecimal() and count.isdecimal() and 0 < int(place) <= int(count) <= MOST_PARTS):
        raise ProtocolError("an answer in parts that cannot be put together")
    return int(place), int(count)
