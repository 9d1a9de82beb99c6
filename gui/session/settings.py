"""What Thaw remembers between starts: the window's state and each dataset folder's choices."""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

from core.common import files
from core.reports.plots.points import SMOOTHEST, CurveOptions
from gui.base.theme import SCHEMES, Scheme

RECENT_LIMIT = 10
_log = logging.getLogger(__name__)


class Settings:
    """The person's settings in ``folder``, by default the user's own configuration folder.

    The window's state is in ``thaw.ini``; the choices made for a dataset folder are in a JSON
    file of their own, replaced atomically, so a crash leaves the last ones.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or platformdirs.user_config_path("thaw", appauthor=False)
        self._ini = QSettings(str(self.folder / "thaw.ini"), QSettings.Format.IniFormat)

    def sync(self) -> None:
        """Write ``thaw.ini`` now. A folder that can't be written is no error: the next
        start then begins with what was there before."""
        self._ini.sync()

    @property
    def recent_folders(self) -> list[Path]:
        """The dataset folders opened last, the latest first; some may have gone."""
        return [Path(text) for text in self._texts("recent")]

    @property
    def browse_folder(self) -> Path:
        """Where to begin looking for folders and recipes: beside the folder opened last; the
        sample lies in a cache that nobody looks into."""
        own = [one for one in self.recent_folders if files.cache_folder() not in one.parents]
        return own[0].parent if own else Path.home()

    def add_recent(self, folder: Path) -> None:
        """Put ``folder`` first among the recent ones."""
        path = _absolute(folder)
        others = [text for text in self._texts("recent") if not _same(text, path)]
        self._ini.setValue("recent", [path, *others][:RECENT_LIMIT])
        self.sync()

    def remove_recent(self, folder: Path) -> None:
        """Forget one folder, such as one that has gone."""
        path = _absolute(folder)
        self._ini.setValue(
            "recent", [text for text in self._texts("recent") if not _same(text, path)]
        )

    def clear_recent(self) -> None:
        """Forget the recent folders."""
        self._ini.remove("recent")

    @property
    def geometry(self) -> QByteArray | None:
        """The window's place and size as ``QWidget.saveGeometry`` gives them."""
        value = self._ini.value("window/geometry")
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._ini.setValue("window/geometry", value)

    @property
    def theme(self) -> Scheme:
        """How the window looks, ``system`` unless chosen."""
        value = self._ini.value("window/theme")
        return next((scheme for scheme in SCHEMES if scheme == value), "system")

    @theme.setter
    def theme(self, value: Scheme) -> None:
        self._ini.setValue("window/theme", value)

    @property
    def rail_collapsed(self) -> bool:
        """Whether the rail was asked to show icons only."""
        return str(self._ini.value("window/rail_collapsed", "")).lower() == "true"

    @rail_collapsed.setter
    def rail_collapsed(self, value: bool) -> None:
        self._ini.setValue("window/rail_collapsed", value)

    @property
    def preview_view(self) -> str:
        """How the augmentation was last looked at, "" for the usual way."""
        return str(self._ini.value("augment/view", ""))

    @preview_view.setter
    def preview_view(self, value: str) -> None:
        self._ini.setValue("augment/view", value)

    @property
    def all_settings(self) -> bool:
        """Whether the Model page was asked to show everything that can be set."""
        return str(self._ini.value("model/all_settings", "")).lower() == "true"

    @all_settings.setter
    def all_settings(self, value: bool) -> None:
        self._ini.setValue("model/all_settings", value)

    @property
    def curve_options(self) -> CurveOptions:
        """How curves were last looked at."""
        usual = CurveOptions()
        try:
            smoothing = float(str(self._ini.value("curves/smoothing", usual.smoothing)))
        except ValueError:
            smoothing = usual.smoothing
        log_loss = str(self._ini.value("curves/log_loss", usual.log_loss)).lower() == "true"
        rates = str(self._ini.value("curves/rates", usual.rates)).lower() == "true"
        return CurveOptions(min(max(smoothing, 0.0), SMOOTHEST), log_loss, rates)

    @curve_options.setter
    def curve_options(self, value: CurveOptions) -> None:
        for name in ("smoothing", "log_loss", "rates"):
            self._ini.setValue(f"curves/{name}", getattr(value, name))

    @property
    def runs_folder(self) -> Path:
        """Where new runs go."""
        value = self._ini.value("runs/folder")
        return Path(value) if isinstance(value, str) and value else files.runs_folder()

    @runs_folder.setter
    def runs_folder(self, value: Path) -> None:
        self._ini.setValue("runs/folder", _absolute(value))

    @property
    def dismissed_runs(self) -> list[Path]:
        """Runs that were cut off and shall not be offered again."""
        return [Path(text) for text in self._texts("runs/dismissed")]

    def dismiss_run(self, directory: Path) -> None:
        """Don't offer the run in ``directory`` again; those that have gone are forgotten."""
        others = [text for text in self._texts("runs/dismissed") if os.path.isdir(text)]
        self._ini.setValue("runs/dismissed", [_absolute(directory), *others])
        self.sync()

    @property
    def left_runs(self) -> list[Path]:
        """Runs that were stopped because the window was closed, the latest first."""
        return [Path(text) for text in self._texts("runs/left")]

    def leave_run(self, directory: Path) -> None:
        """Offer the run in ``directory`` when the window opens again."""
        path = _absolute(directory)
        others = [text for text in self._texts("runs/left") if not _same(text, path)]
        self._ini.setValue("runs/left", [path, *others][:RECENT_LIMIT])
        self.sync()

    def forget_left_run(self, directory: Path) -> None:
        """Offer it no more: it goes on, or nobody wants it."""
        path = _absolute(directory)
        left = self._texts("runs/left")
        others = [text for text in left if not _same(text, path)]
        if others != left:
            self._ini.setValue("runs/left", others)
            self.sync()

    def choices_file(self, folder: Path) -> Path:
        """The file that keeps the choices made for the dataset in ``folder``."""
        path = os.fsencode(os.path.normcase(_absolute(folder)))
        return self.folder / "choices" / f"{hashlib.sha256(path).hexdigest()[:20]}.json"

    def load_choices(self, folder: Path) -> dict[str, Any] | None:
        """What was last saved for ``folder``, or None. A damaged file is moved aside."""
        file = self.choices_file(folder)
        try:
            data = json.loads(file.read_bytes())
            choices = data["choices"]
            if not isinstance(choices, dict):
                raise TypeError("choices is not an object")
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s cannot be read: %s", file, error)
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            _log.warning("%s is damaged and moved aside: %s", file, error)
            with contextlib.suppress(OSError):
                os.replace(file, file.with_suffix(".damaged"))
            return None
        return choices

    def save_choices(self, folder: Path, choices: Mapping[str, Any]) -> None:
        """Keep ``choices``, plain JSON values, for the dataset in ``folder``.

        Syncs the disk: call it once a person's hand has rested, not at every move of a
        slider. Raises ``OSError`` where the folder can't be written.
        """
        file = self.choices_file(folder)
        data = {"folder": _absolute(folder), "choices": dict(choices)}
        file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(file, json.dumps(data, indent=1).encode())

    def _texts(self, key: str) -> list[str]:
        value = self._ini.value(key)
        if isinstance(value, str):  # an ini file cannot tell a list of one from a text
            value = [value]
        return [text for text in value or [] if isinstance(text, str) and text]


def _absolute(folder: Path) -> str:
    return os.path.abspath(folder)


def _same(first: str, second: str) -> bool:
    return os.path.normcase(first) == os.path.normcase(second)
