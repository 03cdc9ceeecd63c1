"""Who asks, and by which address of ours: also behind proxies, of which the trusted ones are believed.

A proxy appends its own visitor at the right. So headers are read from the right to the left, as far as the
proxies are trusted; what stands further left the visitor may have made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web
from multidict import MultiMapping

from webtv.config import StationConfig

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

_LOOPBACK = IPv4Address("127.0.0.1")
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rf'(?:{_WORD}|"(?:[^"\\]|\\.)*")'
_PAIR = re.compile(rf"[ \t]*(?:({_WORD})=({_VALUE}))?[ \t]*")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Visitor:
    """``address`` is "" where it is not known; ``host`` is a name with its port, as in the header Host."""

    address: str
    scheme: str
    host: str


@dataclass(frozen=True)
class _Claim:
    """What one kind of header tells, by the trusted proxies."""

    address: str
    scheme: str | None
    host: str | None


def visitor(request: web.Request, trusted: Networks) -> Visitor:
    """Who sends the request, by its connection and, where that is a trusted proxy's, by its headers."""
    direct = Visitor(request.remote or "", request.scheme, request.host)
    return seen_through(direct, request.headers, trusted)


def seen_through(direct: Visitor, headers: MultiMapping[str], trusted: Networks) -> Visitor:
    """Who stands behind ``direct``, the other end of the connection: X-Forwarded-… and Forwarded (RFC 7239).

    A proxy writes one kind and may pass the other one on as it came. So where both are there and name two
    addresses, neither is believed.
    """
    peer = _address(direct.address)
    if not (_is_trusted(peer, trusted) or (not direct.address and _is_trusted(_LOOPBACK, trusted))):
        return Visitor(str(peer or direct.address), direct.scheme, direct.host)
    claims = [
        found
        for found in (_by_x_forwarded(direct, headers, trusted), _by_forwarded(direct, headers, trusted))
        if found is not None
    ]
    if len({found.address for found in claims}) > 1:
        claims = []
    return Visitor(
        next((found.address for found in claims), str(peer or direct.address)),
        next((found.scheme for found in claims if found.scheme), direct.scheme),
        next((found.host for found in claims if found.host), direct.host),
    )


def counted_as(address: str) -> str:
    """What people are counted by: whoever has one address of IPv6 has the 2**64 of its network."""
    found = _address(address)
    if found is None:
        return address
    return str(found) if found.version == 4 else str(IPv6Network((int(found), 64), strict=False))


def is_trusted(address: str, trusted: Networks) -> bool:
    return _is_trusted(_address(address), trusted)


def is_for_others(config: StationConfig) -> bool:
    """Whether the station is meant for people beyond this machine, and so for pages of other sites."""
    host = config.http.host
    found = _address(host)
    at_home = found.is_loopback if found is not None else host == "localhost"
    return config.public_url is not None or bool(config.proxies) or not at_home


def _is_trusted(address: Address | None, trusted: Networks) -> bool:
    return address is not None and any(address in network for network in trusted)


def _by_x_forwarded(direct: Visitor, headers: MultiMapping[str], trusted: Networks) -> _Claim | None:
    visitors, schemes, hosts = (_values(headers, f"X-Forwarded-{name}") for name in ("For", "Proto", "Host"))
    if not (visitors or schemes or hosts):
        return None
    address, hops = _furthest(direct.address, visitors, trusted)
    return _Claim(address, _scheme(_of_hop(schemes, hops)), _host(_of_hop(hosts, hops)))


def _by_forwarded(direct: Visitor, headers: MultiMapping[str], trusted: Networks) -> _Claim | None:
    if "Forwarded" not in headers:
        return None
    elements = _elements(",".join(headers.getall("Forwarded")))
    address, hops = _furthest(direct.address, [element.get("for", "") for element in elements], trusted)
    element = elements[-hops] if hops else {}
    return _Claim(address, _scheme(element.get("proto", "")), _host(element.get("host", "")))


def _furthest(peer: str, visitors: Sequence[str], trusted: Networks) -> tuple[str, int]:
    """The furthest address that a trusted proxy vouches for, and how many of ``visitors`` lead there."""
    address, hops = str(_address(peer) or peer), 0
    for text in reversed(visitors):
        found = _address(text)
        if text.startswith("unix:") and _is_trusted(_LOOPBACK, trusted):
            found = _LOOPBACK  # nginx, of a visitor by a Unix socket: another proxy of this machine
        hops += 1
        if found is None:
            break
        address = str(found)
        if not _is_trusted(found, trusted):
            break
    return address, hops


def _of_hop(values: Sequence[str], hops: int) -> str:
    """What the furthest of ``hops`` trusted proxies said. One that overwrites leaves a single value."""
    return values[-min(max(hops, 1), len(values))] if values else ""


def _values(headers: MultiMapping[str], name: str) -> list[str]:
    return [text.strip() for field in headers.getall(name, ()) for text in field.split(",")]


def _elements(text: str) -> list[Mapping[str, str]]:
    """The elements of Forwarded, from left to right; none where any is malformed: a quote that a visitor
    leaves open would swallow what a proxy appends."""
    elements: list[dict[str, str]] = [{}]
    at = 0
    while (pair := _PAIR.match(text, at)) is not None:  # it matches nothing, too
        if pair[1]:
            elements[-1][pair[1].lower()] = _unquoted(pair[2])
        at = pair.end()
        if at == len(text):
            return [element for element in elements if element]
        if text[at] not in ",;":
            return []
        if text[at] == ",":
            elements.append({})
        at += 1
    return []


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _address(text: str) -> Address | None:
    """An address as headers and sockets have it: with or without a port, IPv6 in brackets or bare."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _scheme(text: str) -> str | None:
    return text.lower() if text.lower() in ("http", "https") else None


def _host(text: str) -> str | None:
    return text if _HOST.fullmatch(text) else None
