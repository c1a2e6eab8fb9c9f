"""A home of one's own for every test: no key, no host, no agent and no configuration of whoever runs it."""

from pathlib import Path

import pytest

from phonetui.transport.ssh import config


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(config, "_SYSTEM", home / "none")  # Debian's has HashKnownHosts yes
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home
