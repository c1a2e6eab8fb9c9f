"""Which part of a phone's tree is due when, which parts it refuses, and how long to wait after a failure.

Parts are read at three paces. While a call is up, calls and lights are read at the call pace; all else is read at the
idle pace, inventory at the slow one. A phone that offers its whole tree in one answer is asked for that at the idle
pace instead of for the parts: one request where a dozen were needed. Through Webex the whole tree costs hardly more
than one part of it, so it is read at whichever pace is in force, and seldom.

A phone that gives its identity and refuses its whole tree, one part of it or a registration refuses that place, not
us: the others are read on, and that place is asked for again seldom. After a restart or with new firmware everything
may be otherwise.
"""

import random
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from itertools import chain
from math import inf

from msgspec import Struct

from phonetui.config.settings import FLOOR_S, Poll
from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    ConfigError,
    PhonetuiError,
    ProtocolError,
    Resumed,
    ServerError,
)
from phonetui.xapi.path import ROOT, Path

REQUEST_GAP_S = 0.25
"""Seconds between two requests of ours to one phone: its web server is small (no limit is published)."""
RETRY_S = (1.0, 2.0, 3.0)
"""After the first, the second and every further failure to reach a phone, ±20 %."""
ACCESS_RETRY_S = (60.0, 900.0)
"""After a refused password, doubling: retried fast it would lock the account. So after a missing one."""
BUSY_RETRY_S = (2.0, 60.0)
OFTENEST = 8.0
"""Times as often as the settings say, or as rarely, that an operator can have a phone asked."""
BUSY_WISH_S = (1.0, 900.0)
"""Within these a phone's own `Retry-After` is respected, so that it can neither cause a flood of requests
nor end them."""
SLOW_ANSWER_S = 0.5
"""Phones answer in 20 to 500 ms."""
REST = 5.0
"""Times as long as its answer takes, from one question to the next: four fifths of its time are its own."""
MOST_EASED_S = 30.0
_WEIGHT = 0.3
"""Weight of the latest answer in the moving average."""
SETTLE_S = 0.4
"""How long a difference found by reading waits for its own push, so that changes are reported once and in order."""
UNREADABLE = 3
"""Answers in a row that aren't xAPI before the connection is started again."""
ACTED_S = 1.0
"""What a phone takes to dial or to hang up, about."""
FOREIGN_RETRY_S = 15.0
"""After an answer that isn't xAPI: a phone that starts may show its web page first."""


class Budget(Struct, frozen=True):
    """How often a phone may be asked, by the way to it."""

    floors: Poll
    """The shortest intervals, whatever settings and operators wish."""
    retry_s: float = 0.0
    """Seconds between two tries to reach the phone, at least."""
    again_s: float = 0.0
    """Seconds between two readings after something was done to it, at least."""
    whole_at_call: bool = False
    """Whether the whole tree is read at the call pace, too, and no part of it by itself."""


DIRECT = Budget(Poll(FLOOR_S, FLOOR_S, FLOOR_S))
METERED = Budget(Poll(call_s=15.0, idle_s=60.0, slow_s=300.0), retry_s=15.0, again_s=5.0, whole_at_call=True)
"""Webex limits requests by the token and publishes no number; elsewhere it publishes 300 a minute. A whole reading
takes two: 2 a minute for an idle phone, 8 for one in a call. So a hundred phones fit, ten of them in calls."""


class Pace(Enum):
    """How often a part of the tree is read: while there is a call, otherwise, or seldom."""

    CALL = "call"
    IDLE = "idle"
    SLOW = "slow"


PARTS = {
    Path.of("SystemUnit"): Pace.SLOW,
    Path.of("Network"): Pace.IDLE,
    Path.of("Line"): Pace.CALL,
    Path.of("ExtStatus"): Pace.IDLE,
    Path.of("LEDStatus"): Pace.CALL,
    Path.of("PhoneStatus"): Pace.IDLE,
    Path.of("Standby"): Pace.IDLE,
    Path.of("Conference"): Pace.SLOW,
    Path.of("Bookings"): Pace.SLOW,
    Path.of("ThousandEyes"): Pace.SLOW,
    Path.of("HttpFeedback"): Pace.SLOW,
    Path.of("Security"): Pace.SLOW,
    Path.of("PRTStatus"): Pace.SLOW,
    Path.of("DownloadStatus"): Pace.SLOW,
    Path.of("DownloadedLocalePackage"): Pace.SLOW,
}
"""In the order of a first reading: what an operator looks at comes first."""


