"""In-between pictures by FILM, a network that was trained for large motion (see ``network``)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import torch

from webtv.domain import Take
from webtv.engines import Engine
from webtv.postprocess.interpolate.film.network import Network
from webtv.postprocess.interpolate.film.room import room_for
from webtv.postprocess.interpolate.film.spread import spread
from webtv.postprocess.interpolate.film.strip import Strip
from webtv.postprocess.interpolate.film.weights import REPOSITORY, load_network, weights_file
from webtv.postprocess.interpolate.fit import filling, scaled
from webtv.postprocess.interpolate.motion import Picture, Search


class FILM(Engine):
    """Pictures in the middle of two, and in the middle of those, until there are enough (see ``spread``).

    The network works at the take's own size and its pictures are scaled up like frames, for its work goes by
    pixels: 0.78 TFLOP a pair at 576x320, 2.51 at 1024x576. A take that is larger than the house is scaled
    down first. Scenes do not melt into each other at a cut within a take, by ``flow``'s own rule.

    Equal takes give equal bytes on one machine, so cuDNN is not left to choose its ways by a race.
    """

    name = "film"
    version = 1

    def check(self) -> None:
        with self.host.using(self.name, self._load):
            pass

    def interpolate(self, take: Take, frames: int, *, width: int, height: int) -> Iterator[Picture]:
        return self._pictures(filling(self.name, take, width / height), frames, width, height)

    def _pictures(self, source: Picture, frames: int, width: int, height: int) -> Iterator[Picture]:
        depth, places = spread(len(source), frames)
        if depth:
            self.check()  # at the first picture another engine can still take over
        size = min((width, height), (source.shape[2], source.shape[1]), key=lambda size: size[0] * size[1])
        room = room_for(*size, torch.device(self.host.device).type)
        strip = Strip(self.host, self._load, depth, room)
        search = Search(source.shape[2] / source.shape[1])
        gaps_at_once = max(1, (2 * room.pairs) >> depth)  # the last round then fills the room
        for _, group in groupby(places, key=lambda place: (place >> depth) // gaps_at_once):
            shown = list(group)
            gaps = {place >> depth for place in shown if place % (1 << depth)}
            moving = {gap for gap in gaps if not search.cut(source[gap], source[gap + 1])}
            wanted = [place for place in shown if place % (1 << depth) and place >> depth in moving]
            made = strip.made(source, wanted, *size)
            for place in shown:
                nearest = source[(place + (1 << depth) // 2) >> depth]
                yield scaled(made.get(place, nearest), width, height)

    def _load(self) -> Network:
        network = load_network(weights_file(self.host.weights(REPOSITORY)))
        network = network.to(self.host.half).widened().channels_last()
        if self.host.settings.compile:
            network.extract.compile()
            network.compile()
        return network
