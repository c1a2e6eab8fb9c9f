"""`simulate --dialect` as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

WORDS = [sys.executable, "-m", "phonetui", "simulate", "--phones", "1"]


def test_an_unknown_dialect_is_a_usage_error() -> None:
    run = subprocess.run([*WORDS, "--dialect", "legasy"], capture_output=True, text=True, check=False, timeout=20)
    assert (run.returncode, run.stdout) == (2, "")
    assert "no dialect 'legasy'. Did you mean 'legacy'? Known dialects: foreign, " in run.stderr


def test_the_log_is_in_the_dialect(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = [*WORDS, "--dialect", "v35", "--log", str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as run:
        assert run.stdout is not None
        assert json.loads(run.stdout.readline())["type"] == "phone"
        run.terminate()
        run.communicate(timeout=20)
    values = {line["path"]: line["value"] for line in map(json.loads, log.read_text().splitlines()) if "path" in line}
    assert values["SystemUnit Software Version"] == "PHONEOS.3-5-1-1000"
