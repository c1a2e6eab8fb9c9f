"""Getting into a jump host: its key, our key, and what it asks."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from phonetui.errors import AccessError, PhonetuiError, Unreachable
from phonetui.transport.ssh.config import Jump, LoginPrompter
from phonetui.transport.ssh.tunnel import Tunnels
from tests.tunnel.operator import Operator
from tests.tunnel.sshd import Sshd, free_port, make_key, needs_sshd, sshd


@asynccontextmanager
async def tunnels(
    *jumps: Jump, asking: LoginPrompter | None = None, told: list[str] | None = None
) -> AsyncIterator[Tunnels]:
    made = Tunnels(
        jumps,
        Path("/nowhere/known_hosts"),
        lambda error, failures: 60.0,
        changed=lambda tunnel: None,
        notice=lambda name, words: (told if told is not None else []).append(words),
    )
    made.set_prompter(asking)
    try:
        yield made
    finally:
        await made.close()


async def entered(jump: Jump, asking: LoginPrompter | None = None) -> None:
    async with tunnels(jump, asking=asking) as made:
        await made.get(jump.name).connection()


def jump(server: Sshd, **fields: str | None) -> Jump:
    known = {"key_file": str(server.key), "user": server.user}
    return Jump(name="bastion", host=server.address, port=server.port, **(known | fields))


@needs_sshd
class TestHostKeys:
    async def test_an_unknown_key_is_asked_once_and_then_known(self, tmp_path: Path, home: Path) -> None:
        operator = Operator()
        async with sshd(tmp_path / "bastion") as server:
            await entered(jump(server), operator)
            await entered(jump(server), None)
            shown = asyncssh.import_public_key(server.host_key).get_fingerprint()
            assert operator.heard == [f"bastion: 127.0.0.1 port {server.port} shows the ED25519 key {shown}"]
            kept = home / ".ssh" / "known_hosts"
            assert kept.read_text() == f"[127.0.0.1]:{server.port} {server.host_key}\n"
            assert kept.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("operator", [None, Operator(believes=False)])
    async def test_an_unknown_key_is_refused_without_a_yes(self, tmp_path: Path, operator: Operator | None) -> None:
        async with sshd(tmp_path / "bastion") as server:
            with pytest.raises(AccessError, match="is not known: ED25519 key SHA256:") as caught:
                await entered(jump(server), operator)
            assert caught.value.reason == "host-key"
            assert "Accepted publickey" not in server.log

    @pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
    async def test_a_changed_key_is_refused_with_both_fingerprints(self, tmp_path: Path, home: Path, kind: str) -> None:
        """Also where the host has no key any more of the kind that was accepted."""
        other = asyncssh.generate_private_key(kind)
        public = other.export_public_key("openssh").decode()
        async with sshd(tmp_path / "bastion") as server:
            known = home / "hosts"
            known.write_text(f"[127.0.0.1]:{server.port} {public}")
            operator = Operator()
            with pytest.raises(AccessError) as caught:
                await entered(jump(server, known_hosts=str(known)), operator)
            shown = asyncssh.import_public_key(server.host_key).get_fingerprint()
            assert caught.value.message == (
                f"the host key of bastion changed: accepted {other.get_fingerprint()}, now {shown}"
            )
            assert str(known) in caught.value.hint
            assert caught.value.reason == "host-key"
            assert operator.heard == []

    async def test_hashed_names_are_recognised_and_other_lines_kept(self, tmp_path: Path, home: Path) -> None:
        known = home / ".ssh" / "known_hosts"
        known.write_text("# mine")
        async with sshd(tmp_path / "bastion") as server:
            await entered(jump(server), Operator())
            assert known.read_text().startswith("# mine\n[127.0.0.1]:")
            make = await asyncio.create_subprocess_exec("ssh-keygen", "-q", "-H", "-f", str(known))
            await make.wait()
            assert "127.0.0.1" not in known.read_text()
            await entered(jump(server), None)


@needs_sshd
class TestOurKeys:
    async def test_a_passphrase_is_asked_when_the_key_is_wanted_and_kept(self, tmp_path: Path) -> None:
        operator = Operator(secrets=["wrong", "open sesame"])
        async with sshd(tmp_path / "bastion") as server:
            key = make_key(tmp_path / "locked", "open sesame")
            with (server.folder / "authorized_keys").open("a") as keys:
                keys.write(key.with_name("locked.pub").read_text())
            known = str(server.known_hosts(tmp_path / "known"))
            async with tunnels(jump(server, key_file=str(key), known_hosts=known), asking=operator) as made:
                await made.get("bastion").connection()
                assert operator.heard == ["bastion: Passphrase of the key locked"] * 2
                assert "open sesame" not in repr(vars(made.get("bastion")))
            other = make_key(tmp_path / "strange", "never asked")
            with pytest.raises(AccessError, match=f"refuses user '{server.user}'"):
                await entered(jump(server, key_file=str(other), known_hosts=known), operator)
            assert len(operator.heard) == 2

    @pytest.mark.parametrize("operator", [None, Operator(secrets=[None])])
    async def test_without_the_passphrase_it_says_what_to_do(self, tmp_path: Path, operator: Operator | None) -> None:
        async with sshd(tmp_path / "bastion") as server:
            key = make_key(tmp_path / "locked", "open sesame")
            (server.folder / "authorized_keys").write_text(key.with_name("locked.pub").read_text())
            known = str(server.known_hosts(tmp_path / "known"))
            with pytest.raises(AccessError, match="was not given: Passphrase of the key locked") as caught:
                await entered(jump(server, key_file=str(key), known_hosts=known), operator)
            assert "ssh-agent" in caught.value.hint

    async def test_nobody_there(self) -> None:
        with pytest.raises(Unreachable, match="refuses connections") as caught:
            await entered(Jump(name="bastion", host="127.0.0.1", port=free_port()))
        assert caught.value.reason == "tunnel"


async def test_one_that_takes_connections_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.transport.ssh.login.OPEN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="does not answer"):
        await entered(Jump(name="bastion", host="127.0.0.1", port=silent.getsockname()[1]))


async def test_a_fault_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def faulty(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    async with tunnels(Jump(name="bastion", host="192.0.2.1")) as made:
        monkeypatch.setattr("phonetui.transport.ssh.tunnel.login", faulty)
        with pytest.raises(Unreachable, match="fault in phonetui: RuntimeError"):
            await made.get("bastion").connection()


class Talkative(asyncssh.SSHServer):
    """Asks for a password, or for a code in its own words."""

    def __init__(self, *, challenge: bool) -> None:
        self._challenge = challenge

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return not self._challenge

    def validate_password(self, username: str, password: str) -> bool:
        return password == "right"

    def kbdint_auth_supported(self) -> bool:
        return self._challenge

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "Token", "Look at\x1b[2J it", "en", [("Code: ", True), ("PIN: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return list(responses) == ["123456", "right"]


@asynccontextmanager
async def talkative(tmp_path: Path, *, challenge: bool) -> AsyncIterator[Jump]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: Talkative(challenge=challenge), server_host_keys=[key]
    )
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{server.get_port()} {key.export_public_key().decode()}")
    yield Jump(name="bastion", host="127.0.0.1", port=server.get_port(), user="me", known_hosts=str(known))
    server.close()
    await server.wait_closed()


async def test_a_password_is_asked_again_when_it_was_wrong(tmp_path: Path) -> None:
    operator = Operator(secrets=["left", "right"])
    async with talkative(tmp_path, challenge=False) as bastion:
        await entered(bastion, operator)
    assert operator.heard == ["bastion: Password of me"] * 2


async def test_a_challenge_is_asked_in_the_servers_words_made_harmless(tmp_path: Path) -> None:
    operator = Operator(secrets=["123456", "right"])
    async with talkative(tmp_path, challenge=True) as bastion:
        await entered(bastion, operator)
    assert operator.heard == [
        "bastion: Token Look at\N{REPLACEMENT CHARACTER}[2J it Code (shown)",
        "bastion: Token Look at\N{REPLACEMENT CHARACTER}[2J it PIN",
    ]


async def test_who_declines_is_not_asked_again(tmp_path: Path) -> None:
    operator = Operator(secrets=[None])
    async with talkative(tmp_path, challenge=False) as bastion, tunnels(bastion, asking=operator) as made:
        with pytest.raises(PhonetuiError, match="was not given: Password of me"):
            await made.get("bastion").connection()
        with pytest.raises(PhonetuiError, match="was not given"):
            await made.get("bastion").connection()
    assert len(operator.heard) == 1
