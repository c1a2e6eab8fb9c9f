"""Knowing a feedback URL of ours again in what a phone shows of it.

How a phone shows `HttpFeedback URL` is unpublished: it may add a slash, change the letter case, cut the end off or
escape what it likes. Whoever takes such a URL for a stranger's wastes another of the phone's four slots each time.
"""

import html
from urllib.parse import unquote

SECRET_LEAST = 6
"""Characters of the secret at its end that a cut URL must still have: as many tell two programs apart."""


def is_shown_as(url: str, shown: str) -> bool:
    """Whether `shown` can be what a phone makes of `url`, and of no other program's."""
    whole, seen = _folded(url), _folded(shown)
    least = whole.rfind("/") + 1 + SECRET_LEAST
    return seen == whole or (len(seen) >= least and whole.startswith(seen))


def tells_program(url: str, shown: str) -> bool:
    """Whether enough of `url` is left in `shown` to name the address and the port that one program listens on."""
    whole, seen = _folded(url), _folded(shown)
    path_at = whole.find("/", whole.find("://") + 3)
    return whole.startswith(seen) and len(seen) >= path_at > 0


def _folded(url: str) -> str:
    return unquote(html.unescape(url)).strip().casefold().rstrip("/")
