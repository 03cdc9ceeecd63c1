"""A tiny T5 encoder, or UMT5 as Wan has it, with its tokenizer, laid out as on the hub."""

from __future__ import annotations

import string
from pathlib import Path

from transformers import T5Config, T5EncoderModel, T5Tokenizer, UMT5Config, UMT5EncoderModel

HIDDEN = 16
_MARKS = ("<pad>", "</s>", "<unk>")


def save_t5(folder: Path, *, kind: str = "t5") -> None:
    """``text_encoder`` and ``tokenizer`` below ``folder``. Call ``torch.manual_seed`` before it."""
    model, config = (UMT5EncoderModel, UMT5Config) if kind == "umt5" else (T5EncoderModel, T5Config)
    words = _vocabulary()
    tiny = config(
        vocab_size=len(words),
        d_model=HIDDEN,
        d_kv=8,
        d_ff=HIDDEN,
        num_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )
    model(tiny).eval().save_pretrained(folder / "text_encoder")
    T5Tokenizer(vocab=words, extra_ids=0, model_max_length=128).save_pretrained(folder / "tokenizer")


def _vocabulary() -> list[tuple[str, float]]:
    """Marks, then each letter alone and at the beginning of a word, with SentencePiece's scores."""
    letters = string.ascii_letters + string.digits + string.punctuation
    pieces = ["▁", *letters, *(f"▁{letter}" for letter in letters)]
    return [(mark, 0.0) for mark in _MARKS] + [(piece, -float(len(_MARKS))) for piece in pieces]
