"""Zeroscope's two pipelines: how they are loaded, and how they work when memory is short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from diffusers import DPMSolverMultistepScheduler, TextToVideoSDPipeline, VideoToVideoSDPipeline
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel

from webtv.generator.video.diffusion import shortage_forgiven, unheard
from webtv.generator.video.zeroscope.effort import MULTIPLE
from webtv.models.host import Host

SMALL, LARGE = "cerspense/zeroscope_v2_576w", "cerspense/zeroscope_v2_XL"

Result = TypeVar("Result")


def load_small(host: Host) -> Any:
    """Text to video, in main memory. Raises EngineError, and what the libraries raise for damaged weights."""
    return _load(TextToVideoSDPipeline, SMALL, host)


def load_large(host: Host) -> Any:
    """Video to video, likewise."""
    return _load(VideoToVideoSDPipeline, LARGE, host)


def _load(pipeline: Any, repository: str, host: Host) -> Any:
    folder = host.weights(repository)
    # diffusers says at each load that it will not change these pipelines any more. Nothing newer runs
    # Zeroscope, and webtv is pinned to a minor version that has them.
    with unheard("diffusers.pipelines.pipeline_utils", "has been deprecated"):
        pipe = pipeline.from_pretrained(
            folder,
            dtype=host.half,
            local_files_only=True,
            # The author's repositories hold .bin alone; asked for nothing, diffusers logs an error for each.
            use_safetensors=None if any(folder.glob("*/*.safetensors")) else False,
        )
    prepare(pipe, compile=host.settings.compile)
    return pipe


def prepare(pipe: Any, *, compile: bool) -> None:
    """Set a pipeline up for speed.

    Attention goes through torch's fused kernels without being asked to. Frames are decoded one by one: one of
    1024x576 fills a GPU, and all 24 at once would not fit beside the networks.
    """
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(
        pipe.scheduler.config, algorithm_type="dpmsolver++"
    )
    pipe.vae.enable_slicing()
    pipe.set_progress_bar_config(disable=True)
    if compile:
        # With channels last, the network's turns between space and time are views and convolutions need no
        # copies. Without the compiler, GroupNorm would bring each picture back to channels first.
        for module in pipe.unet.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
            elif isinstance(module, torch.nn.Conv3d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last_3d)
        # Kernels for exact sizes are faster than for any: each size of a batch costs its minutes once.
        pipe.unet.compile(dynamic=False)


def sparing(pipe: Any, host: Host, work: Callable[[], Result]) -> Result:
    """Do ``work``; when the device's memory does not suffice, do it again with all that saves memory.

    The pipeline stays so. When that does not suffice either, raises what torch raises.
    """
    with shortage_forgiven():
        return work()
    host.empty()
    pipe.vae.enable_tiling()
    chunk_by_frame(pipe.unet)
    return work()


def chunk_by_frame(unet: Any) -> None:
    """Let the feed-forward layers, which need most memory, work on one frame at a time.

    Frames are the batch of the layers over space and the sequence of those over time. The network's own
    ``enable_forward_chunking`` has one dimension for both, and cuts one of the two into thousands of pieces.
    """
    for module in unet.modules():
        if isinstance(module, Transformer2DModel | TransformerTemporalModel):
            for block in module.transformer_blocks:
                block.set_chunk_feed_forward(1, dim=int(isinstance(module, TransformerTemporalModel)))


def fitting(tokenizer: Any, prompt: str) -> str:
    """``prompt``, or as many whole words of it as CLIP reads: 77 tokens with the marks of its two ends."""
    read = tokenizer(
        prompt, truncation=True, max_length=tokenizer.model_max_length, return_offsets_mapping=True
    )
    if not read.encodings[0].overflowing:
        return prompt
    end = max(stop for _, stop in read["offset_mapping"])
    kept = prompt[:end]
    within_a_word = prompt[end : end + 1].isalnum() and " " in kept
    return kept.rpartition(" ")[0] if within_a_word else kept


@torch.no_grad()
def decode(pipe: Any, latents: torch.Tensor) -> torch.Tensor:
    """Pixels of (1, 4, F, h, w): (F, 3, H, W) float32 in [0, 1], on the device."""
    video: torch.Tensor = pipe.video_processor.postprocess_video(pipe.decode_latents(latents), "pt")
    return video[0]


def enlarge(latents: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Latents (1, 4, F, h, w) of pass one as pass two takes them: (1, F, 4, height / 8, width / 8).

    They are scaled as latents. That is a little less sharp than scaling the decoded pictures, but pass two,
    at the strengths it is used with, draws what is fine anew; and it spares decoding 24 pictures and encoding
    24 larger ones: 0.11 PFLOP and two roundings to what the autoencoder can say.
    """
    frames = latents[0].transpose(0, 1).float()
    size = (height // MULTIPLE, width // MULTIPLE)
    return torch.nn.functional.interpolate(frames, size, mode="bicubic").to(latents.dtype)[None]
