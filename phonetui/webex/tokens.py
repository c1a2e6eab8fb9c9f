"""Tokens as values, and the private file that keeps those of a sign-in."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path as File
from typing import Any

from phonetui import private
from phonetui.errors import ConfigError, ProtocolError
from phonetui.storage.json_store import DamagedFile, JsonStore
from phonetui.storage.writer import reason

LATE = 0.1
"""Renew when this share of the life is left: Webex caps how many live tokens one user may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token with what renews it; neither is in its repr."""

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


def token_from(answer: Any, now: datetime, *, refresh: str | None = None) -> Token:
    """The token in a token endpoint's answer; `refresh` stays in force where it brings no new one.

    Raises ProtocolError.
    """
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
    """One token for each integration and base URL, in a JSON file that only its owner can read.

    Everything here reads or writes the file before it returns.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "the sign-in to Webex", is_essential=True)

    def get(self, key: str) -> Token | None:
        """The token of a sign-in; None where nobody signed in, or what is kept cannot be understood.

        Raises ConfigError.
        """
        row = self._rows().get(key)
        try:
            kept = _token(row) if isinstance(row, Mapping) else None
        except (KeyError, TypeError, ValueError):
            return None
        return kept if kept is not None and is_sendable(kept.access) else None

    def put(self, key: str, token: Token) -> None:
        """Keeps a token. Raises ConfigError where the file cannot be written."""
        self._rows()
        self._save(key, lambda rows: {**rows, key: _row(token)})

    def renew(self, key: str, token: Token) -> None:
        """Keeps a renewed token, unless it was dropped meanwhile. Raises ConfigError."""
        self._save(key, lambda rows: {**rows, key: _row(token)} if key in rows else rows)

    def drop(self, key: str) -> bool:
        """Whether there was one. Raises ConfigError."""
        if key not in self._rows():
            return False
        self._save(key, lambda rows: {other: row for other, row in rows.items() if other != key})
        return True

    def _rows(self) -> dict[str, Any]:
        failure: Exception | None
        try:
            rows = self._store.get()
            failure = self._store.failure
        except (DamagedFile, private.WritableByOthers) as error:
            failure = error
        if failure is not None:
            words = f"{self._file}: the kept sign-in cannot be read: {reason(failure)}"
            raise ConfigError(words, "Delete the file, then sign in")
        return rows

    def _save(self, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._store.update(key, change)
        try:
            self._store.save()
        except (OSError, DamagedFile) as error:
            raise ConfigError(f"{self._file}: the sign-in cannot be kept: {reason(error)}") from error


class SignInFile:
    """One sign-in of a store, for whoever renews it: nothing here raises, everything blocks."""

    def __init__(self, store: TokenStore, key: str) -> None:
        self._store = store
        self._key = key

    def get(self) -> Token | None:
        """The token as it is kept now; None where none is, or it cannot be read."""
        with suppress(ConfigError):
            return self._store.get(self._key)
        return None

    def keep(self, token: Token) -> str:
        """Why it cannot be kept; empty where it is."""
        try:
            self._store.renew(self._key, token)
        except ConfigError as error:
            return error.message
        return ""


def _row(token: Token) -> dict[str, Any]:
    times = {"issued_at": token.issued_at, "expires_at": token.expires_at}
    texts = {name: at.isoformat() if at else None for name, at in times.items()}
    return {"access": token.access, "refresh": token.refresh, "scopes": list(token.scopes), **texts}


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
