"""The open folder as the session knows it: what was scanned, and the dataset that it makes."""

from core.config import DatasetConfig
from core.dataset import DatasetSummary, Split, split, summarize
from core.edits import Edits
from core.scanning import Scanned


class OpenDataset:
    """``scanned`` with ``edits`` makes ``summary``, and that with a recipe ``split``.

    Each is made anew only where something that it rests on has changed. Nothing is open at
    first, and all of them are None.
    """

    def __init__(self) -> None:
        self.scanned: Scanned | None = None
        self.summary: DatasetSummary | None = None
        self.split: Split | None = None
        self._edits = Edits()
        self._config = DatasetConfig()

    def open(
        self, scanned: Scanned, edits: Edits, summary: DatasetSummary, config: DatasetConfig
    ) -> None:
        """Another folder, its summary made already."""
        self.scanned, self.summary = scanned, summary
        self._edits, self._config = edits, config
        self.split = split(summary, config)

    def replace_scanned(self, scanned: Scanned) -> None:
        """The same folder, looked at again. Raises ``InputError``; then nothing has changed."""
        summary = summarize(scanned, self._edits)
        self.scanned, self.summary = scanned, summary
        self.split = split(summary, self._config)

    def follow(self, edits: Edits, config: DatasetConfig) -> bool:
        """Be as ``edits`` and ``config`` say; whether the pictures have changed.

        Raises ``InputError`` where ``edits`` leave no dataset; then nothing has changed.
        """
        if self.scanned is None or self.summary is None:
            return False
        is_edited = edits != self._edits
        if is_edited:
            self.summary = summarize(self.scanned, edits)
        if is_edited or config != self._config:
            self.split = split(self.summary, config)
        self._edits, self._config = edits, config
        return is_edited

    def unseen(self, edits: Edits) -> bool:
        """Whether ``edits`` give a class to pictures that no scan has opened yet."""
        if self.scanned is None:
            return False
        return any(
            file.header is None and file.error is None and file.path in edits.labels
            for file in self.scanned.files
        )
