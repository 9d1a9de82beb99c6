"""Which of a running training's pictures the Augment page shows beside its preview."""

from PySide6.QtCore import QObject

from core.runs.events import BatchFinished, Event
from core.runs.run import Run
from gui.augment.batch import BatchPanel
from gui.augment.preview_batch import batch_pictures
from gui.session.session import Session


class RunningBatch(QObject):
    """Gives ``panel`` each batch of the run that trains while it is seen, none afterwards."""

    def __init__(self, session: Session, panel: BatchPanel) -> None:
        super().__init__(panel)
        self._session, self._panel = session, panel
        self._run: Run | None = None
        self._names: dict[str, str] = {}
        session.event_received.connect(self._show)
        session.training_finished.connect(lambda: panel.show_batch(None))

    def _show(self, event: Event) -> None:
        run, recipe = self._session.run, self._session.running_recipe
        if not isinstance(event, BatchFinished) or not event.pictures:
            return
        if run is None or recipe is None or not self._panel.isVisible():
            return
        if run is not self._run:
            self._run = run
            self._names = {one.path: run.classes[one.label] for one in run.used("train")}
        history = self._session.history
        batch = batch_pictures(event, recipe, history, run.folder, self._names)
        self._panel.show_batch(batch)
