"""Several processes as torchrun starts them, for tests: each runs a function of a test module."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.support import ROOT

PATIENCE = 120.0  # seconds until a hang fails its test


class Ranks:
    """``size`` processes that call ``function`` (``module:name``) with what ``given`` holds.

    Ends them all when it is left.
    """

    def __init__(self, size: int, function: str, given: Any = None) -> None:
        port = _free_port()
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.support.ranks", function, json.dumps(given)],
                cwd=ROOT,
                env={**os.environ, **_environment(rank, size, port)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(size)
        ]

    def __enter__(self) -> "Ranks":
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.processes:
            one.kill()
            one.communicate()

    def answers(self) -> list[Any]:
        """What the function returned in each of them."""
        told = [one.communicate(timeout=PATIENCE) for one in self.processes]
        for one, (_, errors) in zip(self.processes, told, strict=True):
            assert one.returncode == 0, errors
        return [json.loads(output.splitlines()[-1]) for output, _ in told]


def answers(size: int, function: str, given: Any = None) -> list[Any]:
    """What ``function`` returned in each of ``size`` processes."""
    with Ranks(size, function, given) as ranks:
        return ranks.answers()


def torchrun(size: int, *arguments: str, restarts: int = 0) -> list[str]:
    """The command line of ``main.py`` in ``size`` processes."""
    options = ["--standalone", f"--nproc-per-node={size}", f"--max-restarts={restarts}"]
    # Without the dashes torchrun takes --run for its own --run-path, before Python 3.12.
    return [sys.executable, "-m", "torch.distributed.run", *options, "--", "main.py", *arguments]


def _environment(rank: int, size: int, port: int) -> dict[str, str]:
    return {
        "TORCHELASTIC_RUN_ID": "test",
        "RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_RANK": str(rank),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        port: int = one.getsockname()[1]
        return port


def _main(function: str, given: str) -> None:
    from importlib import import_module

    module, _, name = function.partition(":")
    print(json.dumps(getattr(import_module(module), name)(json.loads(given))), flush=True)
    os._exit(0)  # threads of torch.distributed may abort the process while Python ends


def main(arguments: Sequence[str]) -> None:
    """One of the processes."""
    _main(*arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
