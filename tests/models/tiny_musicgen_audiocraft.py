"""Tiny MusicGens of audiocraft with random weights, in the two files that it reads."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from omegaconf import OmegaConf

from tests.models.tiny_musicgen import REPOSITORY, save_musicgen

# By way of the player, for audiocraft alone cannot be imported beside what is installed.
from webtv.postprocess.music.audiocraft_player import MusicGen, builders, building_from, conditioners

_RATIOS = [8, 5, 4, 4]
"""640 samples a frame: 50 frames a second at 32 kHz, as MusicGen has them."""


def save_musicgen_audiocraft(models: Path) -> None:
    """MusicGen Melody as audiocraft keeps it, beside the files for transformers, as on the hub."""
    folder = models / REPOSITORY
    if not (folder / "config.json").exists():
        save_musicgen(models)
    torch.manual_seed(3)
    sound, music = _sound(_RATIOS), _music()
    with building_from(folder):
        lm = builders.get_lm_model(OmegaConf.create(music | {"device": "cpu", "dtype": "float32"}))
    for name, weight in lm.named_parameters():
        if weight.ndim == 2 and ".t5." not in name:
            torch.nn.init.normal_(weight, std=0.4)
    state = {name: value for name, value in lm.state_dict().items() if ".t5." not in name}
    codec = builders.get_compression_model(OmegaConf.create(sound | {"device": "cpu"}))
    for (
        layer
    ) in codec.quantizer.vq.layers:  # or they would be made from the first sound they see, which takes long
        layer._codebook.embed.normal_()
        layer._codebook.inited.fill_(1)
    _save(folder, music, state, sound, codec.state_dict())


def save_audiocraft_debug(models: Path) -> None:
    """Audiocraft's own debug model: of MusicGen, without a melody, whose words are looked up in a table."""
    torch.manual_seed(4)
    with patch.object(conditioners.spacy, "load"):
        model = MusicGen.get_pretrained("debug", device="cpu")
    music = _music() | {
        "conditioners": {
            "description": {"model": "lut", "lut": {"n_bins": 128, "dim": 16, "tokenizer": "noop"}}
        },
        "fuser": {"cross": ["description"], "prepend": [], "sum": [], "input_interpolate": []},
    }
    music["transformer_lm"] |= {"memory_efficient": False}
    _save(
        models / REPOSITORY,
        music,
        model.lm.state_dict(),
        _sound([10, 8, 16]),
        model.compression_model.state_dict(),
    )


def _music() -> dict[str, Any]:
    """As ``xp.cfg`` of MusicGen Melody, less what only training reads."""
    return {
        "lm_model": "transformer_lm",
        "dataset": {"segment_duration": 30},
        "transformer_lm": {
            "n_q": 4,
            "card": 400,
            "dim": 16,
            "num_heads": 4,
            "num_layers": 2,
            "custom": True,
            "memory_efficient": True,
            "causal": True,
        },
        "codebooks_pattern": {"modeling": "delay", "delay": {"delays": [0, 1, 2, 3]}},
        "attribute_dropout": {},
        "classifier_free_guidance": {"training_dropout": 0.2, "inference_coef": 3.0},
        "conditioners": {
            "args": {"merge_text_conditions_p": 0.25, "drop_desc_p": 0.5},
            "self_wav": {
                "model": "chroma_stem",
                "chroma_stem": {
                    "sample_rate": 32_000,
                    "n_chroma": 12,
                    "radix2_exp": 14,
                    "argmax": True,
                    "match_len_on_eval": False,
                    "eval_wavs": None,
                    "n_eval_wavs": 100,
                    "cache_path": None,
                },
            },
            "description": {
                "model": "t5",
                "t5": {"name": "t5-base", "finetune": False, "word_dropout": 0.2, "normalize_text": False},
            },
        },
        "fuser": {"cross": [], "prepend": ["self_wav", "description"], "sum": [], "input_interpolate": []},
    }


def _sound(ratios: list[int]) -> dict[str, Any]:
    return {
        "compression_model": "encodec",
        "encodec": {
            "autoencoder": "seanet",
            "quantizer": "rvq",
            "sample_rate": 32_000,
            "channels": 1,
            "causal": False,
            "renormalize": False,
        },
        "seanet": {
            "n_filters": 4,
            "n_residual_layers": 1,
            "dimension": 32,
            "ratios": ratios,
            "encoder": {},
            "decoder": {},
        },
        "rvq": {"n_q": 4, "bins": 400},
    }


def _save(folder: Path, music: Any, lm: Any, sound: Any, codec: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, config, state in (("state_dict", music, lm), ("compression_state_dict", sound, codec)):
        kept = {"xp.cfg": OmegaConf.to_yaml(OmegaConf.create(config)), "best_state": state, "exported": True}
        torch.save(kept, folder / f"{name}.bin")
