"""Small controls: sliders, quiet inputs, labels, notices, tables and the area to drop on."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.controls.drop_area import DropArea
from gui.controls.inputs import QuietComboBox, QuietSlider, QuietSpinBox, Radio
from gui.controls.labels import AdviceLine, ElidedLabel, Kind
from gui.controls.notices import MessageBar
from gui.controls.number_fields import NumberField
from gui.controls.sliders import FloatScale, LabelledRange, LabelledSlider, RangeSlider
from gui.controls.tables import TextTable
from tests.support.window.acting import retype

KEYS, LEFT = Qt.Key, Qt.MouseButton.LeftButton


# -- sliders ----------------------------------------------------------------------------------


def test_ticks_are_exact_decimals_within_the_scale() -> None:
    scale = FloatScale(0, 1, 0.1)
    values = [scale.value(tick) for tick in range(scale.ticks + 1)]
    assert values == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert [scale.tick(value) for value in values] == list(range(11))
    scale = FloatScale(-180, 180, 0.5)
    assert scale.ticks == 720
    assert [scale.tick(value) for value in (0.2, -999, 999)] == [360, 0, 720]


def test_a_slider_and_its_number_are_one_value(qtbot: QtBot) -> None:
    row = LabelledSlider(0, 1, 0.05, name="Flip", unit="%")
    qtbot.addWidget(row)
    row.show()
    with qtbot.waitSignal(row.value_changed) as told:
        qtbot.keyClick(row.slider, KEYS.Key_Right)
    assert told.args == [0.05]
    assert (row.value, row.field.text()) == (0.05, "0.05")
    heard: list[float] = []
    row.value_changed.connect(heard.append)
    retype(row.field, "0,52")  # between two steps
    assert heard[-1] == row.value == 0.52
    assert (row.slider.value(), row.field.text()) == (10, "0,52")
    with qtbot.assertNotEmitted(row.value_changed):
        row.set_value(0.333)
        assert (row.value, row.slider.value()) == (0.333, 7)
        row.set_value(0.5)
        retype(row.field, "7")
    assert row.value == 0.5
    assert not row.field.is_valid
    assert row.slider.accessibleName() == row.field.accessibleName() == "Flip (%)"
    assert [label.text() for label in row.findChildren(QLabel)] == ["%"]


@pytest.fixture
def slider(qtbot: QtBot) -> RangeSlider:
    slider = RangeSlider(-180, 180, 1)
    qtbot.addWidget(slider)
    slider.set_range(-30, 45)
    slider.resize(374, slider.sizeHint().height())
    slider.show()
    return slider


def ends(slider: RangeSlider) -> tuple[float, float]:
    return slider.low, slider.high


def at(slider: RangeSlider, value: float) -> QPoint:
    """Where a handle stands for ``value``, measured by moving one there."""
    probe = RangeSlider(-180, 180, 1)
    probe.resize(slider.size())
    probe.set_range(value, value)
    return probe._handle(0).center()


def drag(qtbot: QtBot, slider: RangeSlider, start: float, end: float) -> None:
    qtbot.mousePress(slider, LEFT, pos=at(slider, start))
    qtbot.mouseMove(slider, at(slider, end))
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, end))


def test_dragged_handles_do_not_cross(qtbot: QtBot, slider: RangeSlider) -> None:
    before = slider.grab().toImage()
    with qtbot.waitSignal(slider.range_changed) as told:
        drag(qtbot, slider, -30, -90)
    assert told.args == [pytest.approx(-90, abs=1), 45]
    assert slider.grab().toImage() != before
    drag(qtbot, slider, 45, 120)
    assert ends(slider) == pytest.approx((-90, 120), abs=1)
    drag(qtbot, slider, ends(slider)[0], 150)
    assert ends(slider) == pytest.approx((120, 120), abs=1)
    with qtbot.assertNotEmitted(slider.range_changed):
        slider.set_range(-12.5, 33.25)
    assert ends(slider) == (-12.5, 33.25)  # exact
    assert "−12.5" in slider.accessibleDescription()
    with pytest.raises(ValueError, match="low"):
        slider.set_range(2, 1)


def test_a_click_moves_the_nearer_handle_and_parts_those_on_one_spot(
    qtbot: QtBot, slider: RangeSlider
) -> None:
    for start, target, expected in (
        ((-30, 45), 100, (-30, 100)),
        ((20, 20), -60, (-60, 20)),
        ((20, 20), 60, (20, 60)),
        ((-180, -180), 0, (-180, 0)),
        ((180, 180), 0, (0, 180)),
    ):
        slider.set_range(*start)
        qtbot.mouseClick(slider, LEFT, pos=at(slider, target))
        assert ends(slider) == pytest.approx(expected, abs=1)
        slider.set_range(*start)
        if abs(start[0]) == 180:
            drag(qtbot, slider, start[0], target)
            assert ends(slider) == pytest.approx(expected, abs=1)


def test_keys_move_the_handle_with_the_focus_which_is_seen(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    before, slider, after = QLineEdit(), RangeSlider(0, 1, 0.1), QLineEdit()
    layout = QVBoxLayout(page)
    for widget in (before, slider, after):
        layout.addWidget(widget)
    page.show()
    page.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    seen = [slider.grab().toImage()]
    qtbot.keyClick(before, KEYS.Key_Tab)
    for key, expected in (
        (KEYS.Key_Right, (0.1, 1)),
        (KEYS.Key_Right, (0.2, 1)),
        (KEYS.Key_Tab, (0.2, 1)),
        (KEYS.Key_Left, (0.2, 0.9)),
        (KEYS.Key_Home, (0.2, 0.2)),
        (KEYS.Key_End, (0.2, 1)),
    ):
        assert slider.hasFocus()
        qtbot.keyClick(slider, key)
        assert ends(slider) == expected
        seen.append(slider.grab().toImage())
    assert all(seen[:5].count(one) == 1 for one in seen[:5])  # also where a Tab moves nothing
    qtbot.keyClick(slider, KEYS.Key_Tab)
    assert after.hasFocus()
    qtbot.keyClick(after, KEYS.Key_Backtab)
    qtbot.keyClick(slider, KEYS.Key_PageDown)
    assert ends(slider) == (0.2, 0.2)
    for _ in range(2):
        qtbot.keyClick(slider, KEYS.Key_Backtab)
    assert before.hasFocus()


@pytest.fixture
def span(qtbot: QtBot) -> LabelledRange:
    made = LabelledRange(-180, 180, 1, name="Rotation", unit="°")
    qtbot.addWidget(made)
    made.set_range(-30, 30)
    made.show()
    return made


def test_two_numbers_and_two_handles_are_one_range(qtbot: QtBot, span: LabelledRange) -> None:
    with qtbot.waitSignal(span.range_changed) as told:
        qtbot.keyClick(span.slider, KEYS.Key_Right)
    assert told.args == [-29, 30]
    assert (span.low_field.text(), span.high_field.text()) == ("−29", "30")
    heard: list[tuple[float, float]] = []
    span.range_changed.connect(lambda low, high: heard.append((low, high)))
    retype(span.high_field, "45,5")
    assert heard[-1] == (span.low, span.high) == (-29, 45.5)
    span.set_range(span.low, span.high)
    assert span.high_field.text() == "45,5"  # rendering again does not disturb what is typed
    names = [one.accessibleName() for one in (span.slider, span.low_field, span.high_field)]
    assert len(set(names)) == 3
    assert all("Rotation" in name for name in names)


def test_ends_in_the_wrong_order_are_marked(qtbot: QtBot, span: LabelledRange) -> None:
    retype(span.low_field, "50")
    assert not span.low_field.is_valid
    assert "30" in span.low_field.toolTip()
    assert span.low <= span.high == 30
    span.high_field.selectAll()
    qtbot.keyClicks(span.high_field, "60")  # the other has the focus still
    assert span.low_field.is_valid
    assert (span.low, span.high) == (50, 60)
    retype(span.low_field, "70")
    with qtbot.assertNotEmitted(span.range_changed):
        span.set_range(-10, 90)
    assert (span.low_field.value, span.high_field.value) == (-10, 90)
    assert span.low_field.is_valid


# -- quiet inputs and radio buttons -----------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "value", "turn"),
    [
        (QuietSpinBox, QuietSpinBox.value, 120),
        (QuietSlider, QuietSlider.value, 120),
        (QuietComboBox, QuietComboBox.currentIndex, -120),
        (lambda: RangeSlider(0, 1, 0.1), ends, 120),
        (lambda: NumberField(5, integer=True), lambda field: field.value, 120),
    ],
    ids=["spin box", "slider", "combo box", "range", "field"],
)
def test_the_wheel_scrolls_the_page_and_changes_a_value_only_with_the_focus(
    qtbot: QtBot, make: Callable[[], QWidget], value: Callable[[QWidget], object], turn: int
) -> None:
    widget, page, area = make(), QWidget(), QScrollArea()
    assert widget.focusPolicy() in (Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.TabFocus)
    if isinstance(widget, QuietComboBox):
        widget.addItems(["a", "b", "c"])
    layout = QVBoxLayout(page)
    layout.addSpacing(100)
    layout.addWidget(widget)
    layout.addSpacing(2000)
    area.setWidget(page)
    area.setWidgetResizable(True)
    qtbot.addWidget(area)
    area.resize(300, 300)
    area.show()
    area.activateWindow()
    for focused in (area, widget):
        focused.setFocus()
        qtbot.waitUntil(focused.hasFocus)
        area.verticalScrollBar().setValue(50)
        before = value(widget)
        place = QPointF(widget.mapTo(area, widget.rect().center()))
        QTest.wheelEvent(area.windowHandle(), place, QPoint(0, turn))
        is_turned = focused is widget and not isinstance(widget, NumberField)
        assert (value(widget) != before) == is_turned
        assert (area.verticalScrollBar().value() == 50) == is_turned


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_radio_button_is_hit_anywhere_and_its_ring_stands_out(
    qtbot: QtBot, app: QApplication, scheme: theme.Scheme
) -> None:
    theme.apply(app, scheme)
    radio = Radio("")
    qtbot.addWidget(radio)
    ground = app.palette().color(QPalette.ColorRole.Window)
    for is_chosen in (False, True):
        assert radio.isChecked() == is_chosen
        radio.resize(20, 20)
        image = radio.grab().toImage()
        seen = (image.pixelColor(x, y) for x in range(20) for y in range(20))
        assert max(theme.contrast(color, ground) for color in seen) > 3
        radio.resize(200, 24)
        qtbot.mouseClick(radio, LEFT, pos=QPoint(190, 12))


# -- labels -----------------------------------------------------------------------------------

LONG = "480 images, 8 classes: /a/folder/with/a/long/name"


@pytest.fixture
def label(qtbot: QtBot) -> ElidedLabel:
    made = ElidedLabel()
    qtbot.addWidget(made)
    made.resize(160, 20)
    made.show()
    return made


def test_text_that_does_not_fit_is_cut_off_and_stands_in_the_tool_tip(label: ElidedLabel) -> None:
    label.set_text(LONG)
    assert label.shown_text.endswith("…")
    assert label.toolTip() == label.text == label.accessibleName() == LONG
    label.resize(label.sizeHint())
    assert (label.shown_text, label.toolTip()) == (LONG, "")
    middle = ElidedLabel(LONG, mode=Qt.TextElideMode.ElideMiddle)
    middle.resize(100, 20)
    assert middle.shown_text.endswith(LONG[-2:])
    before = label.grab().toImage()
    label.set_text("two\nlines")
    assert label.text == "two lines"
    assert label.grab().toImage() != before


@pytest.mark.parametrize(
    ("names", "starts", "stops"),
    [
        (("a sign: left, by the road", "one: right, by the road"), ("a s", "one"), ("oad", "oad")),
        (("a sign that\npoints left", "a sign that\npoints right"), ("a s", "a"), ("left", "ght")),
        (("ab", "a name far too long for this place"), ("ab", "a name"), ("ab", "place")),
    ],
)
def test_names_in_a_text_share_what_room_there_is(
    label: ElidedLabel, names: tuple[str, str], starts: tuple[str, str], stops: tuple[str, str]
) -> None:
    text = " → ".join(names)
    label.set_text(text, names, tip="32 of 40")
    for one, start, stop in zip(label.shown_text.split(" → "), starts, stops, strict=True):
        assert one.startswith(start)
        assert one.endswith(stop)
    assert label.fontMetrics().horizontalAdvance(label.shown_text) <= 160
    assert label.toolTip() == "32 of 40"
    label.resize(label.sizeHint())
    assert label.shown_text == label.accessibleName() == text.replace("\n", " ")


# -- notices ----------------------------------------------------------------------------------


def is_readable(app: QApplication, bar: QWidget, label: QLabel) -> bool:
    """Whether the words stand out in each theme, as they are written."""
    contrasts = []
    for scheme in ("dark", "light"):
        theme.apply(app, scheme)
        QApplication.processEvents()
        ground, ink = bar.palette().window().color(), label.palette().windowText().color()
        contrasts.append(theme.contrast(ground, ink))
        assert (ground.lightness() < 128) == (scheme == "dark")
    return min(contrasts) >= 4.5 and label.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize("kind", ["warning", "wrong"])
def test_a_line_of_advice_is_hidden_while_empty_and_readable_in_each_theme(
    qtbot: QtBot, app: QApplication, kind: Kind
) -> None:
    line = AdviceLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    line.show_words("<b>much</b> is lost", kind)
    assert line.isVisible()
    assert line.text == line.accessibleName() == "<b>much</b> is lost"
    icon, label = line.findChildren(QLabel)
    assert is_readable(app, line, label)
    assert icon.isVisible()
    line.show_words("nothing is lost")
    assert not icon.isVisible()
    line.show_words("")
    assert line.isHidden()


def test_a_message_is_readable_until_closed(qtbot: QtBot, app: QApplication) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    assert bar.text == ""
    for words in ("gone: <b>a</b>", "gone: b"):
        bar.show_error(words)
        assert bar.isVisible()
        assert bar.text == bar.accessibleName() == words
    assert is_readable(app, bar, next(one for one in bar.findChildren(QLabel) if one.text()))
    qtbot.mouseClick(bar.findChild(QToolButton), LEFT)
    assert bar.isHidden()
    assert bar.text == ""


# -- a table of texts -------------------------------------------------------------------------


def test_a_table_is_as_large_as_its_rows_and_can_be_copied(qtbot: QtBot) -> None:
    table = TextTable()
    qtbot.addWidget(table)
    table.resize(500, 200)
    with qtbot.waitExposed(table):
        table.show()
    table.show_rows(["a", "b"], [["1", "a long text " * 20]])
    table.show_rows(["a", "b"], [["1", "2"], ["3", "4"]])
    assert table.horizontalHeader().length() <= table.viewport().width()
    low = table.sizeHint().height()
    table.selectAll()
    qtbot.keyClick(table, KEYS.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1\t2\n3\t4"
    table.show_rows(["a", "b"], [["1", "2"]] * 6)
    assert table.sizeHint().height() == low + 4 * table.verticalHeader().defaultSectionSize()


# -- the area to drop on ----------------------------------------------------------------------


def mime_of(paths: list[Path]) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def enter(area: DropArea, mime: QMimeData) -> bool:
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(9, 9), copy, mime, LEFT, none)
    event.ignore()
    QApplication.sendEvent(area, event)
    return event.isAccepted()


def drop(area: DropArea, mime: QMimeData) -> None:
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(area, QDropEvent(QPointF(9, 9), copy, mime, LEFT, none))


@pytest.mark.parametrize("mode", ["folder", "files"])
def test_what_fits_is_taken_and_what_does_not_is_refused(
    qtbot: QtBot, tmp_path: Path, mode: Literal["folder", "files"]
) -> None:
    folder, image = tmp_path / "Bäume", tmp_path / "a b.png"
    folder.mkdir()
    image.write_bytes(b"")
    area = DropArea("Drop here", mode=mode)
    qtbot.addWidget(area)
    area.show()
    mime = mime_of([folder, image])
    plain = area.grab().toImage()
    assert enter(area, mime)
    assert area.is_highlighted
    assert area.grab().toImage() != plain
    QApplication.sendEvent(area, QDragLeaveEvent())
    assert not area.is_highlighted
    assert enter(area, mime)
    with qtbot.waitSignal(area.dropped) as told:
        drop(area, mime)
    assert told.args == [[folder if mode == "folder" else image]]
    assert not area.is_highlighted
    text, web = QMimeData(), QMimeData()
    text.setText("words")
    web.setUrls([QUrl("https://example.org/folder")])
    other = image if mode == "folder" else folder
    for mime in (text, web, mime_of([other]), mime_of([folder / "gone"])):
        assert not enter(area, mime)
        assert not area.is_highlighted
        with qtbot.assertNotEmitted(area.dropped):
            drop(area, mime)


def test_a_click_beside_the_button_or_a_key_opens_it(qtbot: QtBot) -> None:
    area, button = DropArea("Drop here", "a hint"), QPushButton("Sample")
    qtbot.addWidget(area)
    area.show()
    area.add_button(button)
    with qtbot.waitSignal(area.activated):
        qtbot.mouseClick(area, LEFT, pos=QPoint(5, 5))
    for key in (KEYS.Key_Return, KEYS.Key_Enter, KEYS.Key_Space):
        with qtbot.waitSignal(area.activated):
            qtbot.keyClick(area, key)
    with qtbot.assertNotEmitted(area.activated), qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, LEFT)
    with qtbot.assertNotEmitted(area.activated):
        qtbot.mouseClick(area, Qt.MouseButton.RightButton, pos=QPoint(5, 5))
    assert area.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert area.accessibleName() == "Drop here"
    before = area.grab().toImage()
    area.set_title("Drop another")
    area.set_hint("")
    assert area.accessibleName() == "Drop another"
    assert area.grab().toImage() != before
