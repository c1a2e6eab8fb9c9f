"""What leaves the program: CSV that computes nothing, JSON Lines, and a note that marks nothing up."""

import csv
import json
from datetime import UTC
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from phonetui.archive.export import COLUMNS, csv_text, escape_markdown, json_lines, markdown
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from tests.ui.remembered import other_end_of, past, remembered, troubled
from tests.ui.test_hostile import WORDS

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARKS = st.sampled_from(["|", "`", "<b>", "<!--", "&lt;", "**", "__", "[x](http://a.b)", "![", "http://a.b", "www.a.b", "@all", "#1", "- ", "\\", "~~", "$", "1. ", "> ", "---", "</table>"])  # fmt: skip
HOSTILE = (st.lists(MARKS | st.text(max_size=6), max_size=6).map("".join) | st.sampled_from(WORDS)).map(
    lambda word: printable(word[:300])
)


def called(word: Printable) -> CallRecord:
    bad = troubled()
    call = replace(bad.call, remote_name=word, remote_number=word, encoder=word, decoder=word, loss_rate=word)
    return replace(
        bad, phone=PhoneId(word), model=word, version=word, call=call, cause=word, cause_code=word, final=((word, word),), hints=(word,),
        alerts=tuple(replace(alert, text=word) for alert in bad.alerts),
    )  # fmt: skip


# CSV


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline=""), strict=True))


@settings(deadline=None)
@given(HOSTILE)
def test_csv_reads_back_and_no_cell_begins_a_formula(word: Printable) -> None:
    head, row = rows(csv_text([called(word)]))
    assert head == list(COLUMNS)
    assert len(row) == len(head)
    assert not [cell for part in row for cell in part.split(";") if cell.lstrip(" ").startswith(FORMULA)]
    name = row[head.index("remote_name")]
    assert name.replace("'", "") == word.replace("'", "")


@pytest.mark.parametrize("word", ["=1+1", "+47 22 00 00 00", "-1", "@SUM(A1)", "  =1", "＝1+1"])
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(word: str) -> None:
    head, row = rows(csv_text([called(Printable(word))]))
    assert row[head.index("remote_number")] == f"'{word}"


def test_nor_does_one_whose_cells_begin_at_semicolons() -> None:
    head, row = rows(csv_text([called(Printable("a;=1+1; @SUM(A1);b=2"))]))
    assert row[head.index("remote_name")] == "a;'=1+1;' @SUM(A1);b=2"


def test_csv_has_a_row_a_call_and_nothing_where_nobody_said() -> None:
    text = csv_text(past())
    assert text.count("\r\n") == len(past()) + 1
    head, *found = rows(text)
    missed = dict(zip(head, found[1], strict=True))
    assert (missed["fate"], missed["talk_s"], missed["grade"], missed["mos"]) == ("ended", "", "unknown", "")
    assert (missed["cause_code"], missed["remote_number"]) == ("487", "'+47 22 00 00 00")
    assert [row[head.index("fate")] for row in found[:6]] == ["up", "ended", "ended", "ended", "ended", "lost"]


# JSON Lines


@settings(deadline=None)
@given(HOSTILE)
def test_json_lines_are_ascii_one_object_a_line_and_read_back(word: Printable) -> None:
    text = json_lines([called(word), remembered()])
    assert text.isascii()
    first, second = (json.loads(line) for line in text.splitlines())
    assert list(first) == list(second) == ["type", *COLUMNS, "steps", "alerts", "hints", "report", "voice_reports"]
    assert (first["remote_name"], first["report"], first["hints"]) == (word, [{"name": word, "value": word}], [word])


def test_a_line_says_all_that_is_known() -> None:
    line = json.loads(json_lines([troubled()]))
    assert line["began_at"] == "2026-11-21T02:22:29.000Z"
    assert (line["talk_s"], line["poor_s"], line["worst_gone_pct"], line["other_phone"]) == (
        925.0,
        120.0,
        14.2,
        "desk-31",
    )
    assert [alert["alert"] for alert in line["alerts"]] == [AlertId.PORT_ERRORS, AlertId.LOSS]
    assert line["steps"][0] == {"state": "Dialing", "phase": "setup", "at": "2026-11-21T02:22:29.000Z"}


# The note


def shown(text: str) -> str:
    return str(MarkdownIt("gfm-like").render(text))


ALONE = shown(markdown(called(Printable("x")), None, UTC))


def tags(html: str) -> list[str]:
    return [part.partition(">")[0] for part in html.split("<")[1:]]


@settings(deadline=None)
@given(HOSTILE)
def test_no_word_of_a_stranger_changes_what_the_note_is_made_of(word: Printable) -> None:
    if not word.strip():
        word = Printable("x")
    html = shown(markdown(called(word), None, UTC))
    assert tags(html) == tags(ALONE)


@settings(deadline=None)
@given(HOSTILE)
def test_words_show_as_they_are(word: Printable) -> None:
    told = " ".join(word.split(" ")).strip(" ")
    plain = MarkdownIt("gfm-like").renderInline(f"x {escape_markdown(told)} x")
    for name, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(name, character)
    assert plain == f"x {told} x"


def test_the_note_tells_who_when_how_and_why() -> None:
    text = markdown(troubled(), other_end_of(troubled()), UTC)
    for words in (
        "## Call of reception with Desk 31 5012",
        "| began | 2026-11-21 02:22:29 UTC |",
        "### Where to look, as known at 2026-11-21 02:3",
        "**good** for most of the 790 s that could be judged: good 520 s (66 %), fair 90 s (11 %), poor 120 s (15 %), critical 60 s (8 %).",
        "Worst 10 s: 2026-11-21 02:32:33 UTC, lost or discarded 14.2 % (lost 12.5 %), jitter up to 61 ms, MOS 1.9 est.",
        "| loss | 3.7 % | raw 3 | 0.0 % |",
        "check the cabling of port 1",
        "loss critical: line 1 call 0 loses 12.5 %",
        "| cause | 200 Normal |",
    ):
        assert words in text


def test_a_note_says_what_is_not_known() -> None:
    up, missed, *_, lost, unheard, silent = past()[:8]
    assert "in progress" in markdown(up, None, UTC)
    assert "| answered | never |" in markdown(missed, None, UTC)
    assert "lost from sight, last seen" in markdown(lost, None, UTC)
    assert "the phone's report of the end was not heard" in markdown(unheard, None, UTC)
    assert "Nothing could be judged." in markdown(silent, None, UTC)
