"""On which devices clips are made, and what the worker on each is told. Loads no model library to know."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from webtv.config import StationConfig
from webtv.models.settings import HostSettings, SpaceSettings
from webtv.render.memory import fair_share

_GB = 10**9


def hosts(config: StationConfig, *, with_models: bool) -> list[HostSettings]:
    """One for each worker that the station shall have.

    The devices that the operator named; else, where models are used and torch is there, every GPU; else as
    many workers as the operator or the processor says, on the CPU.
    """
    if config.workers == 0:
        return []
    devices = config.devices
    if devices is None and with_models and find_spec("torch") is not None:
        gpus = gpus_of_the_machine() if config.worker_socket else visible_gpus()
        devices = tuple(f"cuda:{number}" for number in range(gpus))
    if not devices:
        workers = max(1, (os.cpu_count() or 2) // 2) if config.workers is None else config.workers
        devices = ("cpu",) * workers
    return [host_settings(config, device, workers=len(devices)) for device in devices]


def host_settings(config: StationConfig, device: str, *, workers: int = 1) -> HostSettings:
    """What one of ``workers`` is told."""
    space = config.space
    token = space.token_file.key if space and space.token_file else None
    return HostSettings(
        device=device,
        folder=config.models,
        accept_noncommercial=config.accept_noncommercial,
        compile=config.compile,
        main_memory_gb=config.worker_memory_gb or fair_share(workers) / _GB,
        screening=config.screening,
        space=SpaceSettings(url=space.url, token=token, timeout_s=space.timeout_s) if space else None,
        log_level=config.log.level,
        log_format=config.log.format,
    )


def orders_at_once(settings: HostSettings) -> int:
    """How many orders a worker has in hand: on a GPU a second one, which films while the first is encoded.

    On the processor it is filming itself that takes the cores: a second order gives no clip sooner, holds its
    frames in memory besides, and takes from air what is left of the processor.
    """
    return 1 if settings.device == "cpu" else 2


def gpus_of_the_machine(driver: Path = Path("/proc/driver/nvidia/gpus")) -> int:
    """How many NVIDIA's driver has. A station whose workers are units of their own sees no device itself."""
    return sum(1 for _ in driver.glob("*"))


def visible_gpus(devices: Path = Path("/dev"), visible: str | None = None) -> int:
    """How many NVIDIA GPUs torch would find here.

    ``visible`` is CUDA_VISIBLE_DEVICES, by default that of our environment: a list of numbers or names, which
    ends at the first that is not one, such as -1.
    """
    present = sum(1 for path in devices.glob("nvidia*") if re.fullmatch(r"nvidia[0-9]+", path.name))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
    if visible is None or not present:
        return present
    count = 0
    for name in visible.split(","):
        if not re.fullmatch(r"[0-9]+|(GPU|MIG)-\S+", name.strip()):
            break
        count += 1
    return count
