"""A tiny ACE-Step of the real classes, with random weights, in a folder laid out as on the hub."""

from pathlib import Path

import torch
from diffusers import (
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.pipelines.ace_step import AceStepConditionEncoder
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3Model

REPOSITORY = "ACE-Step/acestep-v15-xl-turbo-diffusers"
END = "<|endoftext|>"
LATENT, TEXT, HIDDEN = 4, 16, 16
_HEADS = {
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
}


def save_ace_step(models_folder: Path) -> None:
    torch.manual_seed(5)
    words = tokenizer()
    text = Qwen3Config(
        vocab_size=len(words), hidden_size=TEXT, num_hidden_layers=1, max_position_embeddings=512, **_HEADS
    )
    pipe = AceStepPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=4,
            downsampling_ratios=[2, 4, 4, 6, 10],  # 1920: 25 latents a second at 48 kHz
            channel_multiples=[1, 1, 1, 2, 2],
            decoder_channels=4,
            decoder_input_channels=LATENT,
            audio_channels=2,
            sampling_rate=48_000,
        ),
        text_encoder=Qwen3Model(text),
        tokenizer=words,
        transformer=AceStepTransformer1DModel(
            hidden_size=HIDDEN,
            num_hidden_layers=2,
            in_channels=3 * LATENT,
            audio_acoustic_hidden_dim=LATENT,
            is_turbo=True,
            **_HEADS,
        ),
        condition_encoder=AceStepConditionEncoder(
            hidden_size=HIDDEN,
            text_hidden_dim=TEXT,
            timbre_hidden_dim=LATENT,
            num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
            **_HEADS,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )
    pipe.save_pretrained(models_folder / REPOSITORY)


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte by byte, with the mark that ends a text for Qwen."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate((*letters, END))}
    by_byte = Tokenizer(models.BPE(vocabulary, []))
    by_byte.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    by_byte.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=by_byte, pad_token=END, eos_token=END)
