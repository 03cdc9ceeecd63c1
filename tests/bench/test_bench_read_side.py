from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import read_side, table


def test_what_many_ask_for_is_measured_in_its_quick_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    read_side.main(quick=True)
    kept = json.loads((tmp_path / "read_side.json").read_text())
    assert kept["quick"]
    promises = [figure["promise"] for figure in kept["figures"] if figure["promise"]]
    assert promises == ["<= 1 ms"] * 3 + ["<= 20 ms", "<= 100 ms"]
    (answered,) = (one["value"] for one in kept["figures"] if one["what"] == "overviews answered")
    assert answered > 0
