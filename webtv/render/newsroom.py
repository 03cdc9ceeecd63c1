"""The writers of a station: who of a channel's chain writes, and that what is written may air."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import cast

import structlog

from webtv import metrics
from webtv.clock import Clock
from webtv.config import ChannelConfig, StationConfig
from webtv.domain import Brief, Script
from webtv.errors import EngineError, Refused
from webtv.generator.writer import OFFLINE, OnlineWriter, Writer, load_writer
from webtv.generator.writer.blocklist import Blocklist
from webtv.generator.writer.moderation import Moderation
from webtv.generator.writer.openai_service import Service
from webtv.supervisor import Backoff

log = structlog.get_logger()

_REST = Backoff(first_s=30, cap_s=600)
_LOOK_EVERY_S = 1.0
_SEEDS = 4
"""Scripts that the grammar may write for one order: one that is refused costs nothing."""


@dataclass
class _Rest:
    """A writer that failed. Its failures in a row are forgotten when a script of its is accepted."""

    failures: int = 0
    error: str = ""
    until_ns: int | None = None
    """None while it is at work, until when it is not even looked at otherwise."""


class Newsroom:
    """Asks the writers of a channel's chain in turn; one that fails rests until it is found to work again."""

    def __init__(self, service: Service | None, moderation: Moderation, clock: Clock) -> None:
        self._service, self._moderation, self._clock = service, moderation, clock
        self._writers: dict[str, Writer] = {}
        self._rests: dict[str, _Rest] = {}
        self._former: list[Service] = []

    @classmethod
    def of(cls, config: StationConfig, clock: Clock) -> Newsroom:
        """Raises ConfigError when the operator's blocklist cannot be read."""
        return cls(*_staff(config, clock), clock)

    def reconfigure(self, config: StationConfig) -> None:
        """Write and check by other settings from the next script on. Raises as ``of``, changing nothing."""
        service, moderation = _staff(config, self._clock)
        if self._service is not None:
            self._former.append(self._service)  # a script that is being written may still need it
        self._service, self._moderation = service, moderation
        self._writers.clear()
        self._rests.clear()

    @property
    def resting(self) -> dict[str, str]:
        """The writers that are not asked now, and why."""
        return {name: rest.error for name, rest in self._rests.items() if rest.until_ns is not None}

    async def write(self, config: ChannelConfig, brief: Brief) -> tuple[Script, str]:
        """A script that may air, and the name and version of its writer.

        Raises EngineError when none of the channel's writers has one.
        """
        reasons = []
        for name in config.engines.writer:
            if (since := self.resting.get(name)) is not None:
                reasons.append(f"{name} rests: {since}")
                continue
            try:
                script = await self._written(name, brief)
            except Refused as refusal:
                reasons.append(f"{name}: {refusal}")
                log.info(
                    "script refused", channel=config.id, writer=name, reason=refusal.reason, why=str(refusal)
                )
            except Exception as error:  # whatever a library raises, the next writer may do better
                _log_bug(name, error)
                reasons.append(f"{name}: {error}")
                self._let_rest(name, error)
            else:
                self._rests.pop(name, None)
                metrics.scripts_written.labels(name).inc()
                return script, f"{name} {self._writers[name].version}"
        raise EngineError(f"no writer could do it: {'; '.join(reasons)}")

    async def sample(self, brief: Brief) -> Script:
        """What the grammar writes for a brief: at once, at no cost, and not to be filmed.

        Raises EngineError where the theme may not air.
        """
        return await self._written("grammar", brief)

    async def retry_resting(self) -> None:
        """See for ever which of the resting writers work again."""
        while True:
            now_ns = self._clock.now().boot_ns
            for name, rest in list(self._rests.items()):
                if rest.until_ns is not None and now_ns >= rest.until_ns:
                    await self._look_at(name, rest)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def aclose(self) -> None:
        for service in (*self._former, self._service):
            if service is not None:
                await service.aclose()

    async def _look_at(self, name: str, rest: _Rest) -> None:
        try:
            if name not in OFFLINE:
                await self._moderation.check()
                await cast("OnlineWriter", await self._writer(name)).check()
        except Exception as error:
            _log_bug(name, error)
            self._prolong(rest, error)
            return
        rest.until_ns = None
        log.info("a writer is back", writer=name)

    async def _written(self, name: str, brief: Brief) -> Script:
        writer = await self._writer(name)
        seeds = Random(brief.seed)
        for left in reversed(range(_SEEDS if name in OFFLINE else 1)):
            try:
                script = await writer.write(brief)
                await self._moderation.review(_texts(script), by_model=name not in OFFLINE)
            except Refused as refusal:
                metrics.scripts_refused.labels(name, refusal.reason).inc()
                if not left:
                    raise
                brief = brief.model_copy(update={"seed": seeds.getrandbits(32)})
            else:
                return script
        raise AssertionError("a script is accepted or the last refusal raised")

    async def _writer(self, name: str) -> Writer:
        if name not in self._writers:
            self._writers[name] = await asyncio.to_thread(load_writer, name, self._service)
        return self._writers[name]

    def _let_rest(self, name: str, error: Exception) -> None:
        """Orders that were under way when the writer began to rest do not prolong that."""
        metrics.writer_failures.labels(name).inc()
        rest = self._rests.setdefault(name, _Rest())
        if rest.until_ns is None:
            self._prolong(rest, error)
            log.warning("a writer rests; the next of the chain stands in", writer=name, error=str(error))

    def _prolong(self, rest: _Rest, error: Exception) -> None:
        rest.failures += 1
        rest.error = str(error) or type(error).__name__
        rest.until_ns = self._clock.now().boot_ns + int(_REST.delay_s(rest.failures) * 1e9)


def _staff(config: StationConfig, clock: Clock) -> tuple[Service | None, Moderation]:
    service = Service(config.openai) if config.openai else None
    blocklist = Blocklist.read(config.blocklist)
    return service, Moderation(blocklist, service, clock, by=config.moderation)


def _log_bug(name: str, error: Exception) -> None:
    if not isinstance(error, EngineError):
        log.error("writer failed by a bug", writer=name, exc_info=error)


def _texts(script: Script) -> list[str]:
    """All that is filmed, played, or shown to viewers."""
    return [script.title, script.music.prompt, *(shot.prompt for shot in script.shots)]
