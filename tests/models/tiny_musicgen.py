"""Tiny MusicGens of the real classes, with random weights, in folders laid out as on the hub."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoModel,
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    MusicgenMelodyConfig,
    MusicgenMelodyDecoderConfig,
    MusicgenMelodyForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
)

REPOSITORY = "facebook/musicgen-melody"
CODES = 64
CHROMA_FRAMES = 24
"""3.072 s: a window of 153 frames."""
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,#- "


def save_musicgen(models_folder: Path) -> None:
    """MusicGen Melody, mono."""
    torch.manual_seed(1)
    config = MusicgenMelodyConfig(
        text_encoder=_text_config().to_dict(),
        audio_encoder=_sound_config().to_dict(),
        decoder=MusicgenMelodyDecoderConfig(**_decoder()).to_dict(),
        chroma_length=CHROMA_FRAMES,
    )
    _save(MusicgenMelodyForConditionalGeneration(config), models_folder / REPOSITORY)


def save_musicgen_plain(models_folder: Path, channels: int = 1) -> None:
    """A MusicGen without a melody, mono or stereo, in the same folder."""
    torch.manual_seed(2)
    config = MusicgenConfig(
        text_encoder=_text_config().to_dict(),
        audio_encoder=_sound_config().to_dict(),
        decoder=MusicgenDecoderConfig(**_decoder(channels)).to_dict(),
    )
    _save(MusicgenForConditionalGeneration(config), models_folder / REPOSITORY)


def _text_config() -> T5Config:
    return T5Config(
        vocab_size=len(_LETTERS) + 3, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, dropout_rate=0
    )


def _sound_config() -> EncodecConfig:
    """640 samples a frame, as MusicGen's EnCodec has them at 32 kHz: 50 frames a second."""
    return EncodecConfig(
        sampling_rate=32_000,
        upsampling_ratios=[8, 5, 4, 4],
        target_bandwidths=[2.2],
        num_filters=2,
        hidden_size=16,
        codebook_dim=16,
        codebook_size=CODES,
        num_lstm_layers=1,
        norm_type="weight_norm",
        use_causal_conv=False,
        normalize=False,
        audio_channels=1,
    )


def _decoder(channels: int = 1) -> dict[str, object]:
    return {
        "vocab_size": CODES,
        "hidden_size": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_codebooks": 4 * channels,
        "audio_channels": channels,
        "pad_token_id": CODES,
        "bos_token_id": CODES,
        "eos_token_id": None,
        "dropout": 0.0,
        "activation_dropout": 0.0,
        "attention_dropout": 0.0,
    }


def _save(
    model: MusicgenForConditionalGeneration | MusicgenMelodyForConditionalGeneration, folder: Path
) -> None:
    _fill_codebooks(model.audio_encoder)
    # Of near-zero weights every token sounds alike; of these, the conditions can be heard.
    for name, weight in model.named_parameters():
        if weight.ndim == 2 and not name.startswith("audio_encoder"):
            torch.nn.init.normal_(weight, std=0.4)
    generation = model.generation_config
    generation.decoder_start_token_id = generation.bos_token_id = generation.pad_token_id = CODES
    generation.eos_token_id = None
    generation.do_sample, generation.guidance_scale, generation.max_length = True, 3.0, 1500
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def _fill_codebooks(encodec: AutoModel) -> None:
    """A randomly made EnCodec has codebooks of zeros: each token would sound the same."""
    for layer in encodec.quantizer.layers:
        torch.nn.init.normal_(layer.codebook.embed)


def tokenizer() -> PreTrainedTokenizerFast:
    """Letter by letter, closed by ``</s>`` as T5's is."""
    vocabulary = {token: number for number, token in enumerate((PAD, END, UNKNOWN, *_LETTERS))}
    letters = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    letters.normalizer = normalizers.Lowercase()
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    letters.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, vocabulary[END])]
    )
    return PreTrainedTokenizerFast(tokenizer_object=letters, pad_token=PAD, eos_token=END, unk_token=UNKNOWN)
