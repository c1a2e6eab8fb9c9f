"""Tokens as values, and the private file that keeps those that a sign-in brought."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path as File
from typing import Any

from phonetui import private
from phonetui.errors import ConfigError, ProtocolError

LATE = 0.1
"""Renew when this share of the life is left: Webex caps how many live tokens one user may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    issued_at: datetime | None = None
    """Aware UTC; None for a token that somebody copied from elsewhere."""
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    """What was granted; empty where Webex didn't say."""

    def is_due(self, now: datetime) -> bool:
        """Whether it should be renewed."""
        if self.issued_at is None or self.expires_at is None:
            return False
        return now >= self.expires_at - (self.expires_at - self.issued_at) * LATE


def is_sendable(access: str) -> bool:
    """Whether it fits into a header. What doesn't must not get there: libraries quote bad headers in complaints."""
    return bool(access) and access.isascii() and access.isprintable() and " " not in access


def granted(answer: Any, now: datetime, *, refresh: str | None = None) -> Token:
    """From a token endpoint's answer; `refresh` stays in force where it brings no new one. Raises ProtocolError."""
    match answer:
        case {"access_token": str(access), "expires_in": int(life)} if is_sendable(access) and life > 0:
            pass
        case _:
            raise ProtocolError("Webex granted no token that we understand")
    fresh = answer.get("refresh_token")
    scope = answer.get("scope")
    return Token(
        access=access,
        refresh=fresh if isinstance(fresh, str) and fresh else refresh,
        issued_at=now,
        expires_at=now + timedelta(seconds=min(life, 10**9)),
        scopes=tuple(scope.split()) if isinstance(scope, str) else (),
    )


class TokenStore:
    """One token for each integration and base URL, in a JSON file that only its owner can read."""

    def __init__(self, file: File) -> None:
        self._file = file

    def get(self, key: str) -> Token | None:
        """None where nobody signed in, or what is kept cannot be understood. Raises ConfigError."""
        row = self._rows().get(key)
        try:
            kept = _token(row) if isinstance(row, Mapping) else None
        except (KeyError, TypeError, ValueError):
            return None
        return kept if kept is not None and is_sendable(kept.access) else None

    def put(self, key: str, token: Token) -> None:
        """Raises ConfigError."""
        self._write({**self._rows(), key: _row(token)})

    def drop(self, key: str) -> bool:
        """Whether there was one. Raises ConfigError."""
        rows = self._rows()
        if key not in rows:
            return False
        self._write({other: row for other, row in rows.items() if other != key})
        return True

    def _rows(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise ConfigError(
                f"{self._file}: the kept sign-in cannot be read", "Delete the file, then sign in"
            ) from None
        return found if isinstance(found, dict) else {}

    def _write(self, rows: Mapping[str, Any]) -> None:
        try:
            private.write(self._file, json.dumps(rows, indent=1, sort_keys=True))
        except OSError as error:
            raise ConfigError(f"{self._file}: the sign-in cannot be kept: {error.strerror}") from error


def _row(token: Token) -> dict[str, Any]:
    return {
        "access": token.access,
        "refresh": token.refresh,
        "issued_at": token.issued_at.isoformat() if token.issued_at else None,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "scopes": list(token.scopes),
    }


def _token(row: Mapping[str, Any]) -> Token:
    return Token(
        access=str(row["access"]),
        refresh=row.get("refresh"),
        issued_at=_instant(row.get("issued_at")),
        expires_at=_instant(row.get("expires_at")),
        scopes=tuple(row.get("scopes") or ()),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
