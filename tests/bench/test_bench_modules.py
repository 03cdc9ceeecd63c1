from __future__ import annotations

import importlib

import pytest

from bench.__main__ import BENCHMARKS


@pytest.mark.parametrize("name", [*BENCHMARKS, "pictures", "contact_sheet", "dashboard"])
def test_every_bench_can_be_started(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").main)
