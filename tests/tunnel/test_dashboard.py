"""The whole program in a terminal, and a jump host that asks before it lets it in."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.test_two_processes import PHONETUI, Simulator, environment
from tests.tunnel.sshd import Sshd, make_key, needs_sshd

pytestmark = [needs_sshd, pytest.mark.slow]

SECRET = "open-sesame-87"


def test_a_host_key_and_a_passphrase_are_asked_and_the_phone_comes_alive(tmp_path: Path, home: Path) -> None:
    simulator = Simulator(tmp_path, phones=1)
    bastion = Sshd(tmp_path / "bastion")
    key = make_key(tmp_path / "locked", SECRET)
    (bastion.folder / "authorized_keys").write_text(key.with_name("locked.pub").read_text())
    config = tmp_path / "config.toml"
    config.write_text(
        f'[jump.bastion]\nhost = "127.0.0.1"\nport = {bastion.port}\nuser = "{bastion.user}"\nkey_file = "{key}"\n'
        f'[[phone]]\nname = "lobby"\nurl = "{simulator.phones[0]["url"]}"\njump = "bastion"\n'
    )
    bastion.start()
    log = tmp_path / "phonetui.log"
    command = [*PHONETUI, "--config", str(config), "--log-file", str(log), "--log-level", "debug"]
    terminal = Terminal(command, environment=environment(home))
    try:
        terminal.until("Type yes")
        assert "SHA256:" in terminal.text
        terminal.settle()  # nobody answers in the instant in which a question comes
        terminal.send("yes\r")
        terminal.until("Passphrase of the key locked")
        terminal.settle()
        began = time.monotonic()
        terminal.send(f"{SECRET}\r")
        terminal.until("tunnel open, 1 phone behind it")
        terminal.until("● live")
        print(f"\nfrom the passphrase to the phone being live: {time.monotonic() - began:.1f} s")
        assert "via bastion" in terminal.text
    finally:
        terminal.close("q")
        bastion.kill()
        simulator.kill()
    assert SECRET.encode() not in bytes(terminal.output)
    assert SECRET not in log.read_text()
    # By OpenSSH's own search: the name may be hashed, as the system's ssh_config wants it.
    known = ["ssh-keygen", "-F", f"[127.0.0.1]:{bastion.port}", "-f", str(home / ".ssh" / "known_hosts")]
    assert subprocess.run(known, check=False, capture_output=True).returncode == 0
