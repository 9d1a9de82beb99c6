"""``make soak``: kills real trainings at random moments and compares what comes of them.

Every run is killed again and again, resumed each time, and must end with the epochs and the
bytes of one that nothing touched. The moments: a random event, a random instant, a stage's
change, and while a checkpoint, the best weights or the cache of features is being written.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.support.pictures import draw_folder

ROOT = Path(__file__).resolve().parents[1]
# As ``main.py``, but with a checkpoint at nearly every batch: each is a moment to be killed at.
THAW = (
    "import sys\n"
    "from core.cli import main as cli\n"
    "from core.training import train\n"
    "train.CHECKPOINT_SECONDS = 0.05\n"
    "sys.exit(cli.main(sys.argv[1:]))\n"
)
STAGES = (
    '[{"epochs":2,"thawed":[4],"learning_rate":1e-4},{"epochs":2,"thawed":[5]},{"epochs":3}]',
    '[{"epochs":6},{"epochs":3,"thawed":[4,5],"optimizer":"sgd"}]',
    '[{"epochs":2,"augment":false},{"epochs":2,"thawed":[5],"optimizer":"rmsprop"}]',
)
RECIPE = (
    "dataset.image_size=64",
    "precision=float32",
    "threads=1",
    "micro_batch=4",
    "batch_size=8",
    "augmentation.rotation=15",
    "class_weights=true",
)
LOOK_SECONDS = 0.002


class Soak:
    """Trains in ``place`` and kills by the moments that ``rng`` draws."""

    def __init__(self, place: Path, rng: random.Random) -> None:
        self._place, self._rng = place, rng
        self._pictures = draw_folder(place / "pictures", classes=3, per_class=16)
        self._home = place / "home"
        self._next: list[str] = []
        self.kills: Counter[str] = Counter()

    def run(self, number: int, kills: int) -> bool:
        """Train one recipe whole, and killed up to ``kills`` times; whether both are the same."""
        stages = STAGES[number % len(STAGES)]
        settings = [part for one in (*RECIPE, f"stages={stages}") for part in ("--set", one)]
        whole, run = self._place / f"{number}-whole", self._place / f"{number}-killed"
        self._finish(self._start("train", str(self._pictures), "--run", str(whole), *settings))
        begin = ["train", str(self._pictures), "--run", str(run), *settings]
        for _ in range(kills):
            if self._rng.random() < 0.5:
                shutil.rmtree(self._home, ignore_errors=True)  # the cache is filled again
            is_there = (run / "config.json").exists()
            if not is_there:
                shutil.rmtree(run, ignore_errors=True)
            process = self._start(*(["resume", str(run)] if is_there else begin))
            if not self._kill(process, run):
                break
        if (run / "config.json").exists():
            self._finish(self._start("resume", str(run)))
        return _result(whole) == _result(run)

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        home = str(self._home)
        return subprocess.Popen(
            [sys.executable, "-c", THAW, *arguments, "--events"],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": home, "LOCALAPPDATA": home, "HOME": home},
            stdout=subprocess.PIPE,
        )

    def _finish(self, process: "subprocess.Popen[bytes]") -> None:
        output, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"a training ended with {process.returncode}: {output[-500:]!r}")

    def _kill(self, process: "subprocess.Popen[bytes]", run: Path) -> bool:
        """Kill ``process`` at a moment; False where it was done before."""
        stages, cached, left = _stages(run), self._cached(), _unfinished(run)
        moments: dict[str, Callable[[], bool]] = {
            "while a checkpoint is written": lambda: bool(_unfinished(run / "checkpoints") - left),
            "while the best weights are written": lambda: any(
                path.name.startswith(".best") for path in _unfinished(run) - left
            ),
            "while the cache is filled": lambda: self._cached() > cached,
            "while a stage changes": lambda: _stages(run) > max(1, stages),
        }
        name = self._drawn([*moments, *["at an event", "at an instant"] * 2])
        if name in moments:
            _wait(process, moments[name])
        elif name == "at an event":
            assert process.stdout is not None
            for _ in range(self._rng.randrange(1, 40)):
                process.stdout.readline()
        else:
            time.sleep(self._rng.uniform(0, 12))  # from before torch is there until well after
        process.kill()
        process.communicate()
        if process.returncode == 0:
            return False
        self.kills[name] += 1
        print(f"killed {name}: {_stands(run)}", flush=True)
        return True

    def _drawn(self, names: list[str]) -> str:
        """The next moment: each of ``names`` comes once before any comes again."""
        if not self._next:
            self._next = self._rng.sample(names, len(names))
        return self._next.pop()

    def _cached(self) -> int:
        return sum(path.stat().st_size for path in self._home.rglob("*.data"))


def _unfinished(folder: Path) -> set[Path]:
    """The files below ``folder`` that are being written, or were when a kill came."""
    return set(folder.rglob(".*.tmp"))


def _stages(run: Path) -> int:
    history = run / "history.jsonl"
    return history.read_bytes().count(b'"StageStarted"') if history.exists() else 0


def _wait(process: "subprocess.Popen[bytes]", is_time: Callable[[], bool]) -> None:
    """Until it is time, or ``process`` has ended; its output is taken meanwhile."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    while process.poll() is None:
        process.stdout.read()
        try:
            if is_time():
                break
        except OSError:
            pass  # a file that went while it was looked at
        time.sleep(LOOK_SECONDS)
    os.set_blocking(process.stdout.fileno(), True)


def _stands(run: Path) -> str:
    try:
        lines = (run / "history.jsonl").read_bytes().splitlines()
    except OSError:
        return "no run yet"
    epochs = sum(b'"EpochFinished"' in one for one in lines)
    kept = sorted(path.name for path in (run / "checkpoints").glob("*"))
    return f"{len(lines)} events, {epochs} epochs, {', '.join(kept) or 'no checkpoint'}"


def _result(run: Path) -> tuple[list[dict[str, object]], bytes, bytes]:
    """What must not depend on kills: epochs without seconds and memory, weights, predictions."""
    epochs = []
    for line in (run / "history.jsonl").read_bytes().splitlines():
        event = json.loads(line)
        if event["event"] == "EpochFinished":
            epochs.append({**event, "seconds": 0, "memory": 0})
    best = (run / "best.safetensors").read_bytes()
    return epochs, best, (run / "predictions.csv").read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24, help="how many at least (24)")
    parser.add_argument("--each", type=int, default=8, help="of one run (8)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="thaw-soak-"))
    soak = Soak(place, random.Random(options.seed))
    number = 0
    while soak.kills.total() < options.kills:
        if not soak.run(number, options.each):
            print(f"run {number} differs; both are kept in {place}", file=sys.stderr)
            return 1
        print(f"run {number}: the same bytes after {soak.kills.total()} kills", flush=True)
        number += 1
    for name, count in sorted(soak.kills.items()):
        print(f"{count:3} {name}")
    shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
