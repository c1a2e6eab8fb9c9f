"""The user's OpenSSH client configuration, and the ways through it."""

import asyncio
import os
from asyncio.subprocess import DEVNULL
from pathlib import Path

import asyncssh
import pytest
from msgspec.structs import replace

from phonetui.errors import ConfigError
from phonetui.transport.ssh import config
from phonetui.transport.ssh.config import Jump, JumpRoute, route
from tests.live import until
from tests.tunnel.sshd import Sshd, make_key, needs_sshd, sshd
from tests.tunnel.test_login import tunnels

OWN = Path("/state/known_hosts")


@pytest.fixture
def written(home: Path) -> Path:
    return home / ".ssh" / "config"


def read(host: str = "gate", **fields: str | int | None) -> JumpRoute:
    return route(Jump(name="bastion", host=host, **fields), config.files(), OWN)  # type: ignore[arg-type]  # as it takes


def test_what_the_file_says_of_an_alias(written: Path, home: Path) -> None:
    (home / "key").write_text("-")
    written.write_text(
        "Host gate other\n HostName gate.example.com\n Port 2222\n User ops\n IdentityFile ~/key\n"
        " ProxyJump a,me@b:23\n UserKnownHostsFile ~/%h_hosts\n GlobalKnownHostsFile none\n"
        "Host *\n User nobody\n"
    )
    found = read()
    assert (found.host, found.port, found.user, found.known_as) == ("gate.example.com", 2222, "ops", "gate.example.com")
    assert found.jumps == ("a", "me@b:23")
    assert found.fields["client_keys"] == [str(home / "key")]
    assert found.known_hosts == (home / "gate.example.com_hosts",)
    assert read("elsewhere").user == "nobody"


def test_the_table_comes_before_the_file(written: Path, home: Path) -> None:
    (home / "mine").write_text("-")
    written.write_text("Host gate\n Port 2222\n User ops\n IdentityFile ~/key\n HostKeyAlias alias\n")
    found = read(port=22, user="me", key_file=str(home / "mine"), known_hosts="/known")
    assert (found.port, found.user, found.known_as) == (22, "me", "alias")
    assert found.fields["client_keys"] == [str(home / "mine")]
    assert found.known_hosts[0] == Path("/known")
    with pytest.raises(ConfigError, match="there is no key file /none"):
        read(key_file="/none")


def test_without_a_file_the_usual_places(home: Path) -> None:
    (home / ".ssh" / "id_ed25519").write_text("-")
    found = read("192.0.2.1")
    assert found.fields["client_keys"] == [str(home / ".ssh" / "id_ed25519")]
    assert found.known_hosts[0] == home / ".ssh" / "known_hosts"
    assert found.fields["encryption_algs"].startswith("^aes128-gcm")
    assert found.fields["agent_forwarding"] is False


@pytest.mark.parametrize("nowhere", ["none", "/dev/null"])
def test_keys_that_the_user_keeps_nowhere_are_kept_by_us(written: Path, nowhere: str) -> None:
    written.write_text(f"UserKnownHostsFile {nowhere}\n")
    assert read().known_hosts[0] == OWN


