"""The state of a run in sentences and a bar, with the buttons and the menu that steer it."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme
from gui.train.actions import RunActions

_ICON = QSize(20, 20)


class RunMenuButton(QToolButton):
    """Opens its menu at a click; what can't be done now stays in it and says why."""

    def __init__(self, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(theme.icon("more"))
        self.setIconSize(_ICON)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Pause, end early, or train for longer"))
        self.setAccessibleName(self.tr("More about the run"))
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions(list(actions.steering))
        menu.addSeparator()
        menu.addAction(actions.queue)
        self.setMenu(menu)

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        # the arrow of a menu says nothing that three dots don't; a style sheet without it would
        # keep the colours of the theme before
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu


_BUTTON = QSize(132, 40)
_SMALL_BUTTON = QSize(36, 40)
_AIR = 16  # pixels beside a button's words
_FINE = 1000  # steps of the progress bar


class RunStatus(QFrame):
    """Two sentences, a bar and the buttons that make sense now. ``steer_button`` pauses,
    resumes or extends, whichever there is to do.

    Signals: ``train``, ``stop`` and ``results``, each a button that was clicked.
    """

    train = Signal()
    stop = Signal()
    results = Signal()

    def __init__(self, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._steering = actions, actions.go
        self._is_alarm = False
        self.headline = self._sentence()
        self.headline.setFont(theme.font(bold=True))
        self.detail = self._sentence()
        self.problem = self._sentence()
        self.bar = QProgressBar(maximum=_FINE, textVisible=False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(self.tr("Progress of the run"))
        self.train_button = self._button(self.tr("Train"), "train", self.train)
        self.train_button.setFont(theme.heading_font())
        self.train_button.setToolTip(self.tr("Trains the chosen recipe, as a new run (F5)"))
        self.stop_button = self._button(self.tr("Stop"), "stop", self.stop)
        self.stop_button.setFont(theme.heading_font())
        self.stop_button.setToolTip(self.tr("Ends the run; what it learned is kept (Shift+F5)"))
        self.results_button = self._button(self.tr("See the results"), "results", self.results)
        self.steer_button = self._button("", "pause", self._steer)
        self.more = RunMenuButton(actions, self)
        self.more.setFixedSize(_SMALL_BUTTON)
        actions.changed.connect(self._show_steering)
        words = QVBoxLayout()
        words.setSpacing(4)
        for widget in (self.headline, self.detail, self.problem, self.bar):
            words.addWidget(widget)
        words.insertStretch(0)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.results_button, self.steer_button, self.more):
            buttons.addWidget(button)
        for button in (self.train_button, self.stop_button):
            buttons.addWidget(button)
        row.addLayout(buttons)
        self._show_steering()

    def show_idle(
        self, ended: str, failed: bool, plan: str, problem: str, has_result: bool
    ) -> None:
        """No run trains: how the last one ended, what is planned, and what keeps Train from
        working; each may be empty."""
        self._is_alarm = failed
        self._say(ended, plan, problem)
        self.bar.hide()
        self.train_button.setEnabled(not problem)
        self._offer(self.train_button, has_result)

    def show_running(self, headline: str, share: float, stopping: bool) -> None:
        """A run trains; ``share`` (0 to 1) is for the bar."""
        self._is_alarm = False
        self._say(headline, "", "")
        self.bar.setValue(round(share * _FINE))
        self.bar.show()
        self.stop_button.setText(self.tr("Stopping…") if stopping else self.tr("Stop"))
        self.stop_button.setEnabled(not stopping)
        self._offer(self.stop_button, False)

    def _show_steering(self) -> None:
        go, extend = self._actions.go, self._actions.extend
        self._steering = extend if extend.isEnabled() and not go.isEnabled() else go
        self._render(self._steering)

    def _render(self, action: QAction) -> None:
        button = self.steer_button
        button.setText(action.text().replace("&", ""))
        button.setIcon(action.icon())
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())
        _give_air(button)
        # a button that is disabled because the run ends must not go and let all others move
        button.setVisible(action.isEnabled() or self.stop_button.isVisibleTo(self))

    def _steer(self) -> None:
        self._steering.trigger()

    def _offer(self, button: QPushButton, has_result: bool) -> None:
        self.train_button.setVisible(button is self.train_button)
        self.stop_button.setVisible(button is self.stop_button)
        self.results_button.setVisible(has_result)
        self._show_steering()

    def _say(self, headline: str, detail: str, problem: str) -> None:
        pairs = ((self.headline, headline), (self.detail, detail), (self.problem, problem))
        for label, sentence in pairs:
            if label.text() != sentence:
                label.setText(sentence)
            label.setVisible(bool(sentence))
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        for label, alarm in ((self.headline, self._is_alarm), (self.problem, True)):
            palette = QPalette()
            if alarm:
                palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
            label.setPalette(palette)

    def _sentence(self) -> QLabel:
        label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        return label

    def _button(self, words: str, icon: str, signal: object) -> QPushButton:
        button = QPushButton(theme.icon(icon), words)
        button.setMinimumSize(_BUTTON)
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        button.setIconSize(QSize(20, 20))
        button.setAutoDefault(True)
        button.clicked.connect(signal)
        _give_air(button)
        return button


def _give_air(button: QPushButton) -> None:
    """Longer words than usual make it wider: the style itself leaves them no margin."""
    wide = button.sizeHint().width() + _AIR
    button.setMinimumWidth(max(_BUTTON.width(), wide))
