"""The built wheel, installed into empty environments as a user would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from phonetui import __version__

PROJECT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("wheel")]


def run(*words: str | Path, **more: str) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, env={**os.environ, **more}, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, PROJECT)
    return next(folder.glob("*.whl"))


def test_pip_installs_program_manual_and_completions(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path)
    run(tmp_path / "bin/pip", "install", "-q", "--no-deps", wheel)
    libraries = next(tmp_path.glob("lib/*/site-packages")) / "libraries.pth"
    libraries.write_text("\n".join(word for word in sys.path if word.endswith("site-packages")))
    assert run(tmp_path / "bin/phonetui", "--version") == f"phonetui {__version__}\n"
    assert "ExecStart" in run(tmp_path / "bin/phonetui", "data", "unit")
    share = tmp_path / "share"
    assert (share / "man/man1/phonetui.1").is_file()
    for completion in (
        "bash-completion/completions/phonetui",
        "zsh/site-functions/_phonetui",
        "fish/vendor_completions.d/phonetui.fish",
    ):
        assert (share / completion).is_file()


def test_uv_installs_a_program_that_runs(wheel: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not here")
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    run(uv, "tool", "install", "-q", "--python", sys.executable, wheel, **places)
    program = tmp_path / "bin/phonetui"
    assert run(program, "--version", **places) == f"phonetui {__version__}\n"
    assert "packages" in run(program, "doctor", TERM="xterm", **places)
    lines = run(program, "demo", "--help", **places)
    assert "--scenario" in lines
