"""The tests themselves: sentences held once, faults that still apply, options that must work."""

import subprocess
import sys

from tests.support import ROOT, wording
from tools import mutants


def test_the_list_of_sentences_is_what_the_code_says() -> None:
    assert wording.kept() == wording.collected(), "python -m tests.support.wording writes it"


def test_no_test_repeats_a_sentence() -> None:
    tests = [ROOT / "tests" / name for name in ("core", "gui", "e2e", "tools", "benchmarks")]
    assert [f"{path}:{line}: {text}" for path, line, text in wording.repeated(tests)] == []


def test_each_recorded_fault_can_be_put_into_the_code() -> None:
    modules, faults = mutants.read()
    assert len([one for one in faults if one.killer]) >= 200
    assert [one.title for one in faults if one.source(ROOT) is None] == []
    assert {one.file for one in faults} == set(modules)
    assert [one.title for one in faults if not (one.killer or one.alike)] == []


def test_pytest_works_without_its_cache() -> None:
    options = ["-p", "no:cacheprovider", "--collect-only", "-q", "tests/core/common"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