class Schedule:
    """When each part of one phone's tree is due."""

    def __init__(self, poll: Poll, budget: Budget = DIRECT) -> None:
        self.budget = budget
        self.poll = _within(poll, budget.floors)
        """The intervals in force."""
        self._given = self.poll
        self._often = 1.0
        self._wished = self.poll
        """What the settings and the operator come to."""
        self._answer_s: float | None = None
        """How long the phone takes to answer, the latest counting most."""
        self._eased_s = 0.0
        self.whole = True
        """Whether the phone gives its tree in one answer."""
        self._due: dict[Path, float] = {}
        self._checks: dict[Path, float] = {}
        """Parts that are to be read once beside that, and when."""
        self._contested_at: dict[Path, float] = {}
        self._checked_at: dict[Path, float] = {}

    def begin(self, at: float, *, whole: bool, later: float = 0.0, in_call: bool = False) -> None:
        """Makes everything due, or, where the whole tree was just read, due after the share `later` of its interval.

        Phones that were connected to together are so read one after the other from then on.
        """
        self.whole = whole
        calls = [] if self.budget.whole_at_call else [path for path, pace in PARTS.items() if pace is Pace.CALL]
        if whole:
            self._due = {part: at + later * self._interval_s(part, in_call=in_call) for part in (ROOT, *calls)}
        else:
            self._due = dict.fromkeys(PARTS, at)
        self._checks.clear()

    def next(self) -> tuple[Path, float]:
        """What is due first, and when."""
        return min(chain(self._due.items(), self._checks.items()), key=lambda due: due[1])

    def done(self, path: Path, at: float, *, in_call: bool, asked_at: float = inf) -> None:
        """`path` was read, and with it all parts below it; what was pushed after `asked_at` is still to be checked."""
        for part in [part for part in self._checks if part.is_under(path) and self._contested_at[part] <= asked_at]:
            del self._checks[part]
            self._checked_at[part] = at
        for part in self._due:
            if part.is_under(path):
                self._due[part] = at + self._interval_s(part, in_call=in_call)

    def postpone(self, path: Path, at: float) -> None:
        """`path` could not be had: it is due again at `at`."""
        self._checks.pop(path, None)
        if path in self._due:
            self._due[path] = at

    def check(self, parts: Iterable[Path], at: float) -> None:
        """What was pushed of `parts` at `at` may be wrong: they are read once no more comes, at the call pace.

        Not more often than twice in an idle interval, however much is pushed.
        """
        for part in parts:
            self._contested_at[part] = at
            earliest = self._checked_at.get(part, -inf) + self.poll.idle_s / 2
            self._checks[part] = max(at + self.poll.call_s, earliest)

    def pace(self, by: float, at: float) -> None:
        """Asks `by` times as often from second `at` on, within OFTENEST times the settings' pace and floors."""
        before = self.poll
        given, floors = self._given, self.budget.floors
        most = max(given.call_s / floors.call_s, given.idle_s / floors.idle_s, given.slow_s / floors.slow_s)
        self._often = min(max(self._often * by, 1 / OFTENEST), OFTENEST, most)
        often = self._often
        self._wished = _within(Poll(given.call_s / often, given.idle_s / often, given.slow_s / often), floors)
        self.poll = _eased(self._wished, self._eased_s)
        for part, due in self._due.items():
            is_slow = self._pace(part) is Pace.SLOW
            share = self.poll.slow_s / before.slow_s if is_slow else self.poll.idle_s / before.idle_s
            self._due[part] = at + max(due - at, 0.0) * share

    @property
    def is_eased(self) -> bool:
        """Whether the phone is asked less often than wished, because it answers slowly."""
        return self.poll != self._wished

    def note_answer(self, seconds: float) -> None:
        """The phone took so long to answer: a slow one is left alone for `REST` times as long before the next question.

        The pace changes with the answers of a while, and in steps, so that one late answer changes nothing.
        """
        before = self._answer_s
        self._answer_s = seconds if before is None else before + _WEIGHT * (seconds - before)
        wished_s = min(REST * self._answer_s, MOST_EASED_S) if self._answer_s > SLOW_ANSWER_S else 0.0
        if (wished_s == 0.0) is not (self._eased_s == 0.0) or abs(wished_s - self._eased_s) > 0.25 * self._eased_s:
            self._eased_s = round(wished_s, 0)
            self.poll = _eased(self._wished, self._eased_s)

    def hurry(self, at: float) -> None:
        """A push says that something happens: read calls and lights no later than at the call pace."""
        self.soon(at + self.poll.call_s)

    def soon(self, at: float) -> None:
        """Calls and lights are read no later than `at`."""
        for part in self._due:
            if self._pace(part) is Pace.CALL:
                self._due[part] = min(self._due[part], at)

    def interval_s(self, *, in_call: bool) -> float:
        """How often the phone is asked at present."""
        return self.poll.call_s if in_call else self.poll.idle_s

    def _interval_s(self, part: Path, *, in_call: bool) -> float:
        match self._pace(part):
            case Pace.CALL if in_call:
                return self.poll.call_s
            case Pace.SLOW:
                return self.poll.slow_s
            case _:
                return self.poll.idle_s

    def _pace(self, part: Path) -> Pace:
        if part == ROOT:
            return Pace.CALL if self.budget.whole_at_call else Pace.IDLE
        return PARTS.get(part, Pace.IDLE)


