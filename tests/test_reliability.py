"""``docs/reliability.md`` tells of tests that are there, in the words that a person sees."""

import ast
import re

import pytest

from core.common.messages import SENTENCES
from tests.support import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
TESTS = sorted(set(re.findall(r"`((?:core|gui)/[\w/]+\.py)::(\w+)`", PAGE)))


def _functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def _window_sentences() -> set[str]:
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "gui").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {one.value for one in nodes if isinstance(one, ast.Constant) and type(one.value) is str}


@pytest.mark.parametrize("file", sorted({file for file, _ in TESTS}))
def test_every_test_that_is_named_is_there(file: str) -> None:
    named = {name for one, name in TESTS if one == file}
    assert named - _functions(file) == set()


def test_every_fault_has_a_test() -> None:
    faults = [row for row in ROWS if "what goes wrong" not in row]
    assert len(faults) > 30
    assert [row for row in faults if "::test_" not in row] == []


def test_what_is_quoted_is_what_a_person_sees() -> None:
    quoted = re.findall("“([^”]+)”", PAGE)
    assert len(quoted) > 20
    assert set(quoted) - {*SENTENCES.values(), *_window_sentences()} == set()
