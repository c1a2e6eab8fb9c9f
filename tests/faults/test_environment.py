"""What stands in the environment of the process and in the user's own configuration files."""

import ast
import asyncio
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as File

import asyncssh
import pytest

from phonetui import tls
from phonetui.errors import PhonetuiError
from phonetui.simulator.security import certificate, server_context
from phonetui.transport.base import Address, Transport
from phonetui.transport.http import HttpTransport
from phonetui.transport.ssh import config
from phonetui.transport.ssh.config import Jump, route
from phonetui.transport.trust import shown_certificate as shown_by
from phonetui.transport.trust import verified_context
from phonetui.transport.websocket import WebSocketTransport
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.faults.table import fault
from tests.live import PASSWORD, live, served, until

PACKAGE = File(tls.__file__).parent
MADE = certificate(7, 1, "phone", "127.0.0.1")
STANDBY = Path.of("Standby")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY")
Kind = type[HttpTransport] | type[WebSocketTransport]


def to(port: int, kind: Kind, context: ssl.SSLContext) -> Transport:
    address = Address(
        scheme="https", host="127.0.0.1", port=port, username="xapi", password=PASSWORD, timeout_s=ANSWER_S
    )
    return kind(address, context)


@pytest.mark.parametrize("kind", [HttpTransport, WebSocketTransport])
@fault("SSLKEYLOGFILE is set, and a phone's chain is verified", holds="no session key is written")
async def test_session_keys_of_phones(kind: Kind, tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    async with served(dialect="websocket") as office:
        port = int(office.phones[0].url.rpartition(":")[2])
        authority = tmp_path / "ca.pem"
        authority.write_text(ssl.DER_cert_to_PEM_cert(await shown_by("127.0.0.1", port, ANSWER_S)))
        transport = to(port, kind, verified_context(str(authority)))
        assert await transport.fetch(STANDBY)
        await transport.close()
    assert not (tmp_path / "keys").exists()


@fault("SSLKEYLOGFILE names a file that cannot be made", holds="every context of ours is made all the same")
def test_a_key_log_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/at/all")
    for context in (tls.default_context(), tls.unverified_context(), tls.client_context(), tls.server_context()):
        assert context.keylog_filename is None
    assert tls.default_context().verify_flags == _by_python().verify_flags
    assert tls.default_context().cert_store_stats() == _by_python().cert_store_stats()


def _by_python() -> ssl.SSLContext:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSLKEYLOGFILE")
        return ssl.create_default_context()


@fault("a new module makes a TLS context of its own", holds="all are made in one place, which keeps no session keys")
def test_contexts_are_made_in_one_place() -> None:
    elsewhere = [
        f"{file.relative_to(PACKAGE)}:{node.lineno}"
        for file in PACKAGE.rglob("*.py")
        if file.name != "tls.py" and "ssl" in (text := file.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2]
        in ("create_default_context", "SSLContext", "_create_unverified_context")
    ]
    assert elsewhere == []


@pytest.mark.parametrize("transport", ["http", "websocket"])
@fault("the environment names proxies where nobody listens", holds="phones are read and push all the same")
async def test_proxies_of_the_environment(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    async with served(dialect="websocket") as office, live(office, transport=transport) as watched:
        await until(lambda: watched.state("sim-1") == "live")
        await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))


@asynccontextmanager
async def speaking(version: ssl.TLSVersion) -> AsyncIterator[int]:
    """A server that knows no TLS newer than `version`; its port."""
    context = server_context(MADE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that these versions are old is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def alerting(alert: int) -> asyncio.Server:
    """A server that answers a handshake with a fatal TLS alert (RFC 8446 6)."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(bytes([0x15, 3, 1, 0, 2, 2, alert]))
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def said_of(port: int, kind: Kind) -> str:
    transport = to(port, kind, tls.unverified_context())
    with pytest.raises(PhonetuiError) as caught:
        await transport.fetch(STANDBY)
    await transport.close()
    return str(caught.value)


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
@fault("a phone knows old TLS only and hangs up", holds="what is said names TLS 1.2 beside the hanging up")
async def test_a_phone_with_old_tls_hangs_up(version: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = ssl.TLSVersion[version]
    async with speaking(old) as port:
        assert "does it speak TLS 1.2" in await said_of(port, HttpTransport)


@pytest.mark.parametrize("kind", [HttpTransport, WebSocketTransport])
@pytest.mark.parametrize(("alert", "words"), [(70, "speaks no TLS 1.2 or newer"), (40, "shares no TLS cipher")])
@fault("a phone refuses the TLS handshake with an alert", holds="the reason is said in words")
async def test_a_phone_that_refuses_the_handshake(alert: int, words: str, kind: Kind) -> None:
    async with await alerting(alert) as server:
        said = await said_of(server.sockets[0].getsockname()[1], kind)
    assert words in said
    assert "firmware" in said


def named(home: File, monkeypatch: pytest.MonkeyPatch, words: str) -> File:
    """An OpenSSH configuration of the user's own, and the file in which accepted keys are kept."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(config, "_SYSTEM", home / "none")
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh" / "config").write_text(words)
    return home / ".ssh" / "known_hosts"


@pytest.mark.parametrize("port", [22, 2222])
@fault("the user's known hosts have hashed names (HashKnownHosts)", holds="they are recognised, and kept hashed")
def test_hashed_host_names(port: int, tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = named(tmp_path, monkeypatch, "Host *\n  HashKnownHosts yes\n")
    key = asyncssh.generate_private_key("ssh-ed25519")
    place = route(Jump(name="bastion", host="gate.example.com", port=port), config.files(), tmp_path / "own")
    assert place.known_hosts[0] == kept
    config.save_host_key(kept, place.known_as, port, key, hashed=place.hash_names)
    assert "gate.example.com" not in kept.read_text()
    assert kept.read_text().startswith("|1|")
    found = config.host_keys(config.known_hosts([kept]), "gate.example.com", port)
    assert [one.get_fingerprint() for one in found] == [key.get_fingerprint()]
    assert config.host_keys(config.known_hosts([kept]), "other.example.com", port) == []
    wanted = "gate.example.com" if port == 22 else f"[gate.example.com]:{port}"
    by_openssh = subprocess.run(
        ["ssh-keygen", "-F", wanted, "-f", str(kept)], capture_output=True, text=True, check=False
    )
    assert "found" in by_openssh.stdout, by_openssh.stderr


@fault("known hosts are kept hashed by another program", holds="they are recognised")
def test_host_names_that_openssh_hashed(tmp_path: File) -> None:
    kept = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519")
    config.save_host_key(kept, "gate.example.com", 2222, key)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(kept)], capture_output=True, check=True)
    assert "gate.example.com" not in kept.read_text()
    assert len(config.host_keys(config.known_hosts([kept]), "gate.example.com", 2222)) == 1


@fault("HashKnownHosts is off", holds="names are kept as they are")
def test_plain_host_names(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = named(tmp_path, monkeypatch, "HashKnownHosts no\nHost *\n HashKnownHosts yes\n")
    place = route(Jump(name="bastion", host="gate.example.com"), config.files(), tmp_path / "own")
    config.save_host_key(
        kept, place.known_as, 22, asyncssh.generate_private_key("ssh-ed25519"), hashed=place.hash_names
    )
    assert kept.read_text().startswith("gate.example.com ssh-ed25519 ")
