"""Which image of a folder a table means by ``./cat/1.JPG``, ``1.jpg`` or plain ``1``.

The table may come from another computer, from another folder, or from a program that kept only
the numbers of the images. ``core.dataset.labels.tables`` asks for each row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from core.dataset.folder import key_of
from core.images.load import IMAGE_SUFFIXES


class Evidence(IntEnum):
    """By what a picture was recognised, the strongest first."""

    PATH = 0
    FILE_NAME = 1
    STEM = 2
    OTHER_CASE = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The one picture that was meant (its path as on disk), or why none: ``ambiguous`` if
    several are called that, otherwise none is."""

    path: str = ""
    evidence: Evidence = Evidence.PATH
    ambiguous: bool = False


_LONGEST = 32_767  # characters in a path, on Windows; elsewhere fewer
NOTHING = Found()
SEVERAL = Found(ambiguous=True)


def is_picture_name(text: str) -> bool:
    """Whether ``text`` ends as a picture file's name does."""
    return stem(text) != text


def stem(name: str) -> str:
    """``name`` without the suffix of a picture file, if it has one."""
    before, _, suffix = name.rstrip().rpartition(".")
    return before if before and "." + suffix.lower() in IMAGE_SUFFIXES else name


class PictureNames:
    """The pictures of a folder by everything they may be called.

    ``paths`` are relative with slashes, as on disk; ``folder_name`` is the folder's own name,
    which a table made one level above puts before them.
    """

    def __init__(self, paths: Sequence[str], folder_name: str = "") -> None:
        self._paths = paths
        self._as_on_disk = frozenset(paths)
        self._folder_name = folder_name

    def find(self, text: str) -> Found:
        """The picture that ``text`` means.

        Compared in Unicode NFC, with either slash, without what leads up to the folder: by
        path, if need be without the suffix; then by a file name that only one picture has, then
        without its suffix; and last without regard to case.
        """
        if text in self._as_on_disk:
            return Found(text)
        parts = _parts(text) if len(text) <= _LONGEST else []
        if not parts:
            return NOTHING
        exact = self._exact.find(parts)
        if exact.path:
            return exact
        # several of one name may lie in folders that the text spells in another case
        caseless = self._caseless.find([part.casefold() for part in parts])
        if caseless.path:
            return Found(caseless.path, Evidence.OTHER_CASE)
        return SEVERAL if exact.ambiguous else caseless

    @cached_property
    def _exact(self) -> "_Index":
        return _Index(self._paths, self._folder_name, lambda text: text)

    @cached_property
    def _caseless(self) -> "_Index":
        return _Index(self._paths, self._folder_name, str.casefold)


class _Index:
    """Each picture by its path and by its file name, both with and without the suffix.

    A name that several pictures have leads to None."""

    def __init__(self, paths: Sequence[str], folder_name: str, fold: Callable[[str], str]) -> None:
        self._folder_name = fold(key_of(folder_name))
        self._depth = 1
        self._by_path: dict[str, str | None] = {}
        self._by_path_stem: dict[str, str | None] = {}
        self._by_name: dict[str, str | None] = {}
        self._by_name_stem: dict[str, str | None] = {}
        for path in paths:
            key = fold(key_of(path))
            short = stem(key)
            _add(self._by_path, key, path)
            _add(self._by_path_stem, short, path)
            _add(self._by_name, key.rpartition("/")[2], path)
            _add(self._by_name_stem, short.rpartition("/")[2], path)
            self._depth = max(self._depth, key.count("/") + 1)

    def find(self, parts: Sequence[str]) -> Found:
        name = parts[-1]
        tails = self._tails(parts)
        cut = len(stem(name)) - len(name)  # 0: it has no suffix
        # an id may hold a dot itself, so the whole name goes before the one without a suffix
        both = [*tails, *(tail[:cut] for tail in tails)] if cut else tails
        steps = (
            (self._by_path, tails, Evidence.PATH),
            (self._by_path_stem, [one for one in both if "/" in one], Evidence.STEM),
            (self._by_name, [name], Evidence.FILE_NAME),
            (self._by_path_stem, [one for one in both if "/" not in one], Evidence.STEM),
            (self._by_name_stem, [name, name[:cut]] if cut else [name], Evidence.STEM),
        )
        for index, keys, evidence in steps:
            for key in keys:
                if key in index:
                    path = index[key]
                    return SEVERAL if path is None else Found(path, evidence)
        return NOTHING

    def _tails(self, parts: Sequence[str]) -> list[str]:
        """The ends of ``parts`` that may be a whole path in this folder, the longest first.

        A file name alone is one only if nothing or the folder's name stands before it.
        """
        lengths = range(min(self._depth, len(parts)), 0, -1)
        return [
            "/".join(parts[-length:])
            for length in lengths
            if length > 1 or len(parts) == 1 or parts[-2] == self._folder_name
        ]


def _add(index: dict[str, str | None], key: str, path: str) -> None:
    index[key] = path if index.get(key, path) == path else None


def _parts(text: str) -> list[str]:
    """The folders and the file name that ``text`` says; Windows writes backslashes."""
    parts = key_of(text.strip()).replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..")]
