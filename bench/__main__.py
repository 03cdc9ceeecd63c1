"""``python -m bench`` measures everything, ``python -m bench NAME…`` some of it.

``--quick`` takes short forms that show that a benchmark works; their figures are rough.
``python -m bench.models NAME…`` measures some of the models' engines, which are part of ``generation``.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
import traceback

from rich.console import Console

BENCHMARKS = {
    "startup": "from start to the first playable fragment, and to the first generated clip on air",
    "generation": "theme to clip with the offline engines, and models' engines against plain libraries",
    "interpolation": "flow against FFmpeg's minterpolate, and FILM against its straightforward form",
    "joints": "joints read back from nginx-rtmp and from HLS",
    "playout_cpu": "CPU of RTMP playout against encoding while pushing",
    "channels": "channels on air at once, each pushed to nginx-rtmp (--channels, --seconds)",
    "restart": "1 000 channels with rundown and archive: from the start until all are on air (--channels)",
    "first_start": "200 channels and 100 000 clips that the database does not know (--channels, --clips)",
    "replan": "one replan with 100 000 clips on one channel's shelf",
    "idle": "1 000 HLS channels that nobody watches",
    "read_side": "what many ask for of 200 channels, and how late the event loop runs meanwhile",
    "hls_serving": "fragments served per second against nginx with static files",
    "browser": "headless Chromium over many joints",
    "outage": "an ingest that is away for 20 s, and a killed daemon, before a browser",
    "soak": "an hour of accelerated air, with the daemon's memory",
}
"""Each benchmark, a module with ``main(quick: bool)``, and what it measures; in the order they run."""


SIZES = {
    "channels": "how many channels, for the benchmarks that say so",
    "clips": "how many clips, likewise",
    "seconds": "for how long, likewise",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all without any; 'list' shows them")
    parser.add_argument("--quick", action="store_true", help="short forms with rough figures")
    for name, text in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=text)
    arguments = parser.parse_args()
    if arguments.names == ["list"]:
        for name, text in BENCHMARKS.items():
            print(f"{name:12} {text}")
        return 0
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    sizes = {name: value for name in SIZES if (value := getattr(arguments, name))}
    names = arguments.names or list(BENCHMARKS)
    failed = [name for name in names if not _measured(name, quick=arguments.quick, sizes=sizes)]
    if failed:
        Console(stderr=True).print(f"[red]could not be measured: {', '.join(failed)}[/red]")
    return 1 if failed else 0


def _measured(name: str, *, quick: bool, sizes: dict[str, int]) -> bool:
    """One that fails must not keep the others from being measured. It gets the sizes that it knows."""
    try:
        main = importlib.import_module(f"bench.{name}").main
        known = inspect.signature(main).parameters
        main(quick=quick, **{size: value for size, value in sizes.items() if size in known})
    except Exception:
        traceback.print_exc()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
