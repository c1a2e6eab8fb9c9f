"""Asks a phone all that a survey wants, one request at a time with a pause, and keeps the raw answers.

Only a phone that isn't there or lets nobody in ends a survey: no other answer is an error.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.errors import AccessError, ProtocolError, TransportError
from phonetui.probe import plan
from phonetui.probe.plan import CertificateSummary, Question, Survey, SurveyExchange, TlsSummary, kept_headers
from phonetui.transport.base import Address
from phonetui.transport.http_client import HttpClient, header_lines
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of
from phonetui.transport.tls_client import TlsContext
from phonetui.transport.web_session import basic
from phonetui.xapi.xml import local_name, parse

if TYPE_CHECKING:
    from cryptography import x509

    from phonetui.transport.ssh.tunnel import Tunnel

PACE_S = 0.25
"""Between an answer and the next question: twice what a phone's small web server is asked when it is watched."""
MAX_UNANSWERED = 3
"""Questions in a row without any answer: then the phone is gone."""


async def survey(
    address: Address,
    context: TlsContext,
    extra: Callable[[SurveyExchange | None], tuple[Question, ...]],
    *,
    notify: Callable[[SurveyExchange], None],
    pace_s: float = PACE_S,
    tunnel: "Tunnel | None" = None,
) -> Survey:
    """Everything that the phone answers; `notify` is called with each exchange.

    `extra` is given the answer to /command.xml and says which commands are to be tried. Raises PhonetuiErrors where the
    phone cannot be reached, doesn't let us in, or stops answering.
    """
    connection = _SurveyConnection(address, HttpClient(address, context, tunnel), notify, pace_s)
    began = datetime.now(UTC)
    try:
        await connection.ask_identity()
        await connection.ask_all(plan.DOCUMENTS)
        await connection.ask_all((*plan.reads(_tops(connection.exchanges)), *plan.errors()))
        await connection.open_and_close_a_session()
        await connection.ask(plan.WEBSOCKET)
        timing = await connection.ask_all((plan.SMALL,) * plan.SAMPLES)
        await connection.ask_all(extra(connection.found("/command.xml")))
    finally:
        connection.close()
    return Survey(
        at=began,
        scheme=address.scheme,
        host=address.host,
        username=address.username,
        password=address.password,
        tls=connection.tls,
        exchanges=tuple(each for each in connection.exchanges if each.question != plan.SMALL or each is timing[0]),
        timing_s=tuple(round(each.seconds, 4) for each in timing if each.status is not None),
    )


class _SurveyConnection:
    """One connection and what came over it."""

    def __init__(
        self, address: Address, client: HttpClient, notify: Callable[[SurveyExchange], None], pace_s: float
    ) -> None:
        self.exchanges: list[SurveyExchange] = []
        self.tls: TlsSummary | None = None
        self._address = address
        self._notify = notify
        self._pace_s = pace_s
        self._unanswered = 0
        self._basic = basic(address)
        self._client = client

    async def ask_identity(self) -> None:
        """The first question: who refuses this is not surveyed."""
        first = await self._exchange(plan.IDENTITY, self._basic, first=True)
        if first.status is not None:
            error = error_of(ServerPlace.PART, Refusal(status=first.status, username=self._address.username))
            if isinstance(error, AccessError):
                raise error
        self._keep(first)

    async def ask(self, question: Question, proof: bytes | None = None) -> SurveyExchange:
        """Raises the failure of the last of MAX_UNANSWERED questions that got no answer."""
        await asyncio.sleep(self._pace_s)
        return self._keep(await self._exchange(question, self._basic if proof is None else proof))

    async def ask_all(self, questions: Iterable[Question]) -> list[SurveyExchange]:
        return [await self.ask(question) for question in questions]

    async def open_and_close_a_session(self) -> None:
        """What was begun is ended, whatever happens in between: phones have few sessions, and they never expire."""
        began = await self.ask(plan.SESSION_BEGIN)
        cookie = began.header("set-cookie").partition(";")[0]
        if not cookie or began.status not in (200, 204):
            return
        with_cookie = (("Cookie", cookie),)
        try:
            await self.ask(replace(plan.SESSION_READ, headers=with_cookie), b"")
        finally:
            ending = self.ask(replace(plan.SESSION_END, headers=with_cookie), b"")
            await asyncio.shield(asyncio.ensure_future(ending))

    def found(self, target: str) -> SurveyExchange | None:
        return next((each for each in self.exchanges if each.question.target == target), None)

    def close(self) -> None:
        self._client.close()

    def _keep(self, exchange: SurveyExchange) -> SurveyExchange:
        """Without the session's cookie, which is a credential."""
        shown = tuple(pair for pair in exchange.question.headers if pair[0] != "Cookie")
        exchange = replace(exchange, question=replace(exchange.question, headers=shown))
        self.exchanges.append(exchange)
        self._notify(exchange)
        return exchange

    async def _exchange(self, question: Question, proof: bytes, *, first: bool = False) -> SurveyExchange:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self._client.request(
                question.method,
                question.target,
                proof + header_lines(*question.headers),
                question.body,
                step=f"{question.method} {question.target}",
                seconds=question.timeout_s or self._address.timeout_s,
                cap=question.cap,
                cut=True,
                upgrade=question == plan.WEBSOCKET,
            )
        except (TransportError, ProtocolError, AccessError) as error:
            self._unanswered += 1
            if first or self._unanswered >= MAX_UNANSWERED:
                raise
            return SurveyExchange(question, seconds=loop.time() - began, failure=str(error.message))
        self._unanswered = 0
        self.tls = self.tls or _tls(self._client.ssl_object)
        return SurveyExchange(
            question,
            status=answer.status,
            reason=answer.reason,
            headers=kept_headers(answer.headers.pairs),
            body=answer.body,
            truncated=not answer.is_whole,
            seconds=loop.time() - began,
        )


def _tops(exchanges: list[SurveyExchange]) -> list[str]:
    """The first names of the status tree, where one came whole."""
    for exchange in exchanges:
        with suppress(ProtocolError):
            if exchange.question.target == "/status.xml" and local_name((root := parse(exchange.body)).tag) == "Status":
                return [local_name(child.tag) for child in root]
    return []


def _tls(connected: ssl.SSLObject | None) -> TlsSummary | None:
    if connected is None:
        return None
    der, cipher = connected.getpeercert(binary_form=True), connected.cipher()
    return TlsSummary(connected.version() or "", cipher[0] if cipher else "", _certificate(der) if der else None)


def _certificate(der: bytes) -> CertificateSummary | None:
    from cryptography import x509  # noqa: PLC0415 - 40 ms that only looking at certificates needs

    try:
        read = x509.load_der_x509_certificate(der)
        names = (each for each in read.extensions if each.oid == x509.SubjectAlternativeName.oid)
        return CertificateSummary(
            subject=tuple(_attributes(read.subject)),
            issuer=tuple(_attributes(read.issuer)),
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
            key=f"{type(read.public_key()).__name__.removesuffix('PublicKey').strip('_')} "
            f"{getattr(read.public_key(), 'key_size', '')}".strip(),
            signature=read.signature_hash_algorithm.name if read.signature_hash_algorithm else "",
            names=sum(len(each.value) for each in names if isinstance(each.value, x509.SubjectAlternativeName)),
        )
    except (ValueError, TypeError):
        return None


def _attributes(name: "x509.Name") -> list[tuple[str, str]]:
    return [(each.rfc4514_attribute_name, str(each.value)) for each in name]
