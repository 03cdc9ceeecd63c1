from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from webtv.render.memory import fair_share, resident_bytes

GB = 10**9


def machine(folder: Path, cgroup: str, limits: dict[str, str]) -> tuple[Path, Path]:
    """A /proc and a /sys/fs/cgroup of a machine with 16 GB."""
    proc, groups = folder / "proc", folder / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: {16 * GB // 1024} kB\nMemFree: 1 kB\n")
    (proc / "self" / "cgroup").write_text(cgroup)
    for name, text in limits.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text)
    return proc, groups


def test_workers_share_the_machines_memory(tmp_path: Path) -> None:
    proc, groups = machine(tmp_path, "0::/\n", {})
    assert abs(fair_share(4, proc=proc, cgroups=groups) - 3.2 * GB) < 1e4


def test_the_narrowest_control_group_around_us_counts(tmp_path: Path) -> None:
    limits = {
        "memory.max": "max\n",
        "tv.slice/memory.max": f"{5 * GB}\n",
        "tv.slice/webtv.service/memory.max": f"{8 * GB}\n",
    }
    proc, groups = machine(tmp_path, "0::/tv.slice/webtv.service\n", limits)
    assert fair_share(1, proc=proc, cgroups=groups) == 4 * GB


def test_the_old_hierarchy_of_control_groups_is_known_too(tmp_path: Path) -> None:
    proc, groups = machine(
        tmp_path, "5:cpu,cpuacct:/x\n4:memory:/tv\n", {"memory/tv/memory.limit_in_bytes": f"{10 * GB}\n"}
    )
    assert fair_share(1, proc=proc, cgroups=groups) == 8 * GB


def test_a_share_always_suffices_for_the_offline_engines(tmp_path: Path) -> None:
    proc, groups = machine(tmp_path, "0::/\n", {})
    assert fair_share(256, proc=proc, cgroups=groups) == 1.5 * GB


def test_what_a_process_holds_is_counted() -> None:
    code = "hoard = b'x' * 80_000_000; print('here', flush=True); input()"
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        held = resident_bytes(process.pid)
        process.kill()
    assert 80_000_000 < held < 110_000_000


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert resident_bytes(2**22 + 1) == 0
