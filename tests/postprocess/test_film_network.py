"""FILM's network and its weights: the port's names and shapes, the paper's pictures, files of three kinds."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from bench.plain_film import PlainFilm
from tests.models.tiny_film import tame_weights
from webtv.errors import EngineError
from webtv.models.faults import explained
from webtv.postprocess.interpolate.film.network import Network, Places
from webtv.postprocess.interpolate.film.weights import load_network, weights_file

torch.set_num_threads(1)

LAYERS = """
extract.extract_sublevels.convs.0.0.0 64 3 3
extract.extract_sublevels.convs.0.1.0 64 64 3
extract.extract_sublevels.convs.1.0.0 128 64 3
extract.extract_sublevels.convs.1.1.0 128 128 3
extract.extract_sublevels.convs.2.0.0 256 128 3
extract.extract_sublevels.convs.2.1.0 256 256 3
extract.extract_sublevels.convs.3.0.0 512 256 3
extract.extract_sublevels.convs.3.1.0 512 512 3
predict_flow._predictor._convs.0.0 256 1920 3
predict_flow._predictor._convs.1.0 256 256 3
predict_flow._predictor._convs.2.0 256 256 3
predict_flow._predictor._convs.3.0 128 256 1
predict_flow._predictor._convs.4.0 2 128 1
predict_flow._predictors.0._convs.0.0 128 896 3
predict_flow._predictors.0._convs.1.0 128 128 3
predict_flow._predictors.0._convs.2.0 128 128 3
predict_flow._predictors.0._convs.3.0 64 128 1
predict_flow._predictors.0._convs.4.0 2 64 1
predict_flow._predictors.1._convs.0.0 64 384 3
predict_flow._predictors.1._convs.1.0 64 64 3
predict_flow._predictors.1._convs.2.0 64 64 3
predict_flow._predictors.1._convs.3.0 32 64 1
predict_flow._predictors.1._convs.4.0 2 32 1
predict_flow._predictors.2._convs.0.0 32 128 3
predict_flow._predictors.2._convs.1.0 32 32 3
predict_flow._predictors.2._convs.2.0 32 32 3
predict_flow._predictors.2._convs.3.0 16 32 1
predict_flow._predictors.2._convs.4.0 2 16 1
fuse.output_conv 3 64 1
fuse.convs.0.0.0 512 1930 2
fuse.convs.0.1.0 512 2442 3
fuse.convs.0.2.0 512 512 3
fuse.convs.1.0.0 256 512 2
fuse.convs.1.1.0 256 1162 3
fuse.convs.1.2.0 256 256 3
fuse.convs.2.0.0 128 256 2
fuse.convs.2.1.0 128 522 3
fuse.convs.2.2.0 128 128 3
fuse.convs.3.0.0 64 128 2
fuse.convs.3.1.0 64 202 3
fuse.convs.3.2.0 64 64 3
"""
"""The port's layers: name, channels out, channels in, size of the kernel. Each has a weight and a bias."""


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return tame_weights(seed=1)


