from __future__ import annotations

import asyncio
import os

import pytest
from structlog.testing import capture_logs

from webtv.models.settings import HostSettings
from webtv.render import process
from webtv.render.limits import Limits, WorkerLostError
from webtv.render.link import child
from webtv.render.process import WorkerProcess


async def test_a_worker_that_even_the_kernel_cannot_end_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = await WorkerProcess.start(
        child(("sh", "-c", "cat >/dev/null; sleep 600")), HostSettings(device="cuda:0"), Limits()
    )
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(os, "killpg", lambda group, number: None)
        patch.setattr(process, "_KILL_WAIT_S", 0.01)
        async with asyncio.timeout(30):
            await worker.end()
    assert [(line["event"], line["device"]) for line in logs] == [
        ("a render worker cannot be ended", "cuda:0")
    ]
    await worker.end()


async def test_a_worker_that_falls_silent_for_good_and_does_not_end_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_KILL_WAIT_S", 0.1)
    worker = await WorkerProcess.start(child(("sh", "-c", "exec sleep 600 >&-")), HostSettings(), Limits())
    try:
        with pytest.raises(WorkerLostError, match="on cpu said its last word, did not end and was ended"):
            async with asyncio.timeout(30):
                await worker.event()
    finally:
        await worker.end()
