"""Fetches passwords from the environment, a command, a keyring or the operator. Messages never hold them."""

import shlex
import subprocess
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from phonetui.config.settings import Config, Origin, PhoneSettings, Secret, SecretSource
from phonetui.errors import ConfigError

ENVIRONMENT = "PHONETUI_PASSWORD"
WEBEX_ENVIRONMENT = "PHONETUI_WEBEX_TOKEN"
"""Both over what the configuration says: whoever sets one means this run."""

COMMAND_S = 30.0
"""A password manager may ask its user something first."""

Prompt = Callable[[str], str]
"""Shows its argument to the operator and returns what was typed; may raise EOFError."""


def with_passwords(config: Config, environ: Mapping[str, str], prompt: Prompt | None) -> Config:
    """`config` with a password on every phone that is asked directly, not through Webex.

    Each source is asked once, the operator once for each user's name. `prompt` is None without a terminal. Raises
    ConfigError where a source gives nothing.
    """
    if given := environ.get(ENVIRONMENT):
        return replace(config, phones=tuple(replace(phone, password=Secret(given)) for phone in config.phones))
    fetched: dict[tuple[SecretSource | None, str], Secret] = {}
    phones = []
    for phone in config.phones:
        if phone.password is None and not phone.is_behind_webex:
            source = phone.password_source
            is_by_user = source is None or source.origin is Origin.KEYRING
            key = (source, phone.username if is_by_user else "")
            if key not in fetched:
                known = secret(source, environ, phone.username) if source else _prompted(phone, config, prompt)
                fetched[key] = known
            phone = replace(phone, password=fetched[key])  # noqa: PLW2901 - the same phone, with its password
        phones.append(phone)
    return replace(config, phones=tuple(phones))


def check_signed_in(phone: PhoneSettings, *, is_signed_in: bool) -> None:
    """Raises ConfigError for a phone behind Webex where nobody is signed in there."""
    if phone.is_behind_webex and not is_signed_in:
        hint = f"Set [webex] token or {WEBEX_ENVIRONMENT}, or use 'phonetui webex login'"
        raise ConfigError(f"{phone.id}: it is asked through Webex, and nobody is signed in there", hint)


def secret(source: SecretSource, environ: Mapping[str, str], username: str) -> Secret:
    """Fetches it; a keyring knows one for each user's name. Raises ConfigError, naming the source, never its secret."""
    match source.origin:
        case Origin.ENV:
            value = environ.get(source.place)
            if not value:
                raise ConfigError(f"the environment variable {source.place} is not set", "Set it to the password")
            return Secret(value)
        case Origin.COMMAND:
            return Secret(_first_line(source.place))
        case Origin.KEYRING:
            return Secret(_from_keyring(source.place, username))


def _first_line(command: str) -> str:
    """Of the command's standard output. Its standard error and terminal stay the operator's, for a passphrase."""
    try:
        argv = shlex.split(command)
    except ValueError:
        raise ConfigError("the password command cannot be split into words", "Look at its quotes") from None
    # Only the program is named: an argument may be as secret as the answer.
    program = argv[0]
    try:
        run = subprocess.run(argv, stdout=subprocess.PIPE, timeout=COMMAND_S, check=False)  # noqa: S603 - the operator's own
    except subprocess.TimeoutExpired:
        raise ConfigError(f"the password command '{program}' took longer than {COMMAND_S:g} s") from None
    except OSError as error:
        why = error.strerror or "cannot be run"
        raise ConfigError(f"the password command '{program}': {why}", "Is it installed?") from None
    if run.returncode != 0:
        raise ConfigError(f"the password command '{program}' ended with {run.returncode}", "Run it by hand to see why")
    line = run.stdout.decode("utf-8", "replace").split("\n", 1)[0].removesuffix("\r")
    if not line:
        raise ConfigError(f"the password command '{program}' printed nothing")
    return line


def _from_keyring(service: str, username: str) -> str:
    """What the desktop's own store holds for a service and a user; it may ask its owner to unlock it."""
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import: only for who uses it
        from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415 - as above
    except ImportError:
        raise ConfigError(
            "a password from a keyring needs the package 'keyring'", "Install phonetui[keyring], or use { command = … }"
        ) from None
    try:
        found = keyring.get_password(service, username)
    except NoKeyringError:
        raise ConfigError("this machine has no keyring to be used", "Use { command = … } or { env = … }") from None
    except KeyringError as error:
        raise ConfigError(f"the keyring cannot be read: {type(error).__name__}", "Is it unlocked?") from None
    if not found:
        hint = f"'keyring set {shlex.quote(service)} {shlex.quote(username)}' puts it there"
        raise ConfigError(f"the keyring holds nothing for {username} under '{service}'", hint)
    return found


def _prompted(phone: PhoneSettings, config: Config, prompt: Prompt | None) -> Secret:
    sharing = [
        other.id
        for other in config.phones
        if other.username == phone.username
        and other.password is None
        and other.password_source is None
        and not other.is_behind_webex
    ]
    whom = phone.id if len(sharing) == 1 else f"{len(sharing)} phones"
    if prompt is None:
        hint = f"Set {ENVIRONMENT}, or password in the configuration"
        raise ConfigError(f"no password for {phone.username} on {whom}", hint)
    try:
        typed = prompt(f"Password of {phone.username} on {whom}: ")
    except EOFError:
        typed = ""
    if not typed:
        raise ConfigError(f"no password for {phone.username} on {whom}")
    return Secret(typed)
