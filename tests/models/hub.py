"""A hub on loopback: the Hugging Face hub's protocol as far as a pull needs it, and a record of it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

from aiohttp import web

LARGE = 100_000
"""Files of at least this size are kept as large files are: by their SHA-256, on another server."""


@dataclass
class Repository:
    """``commits`` maps a commit to its files; ``main`` is the latest."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    main: str = ""
    token: str = ""
    """Who may read it; empty for everybody."""
    gated: bool = False
    sizes: dict[str, int] = field(default_factory=dict)
    """Sizes to claim in place of the true ones."""

    def commit(self, files: dict[str, bytes]) -> str:
        text = repr(sorted((name, hashlib.sha256(data).hexdigest()) for name, data in files.items()))
        self.main = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[self.main] = files
        return self.main


@dataclass(frozen=True)
class Sent:
    """One answer for a file's content: where it began, how many bytes went out, and for whom."""

    name: str
    start: int
    count: int
    authorization: str


class Hub:
    """``cuts`` breaks a file's connection after so many bytes, once an entry; ``spoils`` alters it.

    ``answers`` are given for a file's content before any content is; with ``tags`` contents have an ETag.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.sent: list[Sent] = []
        self.listings = 0
        self.cuts: dict[str, list[int]] = {}
        self.spoils: list[str] = []
        self.answers: dict[str, list[int]] = {}
        self.ranges, self.tags = True, False
        self.address = ""
        self.cdn_address = ""
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Hub:
        hub, cdn = web.Application(), web.Application()
        hub.router.add_get("/api/models/{owner}/{name}/revision/{revision}", self._info)
        hub.router.add_get("/{owner}/{name}/resolve/{commit}/{file:.+}", self._resolve)
        cdn.router.add_get("/{owner}/{name}/{commit}/{file:.+}", self._content)
        self.address = await self._serve(hub)
        self.cdn_address = await self._serve(cdn)
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            await runner.cleanup()

    async def _serve(self, application: web.Application) -> str:
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def bytes_of(self, name: str) -> int:
        """How many bytes of a file went out in all."""
        return sum(sent.count for sent in self.sent if sent.name == name)

    def _find(self, request: web.Request) -> Repository:
        repository = self.repositories.get(f"{request.match_info['owner']}/{request.match_info['name']}")
        if repository is None:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RepoNotFound"})
        if repository.token and request.headers.get("Authorization") != f"Bearer {repository.token}":
            raise web.HTTPUnauthorized(headers={"X-Error-Code": "RepoNotFound"})
        return repository

    async def _info(self, request: web.Request) -> web.Response:
        self.listings += 1
        repository = self._find(request)
        revision = request.match_info["revision"]
        commit = repository.main if revision == "main" else revision
        if commit not in repository.commits:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        siblings = [
            self._sibling(name, data, repository.sizes.get(name, len(data)))
            for name, data in repository.commits[commit].items()
        ]
        return web.json_response({"id": "owner/name", "sha": commit, "siblings": siblings, "tags": []})

    def _sibling(self, name: str, data: bytes, size: int) -> dict[str, object]:
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        found: dict[str, object] = {"rfilename": name, "size": size, "blobId": blob}
        if len(data) >= LARGE:
            found["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 135}
        return found

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        repository, place = self._find(request), request.match_info
        if repository.gated:
            raise web.HTTPForbidden(headers={"X-Error-Code": "GatedRepo"})
        if len(repository.commits[place["commit"]][place["file"]]) < LARGE:
            return await self._content(request)
        path = f"{place['owner']}/{place['name']}/{place['commit']}/{place['file']}"
        raise web.HTTPFound(f"{self.cdn_address}/{path}")

    async def _content(self, request: web.Request) -> web.StreamResponse:
        place = request.match_info
        repository = self.repositories[f"{place['owner']}/{place['name']}"]
        name = place["file"]
        data = repository.commits[place["commit"]][name]
        if self.answers.get(name):
            return web.Response(status=self.answers[name].pop(0))
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        asked = request.headers.get("Range") if self.ranges else None
        if request.headers.get("If-Range", tag) != tag:
            asked = None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = data[start:]
        if name in self.spoils and request.method == "GET":
            self.spoils.remove(name)
            rest = bytes(len(rest))
        headers = {"Content-Length": str(len(rest))} | ({"ETag": tag} if self.tags else {})
        if asked:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        response = web.StreamResponse(status=206 if asked else 200, headers=headers)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        cut = self.cuts[name].pop(0) if self.cuts.get(name) else None
        await response.write(rest[:cut])
        count = len(rest[:cut])
        self.sent.append(Sent(name, start, count, request.headers.get("Authorization", "")))
        if cut is not None:
            await asyncio.sleep(0)
            assert request.transport is not None
            request.transport.close()
        return response
