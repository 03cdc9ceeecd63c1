"""What the docs say of things that the code knows is what the code knows, and their examples work."""

from __future__ import annotations

from pathlib import Path

import pytest

from webtv.config import load_channel, load_station
from webtv.models.catalogue import CATALOGUE, EngineRecord, with_weights

ROOT = Path(__file__).parents[1]
MODELS = (ROOT / "docs" / "models.md").read_text()


def row(engine: EngineRecord) -> str:
    """A line of the table of engines."""
    repositories = ", ".join(f"`{weights.repository}`" for weights in engine.weights)
    licences = sorted(
        {weights.licence + ("" if weights.commercial else " (non-commercial)") for weights in engine.weights}
    )
    gigabytes = sum(weights.gigabytes for weights in engine.weights)
    return (
        f"| `{engine.name}` | {engine.family} | {repositories} | {', '.join(licences)} "
        f"| {gigabytes:g} GB | {engine.vram_gb:g} GB |"
    )


def test_the_table_of_models_is_the_catalogue() -> None:
    table = MODELS.split("| engine | step |")[1].split("\n\n")[0].splitlines()[2:]
    assert table == [row(engine) for engine in with_weights().values()]


def test_every_engine_is_told_of() -> None:
    missing = [name for name in CATALOGUE if f"`{name}`" not in MODELS]
    assert not missing


@pytest.mark.parametrize("name", ["ingest", "models"])
def test_every_example_of_a_file_is_one_that_loads(name: str) -> None:
    for path in (ROOT / "examples" / name).glob("*.yaml"):
        load_station(path) if path.stem == "webtv" else load_channel(path)
