"""A CLIP text encoder and its tokenizer, tiny, laid out as on the hub."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel

MERGES = ("t h", "th e</w>", "a n", "an d</w>", "i n", "in g</w>", "s l", "o w</w>", "sl ow</w>")
TOKENS = 77
"""Positions of CLIP's text encoder; two of them mark beginning and end."""


def save_clip_tokenizer(folder: Path) -> None:
    """The files that older repositories have: ``vocab.json`` and ``merges.txt``, no ``tokenizer.json``."""
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(_vocabulary()))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    marks = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "pad_token": "!", **marks}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def clip_text_model(hidden: int) -> CLIPTextModel:
    """Call ``torch.manual_seed`` before: its weights are random."""
    words = _vocabulary()
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=hidden,
            intermediate_size=2 * hidden,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=TOKENS,
            hidden_act="gelu",
            bos_token_id=words["<|startoftext|>"],
            eos_token_id=words["<|endoftext|>"],
            pad_token_id=words["!"],
        )
    ).eval()


def save_clip_text_model(model: CLIPTextModel, folder: Path) -> None:
    """As ``.bin``, with the names that weights have on the hub: transformers 5 itself writes neither."""
    folder.mkdir(parents=True)
    model.config.architectures = ["CLIPTextModel"]
    model.config.save_pretrained(folder)
    weights = {f"text_model.{name}": weight for name, weight in model.state_dict().items()}
    torch.save(weights, folder / "pytorch_model.bin")


def _vocabulary() -> dict[str, int]:
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters)]
    words += [merge.replace(" ", "") for merge in MERGES]
    return {word: number for number, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
