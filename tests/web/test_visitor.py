"""Who is behind a proxy: a table of what trusted and untrusted ones, and visitors who lie, may send."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from multidict import CIMultiDict

from webtv.web.visitor import Visitor, counted_as, seen_through

TRUSTED = tuple(ip_network(text) for text in ("127.0.0.0/8", "::1", "10.88.0.0/16", "2001:db8:1::/48"))
DIRECT = Visitor("10.88.0.1", "http", "127.0.0.1:8800")


def seen(direct: Visitor = DIRECT, **headers: str) -> Visitor:
    named = CIMultiDict((name.replace("_", "-"), value) for name, value in headers.items())
    return seen_through(direct, named, TRUSTED)


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("192.0.2.1, 203.0.113.9", "203.0.113.9"),  # the visitor made the first one up
        ("192.0.2.1,203.0.113.9 , 10.88.0.7", "203.0.113.9"),  # two proxies of ours
        ("10.88.0.9, 10.88.0.7", "10.88.0.9"),  # all within the house
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:DB8::9]:4711", "2001:db8::9"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8::9, 2001:db8:1::2", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.88.0.7", "203.0.113.9"),
        ("203.0.113.9, unix:", "203.0.113.9"),
        ("unknown", "10.88.0.1"),
        ("203.0.113.9, nobody", "10.88.0.1"),
        ("203.0.113.9, nobody, 10.88.0.7", "10.88.0.7"),
        ("", "10.88.0.1"),
        (",", "10.88.0.1"),
        ("203.0.113.9,", "10.88.0.1"),
        ("256.1.1.1", "10.88.0.1"),
        ("1.2.3.4.5", "10.88.0.1"),
        ("[::1", "::1"),
        ("' or 1=1", "10.88.0.1"),
    ],
)
def test_of_x_forwarded_for_is_believed_what_trusted_proxies_wrote(said: str, who: str) -> None:
    assert seen(X_Forwarded_For=said).address == who


def test_several_fields_are_one_list() -> None:
    headers = CIMultiDict([("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.9, 10.88.0.7")])
    assert seen_through(DIRECT, headers, TRUSTED).address == "203.0.113.9"


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9;proto=https;by=10.88.0.1", "203.0.113.9"),
        ('for="203.0.113.9:4711"', "203.0.113.9"),
        ('for="[2001:db8::9]:4711"', "2001:db8::9"),
        ("for=192.0.2.1, for=203.0.113.9", "203.0.113.9"),
        ("for=192.0.2.1,for=203.0.113.9 ; proto=http , for=10.88.0.7", "203.0.113.9"),
        ("for=unknown", "10.88.0.1"),
        ("for=_hidden, for=10.88.0.7", "10.88.0.7"),
        ("proto=https", "10.88.0.1"),
        ("", "10.88.0.1"),
        ("for=203.0.113.9 192.0.2.1", "10.88.0.1"),
        # A quote left open before what the proxy appends must not make the visitor's own word the last one.
        ('for=192.0.2.1, x=", for="[2001:db8::9]"', "10.88.0.1"),
        ('for=192.0.2.1, x=", for=203.0.113.9', "10.88.0.1"),
        ('for=192.0.2.1, x="\\", for="[2001:db8::9]"', "10.88.0.1"),
    ],
)
def test_of_forwarded_as_well(said: str, who: str) -> None:
    assert seen(Forwarded=said).address == who


@pytest.mark.parametrize("peer", ["203.0.113.80", "::ffff:203.0.113.80", "2001:db8:2::1"])
def test_who_is_not_trusted_speaks_for_nobody(peer: str) -> None:
    lies = {"For": "198.51.100.1", "Proto": "https", "Host": "evil.example"}
    headers = {f"X_Forwarded_{name}": value for name, value in lies.items()}
    direct = Visitor(peer, "http", "tv.example.org")
    found = seen(direct, **headers, Forwarded="for=198.51.100.1;host=evil.example;proto=https")
    assert found == Visitor(peer.removeprefix("::ffff:"), "http", "tv.example.org")


def test_a_connection_by_a_unix_socket_is_of_this_machine() -> None:
    direct = Visitor("", "http", "tv.example.org")
    assert seen(direct, X_Forwarded_For="203.0.113.9").address == "203.0.113.9"
    told = seen_through(direct, CIMultiDict({"X-Forwarded-For": "203.0.113.9"}), (ip_network("10.88.0.1"),))
    assert told.address == ""


def test_a_header_that_a_proxy_passes_on_as_it_came_puts_no_address_in_anothers_place() -> None:
    """nginx writes X-Forwarded-For and passes a visitor's Forwarded on; others do it the other way round."""
    assert seen(X_Forwarded_For="203.0.113.9", Forwarded="for=198.51.100.1;proto=https") == DIRECT
    assert seen(X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9").address == "203.0.113.9"


@pytest.mark.parametrize(
    ("headers", "scheme", "host"),
    [
        ({}, "http", "127.0.0.1:8800"),
        ({"X_Forwarded_Proto": "https"}, "https", "127.0.0.1:8800"),
        ({"X_Forwarded_Host": "tv.example.org"}, "http", "tv.example.org"),
        (
            {"X_Forwarded_Host": "tv.example.org:8443", "X_Forwarded_Proto": "HTTPS"},
            "https",
            "tv.example.org:8443",
        ),
        ({"X_Forwarded_Host": "[2001:db8::1]:443"}, "http", "[2001:db8::1]:443"),
        ({"X_Forwarded_Host": "evil.example, tv.example.org"}, "http", "tv.example.org"),
        (
            {"X_Forwarded_For": "203.0.113.9, 10.88.0.7", "X_Forwarded_Proto": "https, http"},
            "https",
            "127.0.0.1:8800",
        ),
        (
            {"X_Forwarded_For": "192.0.2.1, 203.0.113.9", "X_Forwarded_Proto": "https, http"},
            "http",
            "127.0.0.1:8800",
        ),
        ({"X_Forwarded_Proto": "gopher", "X_Forwarded_Host": "a b"}, "http", "127.0.0.1:8800"),
        ({"X_Forwarded_Host": 'x"><script>'}, "http", "127.0.0.1:8800"),
        ({"X_Forwarded_Host": "user@tv.example.org/x"}, "http", "127.0.0.1:8800"),
        (
            {"Forwarded": 'for=203.0.113.9;proto=https;host="tv.example.org:8443"'},
            "https",
            "tv.example.org:8443",
        ),
        (
            {
                "Forwarded": "for=192.0.2.1;host=evil.example, "
                "for=203.0.113.9;host=a.example;proto=https, for=10.88.0.7"
            },
            "https",
            "a.example",
        ),
    ],
)
def test_scheme_and_host_are_those_that_the_visitor_came_by(
    headers: dict[str, str], scheme: str, host: str
) -> None:
    found = seen(**headers)
    assert (found.scheme, found.host) == (scheme, host)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::/64"),
        ("2001:db8::ffff:9", "2001:db8::/64"),
        ("2001:db8:0:1::9", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_people_are_counted_by_address_and_those_of_ipv6_by_network(address: str, counted: str) -> None:
    assert counted_as(address) == counted
