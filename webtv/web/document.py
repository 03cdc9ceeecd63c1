"""What many ask for and few change, kept as bytes: whole, gzipped once, and named by its content."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


def takes_gzip(request: web.Request) -> bool:
    return _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None


def gzipped_for(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """For answers that are never the same twice. Milliseconds for a megabyte, so it belongs on a thread."""
    headers = {"Vary": "Accept-Encoding", "Content-Type": content_type}
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 5, mtime=0)
    return web.Response(body=body, headers=headers)


@dataclass(frozen=True)
class Document:
    """The bytes of an answer."""

    body: bytes
    gzipped: bytes | None
    """None where it is too short to be worth it."""
    etag: str
    """Of the body, without quotes. Strong: other bytes have another one, and so have the gzipped ones."""

    @classmethod
    def of(cls, body: bytes) -> Document:
        """Takes milliseconds for a megabyte, so it belongs on a thread."""
        return cls(body, gzip.compress(body, 5, mtime=0), hashlib.blake2b(body, digest_size=12).hexdigest())

    @classmethod
    def small(cls, body: bytes) -> Document:
        """A few hundred bytes, made for one answer."""
        return cls(body, None, hashlib.blake2b(body, digest_size=12).hexdigest())

    def answer(
        self, request: web.Request, content_type: str, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        """Whole, gzipped for those who take it, or 304 for those who have it already."""
        zipped = self.gzipped is not None and takes_gzip(request)
        etag = f"{self.etag}-gz" if zipped else self.etag
        sent = {"ETag": f'"{etag}"', "Vary": "Accept-Encoding", **(headers or {})}
        if any(known.value in (etag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=sent)
        if zipped:
            sent["Content-Encoding"] = "gzip"
        sent["Content-Type"] = content_type
        return web.Response(body=self.gzipped if zipped else self.body, headers=sent)
