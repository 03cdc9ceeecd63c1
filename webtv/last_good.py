"""What each channel was on air with last, for a start that finds a mistake in its file."""

from __future__ import annotations

from pathlib import Path

import structlog

from webtv.config import ChannelConfig, load_channel
from webtv.errors import ConfigError
from webtv.playlist.files import write_atomically

log = structlog.get_logger()


class LastGood:
    """Copies of channels' files, as ``<channel>/channel.yaml`` below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: Path) -> None:
        """A channel is on air with what its file ``path`` holds."""
        kept = self._copy_of(path)
        try:
            text = path.read_text("utf-8")
            if not kept.exists() or kept.read_text("utf-8") != text:
                kept.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(kept, text, durable=False)
        except (OSError, UnicodeError) as error:
            log.warning(
                "a channel's file could not be kept for a later start", file=str(path), error=str(error)
            )

    def load(self, path: Path) -> ChannelConfig | None:
        """The channel as it was on air last; None where that cannot be used either, or never was."""
        try:
            return load_channel(path, self._copy_of(path).read_text("utf-8"))
        except (OSError, UnicodeError, ConfigError):
            return None

    def _copy_of(self, path: Path) -> Path:
        return self._folder / path.stem / "channel.yaml"
