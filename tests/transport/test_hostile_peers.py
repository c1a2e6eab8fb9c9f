"""Each kind of harm alone: what comes of one request, in which words, and within the time that a request has."""

import asyncio
import time
import tracemalloc

import pytest

from phonetui.errors import Busy, Dropped, PhonetuiError, ProtocolError, Restarting, TimedOut
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.status_errors import retry_after_s
from phonetui.transport.tls_client import PinnedContext
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.hostile import HARMS, LINES, Peer, answer, bomb, peers
from tests.pace import slowness

STANDBY = Path.of("Standby")
PATIENCE_S = 0.5

EXPECTED: dict[str, tuple[type[PhonetuiError], str]] = {
    "drip": (TimedOut, "no answer to reading Standby within 0.5 s"),
    "headers": (ProtocolError, "what it answers is not HTTP"),
    "continue": (ProtocolError, "an answer that never begins"),
    "body": (ProtocolError, "an answer of more than 4 MiB"),
    "crumbs": (ProtocolError, "an answer in more than 16,384 pieces"),
    "bomb": (ProtocolError, "an answer of more than 4 MiB"),
    "redirects": (ProtocolError, "the phone redirects to https://127.0.0.1:"),
    "too-long": (Dropped, "the connection broke"),
    "too-short": (ProtocolError, "broken XML"),
    "html": (ProtocolError, "an HTML page"),
    "dtd": (ProtocolError, "DTD"),
    "deep": (ProtocolError, "more than 10,000 tags"),
    "busy": (Busy, "the phone limits requests"),
}


def transport(peer: Peer, patience_s: float = PATIENCE_S) -> HttpTransport:
    where = Address(
        scheme="https", host="127.0.0.1", port=peer.port, username="u", password="p", timeout_s=patience_s
    )  # fmt: skip
    return HttpTransport(where, PinnedContext(lambda: peer.fingerprint, lambda _: None))


@pytest.mark.parametrize("name", EXPECTED)
async def test_one_request(name: str) -> None:
    kind, words = EXPECTED[name]
    async with peers((name,)) as served:
        asking = transport(served[name], PATIENCE_S if kind is TimedOut else ANSWER_S)
        try:
            with pytest.raises(kind, match=words) as caught:
                await asking.fetch(STANDBY)
            assert type(caught.value) is kind
        finally:
            await asking.close()
        assert len(served[name].asked) == 1


async def test_a_reset_at_every_byte_is_a_broken_connection() -> None:
    async with peers(("reset",)) as served:
        asking = transport(served["reset"], ANSWER_S)
        outcomes = set()
        for _ in range(len(answer())):
            try:
                await asking.fetch(STANDBY)
            except PhonetuiError as error:
                outcomes.add((type(error), error.kind))
        await asking.close()
        assert outcomes == {(Dropped, "dropped")}
        assert len(served["reset"].asked) == len(answer())


async def test_a_packed_answer_takes_no_more_than_it_may() -> None:
    assert len(bomb()) < 2**18
    async with peers(("bomb",)) as served:
        asking = transport(served["bomb"], ANSWER_S)
        tracemalloc.start()
        with pytest.raises(ProtocolError):
            await asking.fetch(STANDBY)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await asking.close()
    assert peak < 16 * 2**20


async def test_an_answer_that_nobody_asked_for_is_never_taken_for_one_that_was() -> None:
    async with peers(("unasked",)) as served:
        asking, heard = transport(served["unasked"], ANSWER_S), list[str]()
        for _ in range(4):
            try:
                document = await asking.fetch(STANDBY)
            except ProtocolError as error:
                heard.append(error.message)
            else:
                heard.append(str(document.get(STANDBY / "Level")))
                assert document.get(Path.parse("Line 1 Call 0 CallState")) is None
        await asking.close()
    assert heard == ["Off"] * 4


async def test_after_an_answer_too_many_each_question_has_its_own_answer_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes when the next question is out already; on that connection each would be that to the one before."""

    async def harm(writer: asyncio.StreamWriter, number: int) -> None:
        level = f"<Status><Standby><Level>{number}</Level></Standby></Status>".encode()
        writer.write((answer(LINES) if number == 1 else b"") + answer(level))
        await writer.drain()

    monkeypatch.setitem(HARMS, "late", harm)
    async with peers(("late",)) as served:
        asking, heard = transport(served["late"], ANSWER_S), list[str]()
        for _ in range(5):
            try:
                heard.append(str((await asking.fetch(STANDBY)).get(STANDBY / "Level")))
            except ProtocolError as error:
                heard.append(error.message)
        await asking.close()
    assert heard == ["0", "an answer to another question than Standby", "2", "3", "4"]


async def test_a_phone_that_boots_again_and_again() -> None:
    async with peers(("boots",)) as served:
        asking, seen = transport(served["boots"], ANSWER_S), []
        for _ in range(10):
            try:
                await asking.fetch(STANDBY)
                seen.append("answer")
            except Restarting:
                seen.append("starting")
        await asking.close()
    assert seen == (["answer"] * 3 + ["starting"] * 2) * 2


async def test_crumbs_don_t_keep_everything_else_waiting() -> None:
    """The longest that the loop computed without a turn for others while one answer came in a million pieces."""
    async with peers(("crumbs",)) as served:
        asking, lags = transport(served["crumbs"], ANSWER_S), []
        ended = asyncio.Event()

        async def watch() -> None:
            while not ended.is_set():
                at = time.thread_time()  # not the clock's: another program may have the processor
                await asyncio.sleep(0.01)
                lags.append(time.thread_time() - at)

        watching = asyncio.create_task(watch())
        with pytest.raises(ProtocolError):
            await asking.fetch(STANDBY)
        ended.set()
        await watching
        await asking.close()
    assert max(lags) < slowness()  # a generous bound: without turns it is seconds


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [("2", 2.0), (" 120 ", 120.0), ("0", 0.0), ("", None), ("\xb2", None), ("-1", None), ("1e9", None), ("9" * 400, None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)  # fmt: skip
def test_retry_after_is_a_plain_number_or_nothing(raw: str, seconds: float | None) -> None:
    assert retry_after_s(raw) == seconds
