from __future__ import annotations

from pathlib import Path

import pytest

from webtv.errors import EngineError
from webtv.render.single import render_file


def test_a_clip_with_words_that_must_not_air_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="the blocklist has 'porn'"):
        render_file("porn", "", seconds=4, shots=1, seed=0, output=tmp_path / "clip.mp4")
    assert not list(tmp_path.iterdir())
