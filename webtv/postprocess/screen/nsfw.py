"""A classifier of single pictures: a vision transformer that knows two labels, one of them ``nsfw``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoImageProcessor, AutoModelForImageClassification

from webtv.engines import Engine
from webtv.errors import EngineError

REPOSITORY = "Falconai/nsfw_image_detection"
_LABEL = "nsfw"


class NSFW(Engine):
    """The model is as its makers trained it: sexual pictures are what it knows, and nothing else."""

    name = "nsfw"
    version = 1

    def judge(self, pictures: Sequence[NDArray[np.uint8]]) -> float:
        """See ``Screener.judge``."""
        if not pictures:
            raise EngineError("a screener needs one picture at least")
        with self.host.using(self.name, self._load) as classifier:
            # One at a time: memory stays small, and there are few.
            return max(classifier.probability(picture) for picture in pictures)

    def check(self) -> None:
        """Loads the weights."""
        with self.host.using(self.name, self._load):
            return

    def _load(self) -> _Classifier:
        return _Classifier(self.host.weights(REPOSITORY))


class _Classifier:
    def __init__(self, folder: Path) -> None:
        # Pillow even where torchvision is installed: they resize a little differently, and verdicts must not.
        self.processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
        self.model = AutoModelForImageClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
        ).eval()
        labels = {str(label).lower(): number for number, label in self.model.config.id2label.items()}
        if _LABEL not in labels:
            raise EngineError(f"the classifier has no label {_LABEL!r}: run `webtv models pull nsfw`")
        self._label = labels[_LABEL]

    def to(self, device: str) -> _Classifier:
        self.model.to(device)
        return self

    def probability(self, picture: NDArray[np.uint8]) -> float:
        inputs = self.processor(images=picture, return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            logits = self.model(pixel_values=inputs["pixel_values"]).logits.float()
        probability = float(logits.softmax(-1)[0, self._label])
        if not 0 <= probability <= 1:
            raise EngineError(f"the classifier answers {probability}: run `webtv models pull nsfw`")
        return probability
