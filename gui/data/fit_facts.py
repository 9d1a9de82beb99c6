"""What of a dataset bears on how its pictures become square: proportions, transparency."""

from dataclasses import dataclass

from core.dataset.health import LARGE_LOSS, MUCH_LOST, OFTEN_LOST
from core.dataset.summary import DatasetSummary, ProblemCode

_TRANSPARENT = frozenset(("RGBA", "LA", "PA", "P"))


@dataclass(frozen=True)
class CropLoss:
    """Shares of the picture area that the largest centred square leaves out: the mean over
    ``counted`` pictures, and how many lose more than ``LARGE_LOSS``."""

    mean: float = 0.0
    many: int = 0
    counted: int = 0

    @property
    def is_costly(self) -> bool:
        """Whether it is worth a warning; the health report warns of the same datasets."""
        often = self.counted > 0 and self.many >= OFTEN_LOST * self.counted
        return self.mean >= MUCH_LOST or often


@dataclass(frozen=True)
class FitFacts:
    """Of a dataset: ``most_oblong`` is the place of the sample that a crop takes most from;
    ``transparent`` are the places of those that may be transparent; ``too_large`` counts the
    pictures that are left out for their size."""

    loss: CropLoss = CropLoss()
    most_oblong: int | None = None
    transparent: tuple[int, ...] = ()
    too_large: int = 0


def facts(summary: DatasetSummary) -> FitFacts:
    """Those of ``summary``, from the headers alone."""
    losses: list[float] = []
    transparent: list[int] = []
    worst, most_oblong = -1.0, None
    for place, sample in enumerate(summary.samples):
        header = sample.header
        if header is None:
            continue
        width, height = header.width, header.height
        lost = 1 - (width / height if width < height else height / width)
        losses.append(lost)
        if lost > worst:
            worst, most_oblong = lost, place
        if header.mode in _TRANSPARENT:
            transparent.append(place)
    many = sum(lost > LARGE_LOSS for lost in losses)
    loss = CropLoss(sum(losses) / max(len(losses), 1), many, len(losses))
    large = sum(one.code == ProblemCode.IMAGE_TOO_LARGE for one in summary.problems)
    return FitFacts(loss, most_oblong, tuple(transparent), large)
