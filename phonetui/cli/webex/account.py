"""`phonetui webex login | logout | token`, and the Webex client with its token from the configuration.

No token is ever shown. The network's libraries are loaded where they are needed: the dashboard's first frame and the
help come without them.
"""

import argparse
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from phonetui.cli.options import Subcommand, add_json
from phonetui.cli.output import write_stderr
from phonetui.config import places
from phonetui.config.credentials import WEBEX_ENVIRONMENT, secret
from phonetui.config.settings import Config, ControlMode, Secret, SecretSource, WebexSettings
from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.monitor.cloud import Open
    from phonetui.monitor.control_policy import AuditEntry
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.auth import DeviceCode, SignIn
    from phonetui.webex.client import Bearer, WebexClient
    from phonetui.webex.operations import Operation, Values
    from phonetui.webex.tokens import Token, TokenStore


class TokenSource(Struct, frozen=True):
    """A token and where it is from."""

    words: str
    bearer: "Bearer"
    token: "Token | None" = None
    """Where its scopes and its end are known."""


def open_webex(config: Config, notice: Callable[[str], None], *, patience_s: float = 0.0) -> "WebexClient":
    """`notice` takes words to show: that Webex asks to wait, and what cannot be kept. Raises ConfigError."""
    from phonetui.webex.client import WebexClient

    return WebexClient(
        config.webex.base_url,
        token_source(config, os.environ, notice).bearer,
        org=config.webex.org,
        proxy=config.webex.proxy,
        read_only=is_read_only(config),
        patience_s=patience_s,
        notice=notice,
    )


def is_read_only(config: Config) -> bool:
    """The stricter wins, as for phones."""
    return config.read_only or config.defaults.control is ControlMode.OFF


def token_source(
    config: Config, environ: Mapping[str, str], notice: Callable[[str], None] = lambda _: None
) -> TokenSource:
    """The environment's token, the configuration's, its service app's, that of the sign-in. Raises ConfigError.

    `notice` takes words to show where a renewed sign-in cannot be kept.
    """
    from phonetui.webex.auth import FixedToken, RenewingToken
    from phonetui.webex.tokens import SignInFile, Token

    settings = config.webex
    if given := environ.get(WEBEX_ENVIRONMENT):
        return TokenSource(f"environment, {WEBEX_ENVIRONMENT}", FixedToken(given.strip()))
    if token := _fetched(settings.token, settings.token_source, environ):
        return TokenSource("configuration, [webex] token", FixedToken(token))
    store, key = token_store(), sign_in_key(settings)
    kept = store.get(key)
    if kept is not None and kept.refresh is None:
        return TokenSource("sign-in", FixedToken(kept.access), kept)
    if kept is not None:
        renewing = RenewingToken(kept, sign_in(settings, environ), SignInFile(store, key), notice)
        return TokenSource("sign-in", renewing, kept)
    if refresh := service_app(settings, environ):
        app = RenewingToken(Token(access="", refresh=refresh), sign_in(settings, environ))  # 'login' would keep it
        return TokenSource("service app, [webex] refresh_token", app)
    raise ConfigError(
        "nobody is signed in to Webex", f"Set {WEBEX_ENVIRONMENT} or [webex] token, or use 'phonetui webex login'"
    )


def token_store() -> "TokenStore":
    from phonetui.webex.tokens import TokenStore

    return TokenStore(places.webex())


def sign_in(settings: WebexSettings, environ: Mapping[str, str]) -> "SignIn":
    """The sign-in with the user's own integration. Raises ConfigError."""
    from phonetui.webex.auth import Integration, SignIn

    password = _fetched(settings.client_secret, settings.client_secret_source, environ)
    if settings.client_id is None or password is None:
        raise ConfigError(
            "signing in needs an integration of your own",
            "Register one at developer.webex.com, then set client_id and client_secret in [webex]",
        )
    return SignIn(settings.base_url, Integration(settings.client_id, password), settings.proxy)


def service_app(settings: WebexSettings, environ: Mapping[str, str]) -> str | None:
    """The refresh token of a service app; None where none is configured. Raises ConfigError."""
    return _fetched(settings.refresh_token, settings.refresh_token_source, environ)


def sign_in_key(settings: WebexSettings) -> str:
    """Under which a sign-in is kept: another integration or another Webex is another sign-in."""
    return f"{settings.client_id or ''} {settings.base_url}"


def _fetched(literal: Secret | None, kept: SecretSource | None, environ: Mapping[str, str]) -> str | None:
    if literal is None and kept is not None:
        literal = secret(kept, environ, "webex")
    return None if literal is None else literal.reveal().strip()


