"""Where finished files are received, from whoever made them, and handed to the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from webtv.domain import Manifest, RenderOrder
from webtv.errors import ClipRejected
from webtv.playlist.library import Library
from webtv.playlist.records import Clip


@dataclass(frozen=True)
class Artefact:
    """A finished clip: its manifest, and where the store has its file."""

    manifest: Manifest
    file: Path


class ArtefactStore:
    """Files of orders between their making and the library; named by the order, so none is there twice.

    An executor on this machine has its worker write into ``folder``; one elsewhere writes there what it
    receives. Nobody else knows paths.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    @property
    def folder(self) -> Path:
        """On the library's file system, so that a file is taken in by a rename."""
        return self._library.work

    def artefact(self, manifest: Manifest) -> Artefact:
        return Artefact(manifest, self._file(manifest.id))

    def has(self, artefact: Artefact) -> bool:
        """Whether its file lies there still, in its length."""
        try:
            return artefact.file.stat().st_size == artefact.manifest.bytes
        except OSError:
            return False

    def admit(self, artefact: Artefact) -> Clip:
        """Hand it to the library. Raises OSError when the disk refuses."""
        return self._library.admit(artefact.file, artefact.manifest)

    def quarantine(self, order: RenderOrder, rejection: ClipRejected) -> None:
        """Keep aside what was made of an order and is not fit to air."""
        self._library.quarantine(self._file(order.id), order.id, rejection, order.model_dump_json())

    def discard(self, order_id: str) -> None:
        """Nothing shall be left of an order. Raises OSError when the disk refuses."""
        self._file(order_id).unlink(missing_ok=True)

    def in_library(self, channel: str, clip_id: str) -> bool:
        """Whether a clip is there as a file, whatever the database knows."""
        return self._library.has(channel, clip_id)

    def free_bytes(self) -> int:
        return self._library.free_bytes()

    def _file(self, order_id: str) -> Path:
        return self.folder / f"{order_id}.mp4"
