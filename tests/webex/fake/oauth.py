"""Device grant and refresh: one integration, one pending sign-in at a time."""

from dataclasses import dataclass, field
from typing import Any

from tests.webex.fake.ask import Ask, Problem, Reply, Route

CLIENT, PASSWORD = "C-client", "client-secret-Zq9"


@dataclass
class Grants:
    state: str = "pending"
    """Of the sign-in: `pending`, `allowed`, `denied`, or `slow`."""
    polls: int = 0
    allow_after: int | None = None
    """Polls until the person has allowed it."""
    scopes: frozenset[str] = frozenset()
    life_s: int = 64_799
    issued: int = 0
    refresh: set[str] = field(default_factory=lambda: {"service-refresh-Zq9"})
    interval: float = 0.01


def _authorize(ask: Ask) -> Reply:
    grants = ask.fake.grants
    if ask.body.get("client_id") != CLIENT:
        raise Problem(400, "unknown client")
    grants.scopes = frozenset(ask.body["scope"].split())
    return Reply(
        {
            "device_code": "device-code-Zq9",
            "expires_in": 300,
            "user_code": "424242",
            "verification_uri": "https://login.example.com/verify",
            "verification_uri_complete": "https://login.example.com/verify?userCode=424242",
            "interval": grants.interval,
        }
    )


def _token(ask: Ask) -> Reply:
    from tests.webex.fake.site import basic

    grants = ask.fake.grants
    if ask.authorization != basic(CLIENT, PASSWORD) or ask.body.get("device_code") != "device-code-Zq9":
        raise Problem(400, "invalid_client")
    grants.polls += 1
    if grants.allow_after is not None and grants.polls > grants.allow_after:
        grants.state = "allowed"
    if grants.state == "allowed":
        return Reply(_granted(ask))
    if grants.state == "denied":
        raise Problem(400, "access_denied")
    raise Problem(428, "precondition_required")


def _access(ask: Ask) -> Reply:
    body = ask.body
    if (body.get("client_id"), body.get("client_secret")) != (CLIENT, PASSWORD):
        raise Problem(401, "invalid_client")
    if body.get("grant_type") != "refresh_token" or body.get("refresh_token") not in ask.fake.grants.refresh:
        raise Problem(400, "invalid_grant")
    return Reply(_granted(ask))


def _granted(ask: Ask) -> dict[str, Any]:
    from tests.webex.fake.site import EVERYTHING

    grants = ask.fake.grants
    grants.issued += 1
    access, refresh = f"granted-{grants.issued}-Zq9", "granted-refresh-Zq9"
    ask.fake.tokens[access] = grants.scopes or EVERYTHING
    grants.refresh.add(refresh)
    return {
        "access_token": access,
        "expires_in": grants.life_s,
        "refresh_token": refresh,
        "refresh_token_expires_in": 7_775_999,
        "token_type": "Bearer",
        "scope": " ".join(sorted(grants.scopes)),
    }


ROUTES = (
    Route("POST", "/device/authorize", (), _authorize, is_open=True),
    Route("POST", "/device/token", (), _token, is_open=True),
    Route("POST", "/access_token", (), _access, is_open=True),
)
