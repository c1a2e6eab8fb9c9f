"""The reading of a call that everything shown is made from: current figures, grades, and the call so far.

Current figures are those of the last ten seconds (`WINDOW_S` of `quality.loss`); what the phone reports itself stands
beside them. Rows, tree, fleet, header, alerts, charts and exports take them from here and compute nothing themselves.
"""

from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

Moment = Annotated[datetime, Meta(tz=True)]
"""Aware, as read from what was kept: a text without an offset is no moment (RFC 3339)."""


class Grade(Enum):
    """How a call stands, worst last; `MEASURING` is too early to say, `UNKNOWN` has nothing to judge by.

    Its value is its word.
    """

    word: str
    severity: int
    """0 … 5, for sorting."""

    UNKNOWN = ("unknown", 0)
    MEASURING = ("measuring", 1)
    GOOD = ("good", 2)
    FAIR = ("fair", 3)
    POOR = ("poor", 4)
    CRITICAL = ("critical", 5)

    def __new__(cls, word: str, severity: int) -> "Grade":
        grade = object.__new__(cls)
        grade._value_ = grade.word = word
        grade.severity = severity
        return grade

    def __lt__(self, other: "Grade") -> bool:
        """Whether it is milder."""
        return self.severity < other.severity

    @property
    def is_impaired(self) -> bool:
        """Whether it is worse than good."""
        return self.severity > 2

    @property
    def is_verdict(self) -> bool:
        """Whether it judges: neither too early nor without anything to judge by."""
        return self.severity >= 2


class Metric(StrEnum):
    """A figure that a grade can rest on, by the word that operators read."""

    LOSS = "loss"
    """Lost, or lost and discarded together, of what was expected; percent."""
    DISCARD = "discard"
    JITTER = "jitter"
    DELAY = "delay"
    """Round trip; ms."""
    DECODER = "decoder"
    """Jitter buffer and decoding; ms."""
    MOS = "mos"
    """As the phone gives it."""
    ESTIMATE = "estimate"
    """Our own opinion score (E-model) of the current figures; judged where the phone's says nothing of now."""
    RATING = "rating"
    """R factor."""
    BURST = "burst"
    STALL = "stall"
    """Seconds without a received packet while packets are sent."""

    __hash__ = str.__hash__
    """That of its word, as members compare by it: the one that members of enumerations have takes ten times as long."""

    @property
    def is_floor(self) -> bool:
        """Whether small is bad."""
        return self in (Metric.MOS, Metric.ESTIMATE, Metric.RATING)


class MetricWords(NamedTuple):
    """A metric as sentences name it, and how its values are written."""

    name: str
    unit: str = ""
    digits: int = 0
    """Decimals."""

    def describe(self, value: float, digits: int | None = None) -> str:
        """`3.4 %`"""
        return f"{value:.{self.digits if digits is None else digits}f}{self.unit}"


WORDS = {
    Metric.LOSS: MetricWords("loss", " %", 1),
    Metric.BURST: MetricWords("bursts of loss", " ms"),
    Metric.DISCARD: MetricWords("discard", " %", 1),
    Metric.JITTER: MetricWords("jitter", " ms"),
    Metric.DELAY: MetricWords("RTT", " ms"),
    Metric.DECODER: MetricWords("buffer", " ms"),
    Metric.MOS: MetricWords("MOS", digits=1),
    Metric.ESTIMATE: MetricWords("MOS est", digits=1),
    Metric.RATING: MetricWords("R factor"),
}
"""In the order in which sentences name them. `STALL` is missing: what it means depends on the pauses of the stream."""


SCORE_SOURCES = {"phone-cq": "the phone's CQ", "phone-lq": "the phone's LQ", "estimate": "our estimate"}
"""Whose a call's opinion score is, by `Measure.mos_source`."""


class Pause(Enum):
    """What speaks for a pause of the far end where nothing is received: such a silence is no fault of the network."""

    NONE = "none"
    """It sends, never paused before, or never sent a packet."""
    POSSIBLE = "possible"
    """It never paused before, but it would not report a hold."""
    LIKELY = "likely"
    """Its codec or its stream has pauses, it says itself that it sends nothing, or the talk has only begun."""


class JudgedMetric(Struct, frozen=True):
    """A current figure that takes part in a grade, which has hysteresis: the figure alone may earn another one."""

    metric: Metric
    value: float
    """In the metric's unit."""
    grade: Grade
    samples: tuple[float, ...] = ()
    """The values that the grade rests on, latest last."""
    window_s: float | None = None
    """Over how long the value was counted: 0 at one moment, infinite since the call began; None unknown."""
    earned: Grade | None = None
    """What the value is worth by itself; None as the grade."""
    holds_s: float | None = None
    """Seconds until the grade falls to that, should the figure stay as it is; None where that can't be said."""

    @property
    def is_recovering(self) -> bool:
        """Whether hysteresis holds a grade that the figure doesn't earn any more."""
        return self.earned is not None and self.earned < self.grade

    @property
    def is_worsening(self) -> bool:
        """Whether the figure earns a worse grade, once that has lasted."""
        return self.earned is not None and self.grade < self.earned

    @property
    def worst(self) -> float:
        samples = (self.value, *self.samples)
        return min(samples) if self.metric.is_floor else max(samples)

    @property
    def best(self) -> float:
        samples = (self.value, *self.samples)
        return max(samples) if self.metric.is_floor else min(samples)


