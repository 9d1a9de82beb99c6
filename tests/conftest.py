"""What every test gets: no display needed, nobody's files touched, the same draws each time."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.pictures import PictureFolder, draw_folder

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("thaw", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("thaw")


def pytest_configure(config: pytest.Config) -> None:
    """Keep matplotlib's list of fonts between runs: finding them takes seconds."""
    cache = getattr(config, "cache", None)  # there is none with -p no:cacheprovider
    if cache is not None:
        os.environ.setdefault("MPLCONFIGDIR", str(cache.mkdir("matplotlib")))


def _redirect(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Let every folder of the person who runs the tests lie below ``home`` instead."""
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CACHE_HOME": home / "cache",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "APPDATA": home / "roaming",
        "LOCALAPPDATA": home / "local",
        "WIN_PD_OVERRIDE_APPDATA": home / "roaming",  # platformdirs asks Windows, not APPDATA
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": home / "local",
    }
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        patch.setenv(name, str(folder))


def _redirect_qt(home: Path) -> None:
    """Keep settings in ini files below ``home``, and numbers in the English way."""
    from PySide6.QtCore import QLocale, QSettings

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for style in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(style, QSettings.Scope.UserScope, str(home / "config"))
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


@pytest.fixture(scope="session", autouse=True)
def _shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home for what fixtures of a wider scope do before a test's own is there."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        _redirect(patch, home)
        _redirect_qt(home)
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_synced() -> Iterator[None]:
    """No test outlives a power cut, and waiting for the disk takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def home(
    _shared_home: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty home folder, a new one for each test: settings, runs and caches go there."""
    folder = tmp_path_factory.mktemp("home")
    _redirect(monkeypatch, folder)
    _redirect_qt(folder)
    return folder


@pytest.fixture(autouse=True)
def _only_new_garbage() -> None:
    """Spare the collector what is there already: with torch loaded that is a million objects,
    and a collection after each test of the window took longer than the tests."""
    gc.freeze()


@pytest.fixture
def picture_folder(tmp_path: Path) -> PictureFolder:
    """Makes a dataset folder: ``picture_folder(classes=3, per_class=4)`` gives its path."""

    def make(classes: int = 2, per_class: int = 4, name: str = "pictures") -> Path:
        return draw_folder(tmp_path / name, classes, per_class)

    return make
