"""Each model's engine can be measured. On a CPU networks are tiny, so nothing is promised of speed."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

import pytest

from bench import film, models, table
from bench.accelerator import extended
from bench.table import Figure


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    return tmp_path


@pytest.mark.timeout(900)  # every engine and the chain, on a machine that may be busy
def test_each_engine_gives_finite_positive_figures(results: Path) -> None:
    models.main(quick=True)
    figures = json.loads((results / "generation_models.json").read_text())["figures"]
    assert {figure["what"].partition(":")[0] for figure in figures} == set(models.known())
    for figure in figures:
        least = 0 if figure["what"].endswith("difference") else 1e-9
        assert isfinite(figure["value"]) and figure["value"] >= least, figure["what"]


def test_an_engine_that_fails_does_not_keep_others_from_being_measured(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(device: str, *, quick: bool) -> list[Figure]:
        raise ValueError("damaged")

    monkeypatch.setattr(film, "figures", figures)
    with pytest.raises(RuntimeError, match=r"could not be measured: film$"):
        models.main(quick=True, names=["film", "ltx"])
    figures = json.loads((results / "generation_models_film_ltx.json").read_text())["figures"]
    assert all(figure["what"].startswith("ltx: ") for figure in figures)


def test_work_of_equal_steps_is_known_from_two_short_runs() -> None:
    assert extended({1: 15.0, 3: 25.0}, to=50) == 260.0