def pair(height: int = 64, width: int = 128) -> Tensor:
    chance = torch.Generator().manual_seed(0)
    rough = torch.rand(1, 3, height // 8, width // 8, generator=chance)
    first = torch.nn.functional.interpolate(rough, scale_factor=8, mode="bicubic").clamp(0, 1)
    return torch.cat([first, first.roll((2, 5), (2, 3))])


@torch.inference_mode()
def middle(network: Network, both: Tensor) -> Tensor:
    return network(*network.extract(both))


@torch.inference_mode()
def plain_middle(state: dict[str, Tensor], both: Tensor) -> Tensor:
    plain = PlainFilm()
    plain.load_state_dict(state)
    return plain(both[:1], both[1:], torch.full((1, 1), 0.5)).clamp(0, 1)


def test_the_parameters_have_the_names_and_shapes_of_the_public_port() -> None:
    expected: dict[str, tuple[int, ...]] = {}
    for line in LAYERS.split("\n")[1:-1]:
        name, outputs, inputs, size = line.split()
        expected[f"{name}.weight"] = (int(outputs), int(inputs), int(size), int(size))
        expected[f"{name}.bias"] = (int(outputs),)
    with torch.device("meta"):
        state = Network().state_dict()
    assert [(name, tuple(tensor.shape)) for name, tensor in state.items()] == list(expected.items())
    assert len(state) == 82
    assert round(sum(tensor.numel() for tensor in state.values()) / 1e6, 2) == 34.44


def test_the_fast_form_makes_the_pictures_of_the_straightforward_one(state: dict[str, Tensor]) -> None:
    network = Network()
    network.load_state_dict(state)
    both = pair()
    fast = middle(network.widened().channels_last(), both)
    truth = plain_middle(state, both)
    assert truth.std() > 0.1
    assert torch.norm(fast - truth) / torch.norm(truth) < 1e-5


def test_every_convolution_reads_its_channels_side_by_side(state: dict[str, Tensor]) -> None:
    network = Network()
    network.load_state_dict(state)
    network.widened().channels_last()
    astray: list[str] = []

    def look(name: str, given: Tensor) -> None:
        if not given.is_contiguous(memory_format=torch.channels_last) or given.shape[1] not in {
            3,
            *range(8, 2500, 8),
        }:
            astray.append(f"{name}: {tuple(given.shape)} {given.stride()}")

    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_pre_hook(lambda _, given, name=name: look(name, given[0]))
    first, second = pair(128, 128)
    middle(network, torch.stack([first, second] * 2).contiguous(memory_format=torch.channels_last))
    assert not astray


def test_several_pairs_at_once_give_the_pictures_of_one_at_a_time(state: dict[str, Tensor]) -> None:
    network = Network()
    network.load_state_dict(state)
    first, second = pair(64, 64)
    together = middle(network, torch.stack([first, second, second, first]))
    alone = torch.cat(
        [middle(network, torch.stack([first, second])), middle(network, torch.stack([second, first]))]
    )
    assert torch.allclose(together, alone, atol=1e-5)


def test_warping_reads_between_pixels_and_repeats_the_edge() -> None:
    picture = torch.arange(12.0).view(1, 1, 3, 4)
    flow = torch.zeros(1, 2, 3, 4)
    flow[:, 0], flow[:, 1] = 0.5, -1
    assert Places(flow).seen_in(picture)[0, 0].tolist() == [
        [0.5, 1.5, 2.5, 3],
        [0.5, 1.5, 2.5, 3],
        [4.5, 5.5, 6.5, 7],
    ]


def test_flows_that_are_no_numbers_read_nothing_outside_of_the_picture() -> None:
    flow = torch.full((1, 2, 2, 2), float("nan"))
    flow[:, 1] = float("inf")
    assert Places(flow).seen_in(torch.ones(1, 1, 2, 2)).tolist() == [[[[1, 1], [1, 1]]]]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_the_ports_torchscript_file_is_read(state: dict[str, Tensor], tmp_path: Path) -> None:
    plain = PlainFilm()
    plain.load_state_dict(state)
    both = pair(64, 64)
    path = tmp_path / "film_net_fp32.pt"
    with torch.inference_mode():
        torch.jit.trace(plain, (both[:1], both[1:], torch.full((1, 1), 0.5)), check_trace=False).save(path)
    network = load_network(weights_file(tmp_path))
    assert torch.allclose(middle(network, both), plain_middle(state, both), atol=1e-5)


@pytest.mark.parametrize("name", ["film_net_fp16.pt", "film.safetensors"])
def test_state_dicts_are_read_whatever_their_file(
    name: str, state: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / name
    save = save_file if path.suffix == ".safetensors" else torch.save
    save({key: tensor.half() for key, tensor in state.items()}, path)
    read = load_network(weights_file(tmp_path)).state_dict()
    assert all(torch.equal(read[key], tensor.half()) for key, tensor in state.items())


def test_single_precision_is_taken_before_half(tmp_path: Path) -> None:
    for name in ("film_net_fp16.pt", "film_net_fp32.pt", "a.safetensors"):
        (tmp_path / name).touch()
    assert weights_file(tmp_path).name == "film_net_fp32.pt"


def test_a_folder_without_weights_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"holds no film_net_fp32.pt: run `webtv models pull film`"):
        weights_file(tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, r"82 tensors missing \(extract\.extract_sublevels\.convs\.0\.0\.0\.bias\)"),
        (
            {"unet.conv.weight": torch.zeros(1)},
            r"82 tensors missing .*, 1 tensors unknown \(unet\.conv\.weight\)",
        ),
        ([torch.zeros(1)], "82 tensors missing"),
    ],
)
def test_a_file_of_another_network_is_refused(given: object, said: str, tmp_path: Path) -> None:
    torch.save(given, tmp_path / "film_net_fp32.pt")
    with pytest.raises(EngineError, match=f"film_net_fp32.pt is not FILM's: {said}"):
        load_network(tmp_path / "film_net_fp32.pt")


def test_tensors_of_another_shape_are_refused(state: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(state | {"fuse.output_conv.bias": torch.zeros(4)}, tmp_path / "film.pt")
    with pytest.raises(EngineError, match=r"1 tensors of another shape \(fuse\.output_conv\.bias\)"):
        load_network(tmp_path / "film.pt")


@pytest.mark.parametrize("kept", [0, 1000, 100_000])
def test_a_file_that_is_cut_short_is_called_damaged(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "film_net_fp32.pt"
    torch.save({"weight": torch.rand(100_000)}, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Exception) as caught:
        load_network(path)
    assert "damaged or incomplete: run `webtv models pull film`" in str(
        explained("film", caught.value, "cpu")
    )
