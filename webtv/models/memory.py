"""How much memory a model takes, and how much there is. Torch is loaded already where this is asked."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_CGROUP = Path("/sys/fs/cgroup")


def bytes_of(model: Any) -> int:
    """Bytes of all parameters and buffers: of a module, or of the modules that a pipeline, or any other
    object with attributes, has as its parts. A tensor that two parts share counts once.
    """
    tensors = {id(tensor): tensor for module in _modules_of(model) for tensor in _tensors_of(module)}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def _modules_of(model: Any) -> Iterator[Any]:
    import torch  # noqa: PLC0415 - only a worker with models loads torch

    if isinstance(model, torch.nn.Module):
        yield model
        return
    components = getattr(model, "components", None)
    parts: Iterable[Any] = (components if isinstance(components, dict) else vars(model)).values()
    yield from (part for part in parts if isinstance(part, torch.nn.Module))


def _tensors_of(module: Any) -> Iterator[Any]:
    yield from module.parameters()
    yield from module.buffers()


def moved(model: Any, device: str) -> Any:
    """``model`` on ``device``: itself, or what its ``to`` gives."""
    if isinstance(getattr(model, "components", None), dict):
        # A pipeline warns that half precision does not run on a CPU, where it only waits.
        return model.to(device, silence_dtype_warnings=True)
    return model.to(device)


def free_on_gpu(device: str) -> int:
    """Bytes that models can still take on a GPU: what the driver has, and what torch keeps for later."""
    import torch  # noqa: PLC0415

    free, _ = torch.cuda.mem_get_info(device)
    return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))


def free_in_main_memory() -> int:
    """Bytes of main memory that this process could still take: the machine's, or its control group's."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    with suppress(OSError, KeyError, ValueError):  # no such group, or "max": no limit of its own
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        # Of this, what the kernel keeps of files goes when memory is asked for; weights just read are there.
        fields = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        files = int(fields["inactive_file"]) + int(fields["active_file"])
        free = min(free, limit - used + files)
    return free


def release(device: str) -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    if device != "cpu":
        import torch  # noqa: PLC0415

        torch.cuda.empty_cache()
