"""The pictures that a person keeps at hand while tuning the augmentation."""

from core.dataset.summary import Sample
from gui.augment.preview import TrainingPictures

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
