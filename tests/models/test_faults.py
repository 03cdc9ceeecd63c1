"""Whatever a library raises becomes one sentence that says what to do."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from webtv.engines import load_engine
from webtv.errors import EngineError, ToolError
from webtv.models.catalogue import CATALOGUE, EngineRecord
from webtv.models.faults import explained, out_of_memory

DAMAGED = "its weights are damaged or incomplete: run `webtv models pull zeroscope`"


def told(error: BaseException, engine: str = "zeroscope", device: str = "cuda:0") -> str:
    return str(explained(engine, error, device))


def raised_by(doing: object, *given: object) -> Exception:
    with pytest.raises(Exception) as caught:
        doing(*given)  # type: ignore[operator]
    return caught.value


def test_an_engine_error_stays_as_it_is() -> None:
    error = EngineError("as it is")
    assert explained("zeroscope", error, "cpu") is error


def test_what_webtv_raises_on_purpose_keeps_its_words() -> None:
    assert told(ToolError("FFmpeg is missing")) == "FFmpeg is missing"


@pytest.mark.parametrize(
    ("package", "engine", "make"),
    [
        ("diffusers", "zeroscope", "make models"),
        ("torch", "musicgen_audiocraft", "make models"),
        ("audiocraft", "musicgen_audiocraft", "make audiocraft"),
        ("julius", "musicgen_audiocraft", "make audiocraft"),
    ],
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    package: str, engine: str, make: str
) -> None:
    error = ModuleNotFoundError(f"No module named '{package}.x'", name=f"{package}.x")
    assert told(error, engine) == (
        f"engine {engine} needs the package {package}, which is not installed here: run `{make}`"
    )


def test_a_library_that_is_there_and_does_not_load_is_quoted() -> None:
    error = ImportError("libcudart.so.12: cannot open shared object file", name="torch")
    assert told(error) == (
        "engine zeroscope cannot load its libraries (libcudart.so.12: cannot open shared object file): "
        "run `make models`"
    )


def test_an_engine_whose_library_is_missing_is_refused_when_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy_engine.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(CATALOGUE, "needy", EngineRecord("needy", "video", "needy_engine:Needy"))
    with pytest.raises(EngineError) as caught:
        load_engine("video", "needy")
    assert str(caught.value) == (
        "engine needy needs the package no_such_library, which is not installed here: run `make models`"
    )


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    error = ModuleNotFoundError("No module named 'webtv.nothing'", name="webtv.nothing")
    assert told(error) == "failed by a bug: ModuleNotFoundError: No module named 'webtv.nothing'"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_too_little_memory_is_told_with_what_helps(error: Exception) -> None:
    assert out_of_memory(error)
    text = told(error)
    assert text.startswith("ran out of memory on cuda:0 (")
    assert text.endswith("): choose a smaller quality, another engine, or give it a GPU with more memory")
    assert "\n" not in text


def test_a_cpu_is_not_told_to_become_a_gpu() -> None:
    assert told(MemoryError(), device="cpu") == (
        "ran out of memory on cpu (MemoryError): "
        "choose a smaller quality, another engine, or give it more memory"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Found no NVIDIA driver on your system.",
        "CUDA error: no kernel image is available for execution on the device",
        "CUDA unknown error - this may be due to an incorrectly set up environment",
        "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
    ],
)
def test_a_device_that_does_not_work_is_no_fault_of_the_weights(text: str) -> None:
    assert str(explained("zeroscope", RuntimeError(text), "cuda:0", loading=True)) == (
        f"cannot use cuda:0 here ({text}): set `devices` in webtv.yaml"
    )


def test_memory_errors_are_known_without_loading_torch() -> None:
    code = (
        "import sys; from webtv.models.faults import explained; "
        "print(explained('zeroscope', MemoryError(), 'cpu')); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300, capture_output=True)


def test_what_torch_says_of_damaged_files_names_the_command_that_mends_them(tmp_path: Path) -> None:
    whole = tmp_path / "whole.bin"
    torch.save({"weight": torch.zeros(64, 64)}, whole)
    cut, rubbish, empty = tmp_path / "cut.bin", tmp_path / "rubbish.bin", tmp_path / "empty.bin"
    cut.write_bytes(whole.read_bytes()[:2000])
    rubbish.write_bytes(b"<!DOCTYPE html>" * 40)
    empty.touch()
    for file in (cut, rubbish, empty, tmp_path / "not_there.bin"):
        assert told(raised_by(torch.load, file)).startswith(DAMAGED), file.name


def test_damaged_safetensors_are_told_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"weight": torch.zeros(64, 64)}, file)
    file.write_bytes(file.read_bytes()[:1000])
    assert told(raised_by(load_file, file)).startswith(DAMAGED)


def test_weights_of_another_shape_are_told_as_damaged() -> None:
    state = torch.nn.Linear(3, 3).state_dict()
    for other in (torch.nn.Linear(4, 4), torch.nn.Conv2d(1, 1, 3)):
        assert told(raised_by(other.load_state_dict, state)).startswith(DAMAGED)


def test_other_unreadable_files_are_told_as_damaged() -> None:
    for error in (
        raised_by(json.loads, "{"),
        raised_by(pickle.loads, b"rubbish"),
        OSError("cerspense/x does not appear to have a file named config.json"),
    ):
        assert told(error).startswith(DAMAGED)


def test_an_engine_without_weights_cannot_have_damaged_ones() -> None:
    assert told(raised_by(json.loads, "{"), "procedural").startswith("failed by a bug: JSONDecodeError: ")


def test_the_cause_behind_a_wrapped_error_is_what_is_told() -> None:
    try:
        try:
            raise ModuleNotFoundError("No module named 'ftfy'", name="ftfy")
        except ImportError as error:
            raise RuntimeError("Failed to import transformers.x because of the following error") from error
    except RuntimeError as wrapped:
        assert "needs the package ftfy" in told(wrapped)


def test_a_load_that_fails_oddly_leads_to_the_command_that_verifies_the_weights() -> None:
    error = OSError(22, "Invalid argument")
    assert str(explained("zeroscope", error, "cpu", loading=True)) == (
        "did not load (OSError: [Errno 22] Invalid argument): "
        "run `webtv models pull zeroscope`, which verifies its weights"
    )
    assert str(explained("flow", error, "cpu", loading=True)).startswith("failed by a bug: OSError")


def test_anything_else_is_called_a_bug_with_its_type() -> None:
    assert told(ValueError("no such thing")) == "failed by a bug: ValueError: no such thing"
    assert told(KeyError()) == "failed by a bug: KeyError: KeyError"
