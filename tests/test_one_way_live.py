"""One-way audio over real RTP: told within five seconds of its beginning, over eleven after its end."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.deadlines import SLOWER
from tests.one_way import Finding, drop_in_relay, lose_and_find

pytestmark = pytest.mark.slow

TOLD_S = {1.0: 5.0, 2.0: 8.0}
OVER_S = 11.0
SLACK_S = 3.0
"""A phone counts once a second itself, and a busy machine answers late."""
HAS_NAMESPACES = (
    sys.platform == "linux" and os.geteuid() == 0 and shutil.which("nft") is not None and shutil.which("unshare")
)


def check(findings: list[Finding], poll_s: float) -> None:
    for finding in findings:
        print(
            f"\n{finding.client}, every {poll_s:g} s: told after {finding.told_s} s, over after {finding.over_s} s",
            end="",
        )
        assert finding.compares is (finding.client == "both"), finding
        assert finding.told_s is not None, finding
        assert finding.told_s <= TOLD_S[poll_s] + SLACK_S, finding
        assert finding.over_s is not None, finding
        assert finding.over_s <= OVER_S + SLACK_S, finding
        assert finding.others == 0, finding


@pytest.mark.parametrize("poll_s", TOLD_S)
async def test_a_direction_that_a_relay_drops(poll_s: float) -> None:
    check(await lose_and_find(drop_in_relay, poll_s), poll_s)


@pytest.mark.skipif(not HAS_NAMESPACES, reason="needs Linux, root, unshare and nft")
def test_a_direction_that_the_kernel_drops() -> None:
    words = ["unshare", "--net", sys.executable, "-m", "tests.one_way", "nft"]
    run = subprocess.run(words, capture_output=True, text=True, timeout=180 * SLOWER, check=False)
    assert run.returncode == 0, run.stderr
    check([Finding(**found) for found in json.loads(run.stdout.splitlines()[-1])], 1.0)
