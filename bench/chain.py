"""The whole Zeroscope chain on one device: both passes, FILM, MusicGen and the screener, held by one host.

What is asked is whether a card of 24 GB is enough, so each step does its largest piece of work: pass one
films four shots at once; pass two and FILM take one after another, of which one is measured. Nothing is
compiled, as is the default. On a larger card torch is held to 24 GB.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

from bench.accelerator import Spent, full_size, limited, timed
from bench.musicgen import BRIEF, SECONDS, halved, random_musicgen
from bench.random_weights import RandomHost, house_of, moving, shot
from bench.stage import folder
from bench.table import Figure
from bench.zeroscope import random_pipelines
from tests.models.tiny_film import save_film
from tests.models.tiny_nsfw import save_nsfw
from webtv.domain import SAMPLE_RATE, Take
from webtv.generator.video.zeroscope import Zeroscope
from webtv.generator.video.zeroscope.pipelines import prepare
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.interpolate.film import FILM
from webtv.postprocess.music.musicgen import MusicGen
from webtv.postprocess.screen.nsfw import NSFW, REPOSITORY

_CARD_GB = 24.0


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Seconds and peak memory of each step, in full size on a GPU."""
    full = full_size(device, quick=quick)
    with limited(device, _CARD_GB), folder() as place:
        spent = _steps(_host(place, device, full=full), full=full)
    shown = [Figure(f"{step}: seconds", took.seconds, "s") for step, took in spent.items()]
    if device != "cpu":
        shown += [Figure(f"{step}: peak memory", took.peak_gb, "GB") for step, took in spent.items()]
        peak_gb = max(took.peak_gb for took in spent.values())
        shown.append(Figure("the whole chain: peak memory", peak_gb, "GB", "≤ 24 GB" if full else ""))
    return shown


def _steps(host: Host, *, full: bool) -> dict[str, Spent]:
    house = house_of(full=full)
    width, height = house.width, house.height
    zeroscope, film, musician, screener = Zeroscope(host), FILM(host), MusicGen(host), NSFW(host)
    shots = [shot(3.2, seed) for seed in range(zeroscope.batch)]
    take = Take(moving(24 if full else 2, width, height), fps=7.5)
    pictures = 96 if full else 3
    seconds = SECONDS if full else 1.28
    steps = {
        f"film {len(shots)} shots small, finish one": lambda: next(
            zeroscope.film(shots, width=width, height=height)
        ),
        f"interpolate a take to {pictures} pictures": lambda: list(
            film.interpolate(take, pictures, width=width, height=height)
        ),
        f"play a bed of {seconds:g} s": lambda: musician.compose(BRIEF, round(seconds * SAMPLE_RATE)),
        "screen a picture": lambda: screener.judge([take.frames[0]]),
    }
    for engine in (film, musician, screener, zeroscope):
        engine.check()  # loads it: from now on all are held
    return {step: timed(host.device, work) for step, work in steps.items()}


def _host(place: Path, device: str, *, full: bool) -> Host:
    settings = HostSettings(folder=place, device=device, memory_gb=_CARD_GB)
    plain = Host(settings)
    pipelines = random_pipelines(plain, full=full)
    for pipe in pipelines.values():
        prepare(pipe, compile=settings.compile)
    save_film(place)
    if full:
        _save_screener(place)
    else:
        save_nsfw(place)
    player = halved(random_musicgen(plain, full=full), plain)
    return RandomHost(settings, pipelines | {"musicgen": player})


def _save_screener(models: Path) -> None:
    """A vision transformer of base size, as the real one is."""
    torch.manual_seed(0)
    config = ViTConfig(id2label={0: "normal", 1: "nsfw"}, label2id={"normal": 0, "nsfw": 1})
    ViTForImageClassification(config).save_pretrained(models / REPOSITORY)
    ViTImageProcessor().save_pretrained(models / REPOSITORY)
