"""FILM's network, from the paper: Reda et al., "FILM: Frame Interpolation for Large Motion", ECCV 2022,
arXiv 2202.04901.

One feature extractor is shared by all scales, one flow estimator by all but the three finest; flows are found
coarse to fine as residuals, both pictures and their features are warped to the middle, and a decoder fuses
them. Parameters have the names and shapes of the public PyTorch port, dajes/frame-interpolation-pytorch, so
that its weights fit; the order of channels, the padding and the slopes are those they were trained with.

What makes it fast is the form. Features are taken of a picture, not of a pair, so each picture needs them
once. Flow is found both ways in one batch. Everything is channels-last, and warping keeps that form.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 7
FUSED_LEVELS = 5
"""Of the pyramid, the finest ones, which the decoder reads."""
ALIGN = 1 << (LEVELS - 1)
"""Width and height of a picture must be multiples of this."""

FILTERS = (64, 128, 256, 512)
"""Of the extractor's sub-levels, each at half the size of the one before."""
FEATURES = tuple(sum(FILTERS[: level + 1]) for level in range(LEVELS))
"""Channels of the features at each level of the pyramid."""
FLOW_FILTERS = (32, 64, 128, 256)
"""Of the flow estimators for levels 0, 1, 2, and for all coarser ones."""
FLOW_CONVS = 3
FUSION_FILTERS = (64, 128, 256, 512)
ALIGNED = tuple(2 * (3 + features + 2) for features in FEATURES[:FUSED_LEVELS])
"""Channels that the decoder reads at each level: of both sides the picture, its features and a flow."""

Pyramid = list[Tensor]
"""(N, C, H / 2^level, W / 2^level), the finest level first."""


def _conv(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.LeakyReLU(0.2, inplace=True))


class _SubTree(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Sequential(_conv(inputs, outputs), _conv(outputs, outputs))
            for inputs, outputs in pairwise((3, *FILTERS))
        )

    def forward(self, picture: Tensor, depth: int) -> Pyramid:
        found = [self.convs[0](picture)]
        for convs in self.convs[1:depth]:
            found.append(convs(F.avg_pool2d(found[-1], 2)))
        return found


class Extractor(nn.Module):
    """Features of pictures, by the same convolutions at every scale (section 3.1 of the paper)."""

    def __init__(self) -> None:
        super().__init__()
        self.extract_sublevels = _SubTree()

    def forward(self, pictures: Tensor) -> tuple[Pyramid, Pyramid]:
        """The pictures' own pyramid, as far as the decoder reads it, and that of their features.

        ``pictures`` are (N, 3, H, W) RGB from 0 to 1.
        """
        scales = [pictures]
        for _ in range(LEVELS - 1):
            scales.append(F.avg_pool2d(scales[-1], 2))
        trees = [
            self.extract_sublevels(scale, min(LEVELS - level, len(FILTERS)))
            for level, scale in enumerate(scales)
        ]
        features = [
            torch.cat([trees[level - up][up] for up in range(min(level + 1, len(FILTERS)))], 1)
            for level in range(LEVELS)
        ]
        return scales[:FUSED_LEVELS], features


