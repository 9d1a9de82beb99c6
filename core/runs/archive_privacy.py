"""What stays at home when a run is given away: the full paths of folders and files."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# A path from a root: of POSIX with two names at least, of Windows with a drive or a share.
_FULL = re.compile(r"/[^\0\n]*/|[A-Za-z]:[/\\]|\\\\[^\\\n]+\\")
_LONGEST = 4096


def last_name(path: str) -> str:
    """What a path of any system ends with, "" for a root."""
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return "" if name in ("", ".", "..") or name.endswith(":") else name


def told_apart(texts: Sequence[Any]) -> list[Any]:
    """``texts`` with each full path as the last names that tell it from the others; what is no
    full path stays."""
    names = [_names(one) for one in texts]
    return [_ending(mine, names) if mine else one for one, mine in zip(texts, names, strict=True)]


def _names(text: Any) -> list[str]:
    if not isinstance(text, str) or not _is_full(text):
        return []
    return [name for name in re.split(r"[/\\]", text) if name]


def _ending(mine: list[str], all_names: Sequence[list[str]]) -> str:
    others = [one for one in all_names if one != mine]
    for count in range(1, len(mine)):
        if all(one[-count:] != mine[-count:] for one in others):
            return "/".join(mine[-count:])
    return "/".join(mine)


class Shortened:
    """Makes JSON without full paths: each gives way to its last name.

    ``folder`` is the dataset's, whose path is also found inside of sentences, as is the person's
    home. ``seen`` has the folders that were shortened.
    """

    def __init__(self, folder: Path | None) -> None:
        self.seen: set[str] = set()
        self._inside: list[tuple[str, str]] = []
        if folder is not None:
            name = last_name(str(folder)) or "pictures"
            self._inside = [(str(folder), name), (str(Path.home()), "~")]

    def document(self, data: bytes) -> bytes:
        """A JSON document. Raises ``ValueError`` where it is none."""
        return (json.dumps(self.values(json.loads(data)), indent=2) + "\n").encode()

    def recipe(self, data: bytes) -> bytes:
        """A recipe, whose weights still read as a file's. Raises ``ValueError``."""
        recipe = json.loads(data)
        kept = self.values(recipe)
        try:
            before, after = recipe["model"]["weights"], kept["model"]["weights"]
            if after != before and "." not in after:
                kept["model"]["weights"] = f"./{after}"  # a run's folder, not a name that is known
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error
        return (json.dumps(kept, indent=2) + "\n").encode()

    def lines(self, data: bytes) -> bytes:
        """JSON, one a line; the lines without a path stay as they are, byte for byte."""
        return b"".join(self._line(one) for one in data.splitlines(keepends=True))

    def values(self, data: Any) -> Any:
        """Plain JSON values."""
        match data:
            case dict():
                return {self.text(name): self.values(one) for name, one in data.items()}
            case list():
                return [self.values(one) for one in data]
            case str():
                return self.text(data)
        return data

    def text(self, text: str) -> str:
        """``text`` without a full path."""
        if _is_full(text):
            self.seen.add(os.path.dirname(text) if os.path.isfile(text) else text)
            return last_name(text)
        for path, name in self._inside:
            if len(path) > 1 and path in text:
                self.seen.add(path)
                text = text.replace(path, name)
        return text

    def _line(self, line: bytes) -> bytes:
        if b"/" not in line and b"\\" not in line:
            return line
        before = json.loads(line)
        after = self.values(before)
        return line if after == before else (json.dumps(after) + "\n").encode()


def _is_full(text: str) -> bool:
    return len(text) <= _LONGEST and "\n" not in text and _FULL.match(text) is not None
