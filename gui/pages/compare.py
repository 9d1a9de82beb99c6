"""The Compare page: the runs there are, some of them side by side, and experiments."""

from importlib import import_module
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from gui.session import Session

TABS = ("runs", "compare", "experiments")
_CLASSES = {
    "runs": ("gui.widgets.runs_view", "RunsView"),
    "compare": ("gui.widgets.comparison_view", "ComparisonView"),
    "experiments": ("gui.widgets.experiments_view", "ExperimentsView"),
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
            "runs": self.tr("&Runs"),
            "compare": self.tr("&Side by side"),
            "experiments": self.tr("E&xperiments"),
        }
        for name in TABS:
            holder = QWidget()
            QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(holder, words[name])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.tabs)
        self.tabs.currentChanged.connect(self._make)
        self._make(0)

    @property
    def tab(self) -> str:
        """The name of the tab that is shown."""
        return TABS[self.tabs.currentIndex()]

    def show_tab(self, name: str) -> None:
        """Show a tab, making it at the first time."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def _make(self, number: int) -> None:
        name = TABS[number]
        if name in self.views:
            return
        module, kind = _CLASSES[name]
        try:
            view = getattr(import_module(module), kind)(self._session)
        except ModuleNotFoundError:
            return
        self.views[name] = view
        if hasattr(view, "navigate"):
            view.navigate.connect(self.navigate)
        if hasattr(view, "compare_asked"):
            view.compare_asked.connect(self.compare)
        holder = self.tabs.widget(number).layout()
        if holder is not None:
            holder.addWidget(view)

    def compare(self, directories: list[Any]) -> None:
        """Show the runs in ``directories`` side by side."""
        self.show_tab("compare")
        view = self.views.get("compare")
        if view is not None:
            view.show_runs(directories)
