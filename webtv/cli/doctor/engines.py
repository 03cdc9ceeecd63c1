"""What the channels' engines lack. Air goes on without them: others stand in, or the archive airs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from webtv.cli.doctor.finding import Finding
from webtv.cli.models.table import Row, engines_named, rows
from webtv.config import ChannelConfig, StationConfig
from webtv.config.engines import STEPS
from webtv.errors import WebtvError
from webtv.models.catalogue import CATALOGUE


def weights(station: StationConfig, channels: Mapping[str, ChannelConfig]) -> Iterator[Finding]:
    """A finding for each repository of weights that the channels' engines need."""
    named = set(engines_named(station, channels))
    try:
        found = [row for row in rows(station) if row.engine.name in named]
    except WebtvError as error:
        yield Finding("warning", str(error))
        return
    yield from map(_weights, found)


def _weights(row: Row) -> Finding:
    engine = row.engine.name
    what = f"engine {engine}, {row.weights.repository}"
    if row.missing_libraries:
        make = "audiocraft" if "audiocraft" in row.missing_libraries else "models"
        return Finding("warning", f"{what}: no {', '.join(row.missing_libraries)}", f"Run: make {make}")
    if not row.accepted:
        mend = "Set accept_noncommercial: true in webtv.yaml if that suits you."
        return Finding("warning", f"{what}: {row.weights.licence}, not for commercial use", mend)
    if row.state != "present":
        mend = f"Run: webtv models pull {engine}"
        if row.state == "pickled":
            mend = f"Pickles can run code as they load; this model is published as safetensors. {mend}"
        return Finding("warning", f"{what}: {row.state}", mend)
    return Finding("good", f"{what}: present")


def services(station: StationConfig, channels: Mapping[str, ChannelConfig]) -> Iterator[Finding]:
    """Engines that ask another service, and are named without saying where that is."""
    chains = [channel.engines for channel in channels.values() if channel.enabled]
    named = {name for chain in chains for step in STEPS for name in getattr(chain, step)}
    for engine in CATALOGUE.values():
        if engine.name in named and engine.section and getattr(station, engine.section) is None:
            yield Finding(
                "warning",
                f"engine {engine.name} is named by a channel and not set up",
                f"Add a section '{engine.section}:' to webtv.yaml; webtv.example.yaml shows one.",
            )
