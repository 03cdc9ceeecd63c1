"""FILM in its straightforward form, which the engine is measured and checked against.

A pair at a time, one direction after the other, features of both pictures anew for each pair, plane by plane
and warped by ``grid_sample``: what the published TorchScript file does, on the same parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from webtv.postprocess.interpolate.film.network import FUSED_LEVELS, LEVELS, Network, Pyramid


class PlainFilm(Network):
    """Called as the published file is: ``model(first, second, time)``, RGB from 0 to 1, time (N, 1)."""

    def forward(self, first: Tensor, second: Tensor, time: Tensor) -> Tensor:
        first_pictures, first_features = self.extract(first)
        second_pictures, second_features = self.extract(second)
        there = self._flows(first_features, second_features)
        back = self._flows(second_features, first_features)
        time = time[:, :, None, None]
        aligned = []
        for level in range(FUSED_LEVELS):
            to_first, to_second = back[level] * time, there[level] * (1 - time)
            before = torch.cat([first_pictures[level], first_features[level]], 1)
            after = torch.cat([second_pictures[level], second_features[level]], 1)
            sides = [_warped(before, to_first), _warped(after, to_second)]
            aligned.append(torch.cat([*sides, to_first, to_second], 1))
        return self._fused(aligned)

    def _flows(self, ours: Pyramid, others: Pyramid) -> Pyramid:
        coarse, fine = self.predict_flow._predictor, list(self.predict_flow._predictors)[::-1]
        flow = coarse(ours[-1], others[-1])
        flows = [flow]
        for level in range(LEVELS - 2, -1, -1):
            flow = F.interpolate(2 * flow, scale_factor=2.0, mode="bilinear")
            predictor = fine[level] if level < len(fine) else coarse
            flow = flow + predictor(ours[level], _warped(others[level], flow))
            flows.insert(0, flow)
        return flows

    def _fused(self, aligned: Pyramid) -> Tensor:
        made = aligned[-1]
        for step, there in zip(self.fuse.convs, aligned[-2::-1], strict=True):
            larger = F.pad(F.interpolate(made, scale_factor=2.0, mode="nearest"), (0, 1, 0, 1))
            grown = F.conv2d(larger, step[0][0].weight, step[0][0].bias)
            made = step[2](step[1](torch.cat([there, grown], 1)))
        return self.fuse.output_conv(made)


def _warped(picture: Tensor, flow: Tensor) -> Tensor:
    height, width = picture.shape[2:]
    # the middles of pixels, as grid_sample counts them: -1 and 1 are the outer edges
    across = (torch.arange(width, device=flow.device).to(flow.dtype) * 2 + 1) / width - 1
    down = (torch.arange(height, device=flow.device).to(flow.dtype) * 2 + 1) / height - 1
    grid = torch.stack([across + flow[:, 0] * (2 / width), down[:, None] + flow[:, 1] * (2 / height)], -1)
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=False)
