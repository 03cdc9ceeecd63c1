"""Asks a station how it is: the operator's desk where it answers, or else the public API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from webtv.cli.where import Where
from webtv.config import HttpAddress
from webtv.errors import StationError

_TIMEOUT_S = 5

Json = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A station at one moment: ``state`` is what ``/desk/api/state`` gives, ``now`` is by its clock.

    Without the desk, ``state`` is what everybody may see, and ``note`` says so, and how to see all: it has no
    problems of the configuration, says nothing of uptime and disk, and of a target its state alone.
    """

    state: Json
    now: datetime
    note: str = ""


class Asker:
    """Asks one station."""

    def __init__(self, where: Where) -> None:
        self._where, address = where, where.address
        host = where.host
        self._base = f"http://{HttpAddress(host=host, port=address.port)}"
        self.headers = where.headers
        self._desk = True
        self._note = ""

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
            yield session

    async def once(self) -> Picture:
        """Raises StationError when no station answers."""
        async with self.session() as session:
            return await self.ask(session)

    async def ask(self, session: aiohttp.ClientSession) -> Picture:
        """Raises StationError when no station answers."""
        try:
            if self._desk:
                try:
                    return await self._read(session, "/desk/api/state", self.headers)
                except aiohttp.ClientResponseError as error:
                    # Not asked again: each wrong token counts as a guess.
                    self._desk = error.status >= 500
                    self._note = f"This is what everybody may see: {self._why(error.status)}."
            return await self._public(session)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise StationError(
                f"no station answers at {self._base}/api/v1. "
                "Start one with 'webtv run', or say where it is with --http"
            ) from error

    def _why(self, status: int) -> str:
        """Why the desk did not answer, and what to do; without a full stop."""
        if status == HTTPStatus.UNAUTHORIZED and not self._where.token:
            why = self._where.no_token or "the desk asks for its token"
            return f"{why}. To see all, ask as a user who may read the token, such as root, with -c FILE"
        if status == HTTPStatus.UNAUTHORIZED and not self.headers:
            return "the desk's token is shown to this machine alone. Ask on the station's own"
        if status == HTTPStatus.UNAUTHORIZED:
            return "the desk has another token than the configuration. The station reads it when it starts"
        if status == HTTPStatus.FORBIDDEN:
            return "the desk has no token and does not answer here. Set desk: token_file: in webtv.yaml"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return "the desk was shown too many wrong tokens from here. Try again in some minutes"
        return f"the desk answers {status}"

    async def _public(self, session: aiohttp.ClientSession) -> Picture:
        listed = await self._read(session, "/api/v1/channels")
        on_air = [entry["id"] for entry in listed.state["channels"] if entry["on_air"]]
        engines, *found = await asyncio.gather(
            self._read(session, "/api/v1/engines"),
            *(self._read(session, f"/api/v1/channels/{name}") for name in on_air),
        )
        known = {one.state["id"]: one.state for one in found}
        channels = [known.get(entry["id"], entry) for entry in listed.state["channels"]]
        orders = [{"channel": one["id"], **order} for one in known.values() for order in one["making"]]
        state = {"station": listed.state["station"], "channels": channels, "orders": orders}
        return Picture(state | engines.state, listed.now, self._note)

    async def _read(
        self, session: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None
    ) -> Picture:
        async with session.get(self._base + path, headers=headers, allow_redirects=False) as response:
            said = response.headers.get("Date")
            now = parsedate_to_datetime(said) if said else datetime.now(UTC)
            return Picture(await response.json(), now)
