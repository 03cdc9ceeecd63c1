"""Who is signed in: sessions outlive the daemon, and end when their owner signs out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from pathlib import Path

import structlog

from webtv.clock import Clock
from webtv.media.files import write_atomically

log = structlog.get_logger()

SESSION_S = 30 * 86_400
_MOST = 1000
"""Beyond that the ones that began first end, so that a script that signs in for ever fills nothing."""


class SignedIn:
    """The sessions that are open, by a hash of their cookies that takes the token to make.

    So neither the file nor a copy of it lets anybody in, and another token ends all sessions.
    """

    def __init__(self, path: Path, token: str, clock: Clock) -> None:
        self._path, self._key, self._clock = path, token.encode(), clock
        self._until_s = self._load()
        self._turn = asyncio.Lock()

    async def begin(self) -> str:
        """A new session; returns its cookie."""
        cookie, now_s = secrets.token_urlsafe(32), self._now_s()
        lasting = {name: until_s for name, until_s in self._until_s.items() if until_s > now_s}
        lasting[self._name(cookie)] = now_s + SESSION_S
        self._until_s = dict(list(lasting.items())[-_MOST:])
        await self._keep()
        return cookie

    async def end(self, cookie: str) -> None:
        """The session of that cookie is over, in whatever browser it is."""
        if self._until_s.pop(self._name(cookie), None) is not None:
            await self._keep()

    def has(self, cookie: str) -> bool:
        return self._until_s.get(self._name(cookie), 0) > self._now_s()

    def _name(self, cookie: str) -> str:
        return hmac.new(self._key, cookie.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()

    def _now_s(self) -> int:
        return self._clock.now().wall_ns // 1_000_000_000

    def _load(self) -> dict[str, int]:
        try:
            saved = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("the desk's sessions cannot be read: all sign in anew", error=str(error))
            return {}
        found = saved.items() if isinstance(saved, dict) else ()
        return {name: until_s for name, until_s in found if isinstance(until_s, int)}

    async def _keep(self) -> None:
        async with self._turn:
            text = json.dumps(self._until_s)
            try:
                await asyncio.to_thread(self._write, text)
            except OSError as error:
                log.error("the desk's sessions could not be stored", error=str(error))

    def _write(self, text: str) -> None:
        try:
            write_atomically(self._path, text)
        except OSError:
            # Rather none than one that has ended: a disk without room still lets files go.
            self._path.unlink(missing_ok=True)
            raise
