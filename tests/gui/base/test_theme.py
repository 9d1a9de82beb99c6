"""The look: colours that can be read, icons that follow the scheme."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QRadioButton
from pytestqt.qtbot import QtBot

from core.reports.plots.style import DATA_COLORS
from gui.base import theme
from resources import ICONS

ENOUGH = 4.5  # WCAG 2.2, 1.4.3


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    theme.apply(qapp, "system")


def inks(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    """The colours of an icon's opaque pixels."""
    image = icon.pixmap(QSize(48, 48), 1.0, mode).toImage()
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_application_takes_the_scheme(app: QApplication, scheme: theme.Scheme) -> None:
    theme.apply(app, scheme)
    assert app.style().name().lower() == "fusion"
    assert theme.is_dark(app.palette()) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chrome_can_be_read(app: QApplication, scheme: theme.Scheme) -> None:
    theme.apply(app, scheme)
    roles, palette = QPalette.ColorRole, app.palette()
    for text, back in (
        (roles.WindowText, roles.Window),
        (roles.Text, roles.Base),
        (roles.Text, roles.AlternateBase),
        (roles.ButtonText, roles.Button),
        (roles.PlaceholderText, roles.Window),
        (roles.PlaceholderText, roles.Base),
        (roles.ToolTipText, roles.ToolTipBase),
        (roles.HighlightedText, roles.Highlight),
        (roles.Link, roles.Base),
    ):
        ratio = theme.contrast(palette.color(text), palette.color(back))
        assert ratio >= ENOUGH, (text, back)


@pytest.mark.parametrize("name", DATA_COLORS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_data_colors_can_be_read(app: QApplication, scheme: theme.Scheme, name: str) -> None:
    theme.apply(app, scheme)
    color = theme.data_color(name)
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
        assert theme.contrast(color, app.palette().color(role)) >= ENOUGH
    if name in theme.FILL_COLORS:
        assert theme.contrast(color, theme.fill_color(name)) >= ENOUGH


def test_frozen_is_blue_and_thawed_is_warm(app: QApplication) -> None:
    for scheme in ("light", "dark"):
        theme.apply(app, scheme)
        frozen, thawed = theme.frozen_color(), theme.thawed_color()
        assert frozen.blue() > frozen.red()
        assert thawed.red() > thawed.blue()


def test_contrast_of_black_and_white_is_21() -> None:
    assert theme.contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert theme.contrast(QColor("#777"), QColor("#777")) == 1


def test_an_icon_follows_a_change_of_the_scheme(app: QApplication) -> None:
    theme.apply(app, "light")
    icon = theme.icon("stop")
    assert inks(icon) == {app.palette().color(QPalette.ColorRole.ButtonText).name()}
    theme.apply(app, "dark")
    assert inks(icon) == {app.palette().color(QPalette.ColorRole.ButtonText).name()}


def test_an_icon_keeps_its_own_color_and_follows_a_data_color(app: QApplication) -> None:
    theme.apply(app, "light")
    fixed, frozen = theme.icon("stop", QColor("#123456")), theme.icon("stop", "frozen")
    theme.apply(app, "dark")
    assert inks(fixed) == {"#123456"}
    assert inks(frozen) == {DATA_COLORS["frozen"][1]}


def test_a_disabled_icon_is_pale(app: QApplication) -> None:
    theme.apply(app, "light")
    icon = theme.icon("stop", "wrong")
    assert inks(icon, QIcon.Mode.Disabled) != inks(icon)


def test_a_copy_of_an_icon_can_be_changed(app: QApplication) -> None:
    icon = theme.icon("stop", QColor("#123456"))
    copy = QIcon(icon)
    copy.addPixmap(theme.app_icon().pixmap(16, 16))
    del icon
    assert inks(copy) == {"#123456"}


@pytest.mark.parametrize("file", sorted(ICONS.glob("*.svg")), ids=lambda file: file.stem)
def test_every_icon_draws(app: QApplication, file: Path) -> None:
    icon = theme.app_icon() if file.stem == "thaw" else theme.icon(file.stem)
    assert inks(icon)


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match="nonesuch"):
        theme.icon("nonesuch")


def test_headings_are_larger_than_the_text(qapp: QApplication) -> None:
    sizes = [
        made.pointSizeF()
        for made in (
            theme.small_font(),
            QGuiApplication.font(),
            theme.heading_font(),
            theme.title_font(),
            theme.figure_font(),
        )
    ]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_a_box_that_is_not_ticked_can_be_seen_in_the_dark(
    qtbot: QtBot, app: QApplication, kind: type[QAbstractButton]
) -> None:
    theme.apply(app, "dark")
    box = kind()
    qtbot.addWidget(box)
    box.resize(40, 20)
    image = box.grab().toImage()
    ground = app.palette().window().color()
    row = [image.pixelColor(x, 10) for x in range(image.width())]
    assert max(theme.contrast(one, ground) for one in row) >= 3  # WCAG 2.2, 1.4.11


def test_boxes_follow_the_application_back_to_light(app: QApplication) -> None:
    theme.apply(app, "dark")
    theme.apply(app, "light")
    assert QApplication.palette("QCheckBox").window() == app.palette().window()
