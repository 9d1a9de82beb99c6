"""What is left of the memory: the machine's, or that of the container around this process."""

from pathlib import Path

import psutil
import pytest

from core.compute import feature_plan, memory

NO_LIMIT = 9223372036854771712  # what version 1 says where there is none


def _write(root: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{content}\n", "ascii")
    return root


def test_a_container_leaves_its_limit_less_what_is_used(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/memory.max": 1000,
            "sys/fs/cgroup/memory.current": 700,
        },
    )
    assert memory.control_group_left(root) == 300


def test_files_that_are_only_cached_count_as_left(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/memory.max": 1000,
            "sys/fs/cgroup/memory.current": 990,
            "sys/fs/cgroup/memory.stat": "anon 500\ninactive_file 300\nactive_file 100",
        },
    )
    assert memory.control_group_left(root) == 410


def test_the_tightest_group_around_the_process_decides(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/app.scope",
            "sys/fs/cgroup/user.slice/memory.max": 500,
            "sys/fs/cgroup/user.slice/memory.current": 400,
            "sys/fs/cgroup/user.slice/app.scope/memory.max": "max",
            "sys/fs/cgroup/user.slice/app.scope/memory.current": 50,
        },
    )
    assert memory.control_group_left(root) == 100


def test_a_container_that_sees_the_hosts_path_finds_its_own_limit(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/docker/1f\n4:memory:/docker/1f\n0::/",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": 1000,
            "sys/fs/cgroup/memory/memory.usage_in_bytes": 600,
            "sys/fs/cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 250",
        },
    )
    assert memory.control_group_left(root) == 650


def test_beyond_the_limit_nothing_is_left(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/memory.max": 1000,
            "sys/fs/cgroup/memory.current": 1100,
        },
    )
    assert memory.control_group_left(root) == 0


@pytest.mark.parametrize("limit", ["max", "", "plenty"])
def test_without_a_limit_the_machines_memory_counts(tmp_path: Path, limit: str) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\nnonsense",
            "sys/fs/cgroup/memory.max": limit,
            "sys/fs/cgroup/memory.current": 700,
        },
    )
    assert memory.control_group_left(root) is None


def test_a_system_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert memory.control_group_left(tmp_path) is None


@pytest.mark.parametrize(
    ("limited", "left"), [(None, 8000), (NO_LIMIT, 8000), (2000, 2000), (0, 0)]
)
def test_features_may_take_a_quarter_of_the_smaller(
    monkeypatch: pytest.MonkeyPatch, limited: int | None, left: int
) -> None:
    free = type(psutil.virtual_memory())
    values = dict.fromkeys(free._fields, 0) | {"available": 8000}
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free(**values))
    monkeypatch.setattr(memory, "control_group_left", lambda: limited)
    monkeypatch.setattr("sys.platform", "linux")
    assert feature_plan.memory_budget() == left // 4


def test_the_peak_is_what_was_held_at_most() -> None:
    near = 4 << 20  # the kernel counts in batches of pages
    now, before = psutil.Process().memory_info().rss, memory.peak()
    assert before >= now - near
    more = 64 << 20
    block = bytearray(before - now + more)
    block[::4096] = b"\1" * len(block[::4096])  # only what is written takes room
    after = memory.peak()
    assert after >= before + more - 2 * near
    del block
    assert memory.peak() >= after - near


def test_a_system_without_proc_is_asked_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    told = memory.peak()

    def nothing(*_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", nothing)
    assert memory.peak() == pytest.approx(told, rel=0.5)
