"""The grid's tiles of a dataset's pictures."""

from collections.abc import Sequence
from typing import overload

from gui.controls.image_grid import GridItem
from gui.data import data_text
from gui.data import words as data_words
from gui.session.image_list import Entry, PictureList


class PictureTiles(Sequence[GridItem]):
    """Makes an item when it is looked at: there may be a hundred thousand."""

    def __init__(
        self, pictures: PictureList, entries: Sequence[Entry], *, with_class: bool
    ) -> None:
        self._pictures = pictures
        self._entries = entries
        self._with_class = with_class

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            return [self._item(entry) for entry in self._entries[index]]
        return self._item(self._entries[index])

    def _item(self, entry: Entry) -> GridItem:
        picture = self._pictures.picture(entry)
        used = picture.state == "used" and picture.split is not None
        return GridItem(
            path=self._pictures.folder / picture.path,
            caption=data_words.caption(picture, with_class=self._with_class),
            tooltip=data_words.tooltip(picture),
            badge=data_text.SPLIT_COLORS[picture.split or "train"] if used else None,
            version=picture.version,
            excluded=picture.state == "excluded",
            problem=data_words.problem(picture) if picture.state == "problems" else "",
        )
