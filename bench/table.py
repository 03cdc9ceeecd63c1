"""How figures are shown and kept: a table on the screen, and JSON in ``bench/results``. No verdicts."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("webtv", "aiohttp", "av", "numpy", "opencv-python-headless", "uvloop", "imageio-ffmpeg")
_PACKAGES += ("torch", "diffusers", "transformers")
_PROGRAMS = {"ffmpeg": "-version", "nginx": "-v", "chromium": "--version"}


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, what is promised of it ('' for nothing), and the figure with its unit."""

    what: str
    value: float
    unit: str
    promise: str = ""

    @property
    def shown(self) -> str:
        whole = self.value == int(self.value) or abs(self.value) >= 1000
        digits = 0 if whole else 1 if abs(self.value) >= 20 else 2
        return f"{self.value:,.{digits}f}".replace(",", " ") + (f" {self.unit}" if self.unit else "")


def report(
    name: str, title: str, figures: list[Figure], *, quick: bool, details: dict[str, Any] | None = None
) -> None:
    """Print the table and write ``bench/results/<name>.json``; ``details`` goes into the file alone."""
    show(title + (" (quick: rough figures)" if quick else ""), figures)
    keep(name, title, figures, quick=quick, details=details)


def show(title: str, figures: list[Figure]) -> None:
    table = Table()
    table.add_column("measured")
    table.add_column("figure", justify="right")
    table.add_column("promise", justify="right")
    for figure in figures:
        table.add_row(figure.what, figure.shown, figure.promise)
    console = Console()
    console.print(f"[bold]{title}[/bold]")
    console.print(table)


def keep(
    name: str, title: str, figures: list[Figure], *, quick: bool, details: dict[str, Any] | None = None
) -> None:
    RESULTS.mkdir(exist_ok=True)
    document = {
        "name": name,
        "title": title,
        "quick": quick,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "figures": [asdict(figure) for figure in figures],
        "details": details or {},
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory_kb / 1e6, 1),
        "gpus": _gpus(),
        "system": platform.release(),
        "load_1min": os.getloadavg()[0],
    }


def _gpus() -> list[str]:
    """Their names: from torch where a benchmark has loaded it, else as NVIDIA's driver tells them."""
    if torch := sys.modules.get("torch"):
        return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    told = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for file in told for line in file.read_text().splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    for name, asks in _PROGRAMS.items():
        program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
        if program:
            ended = subprocess.run([program, asks], capture_output=True, text=True, check=False)
            found[name] = (ended.stdout or ended.stderr).splitlines()[0].strip()
    return found
