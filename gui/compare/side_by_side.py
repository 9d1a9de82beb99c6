"""Some runs side by side: curves, results, whether they differ beyond chance, what differs."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.reports.plots import style
from core.reports.plots.comparison_figure import Curve, Shown
from core.runs.history import AXES, QUANTITIES, Axis, Quantity, series
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.compare import comparison as compare_comparison
from gui.compare.comparison import ReadRuns, read
from gui.compare.curves import ComparisonCanvas
from gui.controls.inputs import ChoiceButton
from gui.controls.layouts import FlowLayout
from gui.controls.notices import EmptyState, NoticeBar
from gui.controls.tables import TextTable
from gui.runs.export import ExportMenu
from gui.session.session import Session

_PAD = 11


class ComparisonControls(QWidget):
    """Signals: ``changed`` when a person wants to see it in another way; see ``shown``;
    ``whole_asked`` when all of the curves are to be in view again."""

    changed = Signal()
    whole_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis: dict[Axis, ChoiceButton] = {}
        self.quantity: dict[Quantity, ChoiceButton] = {}
        self.validation = QCheckBox(self.tr("&Validation"))
        self.validation.setChecked(True)
        self.train = QCheckBox(self.tr("&Training"))
        self.train.setToolTip(
            self.tr("Taken while learning, on augmented pictures where augmentation is on")
        )
        self.band = QCheckBox(self.tr("95 % &interval"))
        self.band.setToolTip(
            self.tr("Of the validation accuracy, from the number of pictures (Wilson)")
        )
        words: dict[Any, str] = {
            "epochs": self.tr("Epochs"),
            "time": self.tr("Time"),
            "pictures": self.tr("Pictures seen"),
            "accuracy": self.tr("Accuracy"),
            "loss": self.tr("Loss"),
        }
        flow = FlowLayout(self)
        flow.setSpacing(14)
        flow.addWidget(self._row(self.tr("Show"), QUANTITIES, words, self.quantity))
        flow.addWidget(self._row(self.tr("against"), AXES, words, self.axis))
        for box in (self.validation, self.train, self.band):
            box.toggled.connect(self._change)
            flow.addWidget(box)
        self.whole = self._whole_button()
        flow.addWidget(self.whole)
        self.set_whole(True)

    @property
    def shown(self) -> Shown:
        """What is wanted. The interval is that of the validation accuracy alone."""
        axis = next(name for name, one in self.axis.items() if one.isChecked())
        quantity = next(name for name, one in self.quantity.items() if one.isChecked())
        validation = self.validation.isChecked()
        band = self.band.isChecked() and validation and quantity == "accuracy"
        return Shown(axis, quantity, validation, self.train.isChecked(), band)

    def set_whole(self, whole: bool) -> None:
        """Say whether all of the curves are in view."""
        self.whole.setEnabled(not whole)

    def _whole_button(self) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setText(self.tr("&Whole curves"))
        button.setAccessibleName(self.tr("Whole curves"))
        button.setIcon(theme.icon("reset"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(
            self.tr(
                "The wheel zooms: beside the axes only the values, below them only the other "
                "axis. Dragging zooms into a rectangle; where a part is shown, it moves, and with "
                "Shift or the right button it zooms further in. "
                "A double click shows the whole curves again."
            )
        )
        button.clicked.connect(self.whole_asked)
        return button

    def _row(
        self, title: str, names: Sequence[Any], words: dict[Any, str], buttons: dict[Any, Any]
    ) -> QWidget:
        holder, group = QWidget(self), QButtonGroup(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        label = QLabel(title)
        row.addWidget(label)
        row.addSpacing(4)
        for name in names:
            button = buttons[name] = ChoiceButton(words[name])
            room = button.fontMetrics().horizontalAdvance(words[name]) + 2 * _PAD
            button.setFixedWidth(room)
            button.clicked.connect(self._change)
            group.addButton(button)
            row.addWidget(button)
        buttons[names[0]].setChecked(True)
        holder.setAccessibleName(title)
        return holder

    def _change(self) -> None:
        if not (self.validation.isChecked() or self.train.isChecked()):
            other = self.train if self.sender() is self.validation else self.validation
            other.setChecked(True)  # which changes it once more
            return
        accuracy = self.quantity["accuracy"].isChecked()
        self.band.setEnabled(accuracy and self.validation.isChecked())
        self.changed.emit()


_LONGEST = 260  # pixels of a name


class RunChips(QWidget):
    """Signal: ``removed`` with the place of the run that a person leaves out."""

    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("The runs that are compared"))
        self.chips: list[RunChip] = []
        self._flow = FlowLayout(self)

    def show_names(self, names: Sequence[str]) -> None:
        """Show a chip for each of ``names``, the first in the first colour."""
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self.chips = [RunChip(name, number, self) for number, name in enumerate(names)]
        for number, chip in enumerate(self.chips):
            self._flow.addWidget(chip)
            chip.remove.clicked.connect(partial(self.removed.emit, number))
            chip.show()
        self.updateGeometry()


class RunChip(QFrame):
    """One run in a frame."""

    def __init__(self, name: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self._sign = QLabel(style.sign(number))
        self._sign.setForegroundRole(QPalette.ColorRole.WindowText)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.name = QLabel(textFormat=Qt.TextFormat.PlainText)
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _LONGEST))
        self.name.setToolTip(base_words.plain_tip(name) if self.name.text() != name else "")
        self.remove = QToolButton(autoRaise=True)
        self.remove.setIcon(theme.icon("close"))
        words = fill(self.tr("Leave {name} out"), {"name": name})
        self.remove.setToolTip(base_words.plain_tip(words))
        self.remove.setAccessibleName(words)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 2, 1)
        row.setSpacing(6)
        row.addWidget(self._sign)
        row.addWidget(self.name)
        row.addWidget(self.remove)
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        tint = QColor(style.color(self._number, theme.is_dark()))
        palette = self._sign.palette()
        if palette.color(QPalette.ColorRole.WindowText) != tint:
            palette.setColor(QPalette.ColorRole.WindowText, tint)
            self._sign.setPalette(palette)


_EMPTY, _CONTENT = 0, 1
_FIGURE_SHARE = (330, 300)  # of the height, to figure and tables


class ComparisonView(QWidget):
    """Reads the runs in the background, again whenever it is shown or a training ends.

    Signals: ``runs_asked`` when a person wants to choose runs; ``compared`` once they were read.
    """

    runs_asked = Signal()
    compared = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._directories: list[Path] = []
        self._read: ReadRuns | None = None
        self._jobs = Latest(self)
        self._jobs.done.connect(self._show)
        self._jobs.failed.connect(self._failed)
        self._make_widgets()
        self._lay_out()
        self._connect(session)
        self._refresh()

    @property
    def directories(self) -> tuple[Path, ...]:
        """Where the runs lie that are compared."""
        return tuple(self._directories)

    @property
    def is_busy(self) -> bool:
        """Whether runs are being read."""
        return self._jobs.is_busy

    def show_runs(self, directories: Sequence[Path]) -> None:
        """Compare these from now on; ``compared`` follows."""
        self._directories = list(dict.fromkeys(directories))
        self._refresh()
        self._submit()

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.empty = EmptyState("compare", "table")
        self.chips = RunChips()
        self.export_menu = ExportMenu(self)
        self.export_button = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export_button.setText(self.tr("Export"))
        self.export_button.setIcon(theme.icon("save"))
        self.export_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.export_button.setMenu(self.export_menu)
        self.notice = NoticeBar()
        self.controls = ComparisonControls()
        self.canvas = ComparisonCanvas()
        self.results = TextTable()
        self.results.setAccessibleName(self.tr("How good they got"))
        self.differences = TextTable()
        self.differences.setAccessibleName(self.tr("What differs"))
        self.untouched, self.verdicts = _words(), _words()
        self.cautions, self.alike = _words(), _words()
        self.cautions.setFont(theme.small_font())
        self.cautions.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.alike.setText(self.tr("Nothing: their recipes, pictures and machines are the same."))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.chips, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.export_button, 0, Qt.AlignmentFlag.AlignTop)
        figure = QWidget()
        upper = QVBoxLayout(figure)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.addWidget(self.controls)
        upper.addWidget(self.canvas, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self.splitter.addWidget(figure)
        self.splitter.addWidget(self._details())
        self.splitter.setSizes(list(_FIGURE_SHARE))
        content = QWidget()
        page = QVBoxLayout(content)
        page.setContentsMargins(12, 8, 12, 10)
        page.setSpacing(8)
        page.addLayout(head)
        page.addWidget(self.notice)
        page.addWidget(self.splitter, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(content)

    def _details(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 6, 4)
        column.setSpacing(6)
        column.addWidget(_heading(self.tr("How good they got")))
        column.addWidget(self.untouched)
        column.addWidget(self.results)
        column.addSpacing(4)
        column.addWidget(_heading(self.tr("Whether they differ beyond chance")))
        column.addWidget(self.verdicts)
        column.addWidget(self.cautions)
        column.addSpacing(4)
        column.addWidget(_heading(self.tr("What differs")))
        column.addWidget(self.alike)
        column.addWidget(self.differences)
        column.addStretch()
        self.details = QScrollArea(widgetResizable=True)
        self.details.setFrameShape(QFrame.Shape.NoFrame)
        self.details.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.details.setWidget(inside)
        self.details.setMinimumHeight(120)
        for part in (self.details, inside):
            part.setBackgroundRole(QPalette.ColorRole.Window)
        return self.details

    def _connect(self, session: Session) -> None:
        self.empty.button.clicked.connect(self.runs_asked)
        self.chips.removed.connect(self._leave_out)
        self.controls.changed.connect(self._show_curves)
        self.controls.whole_asked.connect(self.canvas.look_at_all)
        self.canvas.view_changed.connect(lambda: self.controls.set_whole(self.canvas.is_whole))
        self.export_menu.exported.connect(self.notice.say)
        self.export_menu.failed.connect(self._failed)
        session.training_finished.connect(self._read_again)

    # -- what is shown ----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._read is not None:
            self._submit()  # a run may have trained on, or been renamed, meanwhile

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "results"):
            self._color()

    def _read_again(self) -> None:
        if self.isVisible():
            self._submit()

    def _submit(self) -> None:
        if self._directories:
            self._jobs.call(read, tuple(self._directories))

    def _leave_out(self, number: int) -> None:
        if self._read is not None and number < len(self._read.runs):
            directory = self._read.runs[number].directory
            self.show_runs([one for one in self._directories if one != directory])

    def _refresh(self) -> None:
        has_some = bool(self._directories)
        self._stack.setCurrentIndex(_CONTENT if has_some else _EMPTY)
        if not has_some:
            self._jobs.cancel()
            self._read = None
            self.empty.show_words(
                self.tr(
                    "Nothing to compare yet. Tick two runs or more in the list of runs, then "
                    "press Compare there."
                ),
                self.tr("Choose runs"),
            )

    def _failed(self, error: ThawError) -> None:
        self.notice.say(f"{base_words.error_text(error)}.")

    def _show(self, read: ReadRuns) -> None:
        self._read = read
        self._directories = [one.directory for one in read.runs]
        self._refresh()
        if read.failed:
            self._failed(read.failed[0])
        self.chips.show_names(read.names)
        self.export_menu.set_runs(self._directories)
        self._show_curves()
        self._show_tables(read)
        self.compared.emit()

    def _show_curves(self) -> None:
        if self._read is None:
            return
        shown = self.export_menu.shown = self.controls.shown
        pairs = zip(self._read.names, self._read.runs, strict=True)
        curves = [
            Curve(name, number, series(run.history, shown.axis, shown.quantity))
            for number, (name, run) in enumerate(pairs)
        ]
        self.canvas.show_curves(curves, shown)

    def _show_tables(self, read: ReadRuns) -> None:
        comparison = read.comparison
        self.details.setVisible(comparison is not None)
        if comparison is None:
            if read.runs:
                self.notice.say(self.tr("One run is left: tick another in the list of runs."))
            return
        self.untouched.setText(compare_comparison.untouched(comparison))
        self.untouched.setVisible(bool(self.untouched.text()))
        rows = [compare_comparison.result(one) for one in comparison.outcomes]
        self.results.show_rows(compare_comparison.result_columns(), rows)
        self.verdicts.setText("\n".join(compare_comparison.verdicts(comparison)))
        self.cautions.setText(" ".join(compare_comparison.cautions(comparison)))
        self.differences.show_rows(
            [self.tr("Field"), *read.names], compare_comparison.difference_rows(comparison)
        )
        self.differences.setVisible(bool(comparison.differences))
        self.alike.setVisible(not comparison.differences)
        self._color()

    def _color(self) -> None:
        dark = theme.is_dark()
        colors = [QColor(style.color(number, dark)) for number in range(self.results.rowCount())]
        self.results.set_colors(colors)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setFont(theme.heading_font())
    return label


def _words() -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
