"""The pictures that the Augment page looks at, decoded off the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.dataset.summary import Sample
from core.images.errors import ImageError
from core.recipe.config import DatasetConfig
from gui.augment import preview
from gui.augment.tiles import Subject
from gui.base.background import Latest, Progress, worker_pool

_AT_ONCE = 16  # pictures of classes, from one piece of news to the next


@dataclass(frozen=True)
class Unreadable:
    """The picture of a class that cannot be shown: the class, its sample's key, and why."""

    name: str
    key: str
    error: ImageError


class AugmentPictures(QObject):
    """A picture to look at, and one of each class once they are asked for.

    ``subject`` and ``classes`` are what is there, ``unreadable`` the classes whose picture never
    will be; a picture stays the same object as long as it is wanted. Signals: ``changed``;
    ``failed`` with a ``ThawError`` where the picture to look at cannot be read (then ``subject``
    is None).
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.subject: Subject | None = None
        self.classes: tuple[Subject, ...] = ()
        self.unreadable: tuple[Unreadable, ...] = ()
        self._wanted: object = None
        self._wanted_classes: object = None
        self._known: dict[object, Subject | Unreadable] = {}  # of classes
        pool = worker_pool(self)
        self._loader, self._class_loader = Latest(pool, self), Latest(pool, self)
        self._loader.done.connect(self._loaded)
        self._loader.failed.connect(self._failed)
        self._class_loader.told.connect(self._classes_loaded)

    def look_at(self, folder: Path, sample: Sample, name: str, dataset: DatasetConfig) -> None:
        """Have the picture of ``sample``, of the class ``name``, unless it is there or under
        way."""
        wanted = (folder / sample.path, sample.key, name, _fitting(dataset))
        if wanted == self._wanted:
            return
        self._wanted = wanted

        def work(_stop: threading.Event, _progress: Progress) -> Subject:
            return Subject(preview.load(folder / sample.path, dataset), sample.key, name)

        self._loader.submit(work)

    def look_at_classes(
        self, folder: Path, samples: Sequence[tuple[Sample, str]], dataset: DatasetConfig
    ) -> None:
        """Have these pictures, each with its class's name."""
        fitting = _fitting(dataset)
        keys = [(folder / one.path, name, fitting) for one, name in samples]
        if keys == self._wanted_classes:
            return
        self._wanted_classes = keys
        known = {key for key in keys if isinstance(self._known.get(key), Subject)}
        self._known = {key: self._known[key] for key in keys if key in known}
        todo = [
            (key, one, name)
            for key, (one, name) in zip(keys, samples, strict=True)
            if key not in known
        ]

        def work(stop: threading.Event, progress: Progress) -> None:
            for first in range(0, len(todo), _AT_ONCE):
                found: dict[object, Subject | Unreadable] = {}
                for key, one, name in todo[first : first + _AT_ONCE]:
                    if stop.is_set():
                        return
                    try:
                        picture = preview.load(folder / one.path, dataset)
                    except ImageError as error:
                        found[key] = Unreadable(name, one.key, error)
                    else:
                        found[key] = Subject(picture, one.key, name)
                progress.tell(found)

        self._classes_loaded({})
        self._class_loader.submit(work)

    def forget_classes(self) -> None:
        """Show none of them until they are asked for again: by then others may be wanted."""
        if self._wanted_classes is not None:
            self._class_loader.cancel()
            self._wanted_classes = None
            self.classes, self.unreadable = (), ()
            self.changed.emit()

    def _loaded(self, subject: Subject) -> None:
        self.subject = subject
        self.changed.emit()

    def _failed(self, error: object) -> None:
        self.subject = None
        self.failed.emit(error)

    def _classes_loaded(self, found: dict[object, Subject | Unreadable]) -> None:
        self._known |= found
        keys = self._wanted_classes
        assert isinstance(keys, list)
        there = [self._known[key] for key in keys if key in self._known]
        self.classes = tuple(one for one in there if isinstance(one, Subject))
        self.unreadable = tuple(one for one in there if isinstance(one, Unreadable))
        self.changed.emit()


def _fitting(dataset: DatasetConfig) -> tuple[object, ...]:
    """What the pixels depend on, beside the file."""
    return dataset.image_size, dataset.fit, dataset.background_color, dataset.max_megapixels
