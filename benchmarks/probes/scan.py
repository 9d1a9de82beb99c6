"""Measures one scan from within; run by ``benchmarks.scan`` in a process of its own."""

import json
import os
import resource
import sys
from pathlib import Path
from time import perf_counter

TICK = 5  # milliseconds between the timer's events


def plain(folder: Path) -> dict[str, float]:
    """What a short script does."""
    from PIL import Image

    started = perf_counter()
    sizes = []
    for parent, _, names in os.walk(folder):
        for name in names:
            with Image.open(os.path.join(parent, name)) as picture:
                sizes.append(picture.size)
    return {"seconds": perf_counter() - started}


def scan(folder: Path) -> dict[str, float]:
    """As the window does it, without the window."""
    from core.dataset.scan import look_through
    from core.dataset.scan_cache import ScanCache

    started = perf_counter()
    names: list[float] = []
    with ScanCache.open(folder) as cache:
        scanned = look_through(
            folder, outline=lambda _: names.append(perf_counter() - started), cache=cache
        )
    seconds = perf_counter() - started
    assert all(file.header is not None for file in scanned.files)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # kB on Linux
    return {"seconds": seconds, "names": names[0], "memory": memory}


def window(folder: Path) -> dict[str, float]:
    """The real window: how long its event loop was held up, when what was there to see."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from gui.shell import app as shell_app
    from gui.shell.window import MainWindow

    app = shell_app.make_application()
    session = shell_app.make_session(app)
    shell = MainWindow(session)
    shell.resize(1280, 800)
    shell.show()
    app.processEvents()
    late = [0.0]
    seen: dict[str, float] = {}
    last = started = perf_counter()

    def tick() -> None:
        nonlocal last
        now = perf_counter()
        late.append(1000 * (now - last) - TICK)
        last = now

    session.scan_outlined.connect(lambda _: seen.setdefault("outline", perf_counter() - started))
    session.dataset_changed.connect(lambda: seen.setdefault("shown", perf_counter() - started))
    loop = QEventLoop()
    session.dataset_changed.connect(lambda: QTimer.singleShot(1500, loop.quit))
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK)
    timer.timeout.connect(tick)
    timer.start()
    last = started = perf_counter()
    session.open_folder(folder)
    loop.exec()
    timer.stop()
    session.close()
    return {"gap": max(late), **seen}


if __name__ == "__main__":
    figures = {"plain": plain, "scan": scan, "window": window}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps(figures), flush=True)
