"""FILM's weights from a file: the port's TorchScript, a state dict, or safetensors."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from webtv.errors import EngineError
from webtv.postprocess.interpolate.film.network import Network

REPOSITORY = "dajes/frame-interpolation-pytorch"
NAMES = ("film_net_fp32.pt", "film_net_fp16.pt", "*.safetensors", "*.pt", "*.pth")
"""What a file may be called, the best first."""


def weights_file(folder: Path) -> Path:
    """The file of weights in ``folder``. Raises EngineError when there is none."""
    for name in NAMES:
        if found := sorted(folder.glob(name)):
            return found[0]
    raise EngineError(f"{folder} holds no {NAMES[0]}: run `webtv models pull film`")


def load_network(path: Path) -> Network:
    """The network with the weights of ``path``, in main memory and in the file's own precision.

    Raises EngineError when the tensors are not FILM's, and whatever torch raises for a damaged file.
    """
    state = _read(path)
    with torch.device("meta"):  # its own random numbers would take a second, and are not wanted
        network = Network()
    wanted = {name: tensor.shape for name, tensor in network.state_dict().items()}
    given = {name: getattr(tensor, "shape", None) for name, tensor in state.items()}
    if given != wanted:
        raise EngineError(
            f"{path.name} is not FILM's: {_difference(wanted, given)}; run `webtv models pull film`"
        )
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file  # noqa: PLC0415 - the port's own files do without it

        return load_file(path)
    if _is_torchscript(path):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*torch.jit.load.* is deprecated")
            archive: Any = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
            return dict(archive.state_dict())
    state: Any = torch.load(path, map_location="cpu", weights_only=True)
    return state if isinstance(state, dict) else {}


def _is_torchscript(path: Path) -> bool:
    """Archives of TorchScript have a table of constants, those of ``torch.save`` have none."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _difference(wanted: dict[str, Any], given: dict[str, Any]) -> str:
    parts = {
        "missing": wanted.keys() - given.keys(),
        "unknown": given.keys() - wanted.keys(),
        "of another shape": {name for name in wanted.keys() & given.keys() if wanted[name] != given[name]},
    }
    return ", ".join(f"{len(names)} tensors {what} ({min(names)})" for what, names in parts.items() if names)
