"""The rail on the left: six steps joined by a line, each with its name, state and one line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.recipe.config import DEFAULT_STAGES, ModelConfig
from gui.augment import label_check as augment_label_check
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe import words as recipe_words
from gui.session import progress
from gui.session.session import Session

STEPS = ("data", "augment", "model", "train", "results", "compare")
translate = QCoreApplication.translate


class StepState(Enum):
    """What has been done about a step: ``SET`` alone has a tick; ``OPEN`` is not done yet."""

    MISSING = "missing"
    DOUBTFUL = "doubtful"
    OPEN = "open"
    DEFAULT = "default"
    SET = "set"


@dataclass(frozen=True)
class StepStatus:
    """A step's state, the line under its name, and what more there is to say of it."""

    state: StepState
    line: str
    more: str = ""


def step_title(step: str) -> str:
    """The step's name."""
    names = {
        "data": translate("steps", "Data"),
        "augment": translate("steps", "Augment"),
        "model": translate("steps", "Model"),
        "train": translate("steps", "Train"),
        "results": translate("steps", "Results"),
        "compare": translate("steps", "Compare"),
    }
    return names[step]


def state_name(state: StepState) -> str:
    """The state in a word, for tool tips and screen readers."""
    names = {
        StepState.MISSING: translate("steps", "missing"),
        StepState.DOUBTFUL: translate("steps", "to be looked at"),
        StepState.OPEN: translate("steps", "open"),
        StepState.DEFAULT: translate("steps", "default"),
        StepState.SET: translate("steps", "set"),
    }
    return names[state]


def step_status(step: str, session: Session) -> StepStatus:
    """The state and line of one of ``STEPS``."""
    return _STATUS[step](session)


def _data(session: Session) -> StepStatus:
    if session.is_scanning:
        state = StepState.MISSING if session.summary is None else StepState.SET
        return StepStatus(state, translate("steps", "reading…"))
    if session.summary is None or session.split is None:
        return StepStatus(StepState.MISSING, translate("steps", "no pictures yet"))
    parts = session.split
    counts = {
        "images": base_words.count(len(parts.train) + len(parts.validation) + len(parts.test)),
        "classes": len(session.summary.classes),
    }
    line = say("steps", "{images} · {classes} classes", **counts)
    if session.dataset_error() is not None:
        return StepStatus(StepState.MISSING, line)
    if session.has_leaks:
        words = say("steps", "{images} · leaks found", **counts)
        return StepStatus(StepState.DOUBTFUL, words)
    return StepStatus(StepState.SET, line)


def _augment(session: Session) -> StepStatus:
    names = recipe_words.augmentation_names(session.recipe.augmentation)
    if not names:
        return StepStatus(StepState.DEFAULT, translate("steps", "off"))
    if not any(session.recipe.augments(stage) for stage in session.recipe.stages):
        return StepStatus(StepState.DOUBTFUL, translate("steps", "used in no stage"))
    if risk := augment_label_check.in_use(session)[0]:
        return StepStatus(StepState.DOUBTFUL, translate("steps", "may mix up classes"), risk)
    return StepStatus(StepState.SET, ", ".join(names))


def _model(session: Session) -> StepStatus:
    recipe = session.recipe
    thawed = recipe_words.thawed_blocks(recipe)
    if thawed:
        words = recipe_words.blocks(thawed, recipe.model.depth)
        line = say("steps", "{blocks} thawed", blocks=words)
    else:
        line = translate("steps", "all frozen")
    is_default = recipe.model == ModelConfig() and recipe.stages == DEFAULT_STAGES
    return StepStatus(StepState.DEFAULT if is_default else StepState.SET, line)


def _train(session: Session) -> StepStatus:
    if session.is_training:
        return StepStatus(StepState.OPEN, _running(session))
    if session.engine.error is not None:
        return StepStatus(StepState.MISSING, translate("steps", "no PyTorch"))
    epochs = " + ".join(str(stage.epochs) for stage in session.recipe.stages)
    words = (
        translate("steps", "1 epoch") if epochs == "1" else translate("steps", "{epochs} epochs")
    )
    line = fill(words, {"epochs": epochs})
    return StepStatus(StepState.SET if _is_trained(session) else StepState.OPEN, line)


def _is_trained(session: Session) -> bool:
    """Whether the recipe has been trained to its end."""
    run, finished = session.run, session.history.finished
    has_ended = finished is not None and finished.outcome == "finished"
    return has_ended and run is not None and run.config == session.recipe


def _running(session: Session) -> str:
    if session.is_stopping:
        return translate("steps", "stopping…")
    recipe = session.running_recipe
    if recipe is None or not session.history.stages or session.is_preparing:
        return translate("steps", "preparing…")
    now = progress.of_run(session.history, recipe, None)
    values = {"stage": now.stage, "epoch": now.epoch, "epochs": now.epochs}
    if session.is_paused:
        return say("steps", "paused at {epoch}/{epochs}", **values)
    return say("steps", "st. {stage} {epoch}/{epochs}", **values)


