"""The open folder as the session knows it: what was scanned, and the dataset that it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from core.config import DatasetConfig
from core.dataset import DatasetSummary, Split, check_trainable, split, summarize
from core.edits import Edits
from core.health import Health, report
from core.messages import InputError
from core.scanning import Scanned

# Above it, making a dataset anew takes longer than the window may stand still.
LARGE = 10_000


@dataclass(frozen=True)
class Made:
    """``scanned`` with ``edits`` makes ``summary``, and that with ``config`` ``split``; ``health``
    is what there is to say about both, ``error`` what keeps them from being trained on."""

    scanned: Scanned
    edits: Edits
    config: DatasetConfig
    summary: DatasetSummary
    split: Split
    health: Health
    error: InputError | None


def make(scanned: Scanned, edits: Edits, config: DatasetConfig) -> Made:
    """The dataset of a folder. Raises ``InputError`` where ``edits`` leave none."""
    return _parted(scanned, edits, config, summarize(scanned, edits))


class OpenDataset:
    """What is open now; nothing at first, and then all of it is None."""

    def __init__(self) -> None:
        self.made: Made | None = None

    @property
    def scanned(self) -> Scanned | None:
        return self.made.scanned if self.made else None

    @property
    def summary(self) -> DatasetSummary | None:
        return self.made.summary if self.made else None

    @property
    def split(self) -> Split | None:
        return self.made.split if self.made else None

    @property
    def health(self) -> Health | None:
        return self.made.health if self.made else None

    @property
    def is_large(self) -> bool:
        """Whether making it anew belongs into the background."""
        return self.made is not None and len(self.made.scanned.files) > LARGE

    def remaking(self, edits: Edits, config: DatasetConfig) -> Callable[[], Made] | None:
        """What makes the dataset as ``edits`` and ``config`` say, from any thread; None where
        it already is so. It raises ``InputError`` where ``edits`` leave no dataset."""
        made = self.made
        if made is None or (made.edits == edits and made.config == config):
            return None
        if made.edits != edits:
            return lambda: make(made.scanned, edits, config)
        summary = made.summary
        return lambda: _parted(made.scanned, edits, config, summary)

    def looked_again(self, scanned: Scanned) -> Callable[[], Made] | None:
        """What makes the same dataset of the folder looked at anew."""
        made = self.made
        if made is None or made.scanned.folder != scanned.folder:
            return None
        return lambda: make(scanned, made.edits, made.config)

    def take(self, made: Made) -> bool:
        """Be ``made``; whether other pictures, or other classes, are in it than before."""
        before, self.made = self.made, made
        return before is None or before.summary is not made.summary

    def unseen(self, edits: Edits) -> bool:
        """Whether ``edits`` give a class to pictures that no scan has opened yet."""
        files = self.scanned.files if self.scanned is not None else ()
        return bool(edits.labels) and any(
            file.header is None and file.error is None and file.path in edits.labels
            for file in files
        )


def _parted(scanned: Scanned, edits: Edits, config: DatasetConfig, summary: DatasetSummary) -> Made:
    parts = split(summary, config)
    health = report(summary, parts, image_size=config.image_size)
    return Made(scanned, edits, config, summary, parts, health, _error(summary, parts))


def _error(summary: DatasetSummary, parts: Split) -> InputError | None:
    try:
        check_trainable(parts, summary.classes)
    except InputError as error:
        return error
    return None
