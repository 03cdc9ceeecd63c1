"""What a library raised, told as what happened and what to do. Loads no library to know its errors."""

from __future__ import annotations

import json
import pickle
import sys
import zipfile
from collections.abc import Iterator

from webtv.errors import EngineError, WebtvError
from webtv.models.catalogue import with_weights

_OF_THE_EXTRA = {"accelerate", "diffusers", "ftfy", "huggingface_hub", "safetensors", "torch", "transformers"}
"""What ``make models`` installs; whatever else audiocraft asks for comes with ``make audiocraft``."""

_OUT_OF_MEMORY = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
)
_NO_DEVICE = (
    "Torch not compiled with CUDA",
    "No CUDA GPUs are available",
    "Found no NVIDIA driver",
    "invalid device ordinal",
    "CUDA driver version is insufficient",
    "CUDA driver initialization failed",
    "CUDA unknown error",
    "no kernel image is available",
    "busy or unavailable",
)
_DAMAGED = (
    "PytorchStreamReader",
    "Weights only load failed",
    "Error(s) in loading state_dict",
    "is not a valid JSON file",
    "does not appear to have a file named",
    "Error no file named",
    "Unable to load weights from",
    "Can't load the model for",
    "Can't load tokenizer for",
    "Can't load feature extractor for",
    "Cannot load",
    "keys are missing",
    "ignore_mismatched_sizes",
    "Should have a `model_type` key in its config.json",
    "Couldn't instantiate the backend tokenizer",
    "Error while initializing BPE",
    "`vocab` and `merges`",
)
"""Parts of what torch, diffusers and transformers say of files that are cut short, altered or not there."""
_FILES_OF_WEIGHTS = (".json", ".safetensors", ".bin", ".pt", ".th", ".txt", ".model")
_LONGEST = 200


def explained(engine: str, error: BaseException, device: str, *, loading: bool = False) -> EngineError:
    """The error of ``engine`` at work on ``device`` as an EngineError, whose message says what to do.

    An EngineError stays as it is. What is none of a missing library, a missing device, too little memory and
    damaged weights is called a bug; but when a model was ``loading``, a file of its weights may be why, for
    libraries do not check what they read. Causes are looked at too, for libraries wrap what they met.
    """
    if isinstance(error, EngineError):
        return error
    if isinstance(error, WebtvError):
        return EngineError(str(error))
    known = (_advice(engine, cause, device) for cause in _causes(error))
    text = f"{type(error).__name__}: {_text(error)}"
    other = f"failed by a bug: {text}"
    if loading and engine in with_weights():
        other = f"did not load ({text}): run `webtv models pull {engine}`, which verifies its weights"
    return EngineError(next(filter(None, known), other))


def _advice(engine: str, error: BaseException, device: str) -> str:
    """What to do about a fault that is known; empty for any other."""
    if isinstance(error, ImportError) and not (error.name or "").startswith("webtv."):
        return _missing_library(engine, error)
    if out_of_memory(error):
        more = "it more memory" if device == "cpu" else "it a GPU with more memory"
        return (
            f"ran out of memory on {device} ({_text(error)}): choose a smaller quality, another engine, "
            f"or give {more}"
        )
    if any(text in str(error) for text in _NO_DEVICE):
        return f"cannot use {device} here ({_text(error)}): set `devices` in webtv.yaml"
    if engine in with_weights() and _damaged(error):
        return f"its weights are damaged or incomplete: run `webtv models pull {engine}` ({_text(error)})"
    return ""


def out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that a device's memory, or main memory, did not suffice."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _OUT_OF_MEMORY)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _missing_library(engine: str, error: ImportError) -> str:
    package = (error.name or "").partition(".")[0]
    of_audiocraft = engine == "musicgen_audiocraft" and package not in _OF_THE_EXTRA
    make = "make audiocraft" if of_audiocraft else "make models"
    if isinstance(error, ModuleNotFoundError) and package:
        return f"engine {engine} needs the package {package}, which is not installed here: run `{make}`"
    return f"engine {engine} cannot load its libraries ({_text(error)}): run `{make}`"


def _damaged(error: BaseException) -> bool:
    broken = (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, json.JSONDecodeError)
    if isinstance(error, broken) or type(error).__name__ == "SafetensorError":
        return True
    if isinstance(error, FileNotFoundError) and str(error.filename).endswith(_FILES_OF_WEIGHTS):
        return True
    return any(text in str(error) for text in _DAMAGED)


def _text(error: BaseException) -> str:
    """The first line of what it says, cut where it grows long."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
