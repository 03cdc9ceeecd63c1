"""What there is to fetch: a repository's files at one commit, with their sizes and hashes, or one file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from webtv.errors import WebtvError
from webtv.models.catalogue import Weights
from webtv.models.connection import proxy_for

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_BLOCK = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """``digest`` is a large file's SHA-256, a small one's id as a git blob (40 digits), or empty.

    ``etag`` names the content of a file at an address that may give another one tomorrow; else it is empty.
    """

    name: str
    url: str
    size: int
    digest: str = ""
    etag: str = ""


@dataclass(frozen=True)
class Listing:
    """``revision`` is the commit that the files are of, or the address of the one file."""

    revision: str
    files: tuple[RemoteFile, ...]
    headers: dict[str, str]
    """What to send along: the operator's token, for repositories of the hub."""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def list_repository(weights: Weights, revision: str, endpoint: str | None = None) -> Listing:
    """The files of ``weights`` at ``revision``, on the hub at ``endpoint`` or where HF_ENDPOINT says.

    The token is huggingface_hub's own: HF_TOKEN, or that of ``hf auth login``. Raises WebtvError, which says
    what to do.
    """
    try:
        from huggingface_hub import HfApi, get_token  # noqa: PLC0415 - of the extra "models"
    except ImportError as error:
        raise WebtvError("pulling needs the package huggingface_hub: run `make models`") from error
    api = HfApi(endpoint=endpoint)
    try:
        info = api.model_info(weights.repository, revision=revision, files_metadata=True)
    except Exception as error:  # of two libraries, and of the network
        raise WebtvError(_refusal(error, weights.repository, revision, api.endpoint)) from error
    commit = str(info.sha)
    files = tuple(
        _remote(api, weights.repository, commit, sibling)
        for sibling in info.siblings or ()
        if not weights.files or any(fnmatch(sibling.rfilename, pattern) for pattern in weights.files)
    )
    if not files:
        wanted = ", ".join(weights.files) or "any file"
        raise WebtvError(f"{weights.repository} has nothing like {wanted} at {commit}")
    token = get_token()
    return Listing(commit, files, {"Authorization": f"Bearer {token}"} if token else {})


def _remote(api: HfApi, repository: str, commit: str, sibling: Any) -> RemoteFile:
    from huggingface_hub import hf_hub_url  # noqa: PLC0415

    name = str(sibling.rfilename)
    if name.startswith("/") or ".." in name.split("/"):
        raise WebtvError(f"{repository} has a file named {name!r}, which would lie outside its folder")
    url = hf_hub_url(repository, name, revision=commit, endpoint=api.endpoint)
    if sibling.lfs is not None:
        return RemoteFile(name, url, sibling.lfs.size, sibling.lfs.sha256)
    return RemoteFile(name, url, sibling.size or 0, sibling.blob_id or "")


async def list_file(session: aiohttp.ClientSession, weights: Weights) -> Listing:
    """The one file at ``weights.url``, whose hash nobody tells. Raises aiohttp.ClientError."""
    async with session.head(
        weights.url, allow_redirects=True, raise_for_status=True, proxy=proxy_for(weights.url)
    ) as response:
        size = response.content_length
        etag = response.headers.get("ETag", "")
    if size is None:
        raise WebtvError(f"{weights.url} does not tell how long it is: fetch it by hand")
    name = weights.url.rsplit("/", 1)[-1]
    # A weak one does not promise equal bytes (RFC 9110, 8.8.1).
    strong = "" if etag.startswith("W/") else etag
    return Listing(weights.url, (RemoteFile(name, weights.url, size, etag=strong),), {})


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(path: Path, like: str) -> str:
    """The digest of a file of the same sort as ``like``: SHA-256, or a git blob's id."""
    if not re.fullmatch("[0-9a-f]{40}", like):
        return sha256_of(path)
    blob = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            blob.update(block)
    return blob.hexdigest()


def _refusal(error: Exception, repository: str, revision: str, endpoint: str) -> str:
    from huggingface_hub import errors  # noqa: PLC0415

    status = getattr(getattr(error, "response", None), "status_code", None)
    match error:
        case errors.GatedRepoError():
            text = gated(f"{endpoint}/{repository}")
        case errors.RevisionNotFoundError():
            text = f"{repository} has no revision {revision}: pull the latest with --update"
        case errors.OfflineModeIsEnabled():
            text = "HF_HUB_OFFLINE is set: unset it to pull weights"
        case _ if status == 401:
            text = (
                f"{repository} is private, or not there at all: look at its name, and set HF_TOKEN to "
                "a token that may read it, or run `hf auth login`"
            )
        case errors.RepositoryNotFoundError():
            text = f"there is no repository {repository} at {endpoint}, or it is private and needs HF_TOKEN"
        case _ if status is not None:
            text = f"{endpoint} answered {status} for {repository}: try again later"
        case _:
            text = f"{endpoint} cannot be reached ({error}): look at the network, and pull again"
    return text


def gated(page: str) -> str:
    """What to do about a repository whose terms the token's account has not accepted."""
    return f"{page} wants its terms accepted: do so there, and set HF_TOKEN to a token of that account"
