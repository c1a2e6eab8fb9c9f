"""A report as Markdown, for a ticket or a wiki: the same words and tables as the page, without its charts."""

from collections.abc import Iterator
from datetime import tzinfo

from phonetui.archive.export import escape_markdown
from phonetui.report.fleet_report import FleetReport
from phonetui.report.sections import ReportSection, report_text


def markdown_report(report: FleetReport, zone: tzinfo | None) -> str:
    """Times are written in `zone` (None: the machine's)."""
    text = report_text(report, zone)
    tiles = [f"- **{escape_markdown(one.value)}** {escape_markdown(f'{one.words} ({one.note})')}" for one in text.tiles]
    blocks = [
        f"# {escape_markdown(text.title)}",
        escape_markdown(text.period),
        f"**{escape_markdown(text.verdict)}**",
        "\n".join(tiles),
        *(block for section in text.sections for block in _section(section)),
    ]
    if text.unknown:
        blocks += ["## Not in these figures", "\n".join(f"- {escape_markdown(line)}" for line in text.unknown)]
    return "\n\n".join(blocks) + "\n"


def _section(section: ReportSection) -> Iterator[str]:
    yield f"## {escape_markdown(section.title)}"
    if section.words:
        yield escape_markdown(section.words)
    if not section.rows:
        yield escape_markdown(section.empty)
        return
    rule = [" ---: " if cell.is_number else " --- " for cell in section.rows[0]]
    rows = [[cell.text for cell in row] for row in section.rows]
    lines = [_row(section.headings), f"|{'|'.join(rule)}|", *map(_row, rows)]
    yield "\n".join(lines)


def _row(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(map(escape_markdown, cells))} |"
