from __future__ import annotations

import asyncio
import os

import pytest
from structlog.testing import capture_logs

from webtv.render import conversation
from webtv.render.conversation import WorkerConnection
from webtv.render.executor import ExecutorLostError
from webtv.render.limits import Limits
from webtv.render.link import child


async def test_a_worker_that_even_the_kernel_cannot_end_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = WorkerConnection(
        await child(("sh", "-c", "cat >/dev/null; sleep 600"))("{}", 120), "cuda:0", Limits()
    )
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(os, "killpg", lambda group, number: None)
        patch.setattr(conversation, "_KILL_WAIT_S", 0.01)
        async with asyncio.timeout(120):
            await worker.close()
    assert [(line["event"], line["device"]) for line in logs] == [
        ("a render worker cannot be ended", "cuda:0")
    ]
    await worker.close()


async def test_a_worker_that_falls_silent_for_good_and_does_not_end_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "_KILL_WAIT_S", 0.1)
    worker = WorkerConnection(await child(("sh", "-c", "exec sleep 600 >&-"))("{}", 120), "cpu", Limits())
    try:
        with (
            pytest.raises(ExecutorLostError, match="on cpu said its last word, did not end and was ended"),
            worker.about("an order") as order,
        ):
            await worker.event(order, lambda: float("inf"))
    finally:
        await worker.close()
