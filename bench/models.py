"""Engines of models against the plain libraries: ``python -m bench.models`` measures all, with names some.

On a GPU in full size with random weights, on which speed does not depend; elsewhere, and with ``--quick``,
with tiny networks. Each engine's table is shown as soon as it is measured, and the file of figures then
written anew.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import diffusers
import torch
import transformers

from bench import tiny
from bench.accelerator import chosen, free, full_size
from bench.table import Figure, keep, show
from webtv.models.catalogue import with_weights

TINY = "tiny networks: shows that it works, says nothing of speed"


def known() -> tuple[str, ...]:
    """Every engine with weights, and the whole chain of some of them.

    ``figures(device, quick=)`` of the module ``bench.NAME`` measures one; what has no such module is measured
    with tiny networks, by ``bench.tiny``.
    """
    return (*with_weights(), "chain")


def main(*, quick: bool, names: Sequence[str] = ()) -> None:
    """Measure engines, all by default. Raises RuntimeError at the end when some could not be measured."""
    diffusers.utils.logging.set_verbosity_error()  # that Zeroscope's pipelines are deprecated is known
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    device = chosen()
    place = "CPU" if device == "cpu" else torch.cuda.get_device_name(device)
    size = "full size" if full_size(device, quick=quick) else TINY
    report = "_".join(("generation_models", *names))
    measured: list[Figure] = []
    failed = []
    for name in names or known():
        began = time.monotonic()
        try:
            figures = _measure(name)(device, quick=quick)
        except Exception:  # one that fails must not keep the others from being measured
            traceback.print_exc()
            failed.append(name)
            continue
        finally:
            free(device)
        show(f"{name}, measured in {time.monotonic() - began:.0f} s ({place}, {size})", figures)
        measured += [Figure(f"{name}: {one.what}", one.value, one.unit, one.promise) for one in figures]
        keep(report, f"Models ({place}, {size})", measured, quick=quick)
    if failed:
        raise RuntimeError(f"could not be measured: {', '.join(failed)}")


def _measure(name: str) -> Callable[..., list[Figure]]:
    if find_spec(f"bench.{name}") is None:
        return partial(tiny.figures, name)
    measure: Callable[..., list[Figure]] = import_module(f"bench.{name}").figures
    return measure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which; all without any: {', '.join(known())}"
    )
    parser.add_argument("--quick", action="store_true", help=TINY)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(known()):
        parser.error(f"no engine is called {', '.join(unknown)}; there are {', '.join(known())}")
    try:
        main(quick=arguments.quick, names=arguments.names)
    except RuntimeError as error:
        sys.exit(str(error))
