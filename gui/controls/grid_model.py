"""What the image grid shows: items, and the tile that each makes."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage, QPixmap

from core.common.messages import ThawError
from gui.base import words
from gui.controls.thumbnails import Thumbnails

TILE_ROLE = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class GridItem:
    """One picture: ``image`` itself, or the file at ``path`` of which a thumbnail is made;
    ``version`` tells a replaced file from the one before it, such as its size and time.

    ``badge`` is the name of a data colour for a dot in the corner, ``excluded`` pales the
    picture and strikes it through; both repeat what the caption says. A ``problem`` is why the
    file gives no picture, where that is known before.
    """

    path: Path | None = None
    caption: str = ""
    tooltip: str = ""
    image: QImage | None = None
    badge: str | None = None
    version: Hashable = None
    excluded: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """What to paint: ``picture`` is None while it is being made and where it is ``broken``."""

    item: GridItem
    picture: QPixmap | QImage | None
    broken: bool


class GridModel(QAbstractListModel):
    """A list of grid items. Only a tile that is painted asks for its thumbnail."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: Sequence[GridItem] = ()
        self._thumbnails = thumbnails
        thumbnails.changed.connect(self._changed)

    def set_items(self, items: Sequence[GridItem]) -> None:
        """Show other items; as many as before without files only change in place."""
        in_place = len(items) == len(self.items) and all(item.image for item in items)
        if in_place:
            self.items = items
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
            return
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == TILE_ROLE:
            return self._tile(item, index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.caption
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self._problem(item)
            return "\n".join(part for part in (item.tooltip or item.caption, problem) if part)
        return None

    def _tile(self, item: GridItem, row: int) -> Tile:
        if item.image is not None:
            return Tile(item, item.image, broken=False)
        if item.path is None or item.problem:
            return Tile(item, None, broken=True)
        picture = self._thumbnails.get(item.path, row, item.version)
        broken = self._thumbnails.problem(item.path, item.version) is not None
        return Tile(item, picture, broken)

    def _problem(self, item: GridItem) -> str:
        if item.problem or item.path is None:
            return item.problem
        problem = self._thumbnails.problem(item.path, item.version)
        if isinstance(problem, ThawError):
            return words.error_text(problem)
        return str(problem) if problem else ""

    def _changed(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index, [TILE_ROLE, Qt.ItemDataRole.ToolTipRole])
