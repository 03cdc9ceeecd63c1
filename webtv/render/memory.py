"""How much main memory a process holds, and what there is for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_FOR_WORKERS = 0.8
"""Their share of the memory; the rest is air's, and the kernel's for files."""
_LEAST_BYTES = 1_500_000_000
"""What the offline engines need at 1920x1080, with room."""


def resident_bytes(pid: int) -> int:
    """Memory that a process holds and that could only be swapped: weights mapped from files are not counted.

    0 when there is no such process any more.
    """
    try:
        text = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return sum(int(fields.get(name, "0").split()[0]) * 1024 for name in ("RssAnon", "RssShmem"))


def fair_share(workers: int, *, proc: Path = _PROC, cgroups: Path = _CGROUPS) -> int:
    """Bytes that each of ``workers`` may hold, by the machine's memory or our control groups' limit on it."""
    lines = (proc / "meminfo").read_text().splitlines()
    total = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:"))
    return max(_LEAST_BYTES, int(_FOR_WORKERS * min([total, *_limits(proc, cgroups)])) // max(1, workers))


def _limits(proc: Path, cgroups: Path) -> Iterator[int]:
    """The limits of our control group and of all around it, in both versions of the hierarchy."""
    for line in (proc / "self" / "cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            folder, name = cgroups, "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = cgroups / "memory", "memory.limit_in_bytes"
        else:
            continue
        inner = folder / path.lstrip("/")
        for group in (inner, *inner.parents[: len(inner.parts) - len(folder.parts)]):
            try:
                text = (group / name).read_text().strip()
            except OSError:
                continue  # in a container the groups around ours are not to be seen
            if text.isdecimal():
                yield int(text)
