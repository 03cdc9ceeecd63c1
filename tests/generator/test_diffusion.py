"""What the backends that run a diffusion model share."""

from __future__ import annotations

import pytest
import torch

from webtv.generator.video.diffusion import shortage_forgiven


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_shortage_of_memory_is_forgiven_however_it_is_said(error: Exception) -> None:
    with shortage_forgiven():
        raise error


def test_nothing_else_is_forgiven() -> None:
    with pytest.raises(RuntimeError, match="same device"), shortage_forgiven():
        raise RuntimeError("Expected all tensors to be on the same device")
