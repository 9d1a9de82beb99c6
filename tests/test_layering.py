"""Imports point one way: main -> gui -> core; and what must start fast imports nothing slow."""

import ast
import subprocess
import sys

import pytest

from tests.support import ROOT

QT = {"PySide6", "shiboken6"}
SLOW = {"torch", "torchvision", "matplotlib", "sklearn"}

# The only packages of core that may load PyTorch as they are imported.
WITH_TORCH = ("core.model.", "core.compute.", "core.training.")
LIGHT_AMONG_THEM = ("core.model.weights.matching",)  # what nobody light imports


def _modules(package: str) -> list[str]:
    """The full names of all modules below ``package``, without the packages themselves."""
    files = (ROOT / package).rglob("*.py")
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    found = sorted(name for name in names if not name.endswith(("__init__", "__main__")))
    assert found, f"{package} has no modules"
    return found


def _source(module: str) -> str:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")


def _imports(module: str) -> set[str]:
    """The full names that ``module`` imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            names.add(str(node.module))
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _loaded_after_each(modules: list[str]) -> dict[str, set[str]]:
    """Import ``modules`` in their order in a new process; what had been loaded after each."""
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    print(name, *{one.partition('.')[0] for one in sys.modules})\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *modules], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    lines = (line.split() for line in result.stdout.splitlines())
    return {name: set(loaded) for name, *loaded in lines}


def _culprits(loaded: dict[str, set[str]], unwanted: set[str]) -> dict[str, set[str]]:
    """The first module after whose import each of the ``unwanted`` was there."""
    first: dict[str, set[str]] = {}
    seen: set[str] = set()
    for module, packages in loaded.items():
        new = (packages & unwanted) - seen
        if new:
            first[module] = new
        seen |= new
    return first


def test_core_never_loads_qt() -> None:
    modules = _modules("core")
    loaded = _loaded_after_each(modules)
    assert list(loaded) == modules
    assert _culprits(loaded, QT) == {}


def test_what_starts_before_torch_never_loads_it() -> None:
    light = [name for name in _modules("core") if not name.startswith(WITH_TORCH)]
    assert len(light) > 50
    assert _culprits(_loaded_after_each(["main", *light, *LIGHT_AMONG_THEM]), SLOW) == {}


def test_the_window_comes_before_torch_and_matplotlib() -> None:
    loaded = _loaded_after_each(["gui.shell.app"])
    assert loaded["gui.shell.app"] >= QT
    assert _culprits(loaded, SLOW | {"cv2"}) == {}


def test_no_part_of_the_window_waits_for_what_is_slow() -> None:
    """Torch, matplotlib and OpenCV are imported inside functions, once they are needed."""
    assert _culprits(_loaded_after_each(_modules("gui")), SLOW | {"cv2"}) == {}


@pytest.mark.parametrize("package", ["core", "gui"])
def test_imports_point_one_way(package: str) -> None:
    above = {"gui", *QT} if package == "core" else set()
    forbidden = {"main", "tests", "tools", "benchmarks", *above}
    wrong = {name: _packages(_imports(name)) & forbidden for name in _modules(package)}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_pages_never_import_each_other() -> None:
    pages = [name for name in _modules("gui") if name.endswith(".page")]
    assert len(pages) == 6
    wrong = {page: {one for one in _imports(page) if one in pages} for page in pages}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_only_the_window_knows_its_pages() -> None:
    above = {*(name for name in _modules("gui") if name.endswith(".page")), "gui.shell.window"}
    wrong = {
        name: _imports(name) & above
        for name in _modules("gui")
        if not name.startswith("gui.shell.")
    }
    assert {name: found for name, found in wrong.items() if found} == {}