def webex_opener(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """What opens a client; None where neither the environment nor the configuration nor an earlier sign-in has a token.

    `patience_s` is for how many seconds a request waits, at most, where Webex asks to.
    """
    settings = config.webex
    named = (settings.token, settings.token_source, settings.refresh_token, settings.refresh_token_source)
    is_known = any(each is not None for each in named) or os.path.lexists(places.webex())
    if not is_known and not os.environ.get(WEBEX_ENVIRONMENT):
        return None
    return partial(open_webex, config, patience_s=patience_s)


def webex_opener_if_used(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """As `webex_opener`; None, too, where no phone is asked through Webex.

    What is run for its phones alone sweeps no organization.
    """
    is_used = any(phone.is_behind_webex for phone in config.phones)
    return webex_opener(config, patience_s=patience_s) if is_used else None


@asynccontextmanager
async def client(options: argparse.Namespace, *, is_patient: bool = True) -> "AsyncIterator[WebexClient]":
    """A client for one command, which waits where Webex asks to, unless the command does that itself.

    Raises ConfigError.
    """
    from phonetui.cli.connection import PATIENCE_S, configuration, notice

    webex = open_webex(configuration(options), notice, patience_s=PATIENCE_S if is_patient else 0.0)
    try:
        yield webex
    finally:
        await webex.close()


async def run_operation(webex: "WebexClient", operation: "Operation", values: "Values", about: str = "") -> Any:
    """The answer's JSON, with the items of all its pages where there may be several.

    A write leaves a line in the audit log; `about` is the phone that it names.
    """
    if operation.writes:
        return (await write_audited(webex, operation, values, about)).value
    if not operation.links or operation.page is None:
        return (await webex.run(operation, values)).value
    return {operation.page: [item async for page in webex.pages(operation, values) for item in page]}


async def write_audited(
    webex: "WebexClient", operation: "Operation", values: "Values", about: str = ""
) -> "WebexAnswer":
    """Runs a write, with its line in the audit log. Raises PhonetuiErrors."""
    from phonetui.cli.audit_log import AuditFile
    from phonetui.cli.connection import notice
    from phonetui.monitor.cloud import run_audited
    from phonetui.storage.writer import reason
    from phonetui.text import printable

    file = AuditFile(places.audit())

    def record(entry: "AuditEntry") -> None:
        try:
            file.write(entry)
        except OSError as error:
            notice(f"the audit log cannot be written: {reason(error)} ({places.audit()})")

    return await run_audited(webex, operation, values, record, printable(about))


def permit(options: argparse.Namespace, operation: "Operation") -> None:
    """Raises AccessError for a write where nothing may be written, before anything else is asked; else does nothing."""
    from phonetui.cli.connection import configuration
    from phonetui.webex.answer import read_only

    if operation.writes and is_read_only(configuration(options)):
        raise read_only()


class LoginCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = (
            "Needs client_id and client_secret of your own integration in [webex]. Its redirect URIs must hold\n"
            "https://oauth-helper-a.wbx2.com/helperservice/v1/actions/device/callback and the same with -r, -k, -d.\n"
            "With refresh_token (a service app's) nobody is asked. The token is kept in a file of yours alone."
        )
        words.add_argument("--reading", action="store_true", help="ask for no scope that could change anything")

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli.connection import configuration
        from phonetui.webex.auth import READING, WRITING

        settings = configuration(options).webex
        integration = sign_in(settings, os.environ)
        scopes = READING if options.reading else settings.scopes or READING + WRITING
        refresh = service_app(settings, os.environ)
        token = asyncio.run(integration.renew(refresh) if refresh else _invited(integration, scopes))
        token_store().put(sign_in_key(settings), token)
        print(f"signed in, {_life(token)}")
        return 0


class LogoutCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "Webex itself lets a token live until its end; idbroker.webex.com revokes it at once."

    def run(self, options: argparse.Namespace) -> int:
        from phonetui.cli.connection import configuration

        was = token_store().drop(sign_in_key(configuration(options).webex))
        print("the sign-in is forgotten" if was else "nobody was signed in")
        return 0


class TokenCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        from phonetui.cli.connection import configuration
        from phonetui.cli.json_lines import compact
        from phonetui.phone.clock import instant
        from phonetui.webex.answer import at, text
        from phonetui.webex.operations import operation

        async def ask() -> Any:
            async with client(options) as webex:
                return await run_operation(webex, operation("people me"), {})

        me = asyncio.run(ask())
        source = token_source(configuration(options), os.environ)  # after the call: it may have been renewed
        token = source.token
        facts = {
            "source": source.words,
            "person": text(at(me, "displayName")),
            "organization": text(at(me, "orgId")),
            "expires": instant(token.expires_at) if token and token.expires_at else None,
            "scopes": list(token.scopes) if token else [],
        }
        if options.json:
            print(compact({"operation": "token", "result": facts}))
        else:
            print("\n".join(f"{name}: {text(value) or 'unknown'}" for name, value in facts.items()))
        return 0


COMMANDS: dict[str, Subcommand] = {"login": LoginCommand(), "logout": LogoutCommand(), "token": TokenCommand()}


async def _invited(sign_in: "SignIn", scopes: tuple[str, ...]) -> "Token":
    invitation = await sign_in.invite(scopes)
    write_stderr("\n".join(invitation_lines(invitation)))
    return await sign_in.token(invitation)


def invitation_lines(invitation: "DeviceCode") -> list[str]:
    """The QR code where standard error is a terminal, and the same in words."""
    code = qr_code_lines(invitation.complete) if sys.stderr.isatty() else []
    minutes = invitation.expires_s / 60
    return [*code, f"Open {invitation.address}", f"and enter {invitation.code} within {minutes:.0f} minutes"]


def _life(token: "Token") -> str:
    if token.expires_at is None:
        return "for how long is unknown"
    left = token.expires_at - datetime.now(UTC)
    renewed = "renewed before that" if token.refresh else "then sign in again"
    return f"for {left.total_seconds() / 3600:.0f} hours, {renewed}"


_COLOURS, _PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
_QUIET = 4
"""Light modules around it, by ISO/IEC 18004."""


def qr_code_lines(text: str) -> list[str]:
    """Lines to be written as they are; none where `text` is too long to be a code."""
    import segno

    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError:
        return []
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [_COLOURS + "".join(_HALVES[module] for module in zip(*pair, strict=True)) + _PLAIN for pair in pairs]
