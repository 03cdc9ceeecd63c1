"""A new engine is a file, a row of the catalogue and tiny weights: the worked example of the docs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import models as bench_models
from webtv.cli.models import _complete_engine
from webtv.cli.models.table import as_json
from webtv.config import EngineChains, StationConfig, load_channel
from webtv.config.schema import as_json as json_schema
from webtv.errors import ConfigError
from webtv.models.catalogue import CATALOGUE, EngineRecord, Weights, prompt_tokens, weights_in

ROOT = Path(__file__).parents[2]
CODE = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "models.md").read_text(), re.S)
(FILE,) = (code for code in CODE if "class Lagoon" in code)
(ROW,) = (code for code in CODE if code.startswith("EngineRecord("))

# The example's imaginary pipeline is replaced by Wan's, which takes the same arguments.
PLUGIN = """
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from tests.models.tiny_wan import save_wan
from webtv.models.catalogue import CATALOGUE, EngineRecord, Weights

record = {row}
CATALOGUE[record.name] = record


def save_lagoon(folder: Path) -> None:
    with TemporaryDirectory() as apart:
        save_wan(Path(apart))
        (saved,) = Path(apart).glob("*/*")
        shutil.copytree(saved, folder / "example" / "lagoon-1b")


tiny = sys.modules["tests.models.tiny_lagoon"] = ModuleType("tests.models.tiny_lagoon")
tiny.save_lagoon = save_lagoon
"""


@pytest.fixture
def lagoon(monkeypatch: pytest.MonkeyPatch) -> EngineRecord:
    record: EngineRecord = eval(ROW, {"EngineRecord": EngineRecord, "Weights": Weights})  # noqa: S307 - our docs
    monkeypatch.setitem(CATALOGUE, record.name, record)
    return record


def test_a_row_alone_makes_an_engine_known_everywhere(lagoon: EngineRecord, tmp_path: Path) -> None:
    station = StationConfig(models=tmp_path, channels=tmp_path, data=tmp_path)
    (listed,) = (row for row in json.loads(as_json(station)) if row["engine"] == "lagoon")
    assert (listed["step"], listed["state"], listed["vram_gb"]) == ("video", "missing", 12)
    assert _complete_engine("lag") == ["lagoon"]
    assert EngineChains(video=("lagoon", "procedural")).video[0] == "lagoon"
    mistyped = tmp_path / "tides.yaml"
    mistyped.write_text("title: Tides\ntheme: sea\nengines: {video: lagon}\n")
    with pytest.raises(ConfigError, match=r"no video engine called 'lagon'\. Did you mean 'lagoon'"):
        load_channel(mistyped)
    assert '"lagoon"' in json_schema("channel")
    assert prompt_tokens("lagoon") == 226
    assert weights_in("example/lagoon-1b") == ("lagoon", lagoon.weights[0])
    assert "lagoon" in bench_models.known()


@pytest.mark.timeout(300)
def test_with_its_file_and_tiny_weights_it_keeps_its_familys_contract(tmp_path: Path) -> None:
    row = ROW.replace("webtv.generator.video.lagoon", "lagoon")
    (tmp_path / "lagoon.py").write_text(FILE.replace("LagoonPipeline", "WanPipeline"))
    (tmp_path / "lagoon_row.py").write_text(PLUGIN.format(row=row))
    options = (
        "-q",
        "-p",
        "lagoon_row",
        "-p",
        "no:cacheprovider",
        "-k",
        "lagoon",
        "-o",
        f"pythonpath=. {tmp_path}",
    )
    seen = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/models/test_contracts.py"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "3 passed" in seen.stdout
