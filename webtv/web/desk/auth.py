"""Who may use the desk.

With a token: whoever shows it, as ``Authorization: Bearer`` or as the cookie that it was exchanged for.
Without one: people on this machine alone, and only under a name of this machine, so that no page of another
site can have a browser here ask in its own name (DNS rebinding).
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from webtv.clock import Clock
from webtv.web.desk.errors import Handler
from webtv.web.desk.local import Local, is_forwarded
from webtv.web.desk.signed_in import SignedIn
from webtv.web.visitor import Networks, Visitor, counted_as, is_trusted, visitor

log = structlog.get_logger()

COOKIE = "webtv_desk"
_FREE_TRIES, _LONGEST_WAIT_S, _PEERS = 5, 300.0, 1000
_READING = ("GET", "HEAD")


@dataclass
class _Tries:
    failures: int = 0
    until_ns: int = 0


class Guard:
    """Knows the token, who guessed at it lately, and who is signed in, as the file ``sessions`` has it.

    Where the station has a ``public_url`` or ``proxies``, those that are believed whom they ask for, every
    visitor may look local.
    """

    def __init__(
        self,
        token: str | None,
        clock: Clock,
        sessions: Path,
        *,
        public_url: str | None = None,
        proxies: Networks = (),
    ) -> None:
        self._token, self._clock, self._proxies = token, clock, proxies
        self._public_origin = _origin(public_url) if public_url is not None else None
        self._behind_proxy = public_url is not None or bool(proxies)
        self._signed_in = SignedIn(sessions, token, clock) if token is not None else None
        self._local = Local()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._warned_of_proxy = False

    def visitor(self, request: web.Request) -> Visitor:
        """Who asks, and by which scheme and host; behind a trusted proxy the one that it asks for."""
        return visitor(request, self._proxies)

    def is_ours(self, origin: str, request: web.Request) -> bool:
        """Whether a page of that origin is the station's own, as the visitor reaches it.

        The scheme may differ: TLS ends at a proxy in front of us, which need not say so.
        """
        try:
            named = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        if named == self.visitor(request).host.lower() != "":
            return True
        return self._public_origin is not None and _origin(origin) == self._public_origin

    def check(self, request: web.Request) -> None:
        """Raises HTTPUnauthorized, HTTPForbidden or HTTPTooManyRequests."""
        if self._token is None:
            self._check_local(request)
            return
        token = _shown_token(request)
        if token is not None:
            self.check_token(request, token)
        elif not self._is_signed_in(request):
            raise web.HTTPUnauthorized(text="The desk asks for its token.")

    def check_token(self, request: web.Request, token: str) -> None:
        """Raises as ``check`` does. Whoever guesses waits, ever longer, be the next one right or wrong."""
        if self._token is None:
            self._check_local(request)
            return
        self.check_pace(request)
        peer = counted_as(self.visitor(request).address)
        if _same(token, self._token):
            self._tries.pop(peer, None)
            return
        now_ns = self._clock.now().boot_ns
        tries = self._tries.get(peer, _Tries())
        tries.failures += 1
        over = tries.failures - _FREE_TRIES
        tries.until_ns = now_ns + int(min(2.0**over, _LONGEST_WAIT_S) * 1e9) if over >= 0 else 0
        self._tries[peer] = tries
        self._tries.move_to_end(peer)
        if len(self._tries) > _PEERS:
            self._tries.popitem(last=False)
        self._warn_of_unknown_proxy(request)
        raise web.HTTPUnauthorized(text="That is not the desk's token.")

    def check_pace(self, request: web.Request) -> None:
        """Raises HTTPTooManyRequests for whoever guessed too often and has not waited yet."""
        peer = self.visitor(request).address
        left_ns = self._tries.get(counted_as(peer), _Tries()).until_ns - self._clock.now().boot_ns
        if left_ns > 0:
            wait_s = -(-left_ns // 1_000_000_000)
            raise web.HTTPTooManyRequests(
                text=f"Too many wrong tokens from {peer}: try again in {wait_s} s.",
                headers={"Retry-After": str(wait_s)},
            )

    async def sign_in(self) -> str | None:
        """Begin a session; returns its cookie, or None where no token is set and so none is needed."""
        return await self._signed_in.begin() if self._signed_in is not None else None

    async def sign_out(self, request: web.Request) -> None:
        """End the session that the request comes with, wherever else its cookie may be."""
        if self._signed_in is not None:
            await self._signed_in.end(request.cookies.get(COOKIE, ""))

    def still_lets_in(self, request: web.Request) -> bool:
        """Whether what it was let in by holds: a session ends, the token and this machine do not."""
        return self._token is None or _shown_token(request) is not None or self._is_signed_in(request)

    def _is_signed_in(self, request: web.Request) -> bool:
        return self._signed_in is not None and self._signed_in.has(request.cookies.get(COOKIE, ""))

    def _warn_of_unknown_proxy(self, request: web.Request) -> None:
        """All visitors of a proxy that is not named are one guesser: five wrong tokens lock all out."""
        known = is_trusted(request.remote or "", self._proxies)
        if is_forwarded(request) and not known and not self._warned_of_proxy:
            self._warned_of_proxy = True
            log.warning(
                "visitors come by a proxy that trusted_proxies does not name: they count as one",
                proxy=request.remote,
            )

    def _check_local(self, request: web.Request) -> None:
        if self._behind_proxy or not self._local.asks(request):
            raise web.HTTPForbidden(
                text="Without a token the desk answers only people on the machine itself, at a loopback "
                "address, and no proxy. Set desk: token_file: in webtv.yaml to use it from elsewhere."
            )


GUARD = web.AppKey("guard", Guard)


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only those who may, and never a page of another site in their name."""
    guard = request.app[GUARD]
    _refuse_other_sites(guard, request)
    if request.match_info.route.name != "open":
        guard.check(request)
    return await handler(request)


def _refuse_other_sites(guard: Guard, request: web.Request) -> None:
    """A browser says on whose behalf it asks; scripts with the token in a header need not."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    same = site in (None, "same-origin", "none") and (origin is None or guard.is_ours(origin, request))
    if request.method in _READING:
        if not same:
            raise web.HTTPForbidden(text="The desk answers its own page only.")
        return
    said = origin is not None or site is not None or "Authorization" in request.headers
    if not (same and said):
        raise web.HTTPForbidden(text="The desk takes orders from its own page only: send its Origin.")
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON, as application/json.")


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port


def _shown_token(request: web.Request) -> str | None:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else None


def _same(given: str, known: str) -> bool:
    """In constant time. Headers and JSON can bring halves of characters, which no encoding has."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), known.encode())
