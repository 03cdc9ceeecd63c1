from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import replan, table


def test_a_replan_is_measured_with_a_full_plan_in_its_quick_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    replan.main(quick=True)
    kept = json.loads((tmp_path / "replan.json").read_text())
    assert kept["quick"]
    assert kept["details"]["airings planned"] > 30
    assert all(figure["value"] >= 0 for figure in kept["figures"])
    assert [figure["promise"] for figure in kept["figures"] if figure["promise"]] == ["≤ 10 ms"]
