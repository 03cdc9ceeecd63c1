"""Has a channel's next order written, unlike those before it."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque

from webtv.config import ChannelConfig
from webtv.domain import RenderOrder
from webtv.playlist.database import Database
from webtv.render.newsroom import Newsroom
from webtv.render.orders import brief_for, order_for
from webtv.render.quality import Quality

RECENT_PROMPTS = 200
RECENT_TITLES = 50
_UNDER_WAY = 64
"""Prompts remembered of orders whose clips are not in the library yet."""


class OrderWriter:
    """One script at a time for each channel, so that none comes near one that is being rendered."""

    def __init__(self, newsroom: Newsroom, database: Database, quality: Quality) -> None:
        self._newsroom, self._database, self._quality = newsroom, database, quality
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._prompts: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_UNDER_WAY))
        self._titles: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_UNDER_WAY))

    @property
    def busy(self) -> bool:
        return any(lock.locked() for lock in self._writing.values())

    def writes_for(self, channel: str) -> bool:
        """Whether a script of that channel is being written."""
        return channel in self._writing and self._writing[channel].locked()

    async def write(self, config: ChannelConfig) -> RenderOrder:
        """The channel's next order. Raises sqlite3.Error, or EngineError when no writer has one."""
        async with self._writing[config.id]:
            order = await self._written(config)
            self._prompts[config.id].extend(shot.prompt for shot in order.script.shots)
            self._titles[config.id].append(order.script.title)
        return order

    async def _written(self, config: ChannelConfig) -> RenderOrder:
        number = await self._database(lambda store: store.next_order(config.id))
        prompts = await self._database(lambda store: store.recent_prompts(config.id, limit=RECENT_PROMPTS))
        titles = await self._database(lambda store: store.recent_titles(config.id, limit=RECENT_TITLES))
        recent = (*reversed(self._prompts[config.id]), *prompts)[:RECENT_PROMPTS]
        recent_titles = (*reversed(self._titles[config.id]), *titles)[:RECENT_TITLES]
        brief = brief_for(config, number, recent, recent_titles)
        script, writer = await self._newsroom.write(config, brief)
        return order_for(config, script, writer, number, rung=self._quality.of(config))
