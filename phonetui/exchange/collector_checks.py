"""What is odd about a collector that is heard, beside others of its site: pure, from signs of life to sentences."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from phonetui.exchange.attached_phones import HeardCollector

MOST_AHEAD = timedelta(seconds=60)
"""Clocks that differ by more are told of: commands are signed for seconds, and times of events stand side by side."""


def oddities(heard: HeardCollector, all_heard: Iterable[HeardCollector]) -> Iterator[tuple[str, str]]:
    """What kind of oddity it is, so that each is told once, and the sentence."""
    name, site = heard.life.collector, heard.life.site
    if abs(heard.ahead) > MOST_AHEAD:
        apart = timedelta(seconds=round(abs(heard.ahead).total_seconds()))
        side = "ahead of" if heard.ahead > timedelta() else "behind"
        words = f"{apart} {side} this machine's: times of its phones are by that clock"
        yield f"clock {site}/{name}", f"the clock of collector {name} of {site} is {words}"
    for other in all_heard:
        if other.is_silent or other.life.site != site or heard.life.digest in (0, other.life.digest):
            continue
        if other.life.digest:
            first, second = sorted((name, other.life.collector))
            words = (
                "have other phones in their configurations: those that one of them alone has may be watched by nobody"
            )
            yield f"phones {site}/{first}/{second}", f"collectors {first} and {second} of {site} {words}"
