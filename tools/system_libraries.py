"""Finds the system libraries that Qt needs and this Linux lacks, and installs or names them.

Qt's wheel brings Qt, but not what every desktop has: EGL, fontconfig, XCB and their like. A
server or a container often lacks some, and Qt then aborts with a riddle.
"""

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# Debian's names since Debian 12; where a newer release renamed one (libglib2.0-0t64), the new
# package provides the old name and apt-get finds it.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libatomic.so.1": "libatomic1",
    "libbrotlidec.so.1": "libbrotli1",
    "libbz2.so.1.0": "libbz2-1.0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libpng16.so.16": "libpng16-16",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libwayland-server.so.0": "libwayland-server0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}

# What is loaded, by when: patterns below PySide6's folder.
LOADED = {
    "always": (
        "QtWidgets.abi3.so",
        "QtSvg.abi3.so",
        "QtTest.abi3.so",
        "Qt/plugins/platforms/libqoffscreen.so",
        "Qt/plugins/iconengines/*.so",
    ),
    "xcb": ("Qt/plugins/platforms/libqxcb.so", "Qt/plugins/xcbglintegrations/*.so"),
    "wayland": ("Qt/plugins/platforms/libqwayland*.so",),
}


def display(environment: Mapping[str, str]) -> str:
    """The platform plugin that Qt will load: ``xcb``, ``wayland``, or another's name."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen:
        return chosen.split(";")[0].split(":")[0].split("-")[0]
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if environment.get("DISPLAY") else "offscreen"


def missing_in(listing: str) -> list[str]:
    """The libraries that ``ldd``'s output calls not found; those that Qt brings are left out."""
    names = re.findall(r"^\s*(\S+) => not found", listing, flags=re.MULTILINE)
    return sorted({name for name in names if not name.startswith("libQt6")})


def packages(libraries: Iterable[str]) -> tuple[list[str], list[str]]:
    """Debian's packages for ``libraries``, and the libraries whose package isn't known."""
    known = {DEBIAN_PACKAGES[name] for name in libraries if name in DEBIAN_PACKAGES}
    return sorted(known), sorted(name for name in libraries if name not in DEBIAN_PACKAGES)


def advice(libraries: Sequence[str], debian: bool) -> str:
    """What a person does about missing ``libraries``, in at most three lines."""
    lines = [f"Qt needs libraries that this system lacks: {', '.join(libraries)}"]
    names, unknown = packages(libraries)
    if debian and names:
        lines.append(f"Install them with: sudo apt-get install {' '.join(names)}")
    others = unknown if debian else libraries
    if others:
        lines.append(f"Install the packages of this system that hold {', '.join(others)}")
    return "\n".join(lines)


def missing(pyside: Path, group: str) -> list[str]:
    """The system libraries that Qt's files of ``group`` (see ``LOADED``) lack here."""
    files = [str(file) for pattern in LOADED[group] for file in sorted(pyside.glob(pattern))]
    result = subprocess.run(
        ["ldd", *files], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
    )
    return missing_in(result.stdout)


def install(libraries: Sequence[str]) -> None:
    """Install what Debian packages of ``libraries``; needs root. Tells what it does."""
    names, _ = packages(libraries)
    if not names:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
    print(f"Qt needs libraries that this system lacks. As root: {' '.join(command)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for attempt in (command, ["apt-get", "update"], command):
        done = subprocess.run(attempt, env=quiet, capture_output=True)
        if done.returncode == 0 and attempt is command:
            return


def _lacking(pyside: Path, platform: str) -> tuple[list[str], list[str]]:
    """The missing libraries without which Qt won't start here, and those for other displays."""
    needed = missing(pyside, "always")
    if platform == "wayland":
        needed += missing(pyside, "wayland")
    windows = missing(pyside, "xcb")
    if platform == "xcb":
        needed += windows
    return sorted(set(needed)), sorted(set(windows) - set(needed))


def _folder_of_pyside() -> Path | None:
    found = importlib.util.find_spec("PySide6")
    return Path(found.origin).parent if found and found.origin else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Check; 1 if Qt could not start. ``--stamp FILE`` is made when nothing is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stamp", type=Path)
    options = parser.parse_args(arguments)
    pyside = _folder_of_pyside()
    needed: list[str] = []
    other: list[str] = []
    if sys.platform == "linux" and pyside and shutil.which("ldd"):
        debian = shutil.which("apt-get") is not None
        platform = display(os.environ)
        needed, other = _lacking(pyside, platform)
        if (needed or other) and debian and os.geteuid() == 0:
            install([*needed, *other])
            needed, other = _lacking(pyside, platform)
        if needed:
            print(advice([*needed, *other], debian), file=sys.stderr)
        elif other:
            print(f"For a window under X11: {advice(other, debian)}", file=sys.stderr)
    if options.stamp and not needed and not other:
        options.stamp.touch()
    return 1 if needed else 0


if __name__ == "__main__":
    sys.exit(main())
