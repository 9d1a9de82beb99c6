"""The look of the window: Fusion in light or dark, fonts, icons, and the colours of data.

The window itself takes the palette's roles. Literal colours are only for data (``DATA_COLORS`` of
``core.reports.plots.style``), for the grounds behind their words, and for the palettes here.
"""

from typing import ClassVar, Literal, cast

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from core.reports.plots.style import DATA_COLORS
from resources import ICONS

Scheme = Literal["system", "light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark")

# Behind text of the colour with the same first word.
FILL_COLORS: dict[str, tuple[str, str]] = {
    "frozen": ("#d6ecf9", "#1c3a4c"),
    "thawed": ("#ffe0c8", "#51301a"),
    "training": ("#fbdce8", "#55203a"),
    "right": ("#d9f0de", "#1f3f28"),
    "wrong": ("#fbdedb", "#552624"),
}

_ROLES = QPalette.ColorRole
_PALETTES: dict[bool, dict[QPalette.ColorRole, str]] = {
    False: {
        _ROLES.Window: "#efefef",
        _ROLES.WindowText: "#1a1a1a",
        _ROLES.Base: "#ffffff",
        _ROLES.AlternateBase: "#f7f7f7",
        _ROLES.Text: "#1a1a1a",
        _ROLES.Button: "#efefef",
        _ROLES.ButtonText: "#1a1a1a",
        _ROLES.BrightText: "#ffffff",
        _ROLES.Light: "#ffffff",
        _ROLES.Midlight: "#cacaca",
        _ROLES.Mid: "#b8b8b8",
        _ROLES.Dark: "#9f9f9f",
        _ROLES.Shadow: "#767676",
        _ROLES.Highlight: "#2676a9",
        _ROLES.HighlightedText: "#ffffff",
        _ROLES.Accent: "#2676a9",
        _ROLES.Link: "#0b5f91",
        _ROLES.LinkVisited: "#7a2ea0",
        _ROLES.ToolTipBase: "#ffffe6",
        _ROLES.ToolTipText: "#1a1a1a",
        _ROLES.PlaceholderText: "#6b6b6b",
    },
    True: {
        _ROLES.Window: "#323232",
        _ROLES.WindowText: "#f0f0f0",
        _ROLES.Base: "#1e1e1e",
        _ROLES.AlternateBase: "#292929",
        _ROLES.Text: "#f0f0f0",
        _ROLES.Button: "#3c3c3c",
        _ROLES.ButtonText: "#f0f0f0",
        _ROLES.BrightText: "#ffffff",
        _ROLES.Light: "#5a5a5a",
        _ROLES.Midlight: "#484848",
        _ROLES.Mid: "#424242",
        _ROLES.Dark: "#191919",
        _ROLES.Shadow: "#0f0f0f",
        _ROLES.Highlight: "#2676a9",
        _ROLES.HighlightedText: "#ffffff",
        _ROLES.Accent: "#3f9bd4",
        _ROLES.Link: "#8fd3ff",
        _ROLES.LinkVisited: "#d9a0f7",
        _ROLES.ToolTipBase: "#3a3a3a",
        _ROLES.ToolTipText: "#f0f0f0",
        _ROLES.PlaceholderText: "#9a9a9a",
    },
}
# What Fusion takes for the window where it draws a box: its edge is 0.8 times that. Lists stand on
# a darker ground, and have lines of it between their rows too.
_DARK_BOXES = {"QCheckBox": "#c0c0c0", "QRadioButton": "#c0c0c0", "QAbstractItemView": "#8a8a8a"}
_DISABLED = {False: "#8a8a8a", True: "#7d7d7d"}
_QT_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


def apply(app: QApplication, scheme: Scheme) -> None:
    """Give the whole application the Fusion style, light, dark or as the system has it."""
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
    wanted = _QT_SCHEMES[scheme]
    app.styleHints().setColorScheme(wanted)
    if scheme == "system" or app.styleHints().colorScheme() == wanted:
        app.setPalette(QPalette())
    else:  # a platform without colour schemes, such as a bare X server
        app.setPalette(_palette(dark=scheme == "dark"))
    outline_boxes(app)


def outline_boxes(app: QApplication) -> None:
    """Let boxes that are not ticked be seen, whatever the application's palette has become.

    Fusion draws their edge in a darker shade of the window, which on a dark one is hardly there,
    and paints nothing else of them with it.
    """
    dark = is_dark()
    for name, window in _DARK_BOXES.items():
        palette = app.palette()
        if dark:
            palette.setColor(_ROLES.Window, QColor(window))
        app.setPalette(palette, cast(bytes, name))  # PySide takes text, whatever its stub says


