"""An engine that has no benchmark of its own, with the tiny networks of its tests: shows that it works."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.table import Figure
from tests.models.all_weights import save
from webtv.cli.models.trial import measure
from webtv.models.catalogue import CATALOGUE
from webtv.models.host import Host
from webtv.models.settings import HostSettings


def figures(name: str, device: str, *, quick: bool) -> list[Figure]:
    """How long it takes to load, and how much it makes in a second; of full size nothing, quick or not."""
    with TemporaryDirectory(prefix="webtv-tiny-") as folder:
        weights = save(name, Path(folder))
        host = Host(HostSettings(device=device, folder=weights, accept_noncommercial=True))
        taken = measure(host, CATALOGUE[name].family, name)
    return [
        Figure("tiny networks: loaded in", taken.load_s, "s"),
        Figure("tiny networks: made in a second", taken.made_s / taken.work_s, "s"),
    ]
