"""Mutation tests: faults put into the modules that decide results, and which test fails at each.

``python -m tools.mutants`` (``make mutants``) puts each fault of ``tests/mutants.toml`` into a copy
of the tree and runs the test that is known to fail at it, then, if it doesn't, the module's tests.
``--record`` writes down who killed which. ``--draw N`` adds N random faults for each module, made
by Cosmic Ray's operators.

Each fault runs in a process that is forked from this one, where the libraries are imported already.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import itertools
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any

import tomlkit

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "tests" / "mutants.toml"
PARTS = (
    "core",
    "gui",
    "resources",
    "tests",
    "tools",
    "docs",
    "benchmarks",
    "main.py",
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "Makefile",
)
LIBRARIES = (
    "torch",
    "torchvision",
    "cv2",
    "matplotlib",
    "pydantic",
    "PySide6.QtWidgets",
    "pytest",
    "h5py",
    "PIL.Image",
)
OPERATORS = (
    "core/AddNot",
    "core/NumberReplacer",
    "core/Replace*With*",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/ReplaceBinaryOperator_Mul_Div",
    "core/ReplaceBinaryOperator_Div_Mul",
    "core/ReplaceBinaryOperator_FloorDiv_Div",
    "core/ReplaceComparisonOperator_Eq_NotEq",
    "core/ReplaceComparisonOperator_NotEq_Eq",
    "core/ReplaceComparisonOperator_Lt_LtE",
    "core/ReplaceComparisonOperator_LtE_Lt",
    "core/ReplaceComparisonOperator_Gt_GtE",
    "core/ReplaceComparisonOperator_GtE_Gt",
    "core/ReplaceComparisonOperator_Is_IsNot",
    "core/ReplaceUnaryOperator_USub_UAdd",
    "core/ZeroIterationForLoop",
)
ONE_TEST = 120  # seconds after which a test counts as hanging
ONE_MUTANT = 900


@dataclass(frozen=True)
class Mutant:
    """``before``, which stands once in ``file``, becomes ``after``. ``killer`` is the test that
    fails then; ``alike`` says why none needs to, where the program does the same."""

    file: str
    before: str
    after: str
    name: str = ""
    killer: str = ""
    alike: str = ""

    @property
    def title(self) -> str:
        lines = zip(self.before.splitlines(), self.after.splitlines(), strict=False)
        changed = next((new for old, new in lines if old != new), self.after)
        return self.name or f"{self.file}: {changed.strip()}"

    def source(self, root: Path) -> str | None:
        """The module with the fault, or None where ``before`` is no longer in it."""
        text = (root / self.file).read_text("utf-8")
        return text.replace(self.before, self.after) if text.count(self.before) == 1 else None


def read(place: Path = PLACE) -> tuple[dict[str, list[str]], list[Mutant]]:
    """The tests of each module, and the faults."""
    data = tomllib.loads(place.read_text("utf-8"))
    return data["modules"], [Mutant(**one) for one in data.get("mutant", ())]


def write(modules: dict[str, list[str]], mutants: Sequence[Mutant], place: Path = PLACE) -> None:
    """Write both down."""
    data = tomlkit.document()
    data.add(tomlkit.comment("Faults and the tests that fail at them: see tools/mutants.py"))
    data["modules"] = modules
    faults = tomlkit.aot()
    order = {file: number for number, file in enumerate(modules)}
    for one in sorted(mutants, key=lambda one: order.get(one.file, len(order))):
        table = tomlkit.table()
        for name, value in vars(one).items():
            if value or name == "after":
                table[name] = _toml(value)
        faults.append(table)
    data["mutant"] = faults
    place.write_text(tomlkit.dumps(data), "utf-8")


def _toml(text: str) -> tomlkit.items.String:
    if "\n" in text and "'''" not in text:
        return tomlkit.string(text, literal=True, multiline=True)
    return tomlkit.string(text)


def draw(file: str, count: int, known: Sequence[Mutant], seed: int = 0) -> list[Mutant]:
    """``count`` random faults in ``file`` that are not ``known``."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    text = (ROOT / file).read_text("utf-8")
    nodes = list(ast_nodes(get_ast(text)))
    places = []
    for name in sorted(operator_names()):
        if any(fnmatch(name, pattern) for pattern in OPERATORS):
            operator = get_operator(name)()
            found = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            places += [(name, number) for number in range(found)]
    random.Random(f"{seed} {file}").shuffle(places)
    found_before = {(one.file, one.after) for one in known}
    drawn: list[Mutant] = []
    for name, number in places:
        if len(drawn) == count:
            break
        after = mutate_code(text, get_operator(name)(), number)
        mutant = _mutant(file, text, after) if after is not None and _compiles(after) else None
        if mutant is not None and (file, mutant.after) not in found_before:
            drawn.append(mutant)
    return drawn


