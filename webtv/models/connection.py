"""How pulls reach the network."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

_CONNECT_S, _SILENCE_S = 20, 60


def new_session() -> aiohttp.ClientSession:
    """A session without an end for a whole file, but one for silence."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S)
    return aiohttp.ClientSession(
        timeout=timeout, auto_decompress=False, headers={"Accept-Encoding": "identity"}
    )


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for ``address``.

    aiohttp would find it too, but reads ~/.netrc with it: a password there collides with the hub's token, and
    a default one goes to whatever server a file comes from.
    """
    parts = urlsplit(address)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
