"""Reference cycles are collected on the window's thread alone."""

import gc

from PySide6.QtCore import QObject, QTimer

_MILLISECONDS = 250


class GarbageCollector(QObject):
    """Takes Python's cyclic garbage collection over, at the same thresholds as Python's own.

    Python collects in whatever thread happens to allocate. If that is a worker, a forgotten
    ``QTimer`` or widget is destroyed in the wrong thread, and the next event sent to it
    crashes the process (seen: a segmentation fault in ``QTimerInfoList::activateTimers``).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_MILLISECONDS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Collect the oldest generation that is due."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return

    def wait(self) -> None:
        """Collect nothing until ``forget_what_stays``: a scan makes hundreds of thousands of
        objects that stay, and looking through them again and again is felt. What is garbage
        already is collected now, so that it isn't taken for what stays."""
        if self._timer.isActive():
            gc.collect()
            self._timer.stop()

    def forget_what_stays(self) -> None:
        """Never look at the present objects again: modules' own live as long as the process,
        and PyTorch brings so many that looking through them is felt. What has no cycle goes as
        ever when nobody holds it."""
        gc.freeze()
        self._timer.start()
