"""Which weights are there, and which may be used."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from webtv.errors import EngineError, WebtvError
from webtv.models.catalogue import Weights, weights_in
from webtv.models.lock import read_locks

State = Literal["present", "incomplete", "missing", "pickled"]
_PICKLES = (".bin", ".ckpt", ".pt", ".pth")


def folder_of(models: Path, repository: str, *, accept_noncommercial: bool) -> Path:
    """The folder of a repository's weights, laid out as on the hub.

    Raises:
        EngineError: they are not there, or their licence is not accepted.
        LookupError: no engine of the catalogue uses them.
    """
    engine, weights = weights_in(repository)
    refused = licence_refusal(engine, weights, accept_noncommercial)
    if refused:
        raise EngineError(refused)
    try:
        state = state_of(models, weights)
    except WebtvError as error:
        raise EngineError(str(error)) from error
    if state == "pickled":
        raise EngineError(
            f"weights of {repository} are pickles ({_pickle_in(models / repository)}), which can run code as "
            f"they load, and it is published as safetensors: run `webtv models pull {engine}`"
        )
    if state != "present":
        raise EngineError(f"weights of {repository} are {state}: run `webtv models pull {engine}`")
    return models / repository


def licence_refusal(engine: str, weights: Weights, accept_noncommercial: bool) -> str:
    """Why weights may not be used as long as the operator has not agreed to it; empty if they may."""
    if weights.commercial or accept_noncommercial:
        return ""
    return (
        f"{engine}'s weights ({weights.repository}) are {weights.licence}: not for commercial use. "
        "Set `accept_noncommercial: true` in webtv.yaml if that suits you"
    )


def state_of(models: Path, weights: Weights) -> State:
    """Whether weights are there: every file that was locked with its size, or, of a folder that the operator
    filled by hand, anything at all but pickles of what is published as safetensors.

    Raises WebtvError when the lock file cannot be read.
    """
    folder = models / weights.repository
    locked = read_locks(models).get(weights.repository)
    if locked is None:
        if weights.safetensors and _pickle_in(folder):
            return "pickled"
        return "present" if _holds_anything(folder) else "missing"
    missing = locked.missing(folder)
    if locked.verified and len(missing) in (0, len(locked.files)):
        return "missing" if missing else "present"
    return "incomplete"


def _holds_anything(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def _pickle_in(folder: Path) -> str:
    """The name of a pickle that engines would have to load; empty where there are safetensors."""
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    if any(name.endswith(".safetensors") for name in names):
        return ""
    return next((name for name in names if name.endswith(_PICKLES)), "")
