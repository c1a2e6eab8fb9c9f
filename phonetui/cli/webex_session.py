"""From the configuration to a client that may ask Webex: which token, and where it comes from.

Whether the dashboard has an organization in Webex beside its phones, and how it is opened once that is needed.

From the options of a command to a client that may ask Webex.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from phonetui.cli.connection import PATIENCE_S, configuration, notice
from phonetui.config import places
from phonetui.config.credentials import WEBEX_ENVIRONMENT, secret
from phonetui.config.settings import Config, ControlMode, Secret, SecretSource, WebexSettings
from phonetui.errors import ConfigError
from phonetui.webex.answer import read_only
from phonetui.webex.auth import FixedToken, Integration, RenewingToken, SignIn
from phonetui.webex.client import Bearer, Webex
from phonetui.webex.operations import Operation
from phonetui.webex.tokens import SignInFile, Token, TokenStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from phonetui.monitor.cloud import Open
    from phonetui.webex.client import Webex


@dataclass(frozen=True, slots=True)
class TokenSource:
    """A token and where it is from."""

    words: str
    bearer: Bearer
    token: Token | None = None
    """Where its scopes and its end are known."""


def opened(config: Config, tell: Callable[[str], None], *, patience_s: float = 0.0) -> Webex:
    """`tell` hears when Webex asks to wait, and what cannot be kept. Raises ConfigError."""
    return Webex(
        config.webex.base_url,
        source(config, os.environ, tell).bearer,
        org=config.webex.org,
        read_only=is_read_only(config),
        patience_s=patience_s,
        notice=tell,
    )


def is_read_only(config: Config) -> bool:
    """The stricter wins, as for phones."""
    return config.read_only or config.defaults.control is ControlMode.OFF


def source(config: Config, environ: Mapping[str, str], tell: Callable[[str], None] = lambda _: None) -> TokenSource:
    """The environment's token, the configuration's, its service app's, that of the sign-in. Raises ConfigError.

    `tell` hears where a renewed sign-in cannot be kept.
    """
    settings = config.webex
    if given := environ.get(WEBEX_ENVIRONMENT):
        return TokenSource(f"environment, {WEBEX_ENVIRONMENT}", FixedToken(given.strip()))
    if token := _fetched(settings.token, settings.token_source, environ):
        return TokenSource("configuration, [webex] token", FixedToken(token))
    store = TokenStore(places.webex())
    kept = store.get(key(settings))
    if kept is None and (refresh := service_app(settings, environ)):
        # Not kept: that is what 'login' is for.
        app = RenewingToken(Token(access="", refresh=refresh), sign_in(settings, environ))
        return TokenSource("service app, [webex] refresh_token", app)
    if kept is None:
        raise ConfigError(
            "nobody is signed in to Webex", f"Set {WEBEX_ENVIRONMENT} or [webex] token, or use 'phonetui webex login'"
        )
    if kept.refresh is None:
        return TokenSource("sign-in", FixedToken(kept.access), kept)
    renewing = RenewingToken(kept, sign_in(settings, environ), SignInFile(store, key(settings)), tell)
    return TokenSource("sign-in", renewing, kept)


def sign_in(settings: WebexSettings, environ: Mapping[str, str]) -> SignIn:
    """With the user's own integration. Raises ConfigError."""
    password = _fetched(settings.client_secret, settings.client_secret_source, environ)
    if settings.client_id is None or password is None:
        raise ConfigError(
            "signing in needs an integration of your own",
            "Register one at developer.webex.com, then set client_id and client_secret in [webex]",
        )
    return SignIn(settings.base_url, Integration(settings.client_id, password))


def service_app(settings: WebexSettings, environ: Mapping[str, str]) -> str | None:
    """Its refresh token, where one is configured. Raises ConfigError."""
    return _fetched(settings.refresh_token, settings.refresh_token_source, environ)


def key(settings: WebexSettings) -> str:
    """Under which a sign-in is kept: another integration or another Webex is another sign-in."""
    return f"{settings.client_id or ''} {settings.base_url}"


def _fetched(literal: Secret | None, kept: SecretSource | None, environ: Mapping[str, str]) -> str | None:
    if literal is None and kept is not None:
        literal = secret(kept, environ, "webex")
    return None if literal is None else literal.reveal().strip()


def webex(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """None where neither the environment nor the configuration nor an earlier sign-in says who we are to Webex.

    `patience_s`: for how long a request waits, at most, where Webex asks to.
    """
    settings = config.webex
    named = (settings.token, settings.token_source, settings.refresh_token, settings.refresh_token_source)
    if not (
        os.environ.get(WEBEX_ENVIRONMENT) or any(each is not None for each in named) or os.path.lexists(places.webex())
    ):
        return None
    return partial(_open, config, patience_s)


def needed(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """None, too, where no phone is asked through Webex: what is run for its phones alone sweeps no organization."""
    return webex(config, patience_s=patience_s) if any(phone.is_behind_webex for phone in config.phones) else None


def _open(config: Config, patience_s: float, tell: "Callable[[str], None]") -> "Webex":
    # DROPPED  # brings the network's libraries: not before the first frame

    return opened(config, tell, patience_s=patience_s)


def client(options: Namespace) -> Webex:
    """For one command, which waits where Webex asks to. Raises ConfigError."""
    return opened(configuration(options), notice, patience_s=PATIENCE_S)


def permit(options: Namespace, operation: Operation) -> None:
    """Raises AccessError for a write where nothing may be written, before anything else is asked."""
    if operation.writes and is_read_only(configuration(options)):
        raise read_only()
