"""Signing in, staying signed in, and where tokens are kept."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phonetui.cli.webex.account import qr_code_lines
from phonetui.config import places
from phonetui.errors import AccessError, ConfigError, ProtocolError
from phonetui.webex.auth import READING, WRITING, Integration, RenewingToken, SignIn
from phonetui.webex.tokens import Token, TokenStore, token_from
from tests.webex.conftest import Words
from tests.webex.fake.oauth import CLIENT, PASSWORD
from tests.webex.fake.site import Fake, Trouble
from tests.webex.fake.world import LOCATION

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


@pytest.fixture
def integration(webex: Words, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration with an integration, its secret in the environment."""
    monkeypatch.setenv("OWN_SECRET", PASSWORD)
    file = home / "webex.toml"
    file.write_text(f'{file.read_text()}client_id = "{CLIENT}"\nclient_secret = {{ env = "OWN_SECRET" }}\n')
    return file


def _kept() -> Path:
    return places.webex()


def test_device_grant(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 2
    run = webex("login", token=None)
    assert run.code == 0
    assert "Open https://login.example.com/verify" in run.err
    assert "and enter 424242 within 5 minutes" in run.err
    assert run.out.startswith("signed in, for 18 hours, renewed before that")
    assert fake.grants.polls == 3
    assert set(fake.seen[0].body["scope"].split()) == {*READING, *WRITING}
    assert stat.S_IMODE(_kept().stat().st_mode) == 0o600
    assert stat.S_IMODE(_kept().parent.stat().st_mode) == 0o700
    listed = webex("devices", "list", token=None)
    assert listed.code == 0
    assert fake.last.token == "granted-1-Zq9"


def test_whose_token(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 0
    webex("login", "--reading", token=None)
    told = webex("token", "--json", token=None).json["result"]
    assert (told["source"], told["person"]) == ("sign-in", "Ada Admin")
    assert sorted(told["scopes"]) == sorted(READING)
    assert datetime.fromisoformat(told["expires"]) > datetime.now(UTC) + timedelta(hours=17)
    words = webex("token").out
    assert "source: environment, PHONETUI_WEBEX_TOKEN" in words
    assert "expires: unknown" in words
    assert "Zq9" not in words


def test_reading_alone_may_change_nothing(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 0
    webex("login", "--reading", token=None)
    run = webex("rebuilds", "start", LOCATION, "--yes", token=None)
    assert run.code == 4
    assert "spark-admin:telephony_config_write" in run.err


def test_logout(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 0
    webex("login", token=None)
    assert webex("logout", token=None).out == "the sign-in is forgotten\n"
    assert webex("logout", token=None).out == "nobody was signed in\n"
    assert "Zq9" not in _kept().read_text()
    run = webex("devices", "list", token=None)
    assert (run.code, "webex login" in run.err) == (2, True)


def test_denied(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.state = "denied"
    run = webex("login", token=None)
    assert run.code == 4
    assert "access_denied. Whoever was asked said no. Tracking id FAKE_" in run.err
    assert not _kept().exists()


def test_without_an_integration(webex: Words, fake: Fake) -> None:
    run = webex("login", token=None)
    assert (run.code, "integration of your own" in run.err) == (2, True)
    assert fake.seen == []


def test_a_service_app(webex: Words, fake: Fake, integration: Path) -> None:
    integration.write_text(f'{integration.read_text()}refresh_token = "service-refresh-Zq9"\n')
    integration.chmod(0o600)
    assert webex("devices", "list", token=None).code == 0
    assert not _kept().exists(), "nothing is kept that nobody asked to keep"
    assert webex("login", token=None).code == 0
    issued = fake.grants.issued
    assert webex("devices", "list", token=None).code == 0
    assert fake.grants.issued == issued, "a kept token isn't renewed at each start"


def _age(hours: float) -> None:
    """Moves the kept sign-in into the past."""
    rows = json.loads(_kept().read_text())
    for row in rows.values():
        for name in ("issued_at", "expires_at"):
            row[name] = (datetime.fromisoformat(row[name]) - timedelta(hours=hours)).isoformat()
    _kept().write_text(json.dumps(rows))


def test_renewed_late_and_kept(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 0
    webex("login", token=None)
    _age(10)
    webex("devices", "list", token=None)
    assert fake.last.token == "granted-1-Zq9", "half of its life is left"
    _age(7)
    webex("devices", "list", token=None)
    assert fake.last.token == "granted-2-Zq9"
    webex("devices", "list", token=None)
    assert fake.last.token == "granted-2-Zq9"
    assert fake.grants.issued == 2


def test_renewed_when_refused(webex: Words, fake: Fake, integration: Path) -> None:
    fake.grants.allow_after = 0
    webex("login", token=None)
    del fake.tokens["granted-1-Zq9"]
    assert webex("devices", "list", token=None).code == 0
    assert [each.status for each in fake.seen[-3:]] == [401, 200, 200]


def test_a_copied_token_that_is_over(webex: Words, fake: Fake) -> None:
    run = webex("devices", "list", token="old")
    assert run.code == 4
    assert "Webex doesn't accept the token" in run.err
    assert len(fake.seen) == 1


async def test_slow_down_and_pending_in_both_forms(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.webex.auth._SLOWER_S", 0.01)
    fake.trouble = [
        Trouble(428, "/device/token"),
        Trouble(400, "/device/token", body=b'{"error": "slow_down"}'),
        Trouble(400, "/device/token", body=b'{"errors": [{"description": "authorization_pending"}]}'),
    ]
    fake.grants.allow_after = 0
    sign_in = SignIn(fake.base_url, Integration(CLIENT, PASSWORD))
    token = await sign_in.token(await sign_in.invite(READING))
    assert token.access == "granted-1-Zq9"


async def test_time_runs_out(fake: Fake) -> None:
    from dataclasses import replace

    sign_in = SignIn(fake.base_url, Integration(CLIENT, PASSWORD))
    invitation = replace(await sign_in.invite(READING), expires_s=0.04)
    with pytest.raises(AccessError, match="in time"):
        await sign_in.token(invitation)


async def test_a_token_that_still_holds_survives_a_failed_renewal(fake: Fake) -> None:
    now = datetime.now(UTC)
    due = Token(access="a", refresh="unknown", issued_at=now - timedelta(hours=19), expires_at=now + timedelta(hours=1))
    renewing = RenewingToken(due, SignIn(fake.base_url, Integration(CLIENT, PASSWORD)))
    assert await renewing.access() == "a"
    with pytest.raises(AccessError, match="invalid_grant"):
        await renewing.renewed()


def test_nothing_secret_is_printed() -> None:
    for value in (Token(access="Zq9", refresh="Zq9"), Integration("C", "Zq9")):
        assert "Zq9" not in repr(value)


@pytest.mark.parametrize("token", ["Zq9 Zq9", "Zq9\nX-Evil: 1", "Zq9\u00e9", "  "])
def test_what_cannot_be_sent_is_not_repeated(webex: Words, fake: Fake, token: str) -> None:
    run = webex("devices", "list", token=token)
    assert (run.code, "Copy it again" in run.err) == (2, True)
    assert "Zq9" not in run.err
    assert fake.seen == []


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"access_token": "a"}, {"access_token": "", "expires_in": 1}, {"access_token": "a", "expires_in": "1"}],
)
def test_what_is_no_token(answer: object) -> None:
    with pytest.raises(ProtocolError):
        token_from(answer, NOW)


def test_the_store_forgives_what_it_can(tmp_path: Path) -> None:
    file = tmp_path / "webex.json"
    file.write_text('{"a": {"access": 1}, "b": "?", "c": {"access": "x", "expires_at": "soon"}}')
    store = TokenStore(file)
    assert (store.get("b"), store.get("c"), store.get("d")) == (None, None, None)
    store.put("d", Token(access="x", issued_at=NOW, expires_at=NOW))
    assert TokenStore(file).get("d") == Token(access="x", issued_at=NOW, expires_at=NOW)
    file.write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        store.get("a")


def test_the_code_is_drawn_square_with_a_quiet_zone() -> None:
    lines = [
        re.sub("\x1b\\[[0-9;]*m", "", line)
        for line in qr_code_lines("https://login.example.com/verify?userCode=424242")
    ]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert (len(lines[0]) + 1) // 2 == len(lines)
    assert lines[0].strip() == lines[1].strip() == ""
    assert all(line.startswith("    ") and line.endswith("    ") for line in lines)
    assert lines[2].strip().startswith("█▀▀▀▀▀█")
    assert qr_code_lines("x" * 5000) == []
