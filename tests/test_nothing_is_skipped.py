from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SOUND = "def test_sound():\n    pass\n"


def run(folder: Path, text: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_it.py").write_text(text)
    argv = [sys.executable, "-m", "pytest", "--rootdir", str(folder), "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import pytest\n@pytest.mark.skip('no tool')\n" + SOUND, "test_it.py::test_sound"),
        ("import pytest\ndef test_it():\n    pytest.skip('no tool')\n" + SOUND, "test_it.py::test_it"),
        (
            "import pytest\npytest.skip('no tool', allow_module_level=True)\n" + SOUND,
            "test_it.py",
        ),
    ],
)
def test_a_skipped_test_fails_the_run_and_is_named(tmp_path: Path, text: str, name: str) -> None:
    code, said = run(tmp_path, text)
    assert code != 0
    (line,) = [line for line in said.splitlines() if line.startswith("FAILED because it was skipped: ")]
    assert f": {name} (" in line
    assert "no tool" in line


def test_a_run_without_skips_passes(tmp_path: Path) -> None:
    text = f"import pytest\n{SOUND}@pytest.mark.xfail\ndef test_known():\n    assert False\n"
    assert run(tmp_path, text)[0] == 0
