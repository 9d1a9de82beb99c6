"""Tiles of pictures with the classes that a person gives them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

from core.dataset.folder import printable
from gui.controls.image_grid import GridItem
from gui.data.labels import words as labels_words


class LabelTiles(Sequence[GridItem]):
    """Makes an item when it is looked at, with the class that the picture has then."""

    def __init__(self, folder: Path, paths: Sequence[str], labels: Mapping[str, str]) -> None:
        self._folder, self._paths, self._labels = folder, paths, labels

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            return [self._item(path) for path in self._paths[index]]
        return self._item(self._paths[index])

    def _item(self, path: str) -> GridItem:
        name, shown = self._labels.get(path), labels_words.one_line(path)
        words = labels_words.one_line(name) if name is not None else ""
        return GridItem(
            path=self._folder / path,
            caption=f"{shown.rpartition('/')[2]}\n{words}",
            tooltip=f"{printable(path)}\n{words or labels_words.no_class()}",
            badge="right" if name is not None else None,
        )
