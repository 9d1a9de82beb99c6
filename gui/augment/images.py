"""The images that the Augment page looks at: the current one, the pinned ones, one of each class.

They are decoded in the background. Pins last while the app runs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.dataset.summary import Sample
from core.images.errors import ImageError
from core.recipe.config import DatasetConfig
from gui.augment import tiles
from gui.augment.tiles import Subject, TrainingPictures
from gui.base.background import Latest, Progress
from gui.session.session import Session

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
        self._loader = Latest(self)
        self._class_loader = Latest(self, self._loader)
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
            return Subject(tiles.load(folder / sample.path, dataset), sample.key, name)

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
                        picture = tiles.load(folder / one.path, dataset)
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


MOST = 12


class Pins:
    """Pinned pictures in the order in which they were pinned, at most ``MOST``; kept while the
    app runs. A pin follows its picture into another class and goes when it no longer trains."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The pinned pictures."""
        return tuple(self._samples)

    @property
    def is_full(self) -> bool:
        """Whether another picture finds no room."""
        return len(self._samples) >= MOST

    def __contains__(self, sample: object) -> bool:
        return isinstance(sample, Sample) and sample.path in (one.path for one in self._samples)

    def pin(self, sample: Sample) -> bool:
        """Keep ``sample``; False where there is no room. One that is pinned stays in its place."""
        if sample in self:
            return True
        if self.is_full:
            return False
        self._samples.append(sample)
        return True

    def unpin(self, sample: Sample) -> None:
        """Let ``sample`` go, if it is pinned."""
        self._samples = [one for one in self._samples if one.path != sample.path]

    def first_of(self, label: int) -> Sample | None:
        """The picture of a class that was pinned first."""
        return next((one for one in self._samples if one.label == label), None)

    def keep(self, pictures: TrainingPictures) -> None:
        """After a change of the dataset: only what still trains stays, with its class of now."""
        by_path = {one.path: one for group in pictures.by_label.values() for one in group}
        self._samples = [by_path[one.path] for one in self._samples if one.path in by_path]

    def clear(self) -> None:
        """Let all go."""
        self._samples.clear()

    def one_of_each(self, pictures: TrainingPictures) -> list[Sample]:
        """A picture of each class: the one pinned first, else its first one."""
        return [self.first_of(label) or pictures.first(label) for label in pictures.by_label]


_FEW_CLASSES = 16  # whose pictures are decoded before anybody asks, so that their view is ready


class LookedAt(QObject):
    """Follows the session's split; ``sample`` is None where nothing trains.

    ``decoded`` has the pictures themselves, as they come.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._split: object = None
        self._pinned_in: Path | None = None
        self.pictures = TrainingPictures({})
        self.sample: Sample | None = None
        self.pins = Pins()
        self.decoded = AugmentPictures(self)

    def follow_split(self) -> bool:
        """Take over what trains now; False where that is what trained before."""
        if self._session.split is self._split:
            return False
        self._split = self._session.split
        self.pictures = TrainingPictures.of(self._session.split)
        self.sample = self.pictures.kept(self.sample)
        summary = self._session.summary
        folder = summary.folder if summary is not None else None
        if folder != self._pinned_in:
            self.pins.clear()
            self._pinned_in = folder
        self.pins.keep(self.pictures)
        return True

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the dataset's classes."""
        return self._session.summary.classes if self._session.summary is not None else ()

    @property
    def mirrored_classes(self) -> tuple[str, str] | None:
        """Two classes whose names differ in "left" and "right" alone."""
        return tiles.mirrored_classes(self.classes)

    def class_name(self, label: int) -> str:
        """The name of a class."""
        return self.classes[label]

    def step(self, by: int) -> None:
        """Go to the picture ``by`` places further in its class."""
        if self.sample is not None:
            self.sample = self.pictures.stepped(self.sample, by)

    def pin(self, is_wanted: bool) -> None:
        """Pin the picture, or let it go."""
        if self.sample is not None:
            (self.pins.pin if is_wanted else self.pins.unpin)(self.sample)

    def decode(self, every_class: bool) -> None:
        """Have the picture decoded, and one of ``every_class`` where they are looked at."""
        summary, sample = self._session.summary, self.sample
        if summary is None or sample is None:
            return
        dataset = self._session.recipe.dataset
        self.decoded.look_at(summary.folder, sample, self.class_name(sample.label), dataset)
        if every_class or len(self.pictures.by_label) <= _FEW_CLASSES:
            each = self.pins.one_of_each(self.pictures)
            named = [(one, self.class_name(one.label)) for one in each]
            self.decoded.look_at_classes(summary.folder, named, dataset)
        else:
            self.decoded.forget_classes()
