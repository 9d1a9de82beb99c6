"""Which system libraries Qt lacks, and the line to type for them."""

import sys
from pathlib import Path

import pytest

from tools import system_libraries as tools_system_libraries
from tools.system_libraries import advice, display, missing_in, packages

LDD_OUTPUT = """\
/venv/PySide6/QtWidgets.abi3.so:
\tlinux-vdso.so.1 (0x00007ffd0b5f2000)
\tlibQt6Widgets.so.6 => /venv/PySide6/Qt/lib/libQt6Widgets.so.6 (0x00007f0a2be00000)
\tlibEGL.so.1 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0a2b200000)
/venv/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlibQt6EglFsKmsGbmSupport.so.6 => not found
\tlibxcb-icccm.so.4 => not found
\tlibEGL.so.1 => not found
"""


def test_each_missing_library_and_its_package_are_named_once_and_none_of_qts_own() -> None:
    assert missing_in(LDD_OUTPUT) == ["libEGL.so.1", "libxcb-icccm.so.4"]
    assert missing_in("\tlibc.so.6 => /lib/libc.so.6 (0x0)\n\tlinux-vdso.so.1 (0x0)\n") == []
    found = packages(["libglib-2.0.so.0", "libgthread-2.0.so.0", "libnew.so.9"])
    assert found == (["libglib2.0-0"], ["libnew.so.9"])


def test_on_debian_the_advice_is_the_line_to_type_and_elsewhere_the_names() -> None:
    lines = advice(["libEGL.so.1", "libxcb-icccm.so.4"], debian=True).splitlines()
    assert lines[-1].endswith("sudo apt-get install libegl1 libxcb-icccm4")
    last = advice(["libEGL.so.1", "libnew.so.9"], debian=True).splitlines()[-1]
    assert "libnew.so.9" in last
    assert "libEGL" not in last
    text = advice(["libEGL.so.1"], debian=False)
    assert "libEGL.so.1" in text
    assert "apt-get" not in text


def test_the_display_decides_what_qt_will_load() -> None:
    x11 = {"DISPLAY": ":0"}
    for environment, platform in (
        ({}, "offscreen"),
        (x11, "xcb"),
        ({**x11, "WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({**x11, "QT_QPA_PLATFORM": "offscreen"}, "offscreen"),
        ({"QT_QPA_PLATFORM": "wayland-egl;xcb"}, "wayland"),
    ):
        assert display(environment) == platform


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each group of Qt's files lacks, on a Debian where nobody is root."""
    groups: dict[str, list[str]] = {"always": [], "xcb": [], "wayland": []}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(tools_system_libraries, "missing", lambda _, group: list(groups[group]))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    return groups


def test_what_only_a_window_needs_stops_the_start_of_a_window_alone(
    lacking: dict[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lacking["xcb"], stamp = ["libxcb-icccm.so.4"], tmp_path / "stamp"
    for platform, code in (("offscreen", 0), ("xcb", 1)):
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        assert tools_system_libraries.main(["--stamp", str(stamp)]) == code
        assert "sudo apt-get install libxcb-icccm4" in capsys.readouterr().err
        assert not stamp.exists()
    lacking["xcb"] = []  # where all is there the next start need not look
    assert tools_system_libraries.main(["--stamp", str(stamp)]) == 0
    assert stamp.exists()
    assert capsys.readouterr() == ("", "")


def test_root_gets_them_installed(
    lacking: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking["always"] = ["libEGL.so.1"]
    installed: list[str] = []

    def install(libraries: list[str]) -> None:
        installed.extend(libraries)
        lacking["always"].clear()

    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(tools_system_libraries, "install", install)
    assert tools_system_libraries.main([]) == 0
    assert installed == ["libEGL.so.1"]