def _eased(poll: Poll, least_s: float) -> Poll:
    return poll if least_s <= poll.call_s else Poll(least_s, max(poll.idle_s, least_s), max(poll.slow_s, least_s))


def _within(poll: Poll, floors: Poll) -> Poll:
    return Poll(max(poll.call_s, floors.call_s), max(poll.idle_s, floors.idle_s), max(poll.slow_s, floors.slow_s))


def retry_s(error: PhonetuiError, failures: int, rng: random.Random) -> float:
    """Seconds until the next try after `failures` of this kind in a row, chosen from the error's class alone."""
    doublings = min(max(failures - 1, 0), 16)
    if isinstance(error, Resumed):
        return error.wait_s
    if isinstance(error, AccessError | ConfigError):
        first, most = ACCESS_RETRY_S
        return min(first * 2.0**doublings, most)
    if isinstance(error, Busy):
        first, most = BUSY_RETRY_S
        if error.retry_after_s is not None:
            return min(max(error.retry_after_s, BUSY_WISH_S[0]), BUSY_WISH_S[1])
        return min(first * 2.0**doublings, most)
    if isinstance(error, ProtocolError):
        return FOREIGN_RETRY_S * rng.uniform(0.8, 1.2)
    return RETRY_S[min(max(failures, 1), len(RETRY_S)) - 1] * rng.uniform(0.8, 1.2)


ASK_AGAIN_S = 300.0
"""After a phone refused to push: whoever held its slots may have freed one. So after it refused a part of its tree."""
WHOLE_AGAIN_S = 900.0
"""Seconds after which a phone that refused its whole tree is asked for it again."""


def may_concern_place(error: PhonetuiError) -> bool:
    """Whether a web server answered, which may answer otherwise elsewhere; what all phones share is no phone's word."""
    is_answer = isinstance(error, AccessError | Busy | CommandRefused | ProtocolError | ServerError)
    return is_answer and not error.is_shared


class Refusals:
    """What a phone refuses, by place: a path of the status tree, ROOT for the whole of it, or a command's path."""

    def __init__(self) -> None:
        self._again_at: dict[Path, float] = {}
        self._version: str | None = None

    def add(self, place: Path, again_at: float) -> None:
        """`place` refused; it is asked again at monotonic second `again_at`."""
        self._again_at[place] = again_at

    def remove(self, place: Path) -> None:
        self._again_at.pop(place, None)

    def holds(self, place: Path, now: float) -> bool:
        """Whether it refused lately, so that it isn't asked yet."""
        return now < self._again_at.get(place, -inf)

    def is_due(self, place: Path, now: float) -> bool:
        """Whether it refused, and long enough ago to be asked again."""
        return self._again_at.get(place, inf) <= now

    def begin(self, version: str | None) -> None:
        """A connection stands to a phone of this firmware."""
        if version != self._version:
            self.forget()
        self._version = version

    def forget(self) -> None:
        self._again_at.clear()


STEADY_S = 30.0
"""After connections that ended sooner the pauses grow."""


class RetryPause:
    """How long to wait before the next try to reach a phone."""

    def __init__(self, least_s: float, rng: random.Random) -> None:
        """`least_s` between two tries whatever the failure; `rng` spreads them."""
        self._least_s = least_s
        self._rng = rng
        self._refusals: Counter[type[PhonetuiError]] = Counter()
        """Connections since a steady one that an answer ended, by its kind; those that broke don't count."""

    def seconds(self, failure: PhonetuiError, failures: int, *, lasted_s: float) -> float:
        """Seconds to wait after `failures` in a row, by the error's class; the connection lasted for `lasted_s`."""
        if lasted_s >= STEADY_S:
            self._refusals.clear()
        if may_concern_place(failure):
            self._refusals[type(failure)] += 1
            failures = self._refusals[type(failure)]
        return max(retry_s(failure, failures, self._rng), self._least_s * self._rng.uniform(1.0, 1.2))
