"""Imports go one way, as docs/architecture.md draws them, and the daemon never loads a model library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "webtv"
LAYERS = (
    {"domain", "errors", "clock", "timeline"},
    {"config", "engines", "log", "media", "metrics", "models", "notify", "supervisor"},
    {"generator", "postprocess", "playlist", "broadcaster"},
    {"render"},
    {"station"},
    {"web"},
    {"app"},
    {"cli", "__main__"},
)
APART = ({"generator", "postprocess", "playlist", "broadcaster"},)
"""Packages of one layer that never import each other."""
HEAVY = ("torch", "diffusers", "transformers", "cv2", "av", "numpy", "PIL")
MODULES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    """The package, or the module, right under ``webtv`` that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, part) for each import of our own, also those within functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                found = [name.name for name in names]
            case ast.ImportFrom(module="webtv", names=names):
                found = [f"webtv.{name.name}" for name in names]
            case ast.ImportFrom(module=str(module)):
                found = [module]
            case _:
                continue
        for name in found:
            if name.startswith("webtv."):
                yield node.lineno, name.split(".")[1]


def layer_of(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def test_every_module_has_its_layer() -> None:
    unknown = {part_of(path) for path in MODULES} - set().union(*LAYERS) - {"__init__"}
    assert not unknown, f"{unknown} have no layer: give them one here and in docs/architecture.md"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_imports_from_a_layer_above_or_a_package_beside_its_own(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        assert not list(imported(path))
        return
    for line, other in imported(path):
        if other in {"__version__", part}:
            continue
        place = f"{path.relative_to(ROOT.parent)}:{line}"
        assert layer_of(other) <= layer_of(part), f"{place} imports {other}, which is above {part}"
        for packages in APART:
            beside = {part, other} <= packages
            assert not beside, f"{place} imports {other}: {part} and {other} know nothing of each other"


def test_no_import_is_relative_to_its_own_place() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path.relative_to(ROOT.parent)}:{node.lineno} is relative"


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in seen.stdout.split()}


@pytest.mark.parametrize("module", ["webtv.cli", "webtv.app", "webtv.render.worker"])
def test_nothing_loads_a_model_library_before_a_backend_asks_for_it(module: str) -> None:
    assert not loaded_by(module) & {"torch", "diffusers", "transformers"}


def test_the_command_line_answers_before_any_library_is_loaded() -> None:
    assert not loaded_by("webtv.cli") & {*HEAVY, "aiohttp", "pydantic", "structlog"}


@pytest.mark.parametrize("path", sorted((ROOT / "web").rglob("*.py")), ids=lambda path: path.name)
def test_the_web_sees_channels_through_their_view_alone(path: Path) -> None:
    text = path.read_text()
    for inside in (
        "webtv.station.channel",
        "webtv.station.epochs",
        "webtv.playlist.keeper",
        "webtv.playlist.stock",
    ):
        assert inside not in text
    for part in (".epochs", ".stock.", "_keeper", "_channel._"):
        assert part not in text
