"""Audiocraft's MusicGen, loaded from a folder without asking the hub. Importing this imports audiocraft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from webtv.domain import MusicBrief
from webtv.errors import EngineError
from webtv.postprocess.music.audiocraft_imports import audiocraft, stand_ins
from webtv.postprocess.music.motif import motif_for, sung
from webtv.postprocess.music.player import GUIDANCE, TOP_K
from webtv.postprocess.music.window import STRIDE, windows
from webtv.postprocess.music.wording import caption

audiocraft()

from audiocraft.models import MusicGen, builders  # noqa: E402
from audiocraft.modules import conditioners  # noqa: E402
from audiocraft.modules.chroma import ChromaExtractor  # noqa: E402
from audiocraft.utils.autocast import TorchAutocast  # noqa: E402


class AudiocraftPlayer(torch.nn.Module):
    """A MusicGen of audiocraft; ``to`` moves all of it, which audiocraft itself does not foresee."""

    def __init__(self, folder: Path, half: torch.dtype, window_s: float) -> None:
        super().__init__()
        with building_from(folder):
            self.music = MusicGen.get_pretrained(str(folder), device="cpu")
        self.music.max_duration = min(self.music.max_duration, window_s)
        self.lm = self.music.lm
        self.codec = self.music.compression_model
        self.lm.transformer.to(half)  # where audiocraft puts half precision too, the rest by autocast
        self.rate: int = self.music.sample_rate

    def to(self, device: Any) -> Self:  # type: ignore[override]
        """The same player, all of it on ``device``."""
        super().to(device)
        self.music.device = where = torch.device(device)
        self.music.autocast = TorchAutocast(
            enabled=where.type != "cpu", device_type=where.type, dtype=torch.float16
        )
        self.lm.condition_provider.device = where
        for conditioner in self.lm.condition_provider.conditioners.values():
            conditioner.device = where
        return self

    def play(
        self, brief: MusicBrief, seconds: float, progress: Callable[[float], None]
    ) -> NDArray[np.float32]:
        """(channels, n) float32 at ``rate``, of ``seconds`` or a little longer.

        Beyond the model's window audiocraft goes on by itself, each time over the last 12 s of 30.
        """
        frames = ceil(seconds * self.music.frame_rate) + 1
        window_s = self.music.max_duration
        self.music.set_generation_params(
            top_k=TOP_K,
            cfg_coef=GUIDANCE,
            duration=(frames + 0.5) / self.music.frame_rate,  # of which audiocraft takes the whole frames
            extend_stride=STRIDE * window_s,
        )
        self.music.set_custom_progress_callback(self._steps(frames, progress))
        cuda = [self.music.device] if self.music.device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda), torch.inference_mode(), stand_ins("xformers"):
            torch.manual_seed(brief.seed)
            sound: torch.Tensor = self._generate(brief, seconds + window_s)
        return np.asarray(sound[0].float().cpu().numpy(), dtype=np.float32)

    def _generate(self, brief: MusicBrief, melody_s: float) -> Any:
        """The motif is sung as long as the last window may reach, for audiocraft cuts each window's part."""
        motif = motif_for(brief)
        if motif is None or "self_wav" not in self.lm.condition_provider.conditioners:
            return self.music.generate([caption(brief)], progress=True)
        melody = torch.from_numpy(sung(motif, brief, melody_s, self.rate))[None]
        return self.music.generate_with_chroma([caption(brief)], [melody], self.rate, progress=True)

    def _steps(self, frames: int, progress: Callable[[float], None]) -> Callable[[int, int], None]:
        """Audiocraft tells of one window at a time; this counts the steps of them all."""
        longest = int(self.music.max_duration * self.music.frame_rate)
        # The delay pattern takes as many more steps in each window as the last codebook is late.
        steps = frames + len(windows(frames, longest)) * (self.lm.num_codebooks - 1)
        counted = 0

        def step(generated: int, of_window: int) -> None:
            nonlocal counted
            counted += 1
            progress(min(1.0, counted / steps))

        return step


@contextmanager
def building_from(folder: Path) -> Iterator[None]:
    """Within, audiocraft builds models whose text and melody conditioners need neither the hub nor demucs."""
    of_audiocraft = builders.T5Conditioner, builders.ChromaStemConditioner
    builders.T5Conditioner, builders.ChromaStemConditioner = partial(FolderText, folder), LoneMelody
    try:
        with stand_ins("xformers"):  # which its attention asks for anew
            yield
    finally:
        builders.T5Conditioner, builders.ChromaStemConditioner = of_audiocraft


class _T5OfMusicGen(transformers.T5EncoderModel):  # type: ignore[misc]
    """A T5 among the weights of a MusicGen for transformers, of which it reads its own alone."""

    _keys_to_ignore_on_load_unexpected = (r"^(?!shared\.|encoder\.)",)


class FolderText(conditioners.T5Conditioner):  # type: ignore[misc]
    """Audiocraft's text conditioner, with the T5 that lies in the folder instead of one from the hub."""

    def __init__(self, folder: Path, *, output_dim: int, device: str, name: str, **_: Any) -> None:
        t5, loading = _T5OfMusicGen.from_pretrained(
            folder,
            config=transformers.AutoConfig.from_pretrained(folder).text_encoder,
            dtype=torch.float32,
            key_mapping={r"^text_encoder\.": ""},
            output_loading_info=True,
        )
        if loading["missing_keys"]:
            raise EngineError(f"the weights of {name} are not in {folder}: run `webtv models pull musicgen`")
        conditioners.TextConditioner.__init__(self, t5.config.d_model, output_dim)
        self.t5_tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.t5 = t5.eval()
        self.device, self.name = device, name
        self.finetune, self.word_dropout, self.normalize_text = False, 0.0, False
        self.autocast = TorchAutocast(enabled=False)
        self._register_load_state_dict_pre_hook(self._keep_t5)

    def _keep_t5(self, state: dict[str, Any], prefix: str, *_: Any) -> None:
        """Checkpoints have all of the conditioner but its T5."""
        state.update({f"{prefix}t5.{name}": value for name, value in self.t5.state_dict().items()})

    def forward(self, inputs: Any) -> Any:
        with torch.autocast(torch.device(self.device).type, enabled=False):  # T5 overflows float16
            return super().forward(inputs)


class LoneMelody(conditioners.ChromaStemConditioner):  # type: ignore[misc]
    """Audiocraft's melody conditioner for a melody that is alone: no demucs to take other voices away."""

    def __init__(
        self,
        *,
        output_dim: int,
        sample_rate: int,
        n_chroma: int,
        radix2_exp: int,
        duration: float,
        device: str,
        argmax: bool = False,
        **_: Any,
    ) -> None:
        conditioners.WaveformConditioner.__init__(self, dim=n_chroma, output_dim=output_dim, device=device)
        self.sample_rate, self.duration = sample_rate, duration
        self.match_len_on_eval, self._use_masking = True, False
        self.autocast = TorchAutocast(enabled=False)
        self.chroma = ChromaExtractor(
            sample_rate=sample_rate, n_chroma=n_chroma, radix2_exp=radix2_exp, argmax=argmax
        )
        self.chroma_len = self._get_chroma_len()
        self.eval_wavs = self.cache = None

    def _get_stemmed_wav(self, wav: torch.Tensor, sample_rate: int) -> torch.Tensor:
        return wav.mean(dim=1, keepdim=True)

    def _extract_chroma(self, wav: torch.Tensor) -> Any:
        with torch.autocast(wav.device.type, enabled=False):  # spectra leave the range of float16
            return self.chroma(wav)
