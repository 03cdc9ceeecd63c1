"""Who may use the desk.

With a token: whoever shows it, as ``Authorization: Bearer`` or as the cookie that it was exchanged for.
Without one: people on this machine alone, and only under a name of this machine, so that no page of another
site can have a browser here ask in its own name (DNS rebinding).
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from webtv.clock import Clock
from webtv.web.desk.errors import Handler
from webtv.web.desk.local import Local, is_loopback
from webtv.web.desk.signed_in import SignedIn

COOKIE = "webtv_desk"
_FREE_TRIES, _LONGEST_WAIT_S, _PEERS = 5, 300.0, 1000
_READING = ("GET", "HEAD")


@dataclass
class _Tries:
    failures: int = 0
    until_ns: int = 0


class Guard:
    """Knows the token, who guessed at it lately, and who is signed in, as the file ``sessions`` has it.

    ``behind_proxy``: every visitor may look local.
    """

    def __init__(self, token: str | None, clock: Clock, sessions: Path, *, behind_proxy: bool) -> None:
        self._token, self._clock, self._behind_proxy = token, clock, behind_proxy
        self._signed_in = SignedIn(sessions, token, clock) if token is not None else None
        self._local = Local()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def peer(self, request: web.Request) -> str:
        """The address of who asks: of a proxy on this machine, whom it says that it asks for. A proxy puts
        its own visitor last; what stands before that is hearsay."""
        peer = request.remote or ""
        if not (self._behind_proxy and is_loopback(peer)):
            return peer
        said = ",".join(request.headers.getall("X-Forwarded-For", ())).rpartition(",")[2]
        try:
            return str(ip_address(said.strip()))
        except ValueError:
            return peer

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
        peer = _guesser(self.peer(request))
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
        raise web.HTTPUnauthorized(text="That is not the desk's token.")

    def check_pace(self, request: web.Request) -> None:
        """Raises HTTPTooManyRequests for whoever guessed too often and has not waited yet."""
        peer = self.peer(request)
        left_ns = self._tries.get(_guesser(peer), _Tries()).until_ns - self._clock.now().boot_ns
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
    _refuse_other_sites(request)
    if request.match_info.route.name != "open":
        guard.check(request)
    return await handler(request)


def _refuse_other_sites(request: web.Request) -> None:
    """A browser says on whose behalf it asks; scripts with the token in a header need not."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    same = site in (None, "same-origin", "none") and (origin is None or _is_ours(origin, request))
    if request.method in _READING:
        if not same:
            raise web.HTTPForbidden(text="The desk answers its own page only.")
        return
    said = origin is not None or site is not None or "Authorization" in request.headers
    if not (same and said):
        raise web.HTTPForbidden(text="The desk takes orders from its own page only: send its Origin.")
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON, as application/json.")


def _is_ours(origin: str, request: web.Request) -> bool:
    """The scheme may differ: TLS ends at a proxy in front of us."""
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower() != ""
    except ValueError:
        return False


def _shown_token(request: web.Request) -> str | None:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else None


def _same(given: str, known: str) -> bool:
    """In constant time. Headers and JSON can bring halves of characters, which no encoding has."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), known.encode())


def _guesser(peer: str) -> str:
    """What guesses are counted by: whoever has one address of IPv6 has the 2**64 of its network."""
    try:
        address = ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4 or address.ipv4_mapped:
        return peer
    return str(IPv6Network((int(address), 64), strict=False))
