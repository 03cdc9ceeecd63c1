"""Which engines use which weights: repositories, sizes, licences. Data alone; loads no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["video", "interpolator", "musician", "screener"]


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
class Entry:
    """An engine that needs weights."""

    engine: str
    family: Family
    weights: tuple[Weights, ...]
    vram_gb: float
    """About what the engine takes on a GPU at its standard rung."""
    prompt_tokens: int = 75
    """How many tokens of a prompt its text encoder reads."""
    libraries: tuple[str, ...] = ("torch", "diffusers", "transformers")
    """The packages that it imports."""


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

CATALOGUE: dict[str, Entry] = {
    entry.engine: entry
    for entry in (
        Entry(
            "zeroscope",
            "video",
            (
                Weights(
                    "cerspense/zeroscope_v2_576w",
                    "CC-BY-NC-4.0",
                    7.0,
                    False,
                    _ZEROSCOPE_FILES,
                    safetensors=False,
                ),
                Weights(
                    "cerspense/zeroscope_v2_XL",
                    "CC-BY-NC-4.0",
                    7.0,
                    False,
                    _ZEROSCOPE_FILES,
                    safetensors=False,
                ),
            ),
            vram_gb=16,
        ),
        Entry(
            "ltx",
            "video",
            (Weights("Lightricks/LTX-Video", "LTXV Open Weights", 26.0, files=_LTX_FILES),),
            vram_gb=20,
            prompt_tokens=256,
        ),
        Entry(
            "wan",
            "video",
            (Weights("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "Apache-2.0", 29.0),),
            vram_gb=20,
            prompt_tokens=512,
        ),
        Entry(
            "film",
            "interpolator",
            (
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
        Entry(
            "musicgen",
            "musician",
            (Weights("facebook/musicgen-melody", "CC-BY-NC-4.0", 6.2, False, safetensors=False),),
            vram_gb=8,
            libraries=("torch", "transformers"),
        ),
        Entry(
            "musicgen_audiocraft",
            "musician",
            (Weights("facebook/musicgen-melody", "CC-BY-NC-4.0", 6.2, False, safetensors=False),),
            vram_gb=8,
            libraries=("torch", "audiocraft"),
        ),
        Entry("ace_step", "musician", (Weights("ACE-Step/acestep-v15-xl-turbo-diffusers", "MIT", 14.0),), 16),
        Entry(
            "nsfw",
            "screener",
            (
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
}
"""Engine by name. Licences are those that the repositories state; sizes are rounded up."""


def weights_in(repository: str) -> tuple[str, Weights]:
    """The first engine that uses a repository, and what it takes from there.

    Raises LookupError: no engine uses it, which is a mistake in the code.
    """
    for entry in CATALOGUE.values():
        for weights in entry.weights:
            if weights.repository == repository:
                return entry.engine, weights
    raise LookupError(f"no engine of the catalogue uses weights of {repository!r}")


def prompt_tokens(video: str) -> int:
    """How many tokens of a prompt the video engine called ``video`` reads."""
    entry = CATALOGUE.get(video)
    return entry.prompt_tokens if entry else 75
