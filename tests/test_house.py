"""The house keeps its own rules: walls, sizes, no strangers' paths."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path as File

from tests.sources import ROOT, texts, trees, within

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
TRACKED = ("*.py", "*.toml", "*.md", "*.tcss", "run")


def test_the_walls_stand() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    linted = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_planted_violations_are_found(tmp_path: File) -> None:
    """The contracts bite: the same configuration over a copy with bad imports fails, and names each of them."""
    planted = {"asyncio": "import asyncio", "phonetui.transport.http": "from phonetui.transport import http",
               "textual": "import textual"}  # fmt: skip
    shutil.copytree(ROOT / "phonetui", tmp_path / "phonetui", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "phonetui/phone/models.py").open("a") as module:
        module.write("".join(f"\n{line}  # planted\n" for line in planted.values()))
    script = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    linted = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 1, linted.stdout + linted.stderr
    for name in planted:
        assert f"phonetui.phone.models -> {name} (l." in linted.stdout, linted.stdout


def test_modules_stay_small() -> None:
    lengths = {within(module): len(text.splitlines()) for module, text in texts().items()}
    written = [length for length in lengths.values() if length > 5]
    assert statistics.median(written) <= 220
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_functions_stay_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sorted(lengths)[int(len(lengths) * 0.95)] <= 45


def test_structs_take_their_own_kind_of_field() -> None:
    """A dataclass's field in a Struct is its default value, which mypy does not see."""
    wrong = [
        f"{module.stem}.{node.name}"
        for module, tree in trees().items()
        if "field" in _imported_from(tree, "dataclasses")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and "Struct" in map(ast.unparse, node.bases)
        and "= field(" in ast.unparse(node)
    ]
    assert wrong == []


def _imported_from(tree: ast.Module, module: str) -> set[str]:
    froms = (node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == module)
    return {alias.name for node in froms for alias in node.names}


def test_every_module_says_what_it_knows() -> None:
    silent = [within(module) for module, tree in trees().items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_the_pure_rooms_say_what_everything_public_means() -> None:
    """Properties whose name says all may stay without."""
    silent = [
        f"{within(module)}: {name}"
        for module, tree in trees().items()
        if within(module).startswith(("phone/", "xapi/"))
        for name, node in _public(tree)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def _public(node: ast.Module | ast.ClassDef, of: str = "") -> Iterator[tuple[str, Definition]]:
    """Classes, functions and methods with their dotted names, without properties."""
    for child in node.body:
        if not isinstance(child, Definition) or child.name.startswith("_"):
            continue
        if not any("property" in ast.unparse(decorator) for decorator in child.decorator_list):
            yield of + child.name, child
        if isinstance(child, ast.ClassDef):
            yield from _public(child, f"{of}{child.name}.")


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    foreign = re.compile(r"(?<![\w.])/(?:tmp|root|work|home)/[a-z]\w*/")
    files = [file for pattern in TRACKED for file in ROOT.rglob(pattern) if not {".git", ".venv"} & set(file.parts)]
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files
        if "tests" not in file.parts
        for match in [foreign.search(file.read_text("utf-8"))]
        if match
    ]
    assert found == []


def test_no_test_left_a_file_beside_the_sources() -> None:
    """A key that saves a picture writes where the program was started."""
    assert sorted(file.name for kind in ("*.png", "*.csv", "*.jsonl", "*.log") for file in ROOT.glob(kind)) == []


def test_every_dependency_has_a_bound_and_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    for requirement in project["dependencies"]:
        assert ">=" in requirement
        assert re.search(rf'"{re.escape(requirement)}",\s+# \S', text), f"{requirement}: no reason beside it"


def test_what_the_readme_shows_goes_along_with_the_sources() -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"][
        "include"
    ]
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert shown
    assert [picture for picture in shown if f"/{picture}" not in included] == []


def test_the_version_costs_neither_screen_nor_network() -> None:
    script = (
        "import sys\nfrom phonetui.cli.main import entry\n"
        "try:\n    entry(['--version'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'textual', 'rich', 'httpx', 'aiohttp', 'asyncio', 'cryptography', 'plotext'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]", shown.stdout


def test_what_is_left_to_the_slow_run_is_there() -> None:
    tests = ROOT / "tests"
    missing = [
        f"{file}::{name}"
        for file, cases in tomllib.loads((tests / "quick_cases.toml").read_text()).items()
        for name in cases
        if f"def {name}(" not in (tests / file).read_text()
    ]
    assert missing == []