def test_the_agent_and_certificates(written: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    (home / "card.pub").write_text("-")
    written.write_text("IdentityAgent SSH_AUTH_SOCK\nIdentitiesOnly yes\nIdentityFile ~/card\nCiphers aes256-ctr\n")
    found = read()
    assert found.fields["agent_path"] == "/run/agent"
    assert found.fields["client_keys"] == [str(home / "card.pub")]
    assert "encryption_algs" not in found.fields


def test_what_cannot_be_honoured_is_said_with_what_to_do(written: Path, home: Path) -> None:
    (home / ".ssh" / "more").write_text("VerifyHostKeyDNS yes\n")
    written.write_text(
        "# KnownHostsCommand /bin/commented\n"
        "Host gate\n StrictHostKeyChecking=no\n"
        "Host !gate *\n RevokedHostKeys /never\n"
        "Match user somebody\n KnownHostsCommand /bin/keys %H\n"
        "Host *\n Include more\n ControlMaster auto\n ServerAliveInterval 5\n"
    )
    assert [words.split(" is not honoured: ") for words in read().unsupported] == [
        [f"StrictHostKeyChecking no in {written}", "host keys are always checked, and a new one is asked"],
        [f"KnownHostsCommand /bin/keys %H in {written}", "put the keys into a known_hosts file"],
        [f"VerifyHostKeyDNS yes in {home}/.ssh/more", "a new key is asked, and kept in known_hosts"],
    ]
    assert not read().strict
    written.write_text("StrictHostKeyChecking yes\n")
    assert read().strict
    assert read().unsupported == ()


def test_a_file_that_cannot_be_read_names_its_line(written: Path) -> None:
    written.write_text("Host gate\n Port many\n")
    with pytest.raises(ConfigError, match=r"bastion: the OpenSSH configuration .*config line 2") as caught:
        read()
    assert "[jump.bastion]" in caught.value.hint


def write(file: Path, words: str) -> None:
    file.write_text(words)


def as_alias(server: Sshd, name: str, known: Path, *more: str) -> str:
    lines = [
        f"Host {name}",
        f"HostName {server.address}",
        f"Port {server.port}",
        f"User {server.user}",
        f"IdentityFile {server.key}",
        f"UserKnownHostsFile {server.known_hosts(known)}",
        *more,
    ]
    return "\n ".join(lines) + "\n"


async def run(*command: str, **environment: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=DEVNULL, stderr=DEVNULL
    )
    assert await process.wait() == 0, command


@needs_sshd
class TestTheWay:
    async def test_a_proxy_jump_is_a_tunnel_of_its_own(self, tmp_path: Path, written: Path) -> None:
        known = tmp_path / "known"
        async with sshd(tmp_path / "a") as outer, sshd(tmp_path / "b") as middle, sshd(tmp_path / "c") as inner:
            aliases = (
                as_alias(outer, "outer", known),
                as_alias(middle, "middle", known),
                as_alias(inner, "inner", known, "ProxyJump outer,middle"),
            )
            write(written, "".join(aliases))
            async with tunnels() as made:
                await made.get("inner").connection()
                await made.get("outer").connection()
                assert {tunnel.name for tunnel in made} == {"inner", "middle", "outer"}
                ports = [server.log.count("Accepted publickey") for server in (outer, middle, inner)]
                assert ports == [1, 1, 1]

    async def test_a_proxy_command(self, tmp_path: Path, written: Path) -> None:
        """What it writes to its standard error is no part of the conversation."""
        relay = (
            "import socket, sys, threading, os; s = socket.create_connection((sys.argv[1], int(sys.argv[2])));"
            "sys.stderr.write('a warning'); sys.stderr.flush();"
            "pump = lambda read, write: [write(data) for data in iter(lambda: read(4096), b'')];"
            "threading.Thread(target=pump, args=(s.recv, lambda d: os.write(1, d)), daemon=True).start();"
            "pump(lambda n: os.read(0, n), s.sendall)"
        )
        async with sshd(tmp_path / "bastion") as server:
            command = f'ProxyCommand python3 -c "{relay}" %h %p'
            write(written, as_alias(server, "gate", tmp_path / "known", command))
            async with tunnels() as made:
                connection = await made.get("gate").connection()
                assert isinstance(connection, asyncssh.SSHClientConnection)

    async def test_a_key_in_the_agent_that_the_configuration_names(self, tmp_path: Path, written: Path) -> None:
        """As security keys are used: the file is not here, or is of no use without the agent."""
        place = tmp_path / "agent"
        agent = await asyncio.create_subprocess_exec("ssh-agent", "-D", "-a", str(place), stdout=DEVNULL)
        try:
            await until(place.exists)
            async with sshd(tmp_path / "bastion") as server:
                held = make_key(tmp_path / "held")
                (server.folder / "authorized_keys").write_text(held.with_name("held.pub").read_text())
                await run("ssh-add", "-q", str(held), SSH_AUTH_SOCK=str(place))
                held.unlink()
                more = (f"IdentityAgent {place}", f"IdentityFile {held}", "IdentitiesOnly yes")
                lines = as_alias(server, "gate", tmp_path / "known", *more)
                write(written, lines.replace(f" IdentityFile {server.key}\n", ""))
                async with tunnels() as made:
                    await made.get("gate").connection()
        finally:
            agent.terminate()
            await agent.wait()

    async def test_certificates_of_both_sides(self, tmp_path: Path, written: Path) -> None:
        authority = make_key(tmp_path / "authority")
        public = authority.with_name("authority.pub").read_text().strip()
        server = Sshd(tmp_path / "bastion", more=f"TrustedUserCAKeys {authority}.pub")
        sign = ("ssh-keygen", "-q", "-s", str(authority), "-I", "test")
        await run(*sign, "-h", "-n", "127.0.0.1", str(server.folder / "host_key.pub"))
        await run(*sign, "-n", server.user, f"{server.key}.pub")
        (server.folder / "authorized_keys").write_text("")
        with (server.folder / "sshd_config").open("a") as settings:
            settings.write(f"HostCertificate {server.folder}/host_key-cert.pub\n")
        known = tmp_path / "known"
        write(known, f"@cert-authority * {public}\n")
        server.start()
        try:
            await server.listening()
            jump = Jump(name="b", host="127.0.0.1", port=server.port, user=server.user, known_hosts=str(known))
            async with tunnels(replace(jump, key_file=str(server.key))) as made:
                await made.get("b").connection()
            assert "Accepted publickey" in server.log
            assert "ED25519-CERT" in server.log
        finally:
            server.kill()

    async def test_a_circle_is_said(self, written: Path) -> None:
        write(written, "Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
        async with tunnels() as made:
            with pytest.raises(ConfigError, match="leads back to itself"):
                await made.get("a").connection()

    async def test_what_is_not_honoured_is_told_once(self, tmp_path: Path, written: Path) -> None:
        told: list[str] = []
        async with sshd(tmp_path / "bastion") as server:
            write(written, as_alias(server, "gate", tmp_path / "known", "StrictHostKeyChecking no"))
            async with tunnels(told=told) as made:
                await made.get("gate").connection()
                await made.get("gate").close()
                await made.get("gate").connection()
        assert len(told) == 1
