"""MusicGen in full size: our engine and plain transformers, on the same random weights.

Plain is transformers with its defaults, float32 and by the caption alone; ours works in half precision and
follows a melody.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from transformers import (
    EncodecConfig,
    MusicgenMelodyConfig,
    MusicgenMelodyDecoderConfig,
    MusicgenMelodyForConditionalGeneration,
    T5Config,
)

from bench.accelerator import counted_tflop, extended, full_size, timed
from bench.random_weights import RandomHost
from bench.table import Figure
from bench.ways import Way, compared
from tests.models import tiny_musicgen
from webtv.domain import SAMPLE_RATE, MusicBrief
from webtv.models.host import Host
from webtv.models.settings import HostSettings
from webtv.postprocess.music.musicgen import MusicGen, TransformersPlayer
from webtv.postprocess.music.player import GUIDANCE
from webtv.postprocess.music.window import WINDOW_S

SECONDS = 12.8
BRIEF = MusicBrief(mood="calm", seed=1, motif_seed=2)
"""The bed that musicians play."""
_TINY_SECONDS = 1.28
_LATE = 3
"""Steps by which the last of four codebooks is late."""

_SOUND: dict[str, Any] = {
    "sampling_rate": 32_000,
    "upsampling_ratios": [8, 5, 4, 4],
    "target_bandwidths": [2.2],
    "norm_type": "weight_norm",
    "use_causal_conv": False,
    "normalize": False,
    "audio_channels": 1,
}
_MUSICGEN_FULL: dict[str, dict[str, Any]] = {
    "text": {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12},
    "sound": {"num_filters": 64, "hidden_size": 128, "codebook_size": 2048, "codebook_dim": 128},
    "decoder": {"hidden_size": 1536, "ffn_dim": 6144, "num_hidden_layers": 48, "num_attention_heads": 24},
}
"""facebook/musicgen-melody: a decoder of 1.4 billion parameters, T5 base, and EnCodec at 32 kHz."""
_MUSICGEN_TINY: dict[str, dict[str, Any]] = {
    "text": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
    "sound": {"num_filters": 2, "hidden_size": 16, "codebook_size": 64, "codebook_dim": 16},
    "decoder": {
        "vocab_size": 64,
        "hidden_size": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "pad_token_id": 64,
        "bos_token_id": 64,
    },
}


def figures(device: str, *, quick: bool) -> list[Figure]:
    """Beds of both ways, in full size on a GPU."""
    full = full_size(device, quick=quick)
    seconds = SECONDS if full else _TINY_SECONDS
    host = Host(HostSettings(device=device))
    player = random_musicgen(host, full=full)
    text = player.tokenizer([BRIEF.prompt], return_tensors="pt").to(device)
    codes = round(seconds * player.frame_rate)

    def play_plainly(codes: int = codes) -> None:
        read = {"input_ids": text.input_ids, "attention_mask": text.attention_mask}
        player.model.generate(**read, max_new_tokens=codes + _LATE)

    # but for what attention looks back at, which grows, each step is the same work
    known = {few: counted_tflop(partial(play_plainly, few)) for few in (codes // 16, codes // 8)}
    plain = Way(seconds, timed(device, play_plainly), extended(known, to=codes))

    engine = MusicGen(RandomHost(host.settings, {"musicgen": halved(player, host)}))
    samples = round(seconds * SAMPLE_RATE)
    play = partial(engine.compose, BRIEF)
    known = {few: counted_tflop(partial(play, few)) for few in (samples // 16, samples // 8)}
    ours = Way(seconds, timed(device, partial(play, samples)), extended(known, to=samples))
    return compared("bed", ours, plain, device=device, library="plain transformers")


def random_musicgen(host: Host, *, full: bool) -> TransformersPlayer:
    """In float32, as transformers makes it."""
    torch.manual_seed(0)
    shapes = _MUSICGEN_FULL if full else _MUSICGEN_TINY
    config = MusicgenMelodyConfig(
        text_encoder=T5Config(**shapes["text"]).to_dict(),
        audio_encoder=EncodecConfig(**_SOUND, **shapes["sound"]).to_dict(),
        decoder=MusicgenMelodyDecoderConfig(**shapes["decoder"]).to_dict(),
    )
    with torch.device(host.device):
        model = MusicgenMelodyForConditionalGeneration(config).eval().requires_grad_(False)
    for layer in model.audio_encoder.quantizer.layers:  # of zeros: all would be silence
        torch.nn.init.normal_(layer.codebook.embed)
    generation = model.generation_config
    start = config.decoder.pad_token_id
    generation.decoder_start_token_id = generation.bos_token_id = generation.pad_token_id = start
    generation.do_sample, generation.guidance_scale, generation.max_length = True, GUIDANCE, 1500
    return TransformersPlayer(model, tiny_musicgen.tokenizer(), WINDOW_S)


def halved(player: TransformersPlayer, host: Host) -> TransformersPlayer:
    """The same in the precision that the engine loads it in."""
    player.model.to(host.half).audio_encoder.float()
    return player
