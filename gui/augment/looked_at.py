"""Which pictures of a session the Augment page looks at: one, the pinned, one of each class."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from core.dataset.summary import Sample
from gui.augment import preview
from gui.augment.images import AugmentPictures
from gui.augment.pins import Pins
from gui.augment.preview import TrainingPictures
from gui.session.session import Session

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
        return preview.mirrored_classes(self.classes)

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
