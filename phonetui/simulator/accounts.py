"""The three accounts of a simulated phone, and sessions as room devices have them."""

import base64
import binascii
import hmac
import secrets

from phonetui.simulator.manual import ADMIN, INTEGRATOR, USER

ROLES = {"xapi": ADMIN, "integrator": INTEGRATOR, "user": USER}
MAX_SESSIONS = 4


class Accounts:
    """Knows one password for all three; sessions don't expire but for a restart."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._sessions: dict[str, str] = {}

    def offered(self, authorization: str) -> tuple[str, str]:
        """User name and password of a Basic header; two empty strings where there is none that can be read."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def admits(self, user: str, password: str) -> bool:
        return user in ROLES and hmac.compare_digest(password.encode(), self._password)

    def begin(self, user: str) -> str | None:
        """A new session's id; None when there are as many as there can be."""
        if len(self._sessions) >= MAX_SESSIONS:
            return None
        session = secrets.token_hex(8)
        self._sessions[session] = user
        return session

    def user_of(self, session: str) -> str | None:
        return self._sessions.get(session)

    def end(self, session: str) -> None:
        self._sessions.pop(session, None)

    def end_all(self) -> None:
        self._sessions.clear()