class _Predictor(nn.Module):
    def __init__(self, inputs: int, filters: int) -> None:
        super().__init__()
        self._convs = nn.ModuleList(
            [
                *(_conv(inputs if number == 0 else filters, filters) for number in range(FLOW_CONVS)),
                _conv(filters, filters // 2, 1),
                nn.Sequential(nn.Conv2d(filters // 2, 2, 1)),
            ]
        )

    def forward(self, ours: Tensor, others: Tensor) -> Tensor:
        found = torch.cat([ours, others], 1)
        for conv in self._convs:
            found = conv(found)
        return found


class FlowEstimator(nn.Module):
    """Flow from each picture to its partner, coarse to fine (section 3.2)."""

    def __init__(self) -> None:
        super().__init__()
        own = len(FLOW_FILTERS) - 1
        self._predictor = _Predictor(2 * FEATURES[own], FLOW_FILTERS[own])
        self._predictors = nn.ModuleList(
            _Predictor(2 * FEATURES[level], FLOW_FILTERS[level]) for level in reversed(range(own))
        )

    def forward(self, features: Pyramid) -> Pyramid:
        """(N, 2, h, w) for each level: x and y in pixels of that level. Partners are N / 2 apart."""
        apart = len(features[0]) // 2
        flow = self._predictor(features[-1], _partners(features[-1]))
        flows = [flow]
        for level in reversed(range(LEVELS - 1)):
            flow = F.interpolate(2 * flow, scale_factor=2.0, mode="bilinear")
            ours = features[level]
            own = len(self._predictors) - 1 - level
            predictor = self._predictors[own] if own >= 0 else self._predictor
            flow = flow + predictor(ours, Places(flow, apart).seen_in(ours))
            flows.insert(0, flow)
        return flows


class _Step(nn.ModuleList):
    """One level of the decoder: what was made so far, twice as large, joined with what is aligned there."""

    def __init__(self, coarser: int, aligned: int, filters: int) -> None:
        grow = nn.Sequential(nn.Conv2d(coarser, filters, 2, padding=1))
        super().__init__([grow, _conv(aligned + filters, filters), _conv(filters, filters)])

    def forward(self, made: Tensor, aligned: Tensor) -> Tensor:
        larger = F.interpolate(made, scale_factor=2.0, mode="nearest")
        # trained with the padding of an even kernel below and to the right alone
        grown = self[0](larger)[..., 1:, 1:]
        joined: Tensor = self[2](self[1](torch.cat([aligned, grown], 1)))
        return joined


def _partners(both: Tensor) -> Tensor:
    """Second halves first; unlike ``roll``, in the form in which they lie."""
    return torch.cat([both[len(both) // 2 :], both[: len(both) // 2]])


class Fusion(nn.Module):
    """The decoder: aligned pictures, features and flows become one picture (section 3.3)."""

    def __init__(self) -> None:
        super().__init__()
        self.output_conv = nn.Conv2d(FUSION_FILTERS[0], 3, 1)
        coarser = (*FUSION_FILTERS[1:], ALIGNED[-1])
        self.convs = nn.ModuleList(
            _Step(coarser[level], ALIGNED[level], FUSION_FILTERS[level])
            for level in reversed(range(FUSED_LEVELS - 1))
        )

    def forward(self, aligned: Pyramid) -> Tensor:
        made = aligned[-1]
        for step, there in zip(self.convs, reversed(aligned[:-1]), strict=True):
            made = step(made, there)
        picture: Tensor = self.output_conv(made)
        return picture

    def readers(self) -> list[tuple[int, nn.Conv2d]]:
        """The convolutions that read what is aligned, with how many of their first channels are that."""
        first = cast("nn.Conv2d", self.convs.get_submodule("0.0.0"))
        joins = [cast("nn.Conv2d", self.convs.get_submodule(f"{n}.1.0")) for n in range(len(self.convs))]
        return [(ALIGNED[-1], first), *zip(reversed(ALIGNED[:-1]), joins, strict=True)]


class Network(nn.Module):
    """The picture in the middle between two."""

    def __init__(self) -> None:
        super().__init__()
        self.extract = Extractor()
        self.predict_flow = FlowEstimator()
        self.fuse = Fusion()
        self._spare = 0

    def forward(self, pictures: Pyramid, features: Pyramid) -> Tensor:
        """(N, 3, H, W) RGB from 0 to 1, from what the extractor found of N first, then N second pictures."""
        half = len(pictures[0]) // 2
        aligned = []
        for level, found in enumerate(self.predict_flow(features)[:FUSED_LEVELS]):
            # from the middle, each way is half the partner's flow
            flow = 0.5 * _partners(found)
            places = Places(flow)
            picture, feature = places.seen_in(pictures[level]), places.seen_in(features[level])
            flows = F.pad(torch.cat([flow[:half], flow[half:]], 1), (0, 0, 0, 0, 0, self._spare))
            sides = [picture[:half], feature[:half], picture[half:], feature[half:]]
            aligned.append(torch.cat([*sides, flows], 1))
        made: Tensor = self.fuse(aligned)
        return made.clamp(0, 1)

    def widened(self, multiple: int = 8) -> Network:
        """Itself, with zero channels beside what the decoder reads, up to a multiple: the same pictures.

        Matrix units read half-precision channels by eight, and the widths of the paper are no such number.
        From now on the parameters no longer have the port's shapes.
        """
        self._spare = -ALIGNED[0] % multiple
        for width, conv in self.fuse.readers():
            weight = conv.weight.detach()
            zeros = weight.new_zeros(weight.shape[0], self._spare, *weight.shape[2:])
            widened = torch.cat([weight[:, :width], zeros, weight[:, width:]], 1)
            conv.weight = nn.Parameter(widened, requires_grad=False)
            conv.in_channels += self._spare
        return self

    def channels_last(self) -> Network:
        """Itself, with weights in the form in which pictures come."""
        for parameter in self.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        return self


class Places:
    """Where to read so that pictures are warped along a flow: bilinear; beyond the edge is what is on it."""

    def __init__(self, flow: Tensor, apart: int = 0) -> None:
        """``flow`` is (N, 2, H, W) in pixels, x then y; entry n is read in picture ``n + apart`` modulo N."""
        count, _, height, width = flow.shape
        device = flow.device
        # float32 whatever the pictures are: half precision places pixels of a wide one to an eighth only
        across = torch.arange(width, device=device) + flow[:, 0].float()
        down = torch.arange(height, device=device)[:, None] + flow[:, 1].float()
        # flows of damaged weights must not read outside of the memory
        across = across.nan_to_num().clamp(0, width - 1)
        down = down.nan_to_num().clamp(0, height - 1)
        left, top = across.floor(), down.floor()
        x, y = across - left, down - top
        columns = left.int(), (left.int() + 1).clamp(max=width - 1)
        entry = torch.arange(count, device=device, dtype=torch.int32).roll(-apart)[:, None, None] * height
        rows = (entry + top.int()) * width, (entry + (top.int() + 1).clamp(max=height - 1)) * width
        self._index = torch.stack([row + column for row in rows for column in columns], -1).view(-1, 4)
        self._weight = torch.stack([(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x], -1).view(-1, 4)

    def seen_in(self, pictures: Tensor) -> Tensor:
        """(N, C, H, W) warped, in channels-last form.

        Each pixel is a weighted sum of four rows of a table: exactly an embedding bag, which reads a pixel's
        channels side by side, as they lie; ``grid_sample`` reads them one plane after another.
        """
        count, channels, height, width = pictures.shape
        table = pictures.permute(0, 2, 3, 1).reshape(-1, channels)
        weight = self._weight.to(table.dtype)
        if torch.compiler.is_compiling():  # which makes one kernel of this, and none of a bag
            seen = (table[self._index.long()] * weight[..., None]).sum(1)
        else:
            seen = F.embedding_bag(self._index, table, per_sample_weights=weight, mode="sum")
        return seen.view(count, height, width, channels).permute(0, 3, 1, 2)
