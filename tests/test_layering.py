"""What must start fast loads nothing slow, and core no Qt. (import-linter sees to the rest.)"""

import subprocess
import sys

from tests.support import ROOT

QT = {"PySide6", "shiboken6"}
SLOW = {"torch", "torchvision", "matplotlib", "scipy", "sklearn"}

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


def test_core_never_loads_qt_nor_pytorch_where_it_starts_before_that() -> None:
    modules = _modules("core")
    light = [name for name in modules if not name.startswith(WITH_TORCH)]
    assert len(light) > 50
    light += LIGHT_AMONG_THEM
    loaded = _loaded_after_each([*light, *(name for name in modules if name not in light)])
    assert set(loaded) == set(modules)
    assert _culprits(loaded, QT) == {}
    assert _culprits({name: loaded[name] for name in light}, SLOW) == {}


def test_the_window_comes_before_torch_and_matplotlib() -> None:
    loaded = _loaded_after_each(["main", "gui.shell.app"])
    assert loaded["gui.shell.app"] >= QT
    assert _culprits(loaded, SLOW | {"cv2"}) == {}


def test_no_part_of_the_window_waits_for_what_is_slow() -> None:
    """Torch, matplotlib and OpenCV are imported inside functions, once they are needed."""
    assert _culprits(_loaded_after_each(_modules("gui")), SLOW | {"cv2"}) == {}
