"""What came of an experiment as a file: report, numbers or figure."""

import threading
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from core.common.messages import InputError
from core.experiments import export as experiment_export
from core.experiments.experiment import Place
from core.experiments.marks import of_place
from gui.base.background import Progress
from gui.runs.export import ExportMenu


class ExperimentExport(ExportMenu):
    """The menu of the experiment that is shown; it is read anew, so that all that has ended by
    then is in the file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.removeAction(self.tensorboard)

    def set_experiment(self, directory: Path) -> None:
        """Write the experiment in ``directory`` from now on."""
        self.set_runs([directory])

    def write(self, path: Path) -> None:
        """Write it to ``path``, as its suffix says; ``exported`` or ``failed`` follows."""
        if self._directories:
            self._jobs.submit(partial(_written, self._directories[0], path))


def _written(directory: Path, path: Path, _stop: threading.Event, _progress: Progress) -> Path:
    place = Place(directory)
    experiment = place.read()
    try:
        marks = of_place(place, experiment)
    except (OSError, ValueError) as error:
        raise InputError("experiment_unreadable", path=str(directory), reason=str(error)) from None
    experiment_export.write(experiment, marks, path)
    return path
