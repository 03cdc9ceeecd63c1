"""What the docs say of things that the code knows is what the code knows, and their examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.models.tiny_wan import save_wan
from tests.shots import shot
from webtv.config import KNOWN_ENGINES, load_channel, load_station
from webtv.models.catalogue import CATALOGUE, Entry
from webtv.models.host import Host
from webtv.models.settings import HostSettings

ROOT = Path(__file__).parents[1]
MODELS = (ROOT / "docs" / "models.md").read_text()


def row(entry: Entry) -> str:
    """A line of the table of engines."""
    repositories = ", ".join(f"`{weights.repository}`" for weights in entry.weights)
    licences = sorted(
        {weights.licence + ("" if weights.commercial else " (non-commercial)") for weights in entry.weights}
    )
    gigabytes = sum(weights.gigabytes for weights in entry.weights)
    return (
        f"| `{entry.engine}` | {entry.family} | {repositories} | {', '.join(licences)} "
        f"| {gigabytes:g} GB | {entry.vram_gb:g} GB |"
    )


def test_the_table_of_models_is_the_catalogue() -> None:
    table = MODELS.split("| engine | step |")[1].split("\n\n")[0].splitlines()[2:]
    assert table == [row(entry) for entry in CATALOGUE.values()]


def test_every_engine_is_told_of() -> None:
    missing = [name for names in KNOWN_ENGINES.values() for name in names if f"`{name}`" not in MODELS]
    assert not missing


@pytest.mark.parametrize("name", ["ingest", "models"])
def test_every_example_of_a_file_is_one_that_loads(name: str) -> None:
    for path in (ROOT / "examples" / name).glob("*.yaml"):
        load_station(path) if path.stem == "webtv" else load_channel(path)


def test_the_worked_example_of_an_engine_films(tmp_path: Path) -> None:
    """Its imaginary pipeline is replaced by Wan's, which takes the same arguments."""
    (source,) = [code for code in re.findall(r"```python\n(.*?)```", MODELS, re.S) if "class Lagoon" in code]
    source = source.replace("LagoonPipeline", "WanPipeline")
    source = source.replace("example/lagoon-1b", "Wan-AI/Wan2.1-T2V-1.3B-Diffusers")
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - our own docs
    save_wan(tmp_path)
    engine = namespace["Lagoon"](Host(HostSettings(folder=tmp_path)))
    (take,) = engine.film([shot(seconds=1)], width=128, height=72, rung="draft")
    assert len(take.frames) / take.fps == pytest.approx(1)
