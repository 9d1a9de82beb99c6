"""The command line, in the tests' own process."""

import json
from typing import Any

import pytest

from core.cli import main as cli
from core.cli.options import OK, WRONG_INPUT


class Thaw:
    """Runs a command, which must end with the exit code ``code``, and gives what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object, code: int = OK) -> Any:
        self._capsys.readouterr()
        try:
            found = cli.main([*map(str, words)])
        except SystemExit as end:  # of argparse
            found = int(end.code or OK)
        printed = self._capsys.readouterr()
        assert found == code, printed.err
        return printed

    def json(self, *words: object, code: int = OK) -> Any:
        return json.loads(self(*words, "--json", code=code).out)

    def events(self, *words: object) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*words, "--events").out.splitlines()]

    def refusal(self, *words: object, code: int = WRONG_INPUT) -> str:
        return self(*words, code=code).err


@pytest.fixture
def thaw(capsys: pytest.CaptureFixture[str]) -> Thaw:
    return Thaw(capsys)
