"""Every engine in one row: where its class is, and what it needs. Data alone; loads no library.

All that knows of engines reads it from here: what a channel's file may name, what is loaded by name, which
weights are pulled, what the contract tests and benchmarks go through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["writer", "video", "interpolator", "musician", "screener"]
"""The steps from a theme to a clip; also the keys of ``engines:`` in a channel's file, but for the screener,
which the station chooses."""


@dataclass(frozen=True)
class Weights:
    """One repository of weights on the Hugging Face hub, or one file at ``url``."""

    repository: str
    """``owner/name``; also the folder under the station's ``models`` folder."""
    licence: str
    gigabytes: float
    """About what is downloaded."""
    commercial: bool = True
    files: tuple[str, ...] = ()
    """Patterns of the files needed; () takes the whole repository."""
    url: str = ""
    """Where the one file is, for weights that are not on the hub."""
    revision: str = "main"
    """Branch, tag or commit of the repository; the commit is resolved at the first pull and kept."""
    safetensors: bool = True
    """Whether all engines read it as safetensors, which cannot run code as pickles (.bin, .ckpt, .pt) can."""


@dataclass(frozen=True)
class EngineRecord:
    """What is known of an engine without loading it."""

    name: str
    """As channels' files, commands and manifests call it; unique among all families."""
    family: Family
    place: str
    """``module:class``, imported when the engine is first asked for."""
    weights: tuple[Weights, ...] = ()
    vram_gb: float = 0
    """About what the engine takes on a GPU at its standard rung."""
    prompt_tokens: int = 75
    """How many tokens of a prompt its text encoder reads."""
    libraries: tuple[str, ...] = ()
    """The packages of the extra ``models``, or audiocraft, that it imports."""
    section: str = ""
    """The section of ``webtv.yaml`` that says where the service is which does its work, if one does."""

    @property
    def self_reliant(self) -> bool:
        """Whether it works without weights and without a service, so that it can always stand in."""
        return not self.weights and not self.section


_ZEROSCOPE_FILES = ("model_index.json", "scheduler/*", "text_encoder/*", "tokenizer/*", "unet/*", "vae/*")
"""Without the copies for other programs that the repositories hold too."""
_LTX_FILES = (
    "model_index.json",
    "ltxv-2b-0.9.8-distilled.safetensors",
    "scheduler/*",
    "text_encoder/*",
    "tokenizer/*",
    "transformer/*.json",
    "vae/*.json",
)
"""One of the many models in that repository, and what all of them share."""

_MUSICGEN = Weights("facebook/musicgen-melody", "CC-BY-NC-4.0", 6.2, False, safetensors=False)
_DIFFUSERS = ("torch", "diffusers", "transformers")


def _zeroscope(size: str) -> Weights:
    repository = f"cerspense/zeroscope_v2_{size}"
    return Weights(repository, "CC-BY-NC-4.0", 7.0, False, _ZEROSCOPE_FILES, safetensors=False)


_ROWS = (
    EngineRecord("grammar", "writer", "webtv.generator.writer.grammar:GrammarWriter"),
    EngineRecord("openai", "writer", "webtv.generator.writer.openai:OpenAIWriter", section="openai"),
    EngineRecord("procedural", "video", "webtv.generator.video.procedural:Procedural"),
    EngineRecord(
        "zeroscope",
        "video",
        "webtv.generator.video.zeroscope:Zeroscope",
        weights=(_zeroscope("576w"), _zeroscope("XL")),
        vram_gb=16,
        libraries=_DIFFUSERS,
    ),
    EngineRecord(
        "ltx",
        "video",
        "webtv.generator.video.ltx:LTX",
        weights=(Weights("Lightricks/LTX-Video", "LTXV Open Weights", 26.0, files=_LTX_FILES),),
        vram_gb=20,
        prompt_tokens=256,
        libraries=_DIFFUSERS,
    ),
    EngineRecord(
        "wan",
        "video",
        "webtv.generator.video.wan:Wan",
        weights=(Weights("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "Apache-2.0", 29.0),),
        vram_gb=20,
        prompt_tokens=512,
        libraries=_DIFFUSERS,
    ),
    EngineRecord("space", "video", "webtv.generator.video.space:Space", section="space"),
    EngineRecord("flow", "interpolator", "webtv.postprocess.interpolate.flow:Flow"),
    EngineRecord(
        "film",
        "interpolator",
        "webtv.postprocess.interpolate.film:FILM",
        weights=(
            Weights(
                "dajes/frame-interpolation-pytorch",
                "Apache-2.0",
                0.14,
                url="https://github.com/dajes/frame-interpolation-pytorch/releases/download/v1.0.2/film_net_fp32.pt",
                safetensors=False,
            ),
        ),
        vram_gb=6,
        libraries=("torch",),
    ),
    EngineRecord("synth", "musician", "webtv.postprocess.music.synth:Synth"),
    EngineRecord(
        "musicgen",
        "musician",
        "webtv.postprocess.music.musicgen:MusicGen",
        weights=(_MUSICGEN,),
        vram_gb=8,
        libraries=("torch", "transformers"),
    ),
    EngineRecord(
        "musicgen_audiocraft",
        "musician",
        "webtv.postprocess.music.musicgen_audiocraft:MusicGenAudiocraft",
        weights=(_MUSICGEN,),
        vram_gb=8,
        libraries=("torch", "audiocraft"),
    ),
    EngineRecord(
        "ace_step",
        "musician",
        "webtv.postprocess.music.ace_step:ACEStep",
        weights=(Weights("ACE-Step/acestep-v15-xl-turbo-diffusers", "MIT", 14.0),),
        vram_gb=16,
        libraries=_DIFFUSERS,
    ),
    EngineRecord(
        "nsfw",
        "screener",
        "webtv.postprocess.screen.nsfw:NSFW",
        weights=(
            Weights(
                "Falconai/nsfw_image_detection",
                "Apache-2.0",
                0.35,
                files=("config.json", "preprocessor_config.json", "model.safetensors"),
            ),
        ),
        vram_gb=1,
        libraries=("torch", "transformers"),
    ),
)
"""Licences are those that the repositories state; sizes are rounded up."""

CATALOGUE: dict[str, EngineRecord] = {record.name: record for record in _ROWS}
"""Every engine by its name, in the order in which they are listed to people."""


def of_family(family: str) -> tuple[str, ...]:
    """The names of a family's engines."""
    return tuple(record.name for record in CATALOGUE.values() if record.family == family)


def with_weights() -> dict[str, EngineRecord]:
    """The engines that need weights, by name."""
    return {name: record for name, record in CATALOGUE.items() if record.weights}


def stand_in(family: str) -> str:
    """The first engine of a family that needs no weights and no service."""
    return next(name for name in of_family(family) if CATALOGUE[name].self_reliant)


def weights_in(repository: str) -> tuple[str, Weights]:
    """The first engine that uses a repository, and what it takes from there.

    Raises LookupError: no engine uses it, which is a mistake in the code.
    """
    for record in CATALOGUE.values():
        for weights in record.weights:
            if weights.repository == repository:
                return record.name, weights
    raise LookupError(f"no engine of the catalogue uses weights of {repository!r}")


def prompt_tokens(video: str) -> int:
    """How many tokens of a prompt the video engine called ``video`` reads."""
    record = CATALOGUE.get(video)
    return record.prompt_tokens if record else EngineRecord.prompt_tokens
