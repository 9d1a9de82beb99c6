"""The Help menu's two short dialogs."""

from importlib import metadata

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from core.common.messages import fill
from gui.base import theme
from gui.base.ask import drop_icons

translate = QCoreApplication.translate


def show_about(parent: QWidget) -> None:
    """What this is, its version, and where its network comes from."""
    title = fill(translate("help", "Thaw {version}"), {"version": _version()})
    body = translate(
        "help",
        "Point-and-click transfer learning on pictures. Everything runs on this machine, and "
        "nothing leaves it.\n\nThe network is VGG16 by Karen Simonyan and Andrew Zisserman "
        "(Visual Geometry Group, University of Oxford), its weights under CC BY 4.0. "
        "Thaw itself is under the MIT licence.",
    )
    _show(parent, translate("help", "About Thaw"), title, body)


def show_how_it_works(parent: QWidget) -> None:
    """Transfer learning in five steps."""
    body = translate(
        "help",
        "1  Data: open a folder with one subfolder of pictures per class. Some pictures are "
        "set aside for validation: they never train, they only check.\n\n"
        "2  Augment: random changes, such as a rotation, make more of few pictures. Watch that "
        "they don't change what a picture means.\n\n"
        "3  Model: VGG16 has learned to see from more than a million pictures. A frozen block "
        "keeps what it has learned, a thawed one learns on. A new head tells your classes "
        "apart.\n\n"
        "4  Train: first the head alone, with everything frozen; then the thawed blocks too, "
        "carefully. The best epoch is kept.\n\n"
        "5  Results: how many validation pictures are right, which are not, and what the "
        "network says about any other picture.",
    )
    how = translate("help", "How it works")
    _show(parent, how, translate("help", "Transfer learning in five steps"), body)


def _version() -> str:
    try:
        return metadata.version("thaw")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return ""


def _show(parent: QWidget, window_title: str, title: str, body: str) -> None:
    box = QMessageBox(parent)
    box.setWindowTitle(window_title)
    box.setIconPixmap(theme.app_icon().pixmap(QSize(64, 64)))
    box.setText(title)
    box.setInformativeText(body)
    box.setStandardButtons(QMessageBox.StandardButton.Close)
    drop_icons(box)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
