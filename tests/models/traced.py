"""What goes through ``torch.compile``, traced as on a GPU and run as it is: kernels would take minutes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch.fx import GraphModule


def traced(monkeypatch: pytest.MonkeyPatch) -> list[GraphModule]:
    """The graphs that are compiled from now on; what cannot be one graph fails."""
    graphs: list[GraphModule] = []

    def keep(graph: GraphModule, _inputs: list[torch.Tensor]) -> Callable[..., object]:
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=keep, fullgraph=True))
    return graphs
