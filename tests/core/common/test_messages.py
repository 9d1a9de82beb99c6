"""Every code that core raises or tells has its sentence, and the sentence its values."""

import ast
import string
from pathlib import Path

import pytest

from core.common.messages import SENTENCES, InputError, ThawError, sentence
from tests.support import ROOT

CORE = ROOT / "core"
MAKERS = {"ThawError", "InputError", "ImageError", "Notice", "sentence"}


def codes_in(path: Path) -> list[tuple[str, set[str] | None]]:
    """Each literal code that a file passes on, with the names of its values if they show."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        first = node.args[0]
        if name not in MAKERS or not isinstance(first, ast.Constant):
            continue
        plain = len(node.args) == 1 and all(word.arg for word in node.keywords)
        values = {word.arg for word in node.keywords if word.arg} if plain else None
        found.append((str(first.value), values if name.endswith("Error") else None))
    return found


@pytest.mark.parametrize(
    "path", sorted(CORE.rglob("*.py")), ids=lambda path: path.relative_to(CORE).as_posix()
)
def test_every_code_has_a_sentence_that_its_values_fill(path: Path) -> None:
    for code, values in codes_in(path):
        assert code in SENTENCES, f"{path.name} uses {code}"
        if values is not None:
            needed = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name}
            assert needed <= values, f"{path.name}: {code} needs {needed - values}"


def test_an_error_reads_as_its_sentence() -> None:
    error = InputError("folder_missing", path="/no/such")
    assert str(error) == "There is no folder /no/such"
    assert isinstance(error, ThawError)
    assert sentence(error.code, error.values) == str(error)
