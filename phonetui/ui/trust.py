"""Why a phone is believed to be itself, in words: red where it isn't for any good reason."""

from phonetui.monitor.certificate_check import Trust, TrustReason
from phonetui.ui.row import Role, Row, Run, row


def reasons(trust: Trust) -> Row:
    match trust.way:
        case TrustReason.PLAIN:
            return row(Run("✗ not encrypted: whoever is on the way reads the password", Role.FAILED))
        case TrustReason.OFF:
            return row(Run("✗ not verified (tls = off): anybody could be this phone", Role.FAILED))
        case TrustReason.WEBEX:
            return row(Run("● asked through Webex, which knows the phone", Role.GOOD))
        case TrustReason.CA:
            return row(Run("● chain and name verified ", Role.GOOD), Run(f"as {trust.expected}"))
    if not trust.expected:
        return row(Run("its first certificate will be accepted", Role.DIM))
    until = f", expires {trust.not_after:%Y-%m-%d}" if trust.not_after else ""
    bearer = (Run(f"{trust.subject}{until}   ", Role.VALUE),) if trust.subject else ()
    return row(Run("● pinned ", Role.GOOD), *bearer, Run(trust.expected, Role.DIM))
