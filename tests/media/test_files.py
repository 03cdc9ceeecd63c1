"""Files are replaced whole or not at all, by one function."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from webtv.media.files import move_durably, write_atomically


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("content", ["é\n", b"\x00\xff"])
def test_a_file_is_replaced_and_nothing_is_left_beside_it(
    tmp_path: Path, content: str | bytes, durable: bool
) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    write_atomically(path, content, durable=durable)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_half_of_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    code = (
        "import signal; from pathlib import Path; from webtv.media.files import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"try: write_atomically(Path({str(path)!r}), 'x' * 100_000)\n"
        "except OSError as error: print(error.errno)"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    ran = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=limit,
    )
    assert int(ran.stdout) == errno.EFBIG
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_private_file_is_its_owners_alone_whatever_lay_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for each in (path, tmp_path / ".file.new"):
        each.write_text("for all to read")
        each.chmod(0o666)
    write_atomically(path, "secret", private=True)
    assert mode(path) == 0o600


def test_a_file_that_is_not_private_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    mask = os.umask(0o022)
    try:
        write_atomically(path, "for all")
    finally:
        os.umask(mask)
    assert mode(path) == 0o644


@pytest.mark.parametrize("rights", [0o640, 0o664, 0o600])
def test_an_edited_file_keeps_the_rights_that_it_had(tmp_path: Path, rights: int) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(rights)
    write_atomically(path, "after", like=path.stat())
    assert path.read_text() == "after"
    assert mode(path) == rights


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / ".file.new").symlink_to("theirs")
    with pytest.raises(OSError, match="Too many levels"):
        write_atomically(tmp_path / "file", "ours")
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_a_file_is_moved_into_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a film")
    move_durably(tmp_path / "a", tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_text() == "a film"
