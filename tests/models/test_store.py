"""Weights are used when they are whole and their licence is accepted; else the message says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from webtv.errors import EngineError
from webtv.models.catalogue import CATALOGUE, weights_in
from webtv.models.host import Host
from webtv.models.lock import Locked, LockedFile, read_locks, write_lock
from webtv.models.settings import HostSettings
from webtv.models.store import state_of

ZEROSCOPE = "cerspense/zeroscope_v2_576w"
FILM = "dajes/frame-interpolation-pytorch"


def refusal(models: Path, repository: str, *, accept: bool = False) -> str:
    with pytest.raises(EngineError) as caught:
        Host(HostSettings(folder=models, accept_noncommercial=accept)).weights(repository)
    return str(caught.value)


def put(models: Path, repository: str, name: str, data: bytes) -> Path:
    path = models / repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_licence_that_forbids_commercial_use_must_be_accepted_even_for_weights_that_are_there(
    tmp_path: Path,
) -> None:
    put(tmp_path, ZEROSCOPE, "model_index.json", b"{}")
    assert refusal(tmp_path, ZEROSCOPE) == (
        "zeroscope's weights (cerspense/zeroscope_v2_576w) are CC-BY-NC-4.0: not for commercial use. "
        "Set `accept_noncommercial: true` in webtv.yaml if that suits you"
    )
    host = Host(HostSettings(folder=tmp_path, accept_noncommercial=True))
    assert host.weights(ZEROSCOPE) == tmp_path / ZEROSCOPE


def test_missing_weights_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    text = "weights of cerspense/zeroscope_v2_576w are missing: run `webtv models pull zeroscope`"
    assert refusal(tmp_path, ZEROSCOPE, accept=True) == text
    (tmp_path / ZEROSCOPE).mkdir(parents=True)
    assert refusal(tmp_path, ZEROSCOPE, accept=True) == text, "an empty folder holds nothing"


def test_a_folder_filled_by_hand_is_taken_as_it_is(tmp_path: Path) -> None:
    put(tmp_path, FILM, "film_net_fp32.pt", b"1")
    assert Host(HostSettings(folder=tmp_path)).weights(FILM) == tmp_path / FILM


@pytest.mark.parametrize("damage", ["gone", "short"])
def test_pulled_weights_of_which_a_file_is_gone_or_short_are_incomplete(damage: str, tmp_path: Path) -> None:
    path = put(tmp_path, FILM, "film_net_fp32.pt", b"12345")
    put(tmp_path, FILM, "config.json", b"{}")
    files = {
        "film_net_fp32.pt": LockedFile(size=5, sha256="aa"),
        "config.json": LockedFile(size=2, sha256="bb"),
    }
    write_lock(tmp_path, FILM, Locked(revision="1", files=files))
    assert Host(HostSettings(folder=tmp_path)).weights(FILM) == tmp_path / FILM
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"12")
    assert refusal(tmp_path, FILM) == f"weights of {FILM} are incomplete: run `webtv models pull film`"


def test_a_pull_that_has_not_come_to_its_end_leaves_incomplete_weights(tmp_path: Path) -> None:
    put(tmp_path, FILM, "film_net_fp32.pt", b"12345")
    write_lock(tmp_path, FILM, Locked(revision="1", files={"film_net_fp32.pt": LockedFile(size=5)}))
    _, weights = weights_in(FILM)
    assert state_of(tmp_path, weights) == "incomplete"


def test_the_lock_keeps_what_was_locked_of_other_repositories(tmp_path: Path) -> None:
    one, two = Locked(revision="1", files={}), Locked(revision="2", files={"a": LockedFile(size=1)})
    write_lock(tmp_path, FILM, one)
    write_lock(tmp_path, ZEROSCOPE, two)
    write_lock(tmp_path, FILM, two)
    assert read_locks(tmp_path) == {FILM: two, ZEROSCOPE: two}
    assert [path.name for path in tmp_path.iterdir()] == ["models.lock.json"]


def test_an_unreadable_lock_stops_the_engine_and_not_the_worker(tmp_path: Path) -> None:
    (tmp_path / "models.lock.json").write_text("{")
    assert "models.lock.json cannot be read: " in refusal(tmp_path, FILM)


def test_weights_that_no_engine_uses_are_a_mistake_in_the_code(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="'owner/other'"):
        Host(HostSettings(folder=tmp_path)).weights("owner/other")


def test_every_row_of_the_catalogue_can_be_found_by_its_repositories() -> None:
    for name, engine in CATALOGUE.items():
        assert engine.name == name
        for weights in engine.weights:
            assert weights_in(weights.repository)[1].licence == weights.licence
            assert weights.repository.count("/") == 1


def test_pickles_of_what_is_published_as_safetensors_are_not_loaded(tmp_path: Path) -> None:
    wan = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
    put(tmp_path, wan, "transformer/model.ckpt", b"pickle")
    assert state_of(tmp_path, weights_in(wan)[1]) == "pickled"
    assert refusal(tmp_path, wan) == (
        f"weights of {wan} are pickles (model.ckpt), which can run code as they load, and it is published as "
        "safetensors: run `webtv models pull wan`"
    )
    put(tmp_path, wan, "transformer/model.safetensors", b"tensors")
    assert Host(HostSettings(folder=tmp_path)).weights(wan) == tmp_path / wan
    put(tmp_path, FILM, "film_net_fp32.pt", b"of a publisher who has nothing else")
    assert Host(HostSettings(folder=tmp_path)).weights(FILM) == tmp_path / FILM
