"""Nothing is filmed that has not been looked at: every prompt and every title, whoever wrote it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import structlog

from webtv.clock import Clock
from webtv.errors import EngineError, Refused
from webtv.generator.writer.blocklist import Blocklist
from webtv.generator.writer.openai_service import Service

log = structlog.get_logger()

Moderator = Literal["endpoint", "blocklist"]

_COURTESY_S = 5.0
"""How long a text of fixed vocabulary waits for the endpoint."""
_ASK_AGAIN_S = 60.0


class Moderation:
    """The blocklist for every text, and the service's moderation endpoint unless the operator chose without.

    What a language model wrote needs the endpoint's word: while that is away, it is not used. What the
    grammar wrote does not: its vocabulary is in the source and its theme is the operator's. The endpoint can
    refuse it, but an outage of the service must not end fresh clips on channels that do without the service.
    """

    def __init__(
        self, blocklist: Blocklist, service: Service | None, clock: Clock, *, by: Moderator = "endpoint"
    ) -> None:
        self._blocklist, self._clock = blocklist, clock
        self._service = service if by == "endpoint" else None
        self._needs_endpoint = by == "endpoint"
        self._silent_until_ns = 0

    async def review(self, texts: Sequence[str], *, by_model: bool) -> None:
        """Return if all ``texts`` may air.

        Raises:
            Refused: ``blocklist`` or ``endpoint`` objects.
            EngineError: the texts are a model's and could not be checked, so that they must not be used.
        """
        await asyncio.to_thread(self._refuse_blocked, texts)
        if by_model and self._needs_endpoint:
            await self._ask(texts)
        elif not by_model and self._service is not None and self._now_ns() >= self._silent_until_ns:
            await self._ask_if_it_answers(self._service, texts)

    async def check(self) -> None:
        """Whether what a model wrote could be checked now. Raises EngineError."""
        if self._needs_endpoint:
            await self._ask(("a calm sea",))

    def _refuse_blocked(self, texts: Sequence[str]) -> None:
        for text in texts:
            if found := self._blocklist.find(text):
                raise Refused("blocklist", f"the blocklist has '{found}'")

    async def _ask(self, texts: Sequence[str]) -> None:
        service = self._service
        if service is None:
            raise EngineError("there is no moderation endpoint: webtv.yaml has no section `openai:`")
        async with service.within(service.timeout_s):
            _refuse_flagged(await service.flags(texts))

    async def _ask_if_it_answers(self, service: Service, texts: Sequence[str]) -> None:
        try:
            async with service.within(min(_COURTESY_S, service.timeout_s)):
                flags = await service.flags(texts)
        except EngineError as error:
            if not self._silent_until_ns:
                log.warning("the grammar's texts are checked by the blocklist alone", error=str(error))
            self._silent_until_ns = self._now_ns() + int(_ASK_AGAIN_S * 1e9)
            return
        self._silent_until_ns = 0
        _refuse_flagged(flags)

    def _now_ns(self) -> int:
        return self._clock.now().boot_ns


def _refuse_flagged(flags: Sequence[bool]) -> None:
    if any(flags):
        raise Refused("endpoint", f"the moderation endpoint objects to {sum(flags)} of {len(flags)} texts")
