"""What a person does to pictures on the Data page, as edits of the session."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from core.common.messages import InputError
from core.dataset.edits import Edits, Reason
from core.dataset.folder import SplitName
from core.dataset.scan import ScannedFile
from gui.base import words
from gui.session.dataset import DatasetSession


class PictureEdits(QObject):
    """Each call is one step of the undo history.

    Signal: ``refused`` with a sentence where a step would leave no dataset to train on; nothing
    has changed then.
    """

    refused = Signal(str)

    def __init__(self, session: DatasetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.edit_refused.connect(lambda error: self.refused.emit(words.error_text(error)))

    @property
    def _edits(self) -> Edits:
        return self._session.choices.edits

    def exclude(self, paths: Iterable[str], reason: str = Reason.BY_HAND) -> None:
        """Leave pictures out of training, validation and test."""
        self._edit(self._edits.excluding(paths, reason))

    def include(self, paths: Iterable[str]) -> None:
        """Use pictures again that were left out."""
        self._edit(self._edits.including(paths))

    def assign(self, paths: Iterable[str], split: SplitName | None) -> None:
        """Put pictures into a split; None leaves them to the folder, or to the draw."""
        self._edit(self._edits.assigning(paths, split))

    def unpin(self) -> None:
        """Leave every picture to the folder, or to the draw."""
        self._edit(self._edits.assigning(self._edits.splits, None))

    def accept(self, paths: Iterable[str]) -> None:
        """Keep duplicates: they are no finding any more."""
        self._edit(self._edits.accepting(paths))

    def label(self, paths: Iterable[str], name: str) -> None:
        """Put pictures into a class; the folder's own class is no decision."""
        chosen = set(paths)
        own = {file.path for file in self._files if file.class_name == name}
        edits = self._edits.labelling(chosen - own, name)
        if self._edits.only_listed:  # without a label these have no class
            self._edit(edits.labelling(chosen & own, name))
        else:
            self._edit(edits.labelling(chosen & own, ""))

    def rename(self, old: str, new: str) -> None:
        """Give all pictures of the class ``old``, used or not, the class ``new``."""
        self.label(self.of_class(old), new)

    def of_class(self, name: str) -> Sequence[str]:
        """The files that have the class ``name`` now, used or not."""
        return [file.path for file in self._files if self._class_of(file) == name]

    @property
    def _files(self) -> Sequence[ScannedFile]:
        scanned = self._session.scanned
        return scanned.files if scanned is not None else ()

    def _class_of(self, file: ScannedFile) -> str | None:
        own = None if self._edits.only_listed else file.class_name
        return self._edits.labels.get(file.path, own)

    def _edit(self, edits: Edits) -> None:
        try:
            self._session.edit(edits)
        except InputError as error:
            self.refused.emit(words.error_text(error))
