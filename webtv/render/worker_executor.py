"""An executor on this machine: one worker process, a child of the daemon's or a unit that systemd starts."""

from __future__ import annotations

import asyncio

import structlog

from webtv.domain import Manifest, RenderOrder
from webtv.errors import ClipRejected, EngineError
from webtv.models.settings import HostSettings
from webtv.render.artefacts import Artefact, ArtefactStore
from webtv.render.conversation import Conversation, WorkerConnection
from webtv.render.devices import orders_at_once
from webtv.render.executor import ExecutorLostError, OnProgress, StartExecutor
from webtv.render.health import Health
from webtv.render.limits import Limits
from webtv.render.link import Connect
from webtv.render.messages import (
    Cancelled,
    CancelRequest,
    Checked,
    CheckRequest,
    EngineFailed,
    Failed,
    Finished,
    Progressed,
    Rejected,
    RenderRequest,
)

log = structlog.get_logger()


def worker_executors(
    connect: Connect, artefacts: ArtefactStore, health: Health, limits: Limits | None = None
) -> StartExecutor:
    """Starts executors on this machine; ``connect`` has a worker started."""

    async def start(settings: HostSettings) -> WorkerExecutor:
        of_host = (limits or Limits()).for_host(settings)
        link = await connect(settings.model_dump_json(), of_host.start_s)
        return WorkerExecutor(
            WorkerConnection(link, settings.device, of_host),
            artefacts,
            health,
            at_once=orders_at_once(settings),
        )

    return start


class WorkerExecutor:
    """See ``Executor``. Close it whatever happens."""

    def __init__(
        self, connection: WorkerConnection, artefacts: ArtefactStore, health: Health, *, at_once: int
    ) -> None:
        self.device, self.health, self.at_once = connection.device, health, at_once
        self.connection, self._artefacts, self._limits = connection, artefacts, connection.limits

    async def render(self, order: RenderOrder, init: bytes | None, on_progress: OnProgress) -> Artefact:
        """See ``Executor.render``."""
        with self.connection.about(order.id) as conversation:
            try:
                return self._artefacts.artefact(await self._made(conversation, order, init, on_progress))
            except ClipRejected:
                raise
            except ExecutorLostError as error:
                await self.close()  # before anybody else writes to the same file
                self._let_rest(order, conversation, error)
                self._artefacts.discard(order.id)
                raise
            except asyncio.CancelledError:
                try:
                    await self._cancel(conversation, order)
                finally:
                    self._artefacts.discard(order.id)
                raise
            except BaseException:
                self._artefacts.discard(order.id)
                raise

    async def check(self, step: str, engine: str) -> str:
        """See ``Executor.check``."""
        limit_s = self._limits.check_s
        until_s = asyncio.get_running_loop().time() + limit_s
        with self.connection.about(f"check {step} {engine}") as conversation:
            request = CheckRequest(order_id=conversation.order_id, step=step, engine=engine)
            self.connection.send(request)
            try:
                while True:
                    match await self.connection.event(conversation, lambda: until_s):
                        case Checked(reason=reason):
                            return reason
            except TimeoutError:
                raise self.connection.give_up_worker(
                    f"finding out whether {engine} works again took more than {limit_s:.0f} s on "
                    f"{self.device}; the worker was ended"
                ) from None

    async def lost(self) -> None:
        await self.connection.ended.wait()

    def raise_if_lost(self) -> None:
        self.connection.raise_if_lost()

    async def close(self) -> None:
        await self.connection.close()

    async def _made(
        self, conversation: Conversation, order: RenderOrder, init: bytes | None, on_progress: OnProgress
    ) -> Manifest:
        resting = self.health.resting(self.device)
        folder = self._artefacts.folder
        self.connection.send(RenderRequest(order=order, init=init, folder=folder, resting=resting))
        if not self.connection.started:
            on_progress("starting", "", 0.0)
        failed: set[tuple[str, str]] = set()
        while True:
            try:
                event = await self.connection.event(
                    conversation, lambda: conversation.oldest_since_s + self._limits.order_s
                )
            except TimeoutError:
                raise self.connection.give_up_worker(
                    f"the render worker on {self.device} took more than {self._limits.order_s:.0f} s for one "
                    "order and was ended",
                    order_id=order.id,
                ) from None
            match event:
                case Progressed(step=step, engine=engine, done=done):
                    on_progress(step, engine, done)
                case EngineFailed(step=step, engine=engine, reason=reason):
                    failed.add((step, engine))
                    self.health.failed(self.device, step, engine, reason)
                case Finished(manifest=manifest):
                    for step, engine in _who_worked(manifest) - failed:
                        self.health.worked(self.device, step, engine)
                    return manifest
                case Rejected(reason=reason, detail=detail):
                    raise ClipRejected(reason, detail)
                case Failed(message=message, trace=trace):
                    if trace:
                        log.error("bug in the render worker", trace=trace)
                    raise EngineError(message)
                case Cancelled():
                    raise EngineError("the worker let go of an order that nobody cancelled")

    async def _cancel(self, conversation: Conversation, order: RenderOrder) -> None:
        """Returns when the worker has let go of it. Raises ExecutorLostError; the worker has then ended."""
        limit_s = self._limits.cancel_s
        until_s = asyncio.get_running_loop().time() + limit_s
        try:
            self.connection.send(CancelRequest(order_id=order.id))
            while not isinstance(
                await self.connection.event(conversation, lambda: until_s),
                Finished | Rejected | Cancelled | Failed,
            ):
                continue
        except TimeoutError:
            error = self.connection.give_up_worker(
                f"the render worker on {self.device} took more than {limit_s:.0f} s to let go of an order "
                "and was ended",
                order_id=order.id,
            )
            await self.close()
            raise error from None
        except ExecutorLostError:
            await self.close()
            raise

    def _let_rest(self, order: RenderOrder, conversation: Conversation, error: ExecutorLostError) -> None:
        """The engines that may be why a worker was lost, where others can stand in for them."""
        if not error.blames(order.id):
            return
        suspects = error.at_work if error.order_id else conversation.running
        for running in suspects:
            if _can_do_without(order, running.step, running.engine):
                self.health.failed(
                    self.device, running.step, running.engine, str(error), took_s=running.for_s
                )


def _can_do_without(order: RenderOrder, step: str, engine: str) -> bool:
    """Whether another engine can stand in; for a screener, a backend that perhaps needs none."""
    engines = order.engines
    chains = {
        "video": engines.video,
        "interpolator": engines.interpolator,
        "musician": engines.musician,
        "screener": (engine, *engines.video[1:]),
    }
    return engine in chains.get(step, ())[:-1]


def _who_worked(manifest: Manifest) -> set[tuple[str, str]]:
    return {
        (step, who.rpartition(" ")[0])
        for step in ("video", "interpolator", "musician", "screener")
        for who in manifest.engines.get(step, "").split(", ")
        if who
    }
