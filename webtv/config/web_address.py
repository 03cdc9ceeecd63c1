"""Web addresses as an operator writes them: without query, fragment or password."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

WEB_PATTERN = "^[Hh][Tt][Tt][Pp][Ss]?://[^ @?#]+$"
"""What all of them look like, for editors."""

_METADATA_NETWORKS = [
    ip_network(network)
    for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32")
]
"""Link-local addresses, and the two others at which AWS and Alibaba Cloud answer for a machine."""
_METADATA_NAMES = ("metadata.google.internal", "metadata.goog", "metadata", "instance-data")


def is_web_address(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        url = urlsplit(value)
        return (
            url.scheme in ("http", "https")
            and bool(url.hostname)
            and "@" not in url.netloc
            and url.port != 0
            and not url.query
            and not url.fragment
        )
    except ValueError:
        return False


def is_of_the_machine(value: str) -> bool:
    """Whether a web address is link-local, where clouds hand a machine its own keys: no service lives there.

    Addresses are seen through their odd spellings (one number, hexadecimal, IPv4 inside IPv6). What a name
    resolves to is not looked up: it may be another address tomorrow.
    """
    host = (urlsplit(value).hostname or "").rstrip(".").partition("%")[0]
    address = _address(host)
    if address is None:
        return host in _METADATA_NAMES
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in _METADATA_NETWORKS)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass  # not as RFC 4291 and 6943 want them; perhaps as the C library takes them
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