def is_dark(palette: QPalette | None = None) -> bool:
    """Whether ``palette``, the application's by default, has light text on a dark window."""
    palette = palette or QGuiApplication.palette()
    window, text = palette.color(_ROLES.Window), palette.color(_ROLES.WindowText)
    return window.lightnessF() < text.lightnessF()


def data_color(name: str, palette: QPalette | None = None) -> QColor:
    """The colour of ``DATA_COLORS`` that suits ``palette``, the application's by default."""
    return QColor(DATA_COLORS[name][is_dark(palette)])


def fill_color(name: str, palette: QPalette | None = None) -> QColor:
    """The background of ``FILL_COLORS`` that suits ``palette`` and text in that data colour."""
    return QColor(FILL_COLORS[name][is_dark(palette)])


def frozen_color(palette: QPalette | None = None) -> QColor:
    """Icy blue: blocks whose weights don't change."""
    return data_color("frozen", palette)


def thawed_color(palette: QPalette | None = None) -> QColor:
    """Warm orange: blocks whose weights change."""
    return data_color("thawed", palette)


def contrast(first: QColor, second: QColor) -> float:
    """The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def font(factor: float = 1.0, bold: bool = False) -> QFont:
    """The application's font, ``factor`` times as large."""
    result = QFont(QGuiApplication.font())
    if result.pointSizeF() > 0:
        result.setPointSizeF(result.pointSizeF() * factor)
    else:
        result.setPixelSize(round(result.pixelSize() * factor))
    result.setBold(bold)
    return result


def title_font() -> QFont:
    """A page's title."""
    return font(1.5, bold=True)


def heading_font() -> QFont:
    """A section's heading."""
    return font(1.15, bold=True)


def figure_font() -> QFont:
    """The one big number of a panel."""
    return font(2.2, bold=True)


def small_font() -> QFont:
    """Captions and hints."""
    return font(0.9)


IconColor = QColor | QPalette.ColorRole | str


def icon(name: str, color: IconColor | None = None) -> QIcon:
    """The icon ``resources/icons/<name>.svg``, drawn in ``color``, sharp in any size.

    A palette role, by default the button text's, or the name of a data colour is looked up at
    each painting, so the icon follows a change of the scheme. Raises ``FileNotFoundError`` for
    an unknown name.
    """
    file = ICONS / f"{name}.svg"
    if not file.is_file():
        raise FileNotFoundError(file)
    return QIcon(_SvgEngine(name, _ROLES.ButtonText if color is None else color))


def app_icon() -> QIcon:
    """The melting ice cube, in the sizes that systems ask for."""
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_drawn("thaw", side, "#000000"))
    return result


def _palette(dark: bool) -> QPalette:
    palette = QPalette()
    for role, value in _PALETTES[dark].items():
        palette.setColor(role, QColor(value))
    for role in (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED[dark]))
    disabled_highlight = QColor(_PALETTES[dark][_ROLES.Mid])
    palette.setColor(QPalette.ColorGroup.Disabled, _ROLES.Highlight, disabled_highlight)
    return palette


def _luminance(color: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(one) for one in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _drawn(name: str, side: int, color: str) -> QPixmap:
    """``side`` x ``side`` device pixels of an icon, kept in Qt's own bounded cache."""
    key = f"thaw-{name}-{side}-{color}"
    pixmap = QPixmap()
    if not QPixmapCache.find(key, pixmap):
        svg = (ICONS / f"{name}.svg").read_bytes().replace(b"currentColor", color.encode())
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg)).render(painter, QRectF(pixmap.rect()))
        painter.end()
        QPixmapCache.insert(key, pixmap)
    return pixmap


class _SvgEngine(QIconEngine):
    """Looks its colour up at each painting."""

    _clones: ClassVar[list[QIconEngine]] = []

    def __init__(self, name: str, color: IconColor) -> None:
        super().__init__()
        self._name = name
        self._color = color

    def clone(self) -> QIconEngine:
        clone = _SvgEngine(self._name, self._color)
        self._clones.append(clone)  # C++ takes a bare pointer: Python must not free it
        return clone

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        target = QRect(0, 0, side, side)
        target.moveCenter(rect.center())
        device_side = round(side * painter.device().devicePixelRatioF())
        painter.drawPixmap(target, _drawn(self._name, device_side, self._shade(mode)))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _drawn(self._name, min(size.width(), size.height()), self._shade(mode))

    def _shade(self, mode: QIcon.Mode) -> str:
        palette = QGuiApplication.palette()
        if mode == QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, _ROLES.ButtonText).name()
        if isinstance(self._color, QColor):
            return self._color.name()
        if isinstance(self._color, str):
            return data_color(self._color, palette).name()
        role = _ROLES.HighlightedText if mode == QIcon.Mode.Selected else self._color
        return palette.color(role).name()
