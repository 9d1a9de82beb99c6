"""The command line that trains a recipe as the window would, to be copied into a terminal.

It does not name what a person decided about images: ``train`` reads that from the dataset's own
table, as the window does.
"""

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import RunConfig, StageConfig

_PROGRAM = ("python", "main.py", "train")
# What neither of Windows's two shells gives a meaning of its own, outside quotation marks.
_PLAIN_ON_WINDOWS = re.compile(r"[A-Za-z0-9._:/\\=+-]+")
_MEANT_BY_CMD = re.compile(r'([()%!^"<>&|])')


def command(
    folder: PurePath, config: RunConfig, saved: Path | None = None, system: str = sys.platform
) -> str:
    """The line that trains ``config`` on ``folder``, quoted for the shell of ``system``.

    Only what departs from the default recipe is in it, or from the one in the file ``saved``,
    which it then names. For a POSIX shell any name of a folder will do. On Windows
    (``sys.platform`` win32) the line is for the Command Prompt; PowerShell takes it too unless a
    name has one of %, $, ` or " in it. Raises ``InputError`` where ``saved`` cannot be read.
    """
    words = [*_PROGRAM, _as_place(folder)]
    if saved is not None:
        words += ["--config", _as_place(saved)]
    for setting in settings(config, recipes.load([saved] if saved is not None else [])):
        words += ["--set", setting]
    return " ".join(map(_windows_word, words)) if system == "win32" else shlex.join(words)


def settings(config: RunConfig, base: RunConfig) -> list[str]:
    """The ``KEY=VALUE`` texts that make ``config`` of ``base``, in the recipe's order.

    No value is a table of fields in words: quotation marks inside an argument are what shells
    agree on least, so that stages are added empty and then filled in.
    """
    pairs = _departures("", config.to_data(), base.to_data())
    return [f"{key}={_text(key, value)}" for key, value in pairs]


def _departures(key: str, now: Any, base: Any) -> Iterator[tuple[str, Any]]:
    if now == base:
        return
    if isinstance(now, Mapping):
        if not isinstance(base, Mapping):
            yield key, {}
            base = {}
        for name, value in now.items():
            yield from _departures(f"{key}.{name}".lstrip("."), value, base.get(name))
    elif key == "stages":
        if len(now) != len(base):
            yield key, [{} for _ in now]
            base = [StageConfig().model_dump(mode="json")] * len(now)
        for number, (one, other) in enumerate(zip(now, base, strict=True)):
            yield from _departures(f"{key}.{number}", one, other)
    else:
        yield key, now


def _text(key: str, value: Any) -> str:
    """``value`` as ``--set`` reads it back; text as it is where that is no JSON."""
    if isinstance(value, str):
        try:
            if recipes.parse_setting(f"{key}={value}") == (key, value):
                return value
        except InputError:  # a bracket after the other, deeper than JSON may go
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _as_place(path: PurePath) -> str:
    """``path`` so that it cannot be taken for an option."""
    text = str(path)
    return f"./{text}" if text.startswith("-") else text


def _windows_word(word: str) -> str:
    """One argument, quoted as the C runtime takes quoted ones apart and as cmd lets it through.

    cmd puts variables in place of %NAME% even between quotation marks, and takes those that
    belong to the argument for its end: then a caret goes before all that means something to it.
    Sources: Microsoft, "Parsing C command-line arguments"; D. Colascione, "Everyone quotes
    command line arguments the wrong way" (2011).
    """
    if _PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    quoted = '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'
    if '"' in word or word.count("%") > 1:
        return _MEANT_BY_CMD.sub(r"^\1", quoted)
    return quoted
