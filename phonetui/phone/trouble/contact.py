"""What is wrong between a phone and us: a refused certificate, pushes that stopped or never came."""

from collections.abc import Iterator

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.state import Connection, Phone, State
from phonetui.text import printable


def assess(phone: Phone, pushed: bool) -> tuple[tuple[Trouble, ...], bool]:
    """What is wrong; `pushed` is whether the phone ever pushed since we watch it, and so is what returns."""
    connection = phone.connection
    return (*_certificate(connection), *_feedback(connection, pushed)), pushed or connection.pushes


def _certificate(connection: Connection) -> Iterator[Trouble]:
    if connection.state is State.REFUSED and connection.reason == "certificate":
        words = "  ".join(filter(None, (connection.detail, connection.hint)))
        yield Trouble(AlertId.CERTIFICATE, "", Severity.CRITICAL, printable(words or "its certificate is refused"))


def _feedback(connection: Connection, pushed: bool) -> Iterator[Trouble]:
    """Of a phone that answers: nothing is missed, it is only seen later."""
    if connection.state is not State.LIVE or connection.pushes or not (pushed or connection.unpushed):
        return
    why = f": {connection.unpushed}" if connection.unpushed else ""
    words = (
        f"{'its pushes stopped' if pushed else 'it does not push'}, it is polled every {connection.interval_s:g} s{why}"
    )
    yield Trouble(AlertId.FEEDBACK, "", Severity.FAIR if pushed else Severity.INFO, printable(words))
