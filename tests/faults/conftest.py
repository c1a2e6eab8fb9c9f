"""Holds every test of this folder to the table."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.get_closest_marker("fault") is None:
        raise pytest.UsageError(f"{item.nodeid} does not say which fault it is: see tests/faults/table.py")
