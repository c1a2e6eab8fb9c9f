"""From the configuration to a client that may ask Webex: which token, and where it comes from."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from phonetui.config import places
from phonetui.config.credentials import WEBEX_ENVIRONMENT, secret
from phonetui.config.settings import Config, Control, Secret, SecretSource, WebexSettings
from phonetui.errors import ConfigError
from phonetui.webex.auth import FixedToken, Integration, RenewingToken, SignIn
from phonetui.webex.client import Bearer, Webex
from phonetui.webex.tokens import SignInFile, Token, TokenStore


@dataclass(frozen=True, slots=True)
class Source:
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
    return config.read_only or config.defaults.control is Control.OFF


def source(config: Config, environ: Mapping[str, str], tell: Callable[[str], None] = lambda _: None) -> Source:
    """The environment's token, the configuration's, its service app's, that of the sign-in. Raises ConfigError.

    `tell` hears where a renewed sign-in cannot be kept.
    """
    settings = config.webex
    if given := environ.get(WEBEX_ENVIRONMENT):
        return Source(f"environment, {WEBEX_ENVIRONMENT}", FixedToken(given.strip()))
    if token := _fetched(settings.token, settings.token_source, environ):
        return Source("configuration, [webex] token", FixedToken(token))
    store = TokenStore(places.webex())
    kept = store.get(key(settings))
    if kept is None and (refresh := service_app(settings, environ)):
        # Not kept: that is what 'login' is for.
        app = RenewingToken(Token(access="", refresh=refresh), sign_in(settings, environ))
        return Source("service app, [webex] refresh_token", app)
    if kept is None:
        raise ConfigError(
            "nobody is signed in to Webex", f"Set {WEBEX_ENVIRONMENT} or [webex] token, or use 'phonetui webex login'"
        )
    if kept.refresh is None:
        return Source("sign-in", FixedToken(kept.access), kept)
    renewing = RenewingToken(kept, sign_in(settings, environ), SignInFile(store, key(settings)), tell)
    return Source("sign-in", renewing, kept)


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