def _compiles(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _mutant(file: str, old: str, new: str) -> Mutant | None:
    """The lines that differ, with as many before them as make them unique."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    changes = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    first, last = (changes[0][1], changes[-1][2]) if changes else (0, 0)
    if re.match(r"\s*(@dataclass|def |class )", "".join(before[first:last]) or "def "):
        return None  # a signature: types and frozen classes are what mypy is for
    start, end = changes[0][3], changes[-1][4]
    while old.count("".join(before[first:last])) != 1 and first:
        first, start = first - 1, start - 1
    return Mutant(file, "".join(before[first:last]), "".join(after[start:end]))


def run(mutants: Sequence[Mutant], modules: dict[str, list[str]], jobs: int) -> Iterator[Mutant]:
    """Each of ``mutants`` with the test that killed it, "" for none, as they end."""
    for name in LIBRARIES:
        import_module(name)
    with tempfile.TemporaryDirectory(prefix="thaw-mutants-") as folder:
        copies = [_copy(Path(folder) / str(number)) for number in range(jobs)]
        free, running = list(copies), {}
        todo = iter(mutants)
        while True:
            for mutant in itertools.islice(todo, len(free)):
                copy = free.pop()
                tests = [*([mutant.killer] if mutant.killer else ()), *modules[mutant.file]]
                running[_fork(copy, mutant, tests)] = mutant, copy, time.monotonic()
            if not running:
                return
            for process in list(running):
                mutant, copy, began = running[process]
                is_over, status = os.waitpid(process, os.WNOHANG)
                if not is_over and time.monotonic() - began > ONE_MUTANT:
                    os.killpg(process, signal.SIGKILL)
                    os.waitpid(process, 0)
                    (copy / "killer").write_text("time ran out")
                elif not is_over:
                    continue
                elif status and not (copy / "killer").read_text():
                    raise RuntimeError((copy / "output").read_text(errors="replace"))
                del running[process]
                free.append(copy)
                yield replace(mutant, killer=_ended(copy, mutant))
            time.sleep(0.05)


def _copy(place: Path) -> Path:
    place.mkdir()
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name)
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, place / name)
    return place


def _fork(copy: Path, mutant: Mutant, tests: Sequence[str]) -> int:
    """Start the tests on ``copy`` with the fault; the process's number."""
    source = mutant.source(copy)
    assert source is not None, "checked by whoever calls"
    file = copy / mutant.file
    (copy / "killer").write_text("")
    times = file.stat().st_mtime_ns
    file.write_text(source, "utf-8")
    os.utime(file, ns=(times, times + 2 * 10**9))  # not the time of the compiled original
    process = os.fork()
    if not process:
        code = 3
        try:
            os.setpgid(0, 0)
            code = _test(copy, tests)
        finally:
            os._exit(code)
    return process


def _test(copy: Path, tests: Sequence[str]) -> int:
    import pytest

    os.chdir(copy)
    sys.path[0] = str(copy)
    for name in [one for one in sys.modules if one.split(".")[0] in ("core", "gui", "tools")]:
        del sys.modules[name]
    with (copy / "output").open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", f"--timeout={ONE_TEST}"]
    there = [one for one in dict.fromkeys(tests) if (copy / one.partition("::")[0]).exists()]
    code = 0
    for wanted in there:
        code = int(pytest.main([*options, f"--rootdir={copy}", wanted], plugins=[_Watch(copy)]))
        if (copy / "killer").read_text():
            break
        code = 0 if code == pytest.ExitCode.USAGE_ERROR and "::" in wanted else code  # it is gone
    sys.stdout.flush()
    return code


class _Watch:
    """Writes down which test failed first."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy

    def _failed(self, name: str) -> None:
        if not (self._copy / "killer").read_text():
            (self._copy / "killer").write_text(name)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self._failed(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._failed(report.nodeid)


def _ended(copy: Path, mutant: Mutant) -> str:
    """Who killed it; the original is put back."""
    file, original = copy / mutant.file, ROOT / mutant.file
    shutil.copy2(original, file)
    return (copy / "killer").read_text()


def main() -> int:
    """The command line."""
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("files", nargs="*", help="only the faults in these modules")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--draw", type=int, metavar="N", help="add N faults for each module")
    parser.add_argument("--record", action="store_true", help="write down who killed which")
    options = parser.parse_args()
    modules, mutants = read()
    chosen = options.files or list(modules)
    if options.draw:
        drawn = [one for file in chosen for one in draw(file, options.draw, mutants)]
        write(modules, [*mutants, *drawn])
        print(f"{len(drawn)} faults drawn; --record runs them")
        return 0
    wanted = [one for one in mutants if one.file in chosen and not one.alike]
    stale = [one for one in wanted if one.source(ROOT) is None]
    found = {id(one): one for one in mutants}
    survived = 0
    there = [one for one in wanted if one not in stale]
    for number, ended in enumerate(run(there, modules, options.jobs), 1):
        before = next(one for one in there if replace(one, killer="") == replace(ended, killer=""))
        found[id(before)] = ended
        survived += not ended.killer
        print(f"{number}/{len(there)} {ended.killer or 'SURVIVED'}  {ended.title}", flush=True)
    for one in stale:
        print(f"NOT FOUND  {one.title}")
    print(f"{len(there) - survived} killed, {survived} survived, {len(stale)} not found")
    if options.record:
        write(modules, list(found.values()))
    return bool(survived or stale)


if __name__ == "__main__":
    sys.exit(main())
