"""Tiny random weights of every model, in one folder, each laid out as its repository is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.models.tiny_ace_step import save_ace_step
from tests.models.tiny_audiocraft import save_audiocraft
from tests.models.tiny_film import save_film
from tests.models.tiny_ltx import save_ltx
from tests.models.tiny_musicgen import save_musicgen
from tests.models.tiny_nsfw import save_nsfw
from tests.models.tiny_wan import save_wan
from tests.models.tiny_zeroscope import save_zeroscope

SAVES: tuple[Callable[[Path], None], ...] = (
    save_zeroscope,
    save_ltx,
    save_wan,
    save_film,
    save_musicgen,
    save_audiocraft,
    save_ace_step,
    save_nsfw,
)


def save_all(folder: Path) -> Path:
    for save in SAVES:
        save(folder)
    return folder
