"""Who asks from this machine, and is no proxy that asks for somebody else."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web

from webtv.broadcaster.tcp_info import TcpInfo

_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip", "via")
"""What headers begin with that proxies add."""
_ROOT, _PEOPLE = 0, range(1000, 60_001)
"""Accounts that people have, by login.defs(5); services, and so proxies, run under others."""


class Local:
    """Judges by all that there is, for no one sign tells every proxy.

    Apache and Caddy say so in headers; nginx before 1.29.7 asks by HTTP/1.0; HAProxy and later nginx by
    themselves do neither, but have accounts of their own.
    """

    def __init__(self) -> None:
        self._kernel = TcpInfo()

    def asks(self, request: web.Request) -> bool:
        """Whether a person or a program of theirs asks here, by a name of this machine."""
        return (
            is_loopback(request.remote or "")
            and is_loopback(_host_name(request))
            and not _comes_by_proxy(request)
            and not self._is_service(request)
        )

    def _is_service(self, request: web.Request) -> bool:
        """Whether the other end belongs to a service's account. Where the kernel does not tell, it is not."""
        transport = request.transport
        peer, own = (transport and transport.get_extra_info(end) for end in ("peername", "sockname"))
        if not (peer and own):
            return False
        owner = self._kernel.owner(peer[:2], own[:2])
        return owner not in (None, _ROOT, os.geteuid()) and owner not in _PEOPLE


def is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_forwarded(request: web.Request) -> bool:
    """Whether it has any header that proxies add."""
    return any(name.lower().startswith(_FORWARDED) for name in request.headers)


def _comes_by_proxy(request: web.Request) -> bool:
    """By what proxies say of themselves, or by HTTP/1.0, by which no browser asks."""
    return is_forwarded(request) or request.version < HttpVersion11


def _host_name(request: web.Request) -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""
