"""What is published, and only that."""

from collections import Counter

import pytest

from phonetui.xapi.catalog import CatalogKind, Deployment, Type, phoneos
from phonetui.xapi.path import ROOT, Path


def test_every_published_row_is_there() -> None:
    kinds = Counter(entry.kind for entry in phoneos().entries)
    assert kinds == {CatalogKind.STATUS: 92, CatalogKind.COMMAND: 14, CatalogKind.EVENT: 9}
    assert len({(entry.kind, entry.notation) for entry in phoneos().entries}) == 115


@pytest.mark.parametrize(
    ("path", "kind", "unit", "release", "deployment", "pushable"),
    [
        ("Line 1 Call 0 Jitter", Type.INTEGER, "ms", "3.6", Deployment.MPP, True),
        ("SystemUnit ProductId", Type.STRING, None, "3.5", Deployment.BOTH, True),
        ("Network ActiveInterface", Type.LITERAL, None, "3.5", Deployment.BOTH, True),
        ("DownloadStatus ScreenStatus CustomWallpaperDownload 20", Type.STRING, None, "3.6", Deployment.MPP, False),
        ("PhoneStatus SIPBytesSent", Type.INTEGER, "bytes", "3.6", Deployment.MPP, True),
    ],
)
def test_rows(path: str, kind: Type, unit: str | None, release: str, deployment: Deployment, pushable: bool) -> None:
    entry = phoneos().find(Path.parse(path))
    assert entry is not None
    assert (entry.type, entry.unit, entry.release, entry.deployment, entry.pushable) == (
        kind,
        unit,
        release,
        deployment,
        pushable,
    )


def test_every_row_says_what_it_means() -> None:
    assert all(entry.meaning and len(entry.meaning) < 100 for entry in phoneos().entries)


def test_lists_are_known() -> None:
    catalog = phoneos()
    assert catalog.is_list(("Line",)) is True
    assert catalog.is_list(("line", "CALL")) is True
    assert catalog.is_list(("Network",)) is False
    assert catalog.is_list(("Novelty",)) is None
    assert catalog.is_branch(("Network", "Statistics", "Ethernet"))
    assert not catalog.is_branch(("SystemUnit", "HostName"))


def test_letter_case_is_mended_and_news_kept() -> None:
    assert phoneos().canonical(Path.parse("systemunit software VERSION")) == ("SystemUnit", "Software", "Version")
    assert phoneos().canonical(Path.parse("systemunit Novelty 3 deep")) == ("SystemUnit", "Novelty", 3, "deep")


def test_what_can_be_pushed_is_decided_by_the_nearest_row() -> None:
    for entry in phoneos().below(ROOT):
        assert phoneos().is_pushable(entry.path) == entry.pushable
    assert phoneos().is_pushable(Path.parse("Line 1 Call 0"))  # no row of its own: by those below it
    assert phoneos().is_pushable(Path.parse("Network Statistics Port 1 RxCrcErr"))  # by the container around it
    assert not phoneos().is_pushable(Path.parse("SystemUnit Shiny NewLeaf"))
    assert not phoneos().is_pushable(Path.parse("Nothing"))
