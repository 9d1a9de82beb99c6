"""The Compare page: the runs there are, some of them side by side, and experiments."""

from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from gui.session.session import Session

TABS = ("runs", "compare", "experiments")
_VIEWS = {
    "runs": ("gui.compare.runs", "RunsView"),
    "compare": ("gui.compare.side_by_side", "ComparisonView"),
    "experiments": ("gui.compare.experiments.view", "ExperimentsView"),
}


class ComparePage(QWidget):
    """Three tabs. A tab's module is imported, and its view made, when it is first shown.

    Signal: ``navigate`` with the name of the page to go to.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.views: dict[str, Any] = {}
        self.tabs = QTabWidget(documentMode=True)
        words = {
            "runs": self.tr("Ru&ns"),
            "compare": self.tr("S&ide by side"),
            "experiments": self.tr("E&xperiments"),
        }
        self._holders = {name: QVBoxLayout() for name in TABS}
        for name, holder in self._holders.items():
            holder.setContentsMargins(0, 0, 0, 0)
            place = QWidget()
            place.setLayout(holder)
            self.tabs.addTab(place, words[name])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.tabs)
        self.tabs.currentChanged.connect(lambda number: self._make(TABS[number]))
        self._make(TABS[0])

    @property
    def tab(self) -> str:
        """The name of the tab that is shown."""
        return TABS[self.tabs.currentIndex()]

    def show_tab(self, name: str) -> None:
        """Show a tab, making it at the first time."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def compare(self, directories: list[Path]) -> None:
        """Show the runs in ``directories`` side by side."""
        self.show_tab("compare")
        self.views["compare"].show_runs(directories)

    def show_opened(self, directory: Path) -> None:
        """Show in the list the run in ``directory``, which has come from a file."""
        self.show_tab("runs")
        self.views["runs"].show_opened(directory)

    def _make(self, name: str) -> None:
        if name in self.views:
            return
        module, kind = _VIEWS[name]
        view = self.views[name] = getattr(import_module(module), kind)(self._session)
        self._holders[name].addWidget(view)
        if hasattr(view, "navigate"):
            view.navigate.connect(self.navigate)
        if hasattr(view, "compare_asked"):
            view.compare_asked.connect(self.compare)
        if hasattr(view, "runs_asked"):
            view.runs_asked.connect(lambda: self.show_tab("runs"))
