"""The shape of the project: packages, public names, import directions, start-up cost."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
ROOMS = ("constitution", "classifiers", "training")
UMBRELLA = {"gatewright.errors", "gatewright.artefacts", "gatewright.locking"}
MAY_IMPORT = {
    "constitution": {"gatewright.constitution"},
    "classifiers": {"gatewright.constitution", "gatewright.classifiers"},
    "training": {"gatewright.constitution", "gatewright.classifiers", "gatewright.training"},
}
SHADOWING = {"datasets", "evaluate", "accelerate", "peft", "transformers", "tokenizers"}
PUBLIC_PACKAGES = ["gatewright", *(name for name in PACKAGES if name.split(".")[-1] != "cli")]


def folder_of(package: str) -> Path:
    parts = package.split(".")
    if len(parts) > 1 and parts[1] in ROOMS:
        return ROOT.joinpath(*parts[1:])
    return ROOT.joinpath("src", *parts)


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module of ours that `path` imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "gatewright":
                found.update(f"gatewright.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] == "gatewright"}


def test_every_folder_with_code_is_a_declared_package() -> None:
    roots = [ROOT / room for room in ROOMS] + [ROOT / "src" / "gatewright"]
    folders = {path.parent for root in roots for path in root.rglob("*.py")}
    real = {folder.resolve() for folder in folders}
    assert real == {folder_of(package).resolve() for package in PACKAGES}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_an_init(package: str) -> None:
    assert (folder_of(package) / "__init__.py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_lies_below_them(room: str) -> None:
    for path in modules(room):
        for name in imports(path):
            allowed = name in UMBRELLA or any(
                name == prefix or name.startswith(prefix + ".") for prefix in MAY_IMPORT[room]
            )
            assert allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("name", ["errors", "artefacts", "locking"])
def test_the_umbrella_imports_no_room(name: str) -> None:
    assert imports(ROOT / "src" / "gatewright" / f"{name}.py") <= UMBRELLA


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_refuses_its_bare_name(room: str) -> None:
    code = f"import {room}"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"import gatewright.{room}, not {room}" in result.stderr


def test_no_file_shadows_a_library() -> None:
    named = [path.stem for room in ROOMS for path in (ROOT / room).rglob("*")]
    named += [path.stem for path in (ROOT / "tests").rglob("*")]
    assert not SHADOWING & set(named)


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_every_public_name_exists_and_no_other_is_promised(package: str) -> None:
    module = importlib.import_module(package)
    promised = list(module.__all__)
    assert len(promised) == len(set(promised))
    assert set(promised) <= set(dir(module))
    for name in promised:
        assert getattr(module, name) is not None


def test_public_names_of_the_umbrella_are_exact() -> None:
    import gatewright

    assert gatewright.__all__ == [
        "Constitution",
        "Dropped",
        "Example",
        "FilterResult",
        "Gate",
        "GatewrightError",
        "Verdict",
    ]
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = gatewright.nothing_of_the_kind


def test_every_module_says_what_it_does() -> None:
    paths = [*(path for room in ROOMS for path in modules(room))]
    paths += sorted((ROOT / "src" / "gatewright").glob("*.py"))
    silent = [p for p in paths if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert not silent


def test_help_is_cheap_and_imports_no_torch() -> None:
    code = (
        "import sys, time, gatewright.cli as cli\n"
        "sys.argv = ['gatewright', '--help']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'transformers', 'peft', 'evaluate', 'datasets'} & set(sys.modules)\n"
        "print(sorted(heavy), time.process_time(), file=sys.stderr)\n"
    )
    bare = "import sys, time; print(time.process_time(), file=sys.stderr)"
    # CPU seconds, the best of five: a busy machine adds to them, nothing takes away.
    spent = min(_cpu(code) for _ in range(5)) - min(_cpu(bare) for _ in range(5))
    assert spent < 0.5


def _cpu(code: str) -> float:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    *heavy, seconds = result.stderr.split()
    assert heavy in ([], ["[]"])
    return float(seconds)


def test_the_wheel_holds_every_module_and_data_file(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"{package.replace('.', '/')}/{path.name}"
        for package in PACKAGES
        for path in folder_of(package).glob("*.py")
    }
    wanted |= {
        f"gatewright/constitution/{path.relative_to(ROOT / 'constitution')}"
        for folder in ("templates", "library")
        for path in (ROOT / "constitution" / folder).iterdir()
        if path.is_file()
    }
    wanted |= {"gatewright/py.typed", "gatewright/constitution/starter.md"}
    assert wanted <= names
    strays = {name for name in names if name.endswith(".py")} - wanted
    assert not strays
