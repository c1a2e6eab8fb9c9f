"""A report as one HTML page that needs nothing else: no script, no network, pictures inside; light, dark, and print.

It is built as a tree, so that whatever a stranger wrote stays text.
"""

from datetime import tzinfo
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

from phonetui import __version__
from phonetui.report import charts
from phonetui.report.fleet_report import FleetReport
from phonetui.report.sections import Cell, ReportChart, ReportSection, Tile, report_text

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may load: nothing, whatever stood in the page."""


def html_page(report: FleetReport, zone: tzinfo | None) -> str:
    """Times are written in `zone` (None: the machine's)."""
    text = report_text(report, zone)
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    SubElement(head, "meta", {"name": "color-scheme", "content": "light dark"})
    _add(head, "title", f"{text.title}, {text.period}")
    _add(head, "style", files("phonetui").joinpath("report", "page.css").read_text(encoding="utf-8"))
    body = SubElement(page, "body")
    top = SubElement(body, "header")
    _add(top, "h1", text.title)
    _add(top, "p", text.period, "period")
    _add(top, "p", text.verdict, "verdict")
    tiles = SubElement(body, "ul", {"class": "tiles"})
    for tile in text.tiles:
        _tile(tiles, tile)
    main = SubElement(body, "main")
    for section in text.sections:
        _section(main, section, report, zone)
    if text.unknown:
        place = _titled(main, "Not in these figures")
        lines = SubElement(place, "ul")
        for line in text.unknown:
            _add(lines, "li", line)
    _add(body, "footer", f"phonetui {__version__}")
    return f"<!doctype html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _add(parent: Element, tag: str, text: str, name: str = "") -> Element:
    element = SubElement(parent, tag, {"class": name} if name else {})
    element.text = text
    return element


def _titled(parent: Element, title: str, words: str = "") -> Element:
    place = SubElement(parent, "section")
    _add(place, "h2", title)
    if words:
        _add(place, "p", words, "words")
    return place


def _tile(parent: Element, tile: Tile) -> None:
    element = SubElement(parent, "li", {"class": f"tile {tile.grade.word}" if tile.grade else "tile"})
    _add(element, "strong", tile.value)
    _add(element, "span", tile.words)
    _add(element, "small", tile.note.replace(" %", "\N{NO-BREAK SPACE}%"))


def _section(parent: Element, section: ReportSection, report: FleetReport, zone: tzinfo | None) -> None:
    place = _titled(parent, section.title, section.words)
    if not section.rows:
        _add(place, "p", section.empty, "empty")
        return
    if section.chart is None:
        _table(place, section)
        return
    _chart(place, section.chart, report, zone)
    is_open = section.chart is ReportChart.FIRMWARE  # whose names the chart has no room for
    details = SubElement(place, "details", {"open": ""} if is_open else {})
    _add(details, "summary", "figures")
    _table(details, section)


def _chart(place: Element, chart: ReportChart, report: FleetReport, zone: tzinfo | None) -> None:
    calls = report.calls
    match chart:
        case ReportChart.TIME:
            place.append(charts.legend(charts.grade_names()))
            place.append(charts.time_chart(calls.columns, calls.column_s, zone))
        case ReportChart.SCORES:
            place.append(charts.note("upper bar: as calls ended; paler: their worst ten seconds"))
            place.append(charts.score_chart(calls.scores))
        case ReportChart.FIRMWARE:
            place.append(charts.note("darkest: the firmware that most phones of the model have"))
            place.append(charts.firmware_chart(report.phones.firmware))


def _table(place: Element, section: ReportSection) -> None:
    """On a narrow screen a row becomes a card, each cell with its heading."""
    table = SubElement(place, "table")
    head = SubElement(SubElement(table, "thead"), "tr")
    numbers = [cell.is_number for cell in section.rows[0]]
    for heading, is_number in zip(section.headings, numbers, strict=True):
        _add(head, "th", heading, "number" if is_number else "")
    body = SubElement(table, "tbody")
    for row in section.rows:
        line = SubElement(body, "tr")
        for heading, cell in zip(section.headings, row, strict=True):
            _cell(line, heading, cell)


def _cell(line: Element, heading: str, cell: Cell) -> None:
    names = [name for name in ("number" if cell.is_number else "", cell.grade.word if cell.grade else "") if name]
    attributes = {"data-heading": heading} | ({"class": " ".join(names)} if names else {})
    element = SubElement(line, "td", attributes)
    element.text = cell.text
    if cell.heard is not None:
        element.append(charts.share_bar(cell.heard))
