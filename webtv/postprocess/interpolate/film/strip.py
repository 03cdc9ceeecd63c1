"""The pictures between some frames of a take, made round by round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from webtv.models.faults import out_of_memory
from webtv.models.host import Host
from webtv.postprocess.interpolate.film.network import FUSED_LEVELS, LEVELS, Network, Pyramid
from webtv.postprocess.interpolate.film.room import Room, in_parts
from webtv.postprocess.interpolate.film.spread import rounds
from webtv.postprocess.interpolate.motion import Picture


@dataclass(eq=False)
class _Still:
    picture: Tensor
    """(1, 3, H, W) RGB from 0 to 1, padded to what the network takes."""
    found: tuple[Pyramid, Pyramid] | None = None
    """What the extractor makes of it, kept for both neighbours and all rounds."""


class Strip:
    """One take's pictures at the size that the network works at; belongs to one thread."""

    def __init__(self, host: Host, load: Callable[[], Network], depth: int, room: Room) -> None:
        self._host, self._load, self._depth = host, load, depth
        self.room = room
        """Shrinks when memory is short, and stays so for the take."""
        self._stills: dict[int, _Still] = {}

    def made(self, source: Picture, wanted: Sequence[int], width: int, height: int) -> dict[int, Picture]:
        """The pictures at the places ``wanted``, (height, width, 3) uint8 RGB.

        ``source`` are all frames of the take. Raises EngineError, and what torch raises when even one part of
        a picture needs more memory than there is.
        """
        frames = {place >> self._depth for place in wanted} | {(place >> self._depth) + 1 for place in wanted}
        self._stills = {
            frame << self._depth: self._stills.get(frame << self._depth)
            or self._laid(source[frame], width, height)
            for frame in sorted(frames)
        }
        for waiting in rounds(wanted, self._depth):
            while waiting:
                del waiting[: self._tried(waiting)]
        return {place: _shown(self._stills[place].picture, width, height) for place in wanted}

    def _laid(self, frame: Picture, width: int, height: int) -> _Still:
        fitting = cv2.resize(np.ascontiguousarray(frame), (width, height), interpolation=cv2.INTER_AREA)
        picture = torch.from_numpy(fitting).to(self._host.device).permute(2, 0, 1)[None]
        beyond = (0, self.room.width - width, 0, self.room.height - height)
        padded = F.pad(picture.to(self._host.half) / 255, beyond, mode="replicate")
        return _Still(padded.contiguous(memory_format=torch.channels_last))

    def _tried(self, places: list[int]) -> int:
        """How many of ``places`` are made when all are, or memory was too short for ``room``."""
        made = 0
        try:
            with self._host.using("film", self._load) as network:
                for start in range(0, len(places), self.room.pairs):
                    batch = places[start : start + self.room.pairs]
                    pictures = self._middles(network, batch)
                    for number, place in enumerate(batch):
                        self._stills[place] = _Still(pictures[number : number + 1])
                    made += len(batch)
        except Exception as error:
            less = replace(self.room, pairs=min(self.room.pairs, len(places))).less()
            if not out_of_memory(error) or less is None:
                raise
            self.room = less
            for still in self._stills.values():
                still.found = None
        return made

    # Not around the loading: a module made within could never leave the device and come back.
    @torch.inference_mode()
    def _middles(self, network: Network, places: list[int]) -> Tensor:
        ends = [self._stills[place - (place & -place)] for place in places]
        ends += [self._stills[place + (place & -place)] for place in places]
        if not self.room.whole:
            return in_parts(network, torch.cat([end.picture for end in ends]), self.room)
        fresh = [end for end in dict.fromkeys(ends) if end.found is None]
        if fresh:
            found = network.extract(torch.cat([end.picture for end in fresh]))
            for number, end in enumerate(fresh):
                pictures, features = ([level[number : number + 1] for level in levels] for levels in found)
                end.found = pictures, features
        known = [end.found for end in ends if end.found is not None]
        middles: Tensor = network(
            [torch.cat([pictures[level] for pictures, _ in known]) for level in range(FUSED_LEVELS)],
            [torch.cat([features[level] for _, features in known]) for level in range(LEVELS)],
        )
        return middles


def _shown(picture: Tensor, width: int, height: int) -> Picture:
    levels = (picture[0, :, :height, :width].float() * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
