"""The open folder as the session knows it: what was scanned, and the dataset that it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from core.common.messages import InputError
from core.dataset.edits import Edits
from core.dataset.health import Health, report
from core.dataset.scan import Scanned
from core.dataset.split import Split, check_trainable, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig

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
        self._looked: Scanned | None = None

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
        """What makes the dataset as ``edits``, ``config`` and the last look say, from any thread;
        None where it already is so. It raises ``InputError`` where they leave no dataset."""
        made = self.made
        if made is None:
            return None
        scanned = self._looked or made.scanned
        if scanned is not made.scanned or made.edits != edits:
            return lambda: make(scanned, edits, config)
        if made.config == config:
            return None
        summary = made.summary
        return lambda: _parted(made.scanned, edits, config, summary)

    def look_again(self, scanned: Scanned) -> None:
        """Take ``scanned`` for the folder as it is now, if it is the one that is open."""
        if self.made is not None and self.made.scanned.folder == scanned.folder:
            self._looked = scanned

    def drop_look(self) -> Scanned | None:
        """Leave out what was looked at anew and not taken yet, and return it."""
        looked, self._looked = self._looked, None
        return looked

    def take(self, made: Made) -> bool:
        """Be ``made``; whether other pictures, or other classes, are in it than before."""
        before, self.made, self._looked = self.made, made, None
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
