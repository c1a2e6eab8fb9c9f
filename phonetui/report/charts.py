"""Charts of a report as inline SVG: values in, an element out. Colours are the page's, by class.

A chart says in `aria-label` what it is of; its figures stand in the table below it.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from xml.etree.ElementTree import Element, SubElement

from phonetui.phone.measure import Grade
from phonetui.report.call_figures import GRADES, ScoreCount, TimeColumn
from phonetui.report.phone_figures import FirmwareCount

WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 12, 26
_HEIGHT = 180
_LABEL, _COUNT = 24, 64
"""Room for the words above a bar, and for a number behind it."""
_PITCH = 20
"""From one bar of a pair to the other: the numbers have room on a narrow page, too, where letters are larger."""
_LONGEST = 40
"""Characters of a model that are drawn; the table has all of them."""


def time_chart(columns: Sequence[TimeColumn], column_s: float, zone: tzinfo | None) -> Element:
    """Stacked columns, the worst on top: what is bad stands out against the ground of what is good."""
    most = max((sum(column.counts) + column.unjudged for column in columns), default=0) or 1
    chart = _svg(_HEIGHT, "Ends of calls over time, by grade")
    width = (WIDTH - _LEFT - _RIGHT) / max(len(columns), 1)
    high = _HEIGHT - _TOP - _BOTTOM
    for value in _ticks(most):
        y = _TOP + high * (1 - value / most)
        _line(chart, _LEFT, y, WIDTH - _RIGHT)
        _text(chart, _LEFT - 6, y + 4, str(value), "end")
    every = max(-(-len(columns) // 8), 1)
    for place, column in enumerate(columns):
        x, floor = _LEFT + place * width, float(_TOP + high)
        stack = [("unjudged", column.unjudged), *zip((grade.word for grade in GRADES), column.counts, strict=True)]
        for name, count in stack:
            if count:
                tall = high * count / most
                floor -= tall
                _bar(chart, name, x=x + width * 0.12, y=floor, width=width * 0.76, height=tall)
        if place % every == 0:
            _text(chart, x + width / 2, _HEIGHT - 6, _tick_words(column.began_at.astimezone(zone), column_s), "middle")
    return chart


def score_chart(scores: Sequence[ScoreCount]) -> Element:
    """A pair of bars a band, the best band on top: as calls ended, and below it, paler, their worst ten seconds."""
    most = max((max(one.at_end, one.worst) for one in scores), default=0) or 1
    row = _LABEL + 2 * _PITCH + 6
    chart = _svg(row * len(scores), "Ends of calls by opinion score")
    room = WIDTH - _COUNT
    for place, one in enumerate(reversed(scores)):
        y = place * row + _LABEL
        _text(chart, 0, y - 5, f"{one.band.low:.2f} and more: {one.band.words}")
        for down, (count, faint) in enumerate(((one.at_end, ""), (one.worst, " faint"))):
            wide = room * count / most
            _bar(chart, f"{one.band.grade.word}{faint}", x=0, y=y + down * _PITCH, width=wide, height=_PITCH - 3)
            _text(chart, wide + 8, y + down * _PITCH + 14, str(count))
    return chart


def firmware_chart(firmware: Sequence[FirmwareCount]) -> Element:
    """A bar a model: its most frequent firmware first, the others beside it."""
    models: dict[str, list[int]] = {}
    for one in firmware:
        models.setdefault(one.model or "unknown model", []).append(one.phones)
    most = max(map(sum, models.values()), default=0) or 1
    row = _LABEL + 24
    chart = _svg(row * len(models), "Phones by model and firmware")
    room = WIDTH - _COUNT
    for place, (model, counts) in enumerate(models.items()):
        x, y = 0.0, place * row + _LABEL
        _text(chart, 0, y - 5, model[:_LONGEST])
        for rank, count in enumerate(counts):
            wide = room * count / most
            _bar(chart, f"rank{min(rank, 3)}", x=x, y=y, width=max(wide - 1, 0.5), height=14)
            x += wide
        _text(chart, x + 8, y + 12, str(sum(counts)))
    return chart


def share_bar(seconds: Sequence[float]) -> Element:
    """How a call sounded, from its good to its critical part; seconds by `GRADES`."""
    total = sum(seconds) or 1.0
    chart = Element("svg", {"class": "share", "viewBox": "0 0 100 6", "preserveAspectRatio": "none", "role": "img"})
    words = ", ".join(f"{grade.word} {part:.0f} s" for grade, part in zip(GRADES, seconds, strict=True) if part)
    chart.set("aria-label", words or "nothing could be judged")
    x = 0.0
    for grade, part in zip(GRADES, seconds, strict=True):
        if part:
            _bar(chart, grade.word, x=x, y=0, width=100 * part / total, height=6)
            x += 100 * part / total
    return chart


def legend(names: Sequence[str]) -> Element:
    """Which colour is what, by class."""
    line = Element("p", {"class": "legend"})
    for name in names:
        swatch = SubElement(line, "span", {"class": f"swatch {name}"})
        swatch.tail = f"{name.replace('unjudged', 'not judged')}  "
    return line


def note(words: str) -> Element:
    line = Element("p", {"class": "legend"})
    line.text = words
    return line


def grade_names() -> tuple[str, ...]:
    return (*(grade.word for grade in (Grade.CRITICAL, Grade.POOR, Grade.FAIR, Grade.GOOD)), "unjudged")


def _svg(height: float, words: str) -> Element:
    return Element("svg", {"class": "chart", "viewBox": f"0 0 {WIDTH} {height:g}", "role": "img", "aria-label": words})


def _bar(chart: Element, name: str, *, x: float, y: float, width: float, height: float) -> None:
    places = {"x": x, "y": y, "width": width, "height": height}
    SubElement(chart, "rect", {"class": name, **{key: f"{value:.2f}" for key, value in places.items()}})


def _line(chart: Element, x: float, y: float, until: float) -> None:
    SubElement(chart, "line", {"x1": f"{x:.1f}", "y1": f"{y:.1f}", "x2": f"{until:.1f}", "y2": f"{y:.1f}"})


def _text(chart: Element, x: float, y: float, words: str, anchor: str = "start") -> None:
    element = SubElement(chart, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor})
    element.text = words


def _ticks(most: int) -> list[int]:
    """Whole numbers, round ones, up to four and the highest that fits."""
    step = next(step for power in range(12) for step in (10**power, 2 * 10**power, 5 * 10**power) if most / step <= 4)
    return list(range(0, most + 1, step))


def _tick_words(at: datetime, column_s: float) -> str:
    if column_s >= 86_400:
        return f"{at:%m-%d}"
    return f"{at:%d %Hh}" if column_s > 3600 else f"{at:%H:%M}"
