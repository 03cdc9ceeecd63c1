"""RTMP URLs: what may be said aloud of them, and what is a secret."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr

from webtv.config.section import Section, refusal
from webtv.config.streaming import SERVICES, Service, service_of

_PORTS = {"rtmp": 1935, "rtmps": 443}

KEY = "{key}"
_PATTERN = "^[Rr][Tt][Mm][Pp][Ss]?://[!-~]+$"

_APPS = "|".join(sorted({service.app for service in SERVICES}))
_VISIBLE = re.compile(
    rf"rtmps?://(?!\S*@)[a-z0-9.:\[\]-]+/(?:(?:{_APPS})(?=[/?,]|$)/?(?:\{{key\}})?)?", re.IGNORECASE
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_YOUTUBE_BACKUP = "backup=1"


class RtmpUrl(Section):
    """``server`` is ``rtmp://host[:port]``; ``path`` is what follows without the first slash, and secret."""

    server: str
    path: SecretStr

    @property
    def host(self) -> str:
        return urlsplit(self.server).hostname or ""

    @property
    def port(self) -> int:
        """As in the URL, or the protocol's own."""
        url = urlsplit(self.server)
        return url.port or _PORTS[url.scheme]

    @property
    def service(self) -> Service | None:
        return service_of(self.host)


def read_url(value: Any) -> Any:
    """Turn text into an RtmpUrl. No refusal repeats any of the text but host and port."""
    if not isinstance(value, str):
        return value
    if re.search(r"[^!-~]", value):
        raise refusal("a URL has no spaces and only ASCII characters.")
    url, port = _split(value)
    host = (url.hostname or "").rstrip(".")
    if "@" in url.netloc:
        raise refusal("a user name or password in a URL is not supported. Remove what stands before the '@'.")
    if not _HOST.fullmatch(host):
        raise refusal(f"the URL names no host. Write {url.scheme}://host/app/stream.")
    shown_host = f"[{host}]" if ":" in host else host
    server = f"{url.scheme}://{shown_host}" + (f":{port}" if port else "")
    path = url.path.lstrip("/") + (f"?{url.query}" if url.query else "")
    service = service_of(host)
    if service:
        _refuse_written_key(service, server, path)
    return RtmpUrl(server=server, path=SecretStr(path))


UrlText = Annotated[str, Field(json_schema_extra={"format": "uri", "pattern": _PATTERN})]
"""A URL as a file has it, for the JSON Schema."""


def split_path(path: str, has_key_file: bool) -> tuple[str, str]:
    """App and play path (stream name with its query), the latter with ``{key}`` where the key belongs.

    Raises a refusal when either is missing.
    """
    if has_key_file and KEY not in path:
        app, _, query = path.partition("?")
        if query and query != _YOUTUBE_BACKUP:
            raise refusal(
                "where does the key go? Write {key} before the '?', for example rtmp://host/app/{key}?a=b.",
                "url",
            )
        app, stream = app.strip("/") + (f"?{query}" if query else ""), KEY
    else:
        route, mark, query = path.partition("?")
        app, _, name = route.strip("/").rpartition("/")
        stream = name + mark + query
    if not app or KEY in app or not stream.split("?")[0]:
        raise refusal("the URL needs an app and a stream name, as in rtmp://host/app/stream.", "url")
    if KEY in stream and not has_key_file:
        raise refusal("{key} stands for the content of key_file, and there is no key_file. Add one.", "url")
    return app, stream


def visible_length(text: str) -> int:
    """How much of a text that may be an RTMP URL can be shown: the server and a well-known app."""
    match = _VISIBLE.match(text)
    return match.end() if match else 0


def _split(value: str) -> tuple[SplitResult, int | None]:
    try:
        url = urlsplit(value, allow_fragments=False)
        port = url.port
    except ValueError:
        raise refusal("this is not a URL. Check host and port: rtmp://host:1935/app/stream.") from None
    if url.scheme not in ("rtmp", "rtmps") or not value.lower().startswith(url.scheme + "://"):
        raise refusal("expected a URL that begins with rtmp:// or rtmps://.")
    return url, port


def _refuse_written_key(service: Service, server: str, path: str) -> None:
    tail = path.rstrip("/").removeprefix(service.app)
    query_only_behind_key = tail.startswith(f"/{KEY}?")
    if tail in ("", f"/{KEY}", f"?{_YOUTUBE_BACKUP}") or query_only_behind_key:
        return
    raise refusal(
        f"a stream key does not belong in this file. Write {server}/{service.app} here, put the key "
        "into a file that only you can read (chmod 600), and name that file with key_file."
    )