def _results(session: Session) -> StepStatus:
    if session.result is not None:
        return StepStatus(StepState.SET, base_words.percent(session.result.accuracy))
    best = session.history.best
    if best is not None and session.is_training:
        template = translate("steps", "{accuracy} so far")
        line = fill(template, {"accuracy": base_words.percent(best.validation.accuracy)})
        return StepStatus(StepState.OPEN, line)
    return StepStatus(StepState.MISSING, translate("steps", "none yet"))


def _compare(session: Session) -> StepStatus:
    if session.experiments.is_running:
        return StepStatus(StepState.OPEN, translate("steps", "experiment runs"))
    return StepStatus(StepState.DEFAULT, translate("steps", "runs, experiments"))


_STATUS: dict[str, Callable[[Session], StepStatus]] = {
    "data": _data,
    "augment": _augment,
    "model": _model,
    "train": _train,
    "results": _results,
    "compare": _compare,
}


WIDE, NARROW = 200, 60
_STEP_HEIGHT = 58
_DISC, _LARGE_DISC = 26, 34
_ICON = 18
_MARK = 14
_TINT = 0.16  # how much of the highlight shows behind the current step


class StepRail(QWidget):
    """Shows each step's state and line; ``chosen`` tells of the one that was asked for.

    Icons only where there is no room (``set_narrow``) or on request (``set_collapsed``, told
    by ``collapse_asked``). The arrow keys go through the steps.
    """

    chosen = Signal(str)
    collapse_asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Steps"))
        self._collapsed = self._narrow = False
        self._group = QButtonGroup(self, exclusive=True)
        self._steps: dict[str, _Step] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 6)
        layout.setSpacing(0)
        for number, name in enumerate(STEPS, start=1):
            step = _Step(number, name, self)
            self._steps[name] = step
            self._group.addButton(step)
            layout.addWidget(step)
        layout.addStretch(1)
        self._group.buttonClicked.connect(lambda step: self.chosen.emit(step.name))
        self._fold = QToolButton(self, autoRaise=True)
        self._fold.clicked.connect(lambda: self.collapse_asked.emit(not self._collapsed))
        layout.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignHCenter)
        self._arrange()

    @property
    def current(self) -> str:
        """The highlighted step's name, "" before there is one."""
        step = self._group.checkedButton()
        return step.name if isinstance(step, _Step) else ""

    @property
    def is_icons_only(self) -> bool:
        """Whether names and lines are left out."""
        return self._collapsed or self._narrow

    def set_current(self, name: str) -> None:
        """Highlight a step."""
        self._steps[name].setChecked(True)

    def set_status(self, name: str, status: StepStatus) -> None:
        """Show a step's state and line."""
        self._steps[name].set_status(status)

    def set_collapsed(self, collapsed: bool) -> None:
        """Show icons only because a person wants it so, or no longer."""
        self._collapsed = collapsed
        self._arrange()

    def set_narrow(self, narrow: bool) -> None:
        """Show icons only because the window is narrow, or no longer."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._arrange()

    def _arrange(self) -> None:
        self.setFixedWidth(NARROW if self.is_icons_only else WIDE)
        for step in self._steps.values():
            step.set_icon_only(self.is_icons_only)
        self._fold.setVisible(not self._narrow)
        self._fold.setIcon(theme.icon("expand" if self._collapsed else "collapse"))
        words = self.tr("Show names") if self._collapsed else self.tr("Show icons only")
        self._fold.setToolTip(words)
        self._fold.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())


class _Step(QAbstractButton):
    """One step, painted: disc with its number or icon, name, line and state mark."""

    def __init__(self, number: int, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self._number = name, number
        self._status = StepStatus(StepState.MISSING, "")
        self._icon_only = False
        self.setCheckable(True)
        self.setText(step_title(name))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._describe()

    def set_status(self, status: StepStatus) -> None:
        if status != self._status:
            self._status = status
            self._describe()
            self.update()

    def set_icon_only(self, icon_only: bool) -> None:
        self._icon_only = icon_only
        self._describe()
        self.update()

    def _describe(self) -> None:
        state = state_name(self._status.state)
        values = {"number": self._number, "name": self.text(), "state": state}
        values["line"] = self._status.line
        self.setAccessibleName(fill(self.tr("{number} {name}"), values))
        described = [fill(self.tr("{state}: {line}"), values)]
        tip = [fill(self.tr("{number} {name} ({state}): {line}"), values)]
        more = [self._status.more] if self._status.more else []
        self.setAccessibleDescription("\n".join(described + more))
        needs_tip = more or self._icon_only or self._is_line_cut()
        self.setToolTip("\n".join(tip + more) if needs_tip else "")

    def _is_line_cut(self) -> bool:
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance(self._status.line) > self._text_rect().width()

    def sizeHint(self) -> QSize:
        lines = 2 * self.fontMetrics().height() + 16
        return QSize(NARROW if self._icon_only else WIDE, max(_STEP_HEIGHT, lines))

    def _disc(self) -> QRectF:
        side = _LARGE_DISC if self._icon_only else _DISC
        across = self.width() / 2 if self._icon_only else 14 + _DISC / 2
        disc = QRectF(0, 0, side, side)
        disc.moveCenter(QPointF(across, self.height() / 2))
        return disc

    def _text_rect(self) -> QRect:
        left = 14 + _DISC + 10
        return QRect(left, 0, WIDE - left - 12, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_back(painter)
        self._paint_line(painter)
        self._paint_disc(painter)
        if self._icon_only:
            mark = QRect(0, 0, _MARK, _MARK)
            mark.moveCenter(self._disc().bottomRight().toPoint())
            self._paint_mark(painter, mark)
        else:
            self._paint_words(painter)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -4, -3)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _paint_back(self, painter: QPainter) -> None:
        color = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        if not self.isChecked() and not self.underMouse():
            return
        color.setAlphaF(_TINT if self.isChecked() else _TINT / 2)
        painter.fillRect(self.rect().adjusted(0, 0, -1, 0), color)
        if self.isChecked():
            color.setAlphaF(1)
            painter.fillRect(QRect(0, 0, 3, self.height()), color)

    def _paint_line(self, painter: QPainter) -> None:
        painter.setPen(QPen(self._faint(), 1.5))
        disc, across = self._disc(), self._disc().center().x()
        if self._number > 1:
            painter.drawLine(QPointF(across, 0), QPointF(across, disc.top()))
        if self._number < len(STEPS):
            painter.drawLine(QPointF(across, disc.bottom()), QPointF(across, self.height()))

    def _paint_disc(self, painter: QPainter) -> None:
        roles, disc = QPalette.ColorRole, self._disc()
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(roles.Highlight))
            ink = roles.HighlightedText
        else:
            painter.setPen(QPen(self._faint(), 1.5))
            painter.setBrush(self.palette().color(roles.Base))
            ink = roles.Text
        painter.drawEllipse(disc)
        if self._icon_only:
            inner = disc.adjusted(7, 7, -7, -7).toRect()
            theme.icon(self.name, ink).paint(painter, inner)
            number = QRect(4, round(disc.top()) - 6, 12, 14)
        else:
            number = disc.toRect()
        painter.setFont(theme.small_font() if self._icon_only else theme.font(bold=True))
        painter.setPen(self.palette().color(roles.WindowText if self._icon_only else ink))
        painter.drawText(number, Qt.AlignmentFlag.AlignCenter, str(self._number))

    def _paint_words(self, painter: QPainter) -> None:
        room, small = self._text_rect(), theme.small_font()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setFont(theme.font(bold=True))
        height = painter.fontMetrics().height()
        top = (self.height() - 2 * height - 1) // 2
        icon = QRect(room.left(), top + (height - _ICON) // 2, _ICON, _ICON)
        theme.icon(self.name, QPalette.ColorRole.WindowText).paint(painter, icon)
        mark = QRect(room.right() - _MARK, top + (height - _MARK) // 2, _MARK, _MARK)
        self._paint_mark(painter, mark)
        left = icon.right() + 7
        name = QRect(left, top, mark.left() - left, height)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(small)
        line = QRect(room.left(), top + height + 1, room.width(), height)
        elide = Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(self._status.line, elide, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_mark(self, painter: QPainter, place: QRect) -> None:
        """A tick, a ring, dotted or not, a sign or a dash: told apart without their colours."""
        match self._status.state:
            case StepState.SET:
                self._icon_mark("check", theme.data_color("right")).paint(painter, place)
            case StepState.DEFAULT | StepState.OPEN as state:
                pen = QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.4)
                if state is StepState.OPEN:
                    pen.setStyle(Qt.PenStyle.DotLine)
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QRectF(place).adjusted(3, 3, -3, -3))
            case StepState.DOUBTFUL:
                self._icon_mark("warning", theme.data_color("warning")).paint(painter, place)
            case StepState.MISSING:
                self._icon_mark("minus", theme.data_color("warning")).paint(painter, place)

    def _icon_mark(self, name: str, color: QColor) -> QIcon:
        return theme.icon(name, color)

    def _faint(self) -> QColor:
        return QColor(self.palette().color(QPalette.ColorRole.PlaceholderText))