class Shares(Struct, frozen=True, omit_defaults=True):
    """Seconds of a call by grade; only intervals that had one count."""

    good_s: float = 0.0
    fair_s: float = 0.0
    poor_s: float = 0.0
    critical_s: float = 0.0

    def __add__(self, other: "Shares") -> "Shares":
        good_s, fair_s = self.good_s + other.good_s, self.fair_s + other.fair_s
        return Shares(good_s, fair_s, self.poor_s + other.poor_s, self.critical_s + other.critical_s)

    @property
    def total_s(self) -> float:
        return self.good_s + self.fair_s + self.poor_s + self.critical_s

    @property
    def label(self) -> Grade:
        """The grade that held longest, the worse of two that held alike; UNKNOWN without any."""
        grades = (Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL)
        seconds, grade = max(zip((self.good_s, self.fair_s, self.poor_s, self.critical_s), grades, strict=True))
        return grade if seconds else Grade.UNKNOWN


class WorstWindow(Struct, frozen=True, omit_defaults=True):
    """The worst ten seconds of a call (fewer where it was shorter)."""

    began_at: Moment
    """Aware UTC."""
    seconds: float
    loss_discard_pct: float
    """Lost and discarded together, percent of what was expected in the window."""
    loss_pct: float
    jitter_ms: float | None = None
    """The highest."""
    mos: float | None = None
    """Our estimate for the window; None for an unknown codec."""


class Measure(Struct, frozen=True):
    """What one call comes to at its latest reading."""

    line: int
    call: int
    grade: Grade = Grade.UNKNOWN
    """The worst of `judged`, once there is enough to judge by. Jitter is felt through what it makes lost, so where that
    isn't known it has a grade of its own only; and without loss no call is good, whatever else is fine."""
    judged: tuple[JudgedMetric, ...] = ()
    """The figures that have a grade, those that the call's rests on first, then worst first; while MEASURING, too."""
    loss_pct: float | None = None
    """Percent 0 … 100 of the packets expected in the last `window_s`; None when none was expected."""
    discard_pct: float | None = None
    window_s: float = 0.0
    """Over how long both were counted: ten seconds, less at the beginning; 0 before there is an interval."""
    sent_per_s: float | None = None
    """Packets a second in that time; None before there are two intervals: the first counters may be old ones."""
    received_per_s: float | None = None
    no_receive_s: float | None = None
    """Seconds since a packet was received, in talk; None where nothing is counted. Near 0 while packets come."""
    no_media_s: float | None = None
    """Seconds since a packet went either way; 0 for as long as the phone may just not have counted yet."""
    pause: Pause = Pause.NONE
    """Of `no_receive_s` and `no_media_s`: whether they may be a pause."""
    unheard: int | None = None
    """Packets that the other end says it sent and of which none came; None where it is no monitored phone."""
    mos: float | None = None
    mos_source: str | None = None
    """`phone-cq`, `phone-lq`, or `estimate`: the first that there is. It changes only when the phone begins or ceases
    to give one; `mos` may be None meanwhile."""
    r_factor: float | None = None
    """From the same source as `mos`."""
    estimate: float | None = None
    """Our opinion score of the current figures (E-model), whatever the phone reports; None for unknown codecs."""
    phone_loss_pct: float | None = None
    """The phone's `LossRate` in percent since the call began; None while its unit isn't known."""
    phone_discard_pct: float | None = None
    measured_s: float = 0.0
    """Seconds of talk since the baseline."""
    measured_packets: int = 0
    """Packets expected since the baseline."""
    shares: Shares = Shares()
    """Of the whole call, over holds and resets."""
    worst: WorstWindow | None = None
    call_loss_pct: float | None = None
    """Percent of everything expected since the call began, over holds and resets, also before it was observed."""
    call_discard_pct: float | None = None
    highest_jitter_ms: float | None = None
    """Of the whole call, as far as it was observed."""
    highest_round_trip_ms: float | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Line and call id."""
        return (self.line, self.call)

    def judgement(self, metric: Metric) -> JudgedMetric | None:
        """The judgement of a figure that takes part in the grade; None where it doesn't, or where it is too early."""
        return next((judged for judged in self.settled if judged.metric is metric), None)

    @property
    def settled(self) -> tuple[JudgedMetric, ...]:
        """The judged figures once there is enough to judge by; a call of unknown grade may have some."""
        return () if self.grade is Grade.MEASURING else self.judged


TREND_STEP_S = 60.0
TREND_COLUMNS = 10


class ScoreTrend(Struct, frozen=True):
    """The worst opinion score of a phone's calls in each of the last ten minutes, also of calls that are over."""

    minute: int = 0
    """Of the newest score: monotonic seconds by `TREND_STEP_S`, so that a column never changes once it is past."""
    scores: tuple[float | None, ...] = ()
    """Newest last, with one decimal; None for a minute without one."""

    def add(self, at: float, score: float) -> "ScoreTrend":
        """The trend with a score of monotonic second `at`; the same object where that changes nothing."""
        minute = int(at // TREND_STEP_S)
        passed = min(max(minute - self.minute, 0), TREND_COLUMNS) if self.scores else 1
        scores = (*self.scores, *[None] * passed)[-TREND_COLUMNS:]
        newest = scores[-1]
        worst = round(score if newest is None else min(score, newest), 1)
        if not passed and worst == newest:
            return self
        return ScoreTrend(max(minute, self.minute) if self.scores else minute, (*scores[:-1], worst))

    def columns(self, at: float) -> tuple[float | None, ...]:
        """`TREND_COLUMNS` of them, the last one holding second `at`."""
        passed = max(int(at // TREND_STEP_S) - self.minute, 0)
        shown = (*[None] * TREND_COLUMNS, *self.scores, *[None] * min(passed, TREND_COLUMNS))
        return shown[-TREND_COLUMNS:]
