"""The device that models are measured on: time, memory, counted work, and what its matrix units reach."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Spent:
    """``peak_gb`` is the most that torch held of a GPU's memory; 0 on a CPU."""

    seconds: float
    peak_gb: float


def chosen() -> str:
    """``cuda:0`` where there is one, else ``cpu``, on which torch keeps to one thread from now on."""
    if torch.cuda.is_available():
        return "cuda:0"
    torch.set_num_threads(1)
    return "cpu"


def full_size(device: str, *, quick: bool) -> bool:
    """Whether networks have their real size. Tiny ones show that it works and say nothing of speed."""
    return device != "cpu" and not quick


def timed(device: str, work: Callable[[], object]) -> Spent:
    """Wall time on a GPU; on a CPU this process's CPU time, which others at work there do not lengthen."""
    if device == "cpu":
        began = time.process_time()
        work()
        return Spent(time.process_time() - began, 0.0)
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    began = time.monotonic()
    work()
    torch.cuda.synchronize(device)
    return Spent(time.monotonic() - began, torch.cuda.max_memory_allocated(device) / 1e9)


def counted_tflop(work: Callable[[], object]) -> float:
    """Matrix products and convolutions of ``work``, on a GPU attention too, in TFLOP; in all code that is not
    compiled."""
    with FlopCounterMode(display=False) as counter:
        work()
    return float(counter.get_total_flops()) / 1e12


def extended(known: Mapping[int, float], to: int) -> float:
    """Two points' straight line read at ``to``: the work of many steps, each as dear as the last, by few."""
    (few, low), (more, high) = known.items()
    return low + (to - few) * (high - low) / (more - few)


@cache
def roofline_tflops(device: str) -> float:
    """What large matrix products reach here, timed in this run: bfloat16 on a GPU, float32 on a CPU.

    An H100 or H200 reaches about 790 TFLOP/s; their data sheet says 989.
    """
    side, dtype, rounds = (1024, torch.float32, 4) if device == "cpu" else (16384, torch.bfloat16, 50)
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    made = torch.empty_like(left)

    def multiply() -> None:
        for _ in range(rounds):
            torch.matmul(left, right, out=made)

    multiply()
    return 2 * side**3 * rounds / 1e12 / timed(device, multiply).seconds


@contextmanager
def limited(device: str, gigabytes: float) -> Iterator[None]:
    """Within, torch gets no more than that of a GPU's memory, as on a smaller card."""
    if device == "cpu":
        yield
        return
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * 1e9 / whole), device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


def free(device: str) -> None:
    """Give back what the last engine left, compiled code included."""
    if device == "cpu":
        gc.collect()
        return
    torch.compiler.reset()
    gc.collect()
    torch.cuda.empty_cache()
