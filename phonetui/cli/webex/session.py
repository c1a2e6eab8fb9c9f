"""From the options of a command to a client that may ask Webex."""

from argparse import Namespace

from phonetui.cli.connection import PATIENCE_S, configuration, notice
from phonetui.cli.tokens import is_read_only, opened
from phonetui.webex.answer import read_only
from phonetui.webex.client import Webex
from phonetui.webex.operations import Operation


def client(options: Namespace) -> Webex:
    """For one command, which waits where Webex asks to. Raises ConfigError."""
    return opened(configuration(options), notice, patience_s=PATIENCE_S)


def permit(options: Namespace, operation: Operation) -> None:
    """Raises AccessError for a write where nothing may be written, before anything else is asked."""
    if operation.writes and is_read_only(configuration(options)):
        raise read_only()
