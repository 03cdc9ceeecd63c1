"""Web addresses as an operator writes them: without query, fragment or password."""

from __future__ import annotations

from urllib.parse import urlsplit

WEB_PATTERN = "^[Hh][Tt][Tt][Pp][Ss]?://[^ @?#]+$"
"""What all of them look like, for editors."""


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
