"""Certificates are believed before a byte of a request is sent, or not at all."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path as File

import pytest

from phonetui.errors import AccessError, ConfigError, PhonetuiError, Unreachable
from phonetui.simulator.security import certificate
from phonetui.storage.writer import WRITER, StorageNotices
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.tls_client import PinnedContext, TlsContext, fingerprint
from phonetui.transport.trust import (
    PinStore,
    pin_key,
    read_certificate,
    shown_certificate,
    verified_context,
)
from phonetui.transport.websocket import WebSocketTransport
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, served

STANDBY = Path.of("Standby")


def over(port: int, context: TlsContext) -> HttpTransport:
    address = Address(
        scheme="https", host="127.0.0.1", port=port, username="xapi", password=PASSWORD, timeout_s=ANSWER_S
    )
    return HttpTransport(address, context)


async def test_first_use_is_told_and_then_kept() -> None:
    pins, told = PinStore(None), []
    async with served() as office:
        port = int(office.phones[0].url.rpartition(":")[2])
        key = pin_key("127.0.0.1", port)

        def accept(shown: str) -> None:
            told.append(shown)
            pins.put(key, shown)

        for _ in range(2):
            transport = over(port, PinnedContext(lambda: pins.get(key), accept))
            assert await transport.fetch(STANDBY)
            await transport.close()
        assert told == [office.phones[0].fingerprint]


def test_phones_with_pins_share_one_context_and_libraries_get_one_of_their_own() -> None:
    one, other = (PinnedContext(lambda: None, lambda _: None) for _ in range(2))
    assert one.shared is other.shared
    assert len({one.shared, one.with_check(), other.with_check()}) == 3


async def test_a_changed_certificate_gets_no_byte() -> None:
    async with served() as office:
        phone = office.phones[0]
        transport = over(int(phone.url.rpartition(":")[2]), PinnedContext(lambda: "sha256:" + "0" * 64, lambda _: None))
        with pytest.raises(AccessError) as caught:
            await transport.fetch(STANDBY)
        await transport.close()
        assert caught.value.reason == "certificate"
        assert phone.fingerprint in caught.value.message
        assert "sha256:000" in caught.value.message
        assert "phonetui trust" in caught.value.hint
        assert phone.requests == ()


async def test_a_certificate_can_be_looked_at_and_describes_itself() -> None:
    async with served() as office:
        phone = office.phones[0]
        der = await shown_certificate("127.0.0.1", int(phone.url.rpartition(":")[2]), 2.0)
        shown = read_certificate(der)
        assert fingerprint(der) == shown.fingerprint == phone.fingerprint
        assert shown.not_after > datetime.now(UTC)
        assert phone.requests == ()


async def test_ca_verifies_chain_and_name(tmp_path: File) -> None:
    async with served() as office:
        port = int(office.phones[0].url.rpartition(":")[2])
        file = tmp_path / "ca.pem"
        file.write_text(ssl.DER_cert_to_PEM_cert(await shown_certificate("127.0.0.1", port, ANSWER_S)))
        trusting = over(port, verified_context(str(file)))
        assert await trusting.fetch(STANDBY)
        await trusting.close()
        wary = over(port, verified_context(None))
        with pytest.raises(AccessError) as caught:
            await wary.fetch(STANDBY)
        await wary.close()
        assert caught.value.reason == "certificate"
        assert len(office.phones[0].requests) == 1


@pytest.mark.parametrize(("name", "is_believed"), [("localhost", True), ("other.example", False)])
async def test_ca_verifies_the_name_that_is_expected(tmp_path: File, name: str, is_believed: bool) -> None:
    async with served(dialect="websocket") as office:
        port = int(office.phones[0].url.rpartition(":")[2])
        file = tmp_path / "ca.pem"
        file.write_text(ssl.DER_cert_to_PEM_cert(await shown_certificate("127.0.0.1", port, ANSWER_S)))
        where = Address(
            scheme="https",
            host="127.0.0.1",
            port=port,
            username="xapi",
            password=PASSWORD,
            timeout_s=ANSWER_S,
            tls_name=name,
        )
        context = verified_context(str(file))
        for transport in (HttpTransport(where, context), WebSocketTransport(where, context)):
            if is_believed:
                assert await transport.fetch(STANDBY)
            else:
                with pytest.raises(AccessError) as caught:
                    await transport.fetch(STANDBY)
                assert caught.value.reason == "certificate"
            await transport.close()
        assert bool(office.phones[0].requests) is is_believed


async def test_looking_where_nobody_answers() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    with pytest.raises(Unreachable):
        await shown_certificate("127.0.0.1", port, ANSWER_S)


def test_the_store_is_private_and_survives(tmp_path: File) -> None:
    file = tmp_path / "state" / "pins.json"
    PinStore(file).put(pin_key("192.0.2.1", 443), "sha256:aa")
    PinStore(file).put(pin_key("192.0.2.1", 443, "bastion"), "sha256:bb")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PinStore(file).get("192.0.2.1:443") == "sha256:aa"
    assert PinStore(file).get("bastion!192.0.2.1:443") == "sha256:bb"
    assert pin_key("2001:db8::1", 443) == "[2001:db8::1]:443"


@pytest.mark.parametrize("content", ["{half", "", "[]", "null", '{"192.0.2.1:443": 5}', "[" * 100_000])
def test_a_broken_store_is_not_overwritten(content: str, tmp_path: File) -> None:
    file = tmp_path / "pins.json"
    file.write_text(content)
    with pytest.raises(PhonetuiError, match="cannot be read"):
        PinStore(file)
    assert file.read_text() == content


def test_a_store_that_everybody_may_write_is_not_believed(tmp_path: File) -> None:
    file = tmp_path / "pins.json"
    file.write_text("{}")
    file.chmod(0o666)
    with pytest.raises(AccessError, match="everybody may write it \\(mode 0666\\)"):
        PinStore(file)


def test_what_another_program_accepts_is_believed_at_once_and_never_undone(tmp_path: File) -> None:
    file = tmp_path / "pins.json"
    running = PinStore(file)
    running.accept_first("a:443", "sha256:old")
    PinStore(file).put("a:443", "sha256:new")
    assert running.get("a:443") == "sha256:new"
    running.accept_first("b:443", "sha256:bb")
    assert PinStore(file).get("a:443") == "sha256:new"


def test_of_two_first_certificates_the_earlier_one_counts(tmp_path: File) -> None:
    file = tmp_path / "pins.json"
    one, other = PinStore(file), PinStore(file)
    one.accept_first("a:443", "sha256:aa")
    other.accept_first("a:443", "sha256:bb")
    assert (one.get("a:443"), other.get("a:443")) == ("sha256:aa", "sha256:aa")


async def test_a_pin_that_cannot_be_kept_holds_for_this_run(tmp_path: File) -> None:
    """The second try never accepts another certificate, whatever the disk does."""
    file = tmp_path / "pins.json"
    file.mkdir()
    notices = StorageNotices()
    pins = PinStore(file, notices)
    async with served(2) as office:
        key = pin_key("127.0.0.1", 1)
        context = PinnedContext(lambda: pins.get(key), lambda shown: pins.accept_first(key, shown))
        first = over(int(office.phones[0].url.rpartition(":")[2]), context)
        assert await first.fetch(STANDBY)
        await first.close()
        for _ in range(2):
            second = over(int(office.phones[1].url.rpartition(":")[2]), context)
            with pytest.raises(AccessError, match="the certificate changed"):
                await second.fetch(STANDBY)
            await second.close()
        assert office.phones[1].requests == ()
    await asyncio.to_thread(WRITER.flush, 30.0)
    (words,) = notices.take()
    assert words.startswith(f"accepted certificates cannot be kept in {file}: ")
    with pytest.raises(ConfigError, match="cannot be kept"):
        pins.save()


async def test_a_store_that_was_damaged_meanwhile_refuses_the_phone_in_words(tmp_path: File) -> None:
    file = tmp_path / "pins.json"
    pins = PinStore(file)
    file.write_text("null")
    async with served() as office:
        transport = over(
            int(office.phones[0].url.rpartition(":")[2]),
            PinnedContext(lambda: pins.get("a:443"), lambda shown: pins.accept_first("a:443", shown)),
        )
        with pytest.raises(AccessError, match="accepted certificates cannot be read") as caught:
            await transport.fetch(STANDBY)
        await transport.close()
        assert caught.value.reason == "certificate"
        assert office.phones[0].requests == ()
    assert file.read_text() == "null"


def test_a_certificate_that_was_damaged_is_refused_in_words() -> None:
    """Whatever the library raises for it, as for a version that there is not."""
    whole = ssl.PEM_cert_to_DER_cert(certificate(7, 1, "DP0001", "127.0.0.1").chain.decode())
    version = whole.index(b"\xa0\x03\x02\x01") + 4
    assert read_certificate(whole).subject == "CN=DP0001"
    for damaged in (b"", whole[:-9], whole[:version] + b"\x45" + whole[version + 1 :], b"\x30\x03\x02\x01\x01"):
        with pytest.raises(AccessError, match="cannot be read"):
            read_certificate(damaged)
