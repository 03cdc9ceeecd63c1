"""Weights come whole and verified, go on where a pull broke off, and stay at their commit."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from tests.models.hub import Hub, Repository
from webtv.errors import WebtvError
from webtv.models.catalogue import Weights
from webtv.models.connection import new_session
from webtv.models.download import download
from webtv.models.hub import RemoteFile
from webtv.models.lock import read_locks
from webtv.models.pull import Progress, Pulled, pull
from webtv.models.store import state_of

NAME = "owner/name"
ALLOWED = "hf_allowed"
WEIGHTS = Weights(NAME, "MIT", 0.1, safetensors=False)
UNET = "unet/diffusion_pytorch_model.bin"
BIG = Random(1).randbytes(600_000)
FILES = {"model_index.json": b"{}", "unet/config.json": b'{"a": 1}', "empty.txt": b"", UNET: BIG}


@pytest_asyncio.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hub() as hub:
        hub.repositories[NAME] = Repository()
        hub.repositories[NAME].commit(FILES)
        yield hub


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)


class Bar(Progress):
    def __init__(self) -> None:
        self.size, self.done, self.most = 0, 0, 0

    def begin(self, what: str, size: int) -> None:
        self.size, self.done = size, 0

    def advance(self, count: int) -> None:
        self.done += count
        self.most = max(self.most, self.done)


async def pulled(hub: Hub, models: Path, weights: Weights = WEIGHTS, *, update: bool = False) -> Pulled:
    bar = Bar()
    done = await pull(weights, models, update=update, endpoint=hub.address, progress=bar, pause_s=0)
    assert bar.done == bar.size, "the bar ends at its end"
    return done


def holds(models: Path, files: dict[str, bytes]) -> bool:
    folder = models / NAME
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return there == files


async def test_a_pull_brings_every_file_and_locks_the_commit_and_the_hashes(hub: Hub, tmp_path: Path) -> None:
    done = await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)
    assert set(done.fetched) == set(FILES)
    locked = read_locks(tmp_path)[NAME]
    assert locked.revision == hub.repositories[NAME].main
    assert {name: file.sha256 for name, file in locked.files.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()
    }
    assert state_of(tmp_path, WEIGHTS) == "present"


async def test_only_the_files_that_the_engine_needs_are_fetched(hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path, Weights(NAME, "MIT", 0.1, files=("*.json",)))
    assert holds(tmp_path, {name: data for name, data in FILES.items() if name.endswith(".json")})


async def test_a_catalogue_that_asks_for_more_files_gets_them_of_the_same_commit(
    hub: Hub, tmp_path: Path
) -> None:
    await pulled(hub, tmp_path, Weights(NAME, "MIT", 0.1, files=("*.json",)))
    first = hub.repositories[NAME].main
    hub.repositories[NAME].commit({"model_index.json": b"[]"})
    assert set((await pulled(hub, tmp_path)).fetched) == {"empty.txt", UNET}
    assert read_locks(tmp_path)[NAME].revision == first


async def test_a_second_pull_verifies_and_asks_nobody(hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path)
    asked = hub.listings, len(hub.sent)
    assert (await pulled(hub, tmp_path)).fetched == ()
    assert (hub.listings, len(hub.sent)) == asked


async def test_a_cut_connection_does_not_begin_a_file_anew(hub: Hub, tmp_path: Path) -> None:
    hub.cuts[UNET] = [250_000, 100_000]
    await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)
    assert [sent.start > 0 for sent in hub.sent if sent.name == UNET] == [False, True, True]
    assert_each_answer_goes_on_from_a_later_byte(hub)


async def test_a_pull_that_broke_off_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    hub.cuts[UNET] = [250_000, 0, 0, 0, 0, 0]
    with pytest.raises(WebtvError, match=r"breaks off \(.*\): pull again, it goes on from there$"):
        await pulled(hub, tmp_path)
    assert state_of(tmp_path, WEIGHTS) == "incomplete"
    before = len(hub.sent)
    await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)
    assert [sent.name for sent in hub.sent[before:]] == [UNET], "finished files are not sent again"
    assert hub.sent[before].start > 0
    assert_each_answer_goes_on_from_a_later_byte(hub)


def assert_each_answer_goes_on_from_a_later_byte(hub: Hub) -> None:
    starts = [sent.start for sent in hub.sent if sent.name == UNET]
    assert starts == sorted(starts)
    assert starts[-1] > 0
    assert sum(sent.count for sent in hub.sent if sent.name == UNET) < 2 * len(BIG)


async def test_a_busy_server_is_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.answers[UNET] = [503, 429]
    await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)
    hub.answers[UNET] = [503] * 5
    (tmp_path / NAME / UNET).unlink()
    assert "breaks off (the server answers 503): pull again" in await refusal(hub, tmp_path)


async def test_a_refused_file_is_told_with_the_answer(hub: Hub, tmp_path: Path) -> None:
    hub.answers[UNET] = [403]
    text = await refusal(hub, tmp_path)
    assert text.endswith(f"/{UNET} is refused (403 Forbidden): open it in a browser to see why")


async def test_a_file_longer_than_listed_does_not_fill_the_disk(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[NAME].commit({UNET: bytes(8_000_000)})
    hub.repositories[NAME].sizes[UNET] = 1000
    bar = Bar()
    with pytest.raises(WebtvError, match="arrives damaged"):
        await pull(WEIGHTS, tmp_path, endpoint=hub.address, progress=bar, pause_s=0)
    assert bar.most < 3_000_000


async def test_a_server_that_knows_no_ranges_sends_the_whole_again(hub: Hub, tmp_path: Path) -> None:
    hub.ranges, hub.cuts[UNET] = False, [250_000]
    await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)


async def test_the_commit_stays_when_main_moves_on_until_an_update_is_asked_for(
    hub: Hub, tmp_path: Path
) -> None:
    await pulled(hub, tmp_path)
    first = hub.repositories[NAME].main
    newer = {"model_index.json": b'{"new": 1}', "unet/new.safetensors": BIG[::-1]}
    second = hub.repositories[NAME].commit(newer)
    (tmp_path / NAME / "model_index.json").unlink()
    assert (await pulled(hub, tmp_path)).fetched == ("model_index.json",)
    assert holds(tmp_path, FILES)
    assert read_locks(tmp_path)[NAME].revision == first
    await pulled(hub, tmp_path, update=True)
    assert holds(tmp_path, newer), "files that the new commit lacks are gone"
    assert read_locks(tmp_path)[NAME].revision == second


async def test_a_commit_named_in_the_catalogue_is_the_one_that_comes(hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path)
    first = hub.repositories[NAME].main
    second = hub.repositories[NAME].commit({"model_index.json": b"[]"})
    hub.repositories[NAME].commit({"model_index.json": b"3"})
    for commit in (second, first):
        await pulled(hub, tmp_path, Weights(NAME, "MIT", 0.1, revision=commit))
        assert read_locks(tmp_path)[NAME].revision == commit
    assert holds(tmp_path, FILES)


@pytest.mark.parametrize("name", [UNET, "unet/config.json"])
async def test_a_damaged_file_is_found_and_fetched_again(name: str, hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path)
    path = tmp_path / NAME / name
    path.write_bytes(bytes(len(FILES[name])))
    assert (await pulled(hub, tmp_path)).fetched == (name,)
    assert holds(tmp_path, FILES)


@pytest.mark.parametrize("name", [UNET, "unet/config.json"])
async def test_a_file_that_arrives_damaged_is_fetched_once_more(name: str, hub: Hub, tmp_path: Path) -> None:
    hub.spoils = [name]
    await pulled(hub, tmp_path)
    assert holds(tmp_path, FILES)
    hub.spoils = [name, name]
    (tmp_path / NAME / name).unlink()
    with pytest.raises(WebtvError, match=r"arrives damaged, twice now: try again later$"):
        await pulled(hub, tmp_path)
    assert state_of(tmp_path, WEIGHTS) == "incomplete"


async def test_a_folder_filled_by_hand_is_used_and_a_pull_fetches_only_what_differs(
    hub: Hub, tmp_path: Path
) -> None:
    for name, data in FILES.items():
        path = tmp_path / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert state_of(tmp_path, WEIGHTS) == "present"
    (tmp_path / NAME / "model_index.json").write_bytes(b"[]")
    assert (await pulled(hub, tmp_path)).fetched == ("model_index.json",)


async def test_the_token_reaches_the_hub_and_nobody_else(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories[NAME].token = ALLOWED
    monkeypatch.setenv("HF_TOKEN", ALLOWED)
    await pulled(hub, tmp_path)
    by_name = {sent.name: sent.authorization for sent in hub.sent}
    assert by_name["model_index.json"] == f"Bearer {ALLOWED}"
    assert by_name[UNET] == "", "large files come from another server"


async def test_passwords_of_netrc_go_to_nobody(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    await pulled(hub, tmp_path / "open")
    hub.repositories[NAME].token = ALLOWED
    monkeypatch.setenv("HF_TOKEN", ALLOWED)
    await pulled(hub, tmp_path / "closed")
    assert {sent.authorization for sent in hub.sent} == {"", f"Bearer {ALLOWED}"}


async def test_a_proxy_is_used_as_the_environment_says(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.repositories[NAME].main
    url = f"http://weights.example/{NAME}/{commit}/{UNET}"
    monkeypatch.setenv("http_proxy", hub.cdn_address)
    await pulled(hub, tmp_path, Weights("dajes/film", "Apache-2.0", 0.1, url=url))
    assert (tmp_path / "dajes/film/diffusion_pytorch_model.bin").read_bytes() == BIG


async def test_a_repository_that_is_not_open_says_to_set_a_token(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[NAME].token = ALLOWED
    assert await refusal(hub, tmp_path) == (
        "owner/name is private, or not there at all: look at its name, and set HF_TOKEN to a token that may "
        "read it, or run `hf auth login`"
    )


async def test_a_gated_repository_says_where_its_terms_are_accepted(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[NAME].gated = True
    assert await refusal(hub, tmp_path) == (
        f"{hub.address}/owner/name wants its terms accepted: do so there, "
        "and set HF_TOKEN to a token of that account"
    )


async def test_a_repository_that_is_not_there_is_named(hub: Hub, tmp_path: Path) -> None:
    del hub.repositories[NAME]
    assert await refusal(hub, tmp_path) == (
        f"there is no repository owner/name at {hub.address}, or it is private and needs HF_TOKEN"
    )


async def test_a_commit_that_is_gone_says_to_update(hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path)
    repository = hub.repositories[NAME]
    gone = repository.main
    repository.commit({"model_index.json": b"[]"})
    del repository.commits[gone]
    (tmp_path / NAME / UNET).unlink()
    assert await refusal(hub, tmp_path) == f"owner/name has no revision {gone}: pull the latest with --update"


async def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WebtvError) as caught:
        await pull(WEIGHTS, tmp_path, endpoint="http://127.0.0.1:9", pause_s=0)
    text = str(caught.value)
    assert text.startswith("http://127.0.0.1:9 cannot be reached (")
    assert text.endswith("): look at the network, and pull again")


async def test_a_disk_without_room_is_found_before_anything_is_fetched(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[NAME].sizes[UNET] = 10**18
    text = await refusal(hub, tmp_path)
    assert text.startswith(f"{tmp_path / NAME} needs 1000000000.0 GB more, and its disk has ")
    assert text.endswith("or give `models` in webtv.yaml a folder on another disk")
    assert not hub.sent


async def test_a_disk_that_fills_up_says_so(hub: Hub, tmp_path: Path) -> None:
    parts = tmp_path / NAME / ".partial"
    parts.mkdir(parents=True)
    full = Path("/dev/full")
    listing = hub.repositories[NAME]
    for commit in listing.commits:
        url = f"{hub.address}/{NAME}/resolve/{commit}/{UNET}"
        digest = hashlib.sha256(BIG).hexdigest()
        (parts / hashlib.sha256(f"{url} {digest}".encode()).hexdigest()[:32]).symlink_to(full)
    assert await refusal(hub, tmp_path) == (
        f"the disk of {parts} is full: free some space, and pull again; it goes on from there"
    )


async def test_a_name_that_leads_out_of_the_folder_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.repositories[NAME].commit({"../../evil.bin": b"evil"})
    assert "which would lie outside its folder" in await refusal(hub, tmp_path)


async def test_one_file_from_elsewhere_is_fetched_resumed_and_locked(hub: Hub, tmp_path: Path) -> None:
    commit = hub.repositories[NAME].main
    url = f"{hub.cdn_address}/{NAME}/{commit}/{UNET}"
    weights = Weights("dajes/film", "Apache-2.0", 0.1, url=url)
    hub.cuts[UNET] = [100_000]
    await pulled(hub, tmp_path, weights)
    path = tmp_path / "dajes/film/diffusion_pytorch_model.bin"
    assert path.read_bytes() == BIG
    assert [sent.start > 0 for sent in hub.sent] == [False, True]
    assert read_locks(tmp_path)["dajes/film"].revision == url
    path.write_bytes(bytes(len(BIG)))
    hub.spoils = [UNET]
    await pulled(hub, tmp_path, weights)
    assert path.read_bytes() == BIG, "its hash is known from the first time"


async def test_a_file_from_elsewhere_that_has_changed_meanwhile_is_not_continued(
    hub: Hub, tmp_path: Path
) -> None:
    hub.tags = True
    commit = hub.repositories[NAME].main
    url = f"{hub.cdn_address}/{NAME}/{commit}/{UNET}"
    weights = Weights("dajes/film", "Apache-2.0", 0.1, url=url)
    hub.cuts[UNET] = [100_000, 0, 0, 0, 0, 0]
    with pytest.raises(WebtvError, match="breaks off"):
        await pulled(hub, tmp_path, weights)
    hub.repositories[NAME].commits[commit] = {UNET: BIG[::-1]}
    await pulled(hub, tmp_path, weights)
    assert (tmp_path / "dajes/film/diffusion_pytorch_model.bin").read_bytes() == BIG[::-1]


async def test_a_file_that_changes_between_two_tries_comes_whole(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(BIG[:1000])
    hub.tags = True
    commit = hub.repositories[NAME].main
    url = f"{hub.cdn_address}/{NAME}/{commit}/{UNET}"
    remote = RemoteFile(UNET, url, len(BIG), etag='"of another day"')
    async with new_session() as session:
        await download(session, remote, part, headers={}, arrived=lambda count: None, pause_s=0)
    assert part.read_bytes() == BIG
    assert [sent.start for sent in hub.sent] == [0]


async def test_an_update_that_breaks_off_leaves_the_old_weights_in_use(hub: Hub, tmp_path: Path) -> None:
    await pulled(hub, tmp_path)
    first = read_locks(tmp_path)
    newer = {"model_index.json": b'{"new": 1}', UNET: BIG[::-1]}
    hub.repositories[NAME].commit(newer)
    hub.cuts[UNET] = [100_000, 0, 0, 0, 0, 0]
    with pytest.raises(WebtvError, match="breaks off"):
        await pulled(hub, tmp_path, update=True)
    assert state_of(tmp_path, WEIGHTS) == "present"
    assert read_locks(tmp_path) == first
    assert all((tmp_path / NAME / name).read_bytes() == data for name, data in FILES.items())
    before = len(hub.sent)
    await pulled(hub, tmp_path, update=True)
    assert holds(tmp_path, newer)
    assert [sent.name for sent in hub.sent[before:]] == [UNET], "what had come is not sent again"


async def test_a_lock_file_of_other_content_is_not_overwritten(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models.lock.json").write_text("[]")
    text = await refusal(hub, tmp_path)
    assert text == (
        f"{tmp_path}/models.lock.json cannot be read: it is not what `webtv models pull` wrote. "
        "Move it away and pull again."
    )


async def test_two_pulls_do_not_write_into_each_other(hub: Hub, tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(pulled(hub, tmp_path))
        await asyncio.sleep(0)
        assert await refusal(hub, tmp_path) == f"another pull is at work in {tmp_path}: wait for its end"
    assert len(first.result().fetched) == len(FILES)


async def test_a_folder_that_is_in_the_way_is_told(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / NAME / "unet").parent.mkdir(parents=True)
    (tmp_path / NAME / "unet").touch()
    assert await refusal(hub, tmp_path) == (
        f"{tmp_path / NAME}/unet/config.json cannot be used: Not a directory"
    )


async def test_a_folder_that_cannot_be_made_is_told(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert await refusal(hub, tmp_path / "file") == f"{tmp_path / 'file'} cannot hold weights: File exists"


async def refusal(hub: Hub, models: Path) -> str:
    with pytest.raises(WebtvError) as caught:
        await pull(WEIGHTS, models, endpoint=hub.address, pause_s=0)
    return str(caught.value)
