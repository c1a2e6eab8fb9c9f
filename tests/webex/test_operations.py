"""43 of 43: every operation of the article is typed, and what arrives is compared field by field."""

import io
import shlex
from dataclasses import replace
from typing import Protocol

import pytest

from phonetui.cli.webex import OWN
from phonetui.webex.operations import operations
from tests.cli.conftest import Run
from tests.webex.conftest import Words
from tests.webex.expected import DYNAMIC, ROWS, WRITES, Row, finished_jobs
from tests.webex.fake.site import ADMIN, READER, Fake

SECRET = "sip-password-Zq9"
READ_FIRST = 28
"""Values of configurations are typed as the phone's own value spaces have them."""


@pytest.fixture(autouse=True)
def jobs(fake: Fake) -> None:
    fake.jobs.all = finished_jobs()


class Typed(Protocol):
    def __call__(self, row: Row, *more: str, token: str = ADMIN) -> Run: ...


@pytest.fixture
def typed(webex: Words, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """A row's words, with what its standard input holds."""

    def typed(row: Row, *more: str, token: str = ADMIN) -> Run:
        monkeypatch.setattr("sys.stdin", io.StringIO(row.stdin))
        return webex(*shlex.split(row.words), *more, token=token)

    return typed


def _id(row: Row) -> str:
    return f"{row.number}-{'-'.join(row.words.split()[:2])}"


def test_all_are_there() -> None:
    assert [row.number for row in ROWS] == list(range(1, 44))
    ours = {each.article: each for each in operations().values() if each.article}
    assert {number: each.title for number, each in ours.items()} == {row.number: row.title for row in ROWS}
    assert {number: each.scopes for number, each in ours.items()} == {row.number: row.scopes for row in ROWS}


@pytest.mark.parametrize("row", [*ROWS, *DYNAMIC], ids=_id)
def test_what_arrives(typed: Typed, fake: Fake, row: Row) -> None:
    run = typed(row)
    assert (run.code, run.err) == (0, "")
    assert run.out.strip()
    *before, seen = fake.seen
    assert len(before) == (row.number == READ_FIRST)
    assert all(each.method == "GET" for each in before)
    assert (seen.method, seen.path) == (row.method, row.path)
    assert seen.query == row.query
    assert seen.body == row.body
    if row.body is not None:
        assert seen.content == row.content
    assert SECRET not in run.out


@pytest.mark.parametrize("row", ROWS, ids=_id)
def test_as_json(typed: Typed, row: Row) -> None:
    run = typed(row, "--json")
    assert (run.code, run.err) == (0, "")
    assert run.json["operation"] == " ".join(row.words.split()[:2])
    assert "result" in run.json


@pytest.mark.parametrize("name", [*OWN, *operations()])
def test_every_one_explains_itself(webex: Words, fake: Fake, name: str) -> None:
    run = webex(*name.split(), "--help", token=None)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"usage: phonetui webex {name} ")
    if name in operations():
        assert f"request: {operations()[name].method} {operations()[name].path}\n" in run.out
        screens = operations()[name].screens
        assert ("on the screen: " + ", ".join(screens) in run.out) is bool(screens)
    assert fake.seen == []


@pytest.mark.parametrize("row", WRITES, ids=_id)
def test_a_token_that_may_only_read(typed: Typed, fake: Fake, row: Row) -> None:
    run = typed(row, token=READER)
    assert run.code == 4
    assert all(scope in run.err for scopes in row.scopes for scope in scopes.split("|"))
    assert f"FAKE_{len(fake.seen):08d}" in run.err
    assert fake.last.status == 403


@pytest.mark.parametrize("row", WRITES, ids=_id)
def test_read_only_sends_nothing(typed: Typed, fake: Fake, row: Row) -> None:
    run = typed(row, "--read-only")
    assert (run.code, run.out) == (4, "")
    assert "read-only: nothing was sent" in run.err
    assert fake.seen == []


@pytest.mark.parametrize("row", [row for row in ROWS if "--yes" in row.words], ids=_id)
def test_what_is_at_stake_must_be_meant(typed: Typed, fake: Fake, row: Row) -> None:
    run = typed(replace(row, words=row.words.replace(" --yes", "")))
    assert run.code == 2
    assert "--yes" in run.err
    assert fake.seen == []
