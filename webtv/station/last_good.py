"""What each channel was on air with last, for a start that finds a mistake in its file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import structlog

from webtv.config import ChannelConfig, load_channel
from webtv.config.document import read_document
from webtv.config.source import read_source
from webtv.errors import ConfigError
from webtv.media.files import write_atomically

log = structlog.get_logger()


class LastGood:
    """Copies of channels' files, as ``<channel>/channel.json`` below ``folder``.

    They are backed up with clips and rundowns, so they hold no secret: a target that is named by its URL,
    whose path may be a key, is not in them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: Path) -> None:
        """A channel is on air with what its file ``path`` holds."""
        copy = self._copy_of(path)
        try:
            saved_ns = path.stat().st_mtime_ns
            if copy.exists() and copy.stat().st_mtime_ns == saved_ns:
                return
            keys = read_document(read_source(path)).data
            named = [
                each for each in keys.get("targets") or () if isinstance(each, dict) and "url" not in each
            ]
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(copy, json.dumps(keys | {"targets": named}, ensure_ascii=False), durable=False)
            os.utime(copy, ns=(saved_ns, saved_ns))
        except (OSError, ConfigError) as error:
            log.warning("channel's file not kept for a later start", file=str(path), error=str(error))

    def load(self, path: Path) -> ChannelConfig | None:
        """The channel as it was on air last; None where that cannot be used either, or never was."""
        try:
            return load_channel(path, self._copy_of(path).read_text("utf-8"))
        except (OSError, UnicodeError, ConfigError):
            return None

    def _copy_of(self, path: Path) -> Path:
        return self._folder / path.stem / "channel.json"
