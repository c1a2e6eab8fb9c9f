"""One end of a call with everything that is known of it, and which way the trouble between two ends lies."""

from dataclasses import dataclass, field
from enum import Enum

from phonetui.phone.measure import Grade, Judged, Measure, Metric
from phonetui.phone.rise import Rise
from phonetui.phone.state import Call, Phase, Phone

_HEARD = (Metric.LOSS, Metric.DISCARD, Metric.BURST, Metric.STALL)
"""What is wrong with the stream that arrives; a delay or a score is of both ways."""


@dataclass(frozen=True, slots=True)
class End:
    phone: Phone
    call: Call
    measure: Measure | None
    rise: Rise = field(default_factory=Rise)
    """Of the errors at its network port."""

    def judged(self, metric: Metric) -> Judged | None:
        """None where the figure has no grade, or it is too early to judge."""
        settled = self.measure.settled if self.measure else ()
        return next((judged for judged in settled if judged.metric is metric), None)

    def is_bad(self, metric: Metric) -> bool:
        """Whether the figure is worse than good."""
        judged = self.judged(metric)
        return judged is not None and judged.grade.severity > Grade.GOOD.severity

    def is_good(self, metric: Metric) -> bool:
        judged = self.judged(metric)
        return judged is not None and judged.grade is Grade.GOOD

    @property
    def is_open(self) -> bool:
        """In talk, and held by neither side."""
        return self.call.phase is Phase.TALK and self.call.remote_hold is not True

    @property
    def hears_well(self) -> bool | None:
        """None where nothing that arrives can be judged; jitter alone says nothing of what is heard."""
        if not self.is_open:
            return None
        if any(map(self.is_bad, _HEARD)):
            return False
        if self.judged(Metric.LOSS) is None:
            return None
        return not self.is_bad(Metric.JITTER)


class Way(Enum):
    """Where the trouble of a call lies, seen from one of its ends; the words complete "trouble is …"."""

    IN = "on the way in"
    OUT = "on the way out"
    BOTH = "on both ways"
    NONE = "on neither way"


def bad_way(here: End, there: End) -> Way | None:
    """None where one of the two cannot be judged."""
    hears, is_heard = here.hears_well, there.hears_well
    if hears is None or is_heard is None:
        return None
    if hears:
        return Way.NONE if is_heard else Way.OUT
    return Way.IN if is_heard else Way.BOTH
