"""A report as a page, as Markdown and as JSON: the same figures in each, and nothing that a stranger wrote is mark-up."""

import json
import re
from datetime import UTC
from html.parser import HTMLParser

import pytest

from phonetui.report.fleet_report import FleetReport, mask_report
from phonetui.report.html_page import html_page
from phonetui.report.json_object import json_report
from phonetui.report.markdown import markdown_report
from phonetui.report.sections import duration, percent, report_text
from tests.report.reports import HOSTILE, hostile, phones, report

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Elements, attributes and texts of a page; fails where elements don't close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def test_the_page_needs_nothing_else() -> None:
    text = html_page(report(), UTC)
    page = Page(text)
    assert page.tags & {"script", "link", "iframe", "object", "img", "form", "a"} == set()
    assert page.attributes & {"src", "href", "style", "onload", "onclick"} == set()
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize(
    "made", [report(), report([], phones=[], changes=[], alerts=[]), hostile()], ids=["day", "nothing", "hostile"]
)
def test_every_form_has_what_the_sections_have(made: FleetReport) -> None:
    text = report_text(made, UTC)
    page, markdown = Page(html_page(made, UTC)).text, markdown_report(made, UTC)
    for section in text.sections:
        assert section.title in page
        assert f"## {section.title.replace('(', '(')}" in markdown
        for row in section.rows:
            assert len(row) == len(section.headings)
            assert all(cell.text in page for cell in row)
    assert text.verdict in page
    assert all(line in page for line in text.unknown)


def test_figures_of_the_page_are_those_of_the_calls() -> None:
    made = report()
    text, calls = report_text(made, UTC), made.calls
    assert [tile.value for tile in text.tiles] == [
        str(calls.calls), duration(calls.talk_s), percent(calls.shares.good_s, calls.shares.total_s), "1", "7", "2",
    ]  # fmt: skip
    assert text.verdict == "88.2 % of 46 min heard was good; 1 of 17 judged ends had trouble."
    (worst,) = next(section for section in text.sections if section.title == "Worst calls").rows
    assert [cell.text for cell in worst] == [
        "reception", "to Desk 31 5012 (desk-31)", "2026-11-21 02:22", "15 min", "3 min", "3.7 %", "61 ms", "1.9",
        "check the cabling of port 1 (port 1 counts CRC errors while received packets are lost)",
    ]  # fmt: skip


def test_what_strangers_wrote_is_text() -> None:
    made = hostile()
    text = html_page(made, UTC)
    page = Page(text)
    assert "script" not in page.tags
    assert HOSTILE in page.text
    assert "<script>alert" not in text
    assert "\x1b" not in text + markdown_report(made, UTC) + json_report(made)
    assert "<script>" not in markdown_report(made, UTC)
    assert "[x](" not in markdown_report(made, UTC)
    lines = markdown_report(made, UTC).splitlines()
    tables = [line for line in lines if line.startswith("| ")]
    assert {line.count("|") - line.count("\\|") for line in tables} <= {3, 4, 5, 6, 7, 9, 10}


def test_the_object_has_every_figure() -> None:
    made = report()
    read = json.loads(json_report(made))
    assert json_report(made).isascii()
    assert (read["type"], read["from"], read["masked"]) == ("report", "2026-11-20T03:04:29.000Z", False)
    assert {name: read["calls"][name] for name in ("calls", "ends", "answered", "judged", "bad", "up", "lost")} == {
        name: getattr(made.calls, name) for name in ("calls", "ends", "answered", "judged", "bad", "up", "lost")
    }
    assert read["calls"]["shares"]["critical_s"] == made.calls.shares.critical_s
    assert [one["phone"] for one in read["calls"]["worst"]] == ["reception"]
    assert read["calls"]["worst"][0]["hints"]
    assert [one["after"] for one in read["phones"]["moves"]] == ["sw-2f Gi1/0/7", "sw-2f Gi1/0/9"]
    assert read["phones"]["troubled"][0]["is_out"] is True
    assert read["phones"]["certificates"][0]["ends_at"].endswith("Z")
    assert sum(one["at_end"] for one in read["calls"]["scores"]) == sum(one.at_end for one in made.calls.scores)


PRIVATE = ("Desk 31", "5012", "Back Office", "192.0.2.21", "192.0.2.105", "00:1A:2B:00:00:FF", "FVH1")


def test_the_mask_hides_parties_and_addresses_in_every_form() -> None:
    made = report()
    masked = mask_report(made, phones())
    forms = [html_page(masked, UTC), markdown_report(masked, UTC), json_report(masked)]
    for form in forms:
        assert [word for word in PRIVATE if word in form] == []
        assert "reception" in form
        assert "masked" in form
    assert "Desk 31" in html_page(made, UTC)
    assert masked.calls.shares == made.calls.shares


def test_a_phone_that_is_named_by_its_address_is_masked_as_one() -> None:
    from tests.report.reports import known

    named = known("192.0.2.21")
    made = report([], phones=[named], changes=[], alerts=[])
    masked = mask_report(made, [named])
    assert "192.0.2.21" not in html_page(masked, UTC) + json_report(masked)


def test_what_is_not_known_is_said() -> None:
    text = "\n".join(report().unknown)
    assert "1 of 7 phones name no switch port." in text
    assert "1 of 7 phones showed no certificate that was checked." in text
    assert "only those of the configuration are known" in text
    assert "nothing was kept in this time" in "\n".join(report(phones=[]).unknown)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00 min"), (91_000, "25 h 16 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("part", "of", "words"),
    [(0, 0, "–"), (0, 5, "0.0 %"), (5, 5, "100.0 %"), (99_999, 100_000, "> 99.9 %"), (1, 100_000, "< 0.1 %")],
)
def test_percent(part: float, of: float, words: str) -> None:
    assert percent(part, of) == words
