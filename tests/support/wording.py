"""Every sentence that a person can read, held once, in ``tests/wording.txt``.

``python -m tests.support.wording`` writes the list again after a sentence was changed.
``python -m tests.support.wording PATH ...`` names the strings of those tests that repeat one.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from core.common.messages import SENTENCES
from tests.support import ROOT

PLACE = ROOT / "tests" / "wording.txt"
_TRANSLATED = {"translate", "say", "QT_TRANSLATE_NOOP"}
# Packages whose literals are printed as they stand; elsewhere a literal is an identifier, or goes
# through ``translate``.
_PRINTED = ("core/cli", "core/reports", "core/experiments")
_WORD = re.compile(r"[^\w\s]*([^\W\d_]+(?:['’-][^\W\d_]+)*)[^\w\s]*")  # no identifier
_REPEATED = 3  # words in a row
_OF_OTHERS = {"not enough memory"}  # PyTorch's words too, which tests must say
_MESSAGES = ROOT / "core" / "common" / "messages.py"


def collected() -> list[str]:
    """A line for each sentence: its code, or the module that it stands in, and what it says."""
    lines = [f"{code}: {_one_line(sentence)}" for code, sentence in SENTENCES.items()]
    for path in sorted((*(ROOT / "core").rglob("*.py"), *(ROOT / "gui").rglob("*.py"))):
        place = path.relative_to(ROOT).as_posix()
        if path != _MESSAGES:
            printed = place.startswith(_PRINTED)
            tree = ast.parse(path.read_text("utf-8"))
            lines += [f"{place}: {_one_line(text)}" for text in _sentences(tree, printed)]
    return list(dict.fromkeys(lines))


def kept() -> list[str]:
    """What the list says."""
    return PLACE.read_text("utf-8").splitlines()


def said(text: str) -> set[str]:
    """The codes of ``core`` whose sentence, with any values, is in ``text``."""
    return {code for code, sentence in SENTENCES.items() if _pattern(sentence).search(text)}


def repeated(paths: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
    """The strings in the modules below ``paths`` that hold three words in a row of a sentence in
    the list: (module, line, string)."""
    known = {run for line in kept() for run in _runs(line.partition(": ")[2])} - _OF_OTHERS
    modules = (one for path in paths for one in ([path] if path.is_file() else path.rglob("*.py")))
    for module in sorted(modules):
        tree = ast.parse(module.read_text("utf-8"))
        explained = {
            id(node.msg) for node in ast.walk(tree) if isinstance(node, ast.Assert) and node.msg
        }
        for node in _texts(tree):
            if id(node) not in explained and known.intersection(_runs(_text(node))):
                yield module, node.lineno, _text(node)


def _sentences(tree: ast.AST, printed: bool) -> Iterator[str]:
    if printed:
        yield from (_text(one) for one in _texts(tree) if _runs(_text(one), 2))
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in _TRANSLATED:
                yield from (_text(one) for one in node.args[1:] for one in _texts(one))


def _texts(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The string literals in ``tree`` but for docstrings, f-strings whole."""
    if isinstance(tree, ast.JoinedStr) or (
        isinstance(tree, ast.Constant) and isinstance(tree.value, str)
    ):
        yield tree
        return
    for child in ast.iter_child_nodes(tree):
        is_comment = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_comment:
            yield from _texts(child)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"{{{_value(part)}}}"
        for part in node.values
    )


def _value(part: ast.expr) -> str:
    return ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else "…"


def _runs(text: str, length: int = _REPEATED) -> set[str]:
    """The runs of so many words in ``text``, between its values."""
    words = [_WORD.fullmatch(part) for part in re.sub(r"\{[^}]*\}", " {} ", text).split()]
    runs = (words[at : at + length] for at in range(len(words) - length + 1))
    return {" ".join(one[1].lower() for one in run if one) for run in runs if all(run)}


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", sentence)
    return re.compile(".*?".join(map(re.escape, parts)) if any(parts) else "(?!)", re.DOTALL)


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")


def _main(paths: list[str]) -> int:
    if not paths:
        PLACE.write_text("\n".join(collected()) + "\n", "utf-8")
        return 0
    found = list(repeated(map(Path, paths)))
    for module, line, text in found:
        print(f"{module}:{line}: {_one_line(text)}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
