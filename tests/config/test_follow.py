"""When a saved file counts, on virtual time; and that the machine tells of every way of saving."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path

import pytest
from watchfiles import awatch

from webtv.clock import SystemClock
from webtv.config import ChannelConfig, load_channel, load_channels
from webtv.config.follow import GRACE_S, SETTLED_S, Debounce, follow_files
from webtv.config.load import channel_files, together
from webtv.config.referenced import FileStamp, paths_to_all, record_reference
from webtv.errors import ConfigError

TIDES = Path("channels/tides.yaml")
GOOD, OTHER, BAD, EMPTY = "good", "other", "bad", "empty"

Step = tuple[float, str | None]
"""Until when (seconds) the file stays as it is, and what it holds; None: it is not there."""


class Desk:
    """A file in memory, whose content is what it is read as; bad and empty ones are refused."""

    def __init__(self, *, expected: tuple[Path, ...] = ()) -> None:
        self.holds: str | None = None
        self.changes = 0
        self.now_s = 0.0
        self.told: list[tuple[float, str]] = []
        self.debounce = Debounce(self.read, expected)

    def read(self, path: Path) -> str:
        assert self.holds is not None, f"{path} was read though it is not there"
        if self.holds in (BAD, EMPTY):
            raise ConfigError([self.holds])
        return self.holds

    def hold(self, content: str | None) -> None:
        self.holds, self.changes = content, self.changes + 1

    def referenced_stamps(self) -> dict[Path, FileStamp]:
        return {}

    def go_on(self, until_s: float) -> None:
        while self.now_s < until_s - 1e-9:
            self.now_s += 0.05
            stamps = {} if self.holds is None else {TIDES: FileStamp(1, len(self.holds), self.changes)}
            found_now = self.debounce.look(stamps, round(self.now_s * 1e9), self.referenced_stamps())
            for path, found in found_now.items():
                assert path == TIDES
                self.told.append((round(self.now_s, 2), "gone" if found is None else str(found)))

    def saw(self, *steps: Step) -> list[tuple[float, str]]:
        for until_s, content in steps:
            self.hold(content)
            self.go_on(until_s)
        return self.told


@pytest.fixture
def desk() -> Desk:
    """One whose file was read already."""
    desk = Desk()
    desk.hold(GOOD)
    desk.go_on(10)
    assert [content for _, content in desk.told] == [GOOD]
    desk.told.clear()
    return desk


def test_a_good_file_counts_once_it_has_settled_and_is_told_once(desk: Desk) -> None:
    ((at_s, content),) = desk.saw((20, OTHER))
    assert content == OTHER
    assert at_s == pytest.approx(10 + SETTLED_S, abs=0.1)
    assert desk.debounce.at_rest


def test_a_bad_file_is_believed_after_its_grace_and_told_once(desk: Desk) -> None:
    ((at_s, content),) = desk.saw((20, BAD))
    assert content == BAD
    assert at_s == pytest.approx(10 + GRACE_S, abs=0.1)


def test_a_deleted_file_is_believed_after_its_grace_and_told_once(desk: Desk) -> None:
    ((at_s, content),) = desk.saw((20, None))
    assert content == "gone"
    assert at_s == pytest.approx(10 + GRACE_S, abs=0.1)


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param([(10.2, EMPTY), (20, OTHER)], id="truncated, then written"),
        pytest.param([(10.5, EMPTY), (20, OTHER)], id="truncated, then written late"),
        pytest.param([(10.1, EMPTY), (10.2, BAD), (10.4, BAD), (20, OTHER)], id="written in parts"),
        pytest.param([(10.5, None), (20, OTHER)], id="moved away, then written anew"),
        pytest.param([(10.3, None), (10.8, BAD), (20, OTHER)], id="deleted, then half, then whole"),
        pytest.param([(10.1, GOOD), (10.2, OTHER), (10.3, GOOD), (20, OTHER)], id="saved again and again"),
    ],
)
def test_however_an_editor_saves_only_the_end_is_told(desk: Desk, ways: list[Step]) -> None:
    ((at_s, content),) = desk.saw(*ways)
    assert content == OTHER
    assert at_s == pytest.approx(ways[-2][0] + SETTLED_S, abs=0.1)


def test_a_mended_file_is_told_again(desk: Desk) -> None:
    assert [content for _, content in desk.saw((20, BAD), (30, GOOD))] == [BAD, GOOD]


def test_a_file_that_was_expected_and_is_not_there_is_told_as_gone() -> None:
    desk = Desk(expected=(TIDES,))
    assert [content for _, content in desk.saw((5, None))] == ["gone"]


def test_a_file_that_comes_and_goes_before_it_is_believed_is_told_as_gone_at_most() -> None:
    fresh = Desk()
    assert [content for _, content in fresh.saw((0.2, GOOD), (5, None))] == ["gone"]


KEY = Path("secrets/key")


class DeskWithKey(Desk):
    """Its file stays as it is and names a key, which alone changes: what cannot be used is the file."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key: str | None = key
        self.key_changes = 0
        super().hold(GOOD)

    def read(self, path: Path) -> str:
        record_reference(KEY)
        if self.key in (None, BAD, EMPTY):
            raise ConfigError([f"{self.holds} with a key that is {self.key}"])
        return f"{self.holds} with {self.key}"

    def stamp_of(self, path: Path) -> FileStamp | None:
        assert path == KEY
        return None if self.key is None else FileStamp(2, len(self.key), self.key_changes)

    def hold(self, content: str | None) -> None:
        self.key, self.key_changes = content, self.key_changes + 1

    def referenced_stamps(self) -> dict[Path, FileStamp]:
        return {path: stamp for path in self.debounce.references if (stamp := self.stamp_of(path))}


@pytest.fixture
def desk_with_key(monkeypatch: pytest.MonkeyPatch) -> DeskWithKey:
    """One whose file was read already."""
    desk = DeskWithKey(GOOD)
    monkeypatch.setattr("webtv.config.referenced.stamp_of", desk.stamp_of)
    desk.go_on(10)
    assert [content for _, content in desk.told] == ["good with good"]
    desk.told.clear()
    return desk


def test_a_key_counts_once_it_has_settled_and_is_told_once(desk_with_key: DeskWithKey) -> None:
    ((at_s, content),) = desk_with_key.saw((20, OTHER))
    assert content == "good with other"
    assert at_s == pytest.approx(10 + SETTLED_S, abs=0.1)


@pytest.mark.parametrize("key", [BAD, EMPTY, None])
def test_a_key_that_cannot_be_used_is_believed_after_its_grace_until_it_can(
    desk_with_key: DeskWithKey, key: str | None
) -> None:
    (at_s, content), (_, mended) = desk_with_key.saw((20, key), (30, GOOD))
    assert content == f"good with a key that is {key}"
    assert at_s == pytest.approx(10 + GRACE_S, abs=0.1)
    assert mended == "good with good"


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param([(10.5, EMPTY), (20, OTHER)], id="truncated, then written late"),
        pytest.param([(10.1, EMPTY), (10.2, BAD), (10.4, BAD), (20, OTHER)], id="written in parts"),
        pytest.param([(10.3, None), (10.8, BAD), (20, OTHER)], id="deleted, then half, then whole"),
    ],
)
def test_however_a_key_is_saved_only_the_end_is_told(desk_with_key: DeskWithKey, ways: list[Step]) -> None:
    ((at_s, content),) = desk_with_key.saw(*ways)
    assert content == "good with other"
    assert at_s == pytest.approx(ways[-2][0] + SETTLED_S, abs=0.1)


def test_a_key_that_changes_while_it_is_read_is_read_again(desk_with_key: DeskWithKey) -> None:
    desk = desk_with_key
    read = desk.read

    def meanwhile(path: Path) -> str:
        found = read(path)
        if desk.key == OTHER:
            desk.hold("later")
        return found

    desk.debounce._read = meanwhile
    assert [content for _, content in desk.saw((20, OTHER))][-1] == "good with later"


# With real files, as editors write them.


def write_in_place(path: Path, text: str) -> None:
    path.write_text(text)


def write_in_two_parts(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text[:9])
        file.flush()
        os.fsync(file.fileno())
        file.write(text[9:])


def rename_over(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.swp")
    temporary.write_text(text)
    temporary.replace(path)


def move_away_and_write(path: Path, text: str) -> None:
    (path.parent / "4913").touch()
    (path.parent / "4913").unlink()
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)
    path.with_name(f"{path.name}~").unlink()


def delete_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


Found = Mapping[Path, ChannelConfig | ConfigError | None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "tides.yaml").write_text("title: Tides\ntheme: slow tides\n")
    yield tmp_path


async def test_every_way_of_saving_is_noticed_and_told_once(folder: Path) -> None:
    ways: list[Callable[[Path, str], None]] = [
        write_in_place,
        write_in_two_parts,
        rename_over,
        move_away_and_write,
        delete_and_write,
    ]
    path, debounce = folder / "tides.yaml", Debounce(load_channel)
    async with aclosing(follow_files(folder, (), debounce, SystemClock())) as edits, asyncio.timeout(60):
        assert (await anext(edits)).keys() == {path}
        for way in ways:
            told = asyncio.ensure_future(anext(edits))
            await asyncio.sleep(0)
            way(path, f"title: {way.__name__}\ntheme: slow tides\n")
            found = (await told)[path]
            assert isinstance(found, ChannelConfig), found
            assert found.title == way.__name__


# And the files that are read with them.


class Keys:
    """A channel's file that names a key, as Kubernetes mounts one: ``key`` leads through ``..data``."""

    def __init__(self, channels: Path, folder: Path) -> None:
        self.folder, self.path = folder, channels / "tides.yaml"
        self.put("one")
        (folder / "key").symlink_to("..data/key")
        self.path.write_text(
            f"title: Tides\ntheme: slow tides\ntargets: [{{service: twitch, key_file: {folder / 'key'}}}]\n"
        )

    def put(self, key: str) -> None:
        """In a folder of its own, which takes the place of the former one whole."""
        (self.folder / key).mkdir()
        (self.folder / key / "key").touch(mode=0o600)
        (self.folder / key / "key").write_text(key)
        (self.folder / "..data_tmp").symlink_to(key)
        (self.folder / "..data_tmp").replace(self.folder / "..data")


@pytest.fixture
def keys(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(folder, tmp_path_factory.mktemp("keys"))


def key_of(found: ChannelConfig | ConfigError | None) -> str:
    assert isinstance(found, ChannelConfig), found
    (target,) = found.targets
    assert target.key_file is not None
    return target.key_file.key.get_secret_value()


def replace_through_links(keys: Keys, key: str) -> None:
    keys.put(key)


def write_the_key_in_place(keys: Keys, key: str) -> None:
    (keys.folder / "key").write_text(key)


def rename_over_the_link(keys: Keys, key: str) -> None:
    (keys.folder / "new").touch(mode=0o600)
    (keys.folder / "new").write_text(key)
    (keys.folder / "new").replace(keys.folder / "key")


def replace_the_folder(keys: Keys, key: str) -> None:
    new = keys.folder.with_name("new")
    new.mkdir()
    (new / "key").touch(mode=0o600)
    (new / "key").write_text(key)
    keys.folder.rename(keys.folder.with_name("old"))
    new.rename(keys.folder)


Edits = AsyncGenerator[Found, None]


async def watched(edits: Edits) -> asyncio.Future[Found]:
    """What is told next, asked for when the files are watched already."""
    told = asyncio.ensure_future(anext(edits))
    await asyncio.sleep(0.2)
    return told


@pytest.fixture
def told_by_the_system_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webtv.config.follow._ALSO_LOOK_S", 3600)


@pytest.mark.usefixtures("told_by_the_system_alone")
async def test_a_key_is_saved_with_the_file_that_names_it_however_it_is_replaced(keys: Keys) -> None:
    ways: list[Callable[[Keys, str], None]] = [
        replace_through_links,
        write_the_key_in_place,
        replace_through_links,
        rename_over_the_link,
        replace_the_folder,
        write_the_key_in_place,
    ]
    async with aclosing(follow_files(keys.path.parent, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert key_of((await anext(edits))[keys.path]) == "one"
            for number, way in enumerate(ways):
                told = await watched(edits)
                way(keys, f"key-{number}")
                assert key_of((await told)[keys.path]) == f"key-{number}", way.__name__


@pytest.mark.usefixtures("told_by_the_system_alone")
async def test_a_key_that_others_can_read_is_a_mistake_of_the_file_that_names_it_until_it_is_mended(
    keys: Keys,
) -> None:
    async with aclosing(follow_files(keys.path.parent, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            await anext(edits)
            told = await watched(edits)
            (keys.folder / "key").chmod(0o644)
            refused = (await told)[keys.path]
            assert f"{keys.path}:3:39: targets[0].key_file: others can read {keys.folder / 'key'}." in str(
                refused
            )
            told = await watched(edits)
            (keys.folder / "key").chmod(0o600)
            assert key_of((await told)[keys.path]) == "one"


@pytest.mark.usefixtures("told_by_the_system_alone")
async def test_a_key_that_comes_with_an_edit_is_watched_and_one_that_goes_is_not(
    keys: Keys, tmp_path: Path
) -> None:
    other = tmp_path / "secrets" / "other"
    other.parent.mkdir()
    other.touch(mode=0o600)
    other.write_text("other")
    debounce = Debounce(load_channel)
    async with aclosing(follow_files(keys.path.parent, (), debounce, SystemClock())) as edits:
        async with asyncio.timeout(60):
            await anext(edits)
            told = await watched(edits)
            keys.path.write_text(keys.path.read_text().replace(str(keys.folder / "key"), str(other)))
            assert key_of((await told)[keys.path]) == "other"
            assert debounce.references == {other}
            told = await watched(edits)
            keys.put("nobody reads this")
            other.write_text("another")
            assert key_of((await told)[keys.path]) == "another"


@pytest.mark.usefixtures("told_by_the_system_alone")
async def test_one_key_is_saved_with_every_file_that_names_it_and_with_no_other(
    keys: Keys, folder: Path
) -> None:
    second, third = folder / "ebb.yaml", folder / "flood.yaml"
    second.write_text(keys.path.read_text())
    third.write_text("title: Flood\ntheme: fast tides\n")
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {keys.path, second, third}
            told = await watched(edits)
            keys.put("two")
            assert (await told).keys() == {keys.path, second}


async def test_a_key_whose_folder_comes_later_is_found_by_looking(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webtv.config.follow._ALSO_LOOK_S", 0.2)
    path, key = folder / "tides.yaml", tmp_path / "mount" / "secrets" / "key"
    path.write_text(f"title: Tides\ntheme: sea\ntargets: [{{service: twitch, key_file: {key}}}]\n")
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert f"{key} cannot be read: No such file" in str((await anext(edits))[path])
            key.parent.mkdir(parents=True)
            key.touch(mode=0o600)
            key.write_text("one")
            assert key_of((await anext(edits))[path]) == "one"


async def test_files_beside_the_channels_are_passed_over(folder: Path) -> None:
    for name in (".tides.yaml.swp", "tides.yaml~", "#tides.yaml#", ".#tides.yaml", "4913", ".hidden.yaml"):
        (folder / name).write_text("not for us")
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {folder / "tides.yaml"}


async def test_a_folder_that_cannot_be_read_is_told_and_its_channels_are_not_gone(tmp_path: Path) -> None:
    folder, debounce = tmp_path / "channels", Debounce(load_channel, [tmp_path / "channels" / "tides.yaml"])
    async with aclosing(follow_files(folder, (), debounce, SystemClock())) as edits, asyncio.timeout(60):
        found = await anext(edits)
        assert found.keys() == {folder}
        assert "cannot be read" in str(found[folder])
        folder.mkdir()
        (folder / "tides.yaml").write_text("title: Tides\ntheme: slow tides\n")
        found = await anext(edits)
        while folder in found:
            found = await anext(edits)
        assert isinstance(found[folder / "tides.yaml"], ChannelConfig)


@pytest.fixture
def nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Root may do what permissions forbid, so the test goes on as somebody else, in the folder."""
    monkeypatch.chdir(folder)
    if os.geteuid():
        yield
        return
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("nobody")
async def test_a_folder_that_may_be_listed_and_not_searched_has_lost_no_channel() -> None:
    folder = Path("channels")
    folder.mkdir()
    path = folder / "tides.yaml"
    path.write_text("title: Tides\ntheme: slow tides\n")
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {path}
            folder.chmod(0o600)
            found = await anext(edits)
            assert found.keys() == {folder}
            assert "cannot be read: Permission denied" in str(found[folder])
            with pytest.raises(ConfigError, match=r"channels: the channels' folder cannot be read"):
                load_channels(folder)
            with pytest.raises(ConfigError, match=r"tides\.yaml: cannot be read: Permission denied"):
                load_channel(path)
            folder.chmod(0o700)
            while found := await anext(edits):
                assert found.keys() == {folder}


@pytest.mark.parametrize(
    ("target", "why"),
    [("away.yaml", "No such file or directory"), ("tides.yaml", "Too many levels of symbolic links")],
    ids=["nowhere", "itself"],
)
async def test_a_link_that_leads_to_no_file_is_a_mistake_and_no_deleted_file(
    folder: Path, target: str, why: str
) -> None:
    path = folder / "tides.yaml"
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {path}
            (folder / ".new").symlink_to(target)
            (folder / ".new").replace(path)
            found = (await anext(edits))[path]
    assert str(found) == f"{path}: is a link to {target}, which cannot be read: {why}."


async def test_a_folder_that_is_back_as_it_was_is_told_of_though_no_file_changed(folder: Path) -> None:
    path = folder / "tides.yaml"
    path.write_text("title: Tides\ntheme: slow tides\n")
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {path}
            away = folder.rename(folder.with_name("away"))
            assert (await anext(edits)).keys() == {folder}
            away.rename(folder)
            while found := await anext(edits):
                assert found.keys() == {folder}


async def test_what_keeps_the_time_of_its_last_write_is_told_all_the_same(folder: Path) -> None:
    path = folder / "tides.yaml"
    path.write_text("title: Tides\ntheme: slow tides\n")
    written_ns = path.stat().st_mtime_ns
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            assert (await anext(edits)).keys() == {path}
            path.write_text("title: Tides\ntheme: fast tides\n")
            os.utime(path, ns=(written_ns, written_ns))
            found = (await anext(edits))[path]
    assert isinstance(found, ChannelConfig)
    assert found.theme == "fast tides"


def test_of_two_that_push_to_one_place_the_one_that_already_does_keeps_it(tmp_path: Path) -> None:
    def channel(name: str, *targets: str) -> ChannelConfig:
        return ChannelConfig.model_validate(
            {"id": name, "title": name, "theme": "slow tides", "targets": targets}, strict=True
        )

    place = "rtmp://127.0.0.1/live/one"
    newcomer, owner = channel("aurora", place), channel("tides", place)
    files: dict[Path, ChannelConfig | ConfigError] = {
        tmp_path / f"{one.id}.yaml": one for one in (newcomer, owner)
    }
    good, refused = together(tmp_path, files, {"tides": owner, "aurora": channel("aurora")})
    assert list(good) == ["tides"]
    assert "aurora.yaml: target '127.0.0.1' is the same place as one of tides.yaml" in str(
        refused[tmp_path / "aurora.yaml"]
    )


async def test_where_the_system_cannot_tell_of_changes_files_are_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when all of a user's inotify instances are taken, which no test may do to the others here."""

    def refusing(*paths: Path, **options: object) -> object:
        if not options["force_polling"]:
            raise OSError(24, "Too many open files")
        return awatch(*paths, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("webtv.config.follow.awatch", refusing)
    path = folder / "tides.yaml"
    async with aclosing(follow_files(folder, (), Debounce(load_channel), SystemClock())) as edits:
        async with asyncio.timeout(60):
            await anext(edits)
            told = asyncio.ensure_future(anext(edits))
            await asyncio.sleep(0.1)
            path.write_text("title: Polled\ntheme: slow tides\n")
            found = (await told)[path]
    assert isinstance(found, ChannelConfig)
    assert found.title == "Polled"


# What it costs.


def test_no_schema_is_built_to_word_mistakes_that_are_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> dict[str, object]:
        raise AssertionError("a schema takes longer to build than a file to read")

    monkeypatch.setattr(ChannelConfig, "model_json_schema", build)
    assert load_channel(folder / "tides.yaml").title == "Tides"


async def test_files_are_listed_and_read_in_a_thread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def read(path: Path) -> ChannelConfig:
        threads.append(threading.current_thread())
        return load_channel(path)

    def listed(folder: Path) -> list[Path]:
        threads.append(threading.current_thread())
        return channel_files(folder)

    monkeypatch.setattr("webtv.config.follow.channel_files", listed)
    async with (
        aclosing(follow_files(folder, (), Debounce(read), SystemClock())) as edits,
        asyncio.timeout(60),
    ):
        await anext(edits)
        await asyncio.wait_for(_after(edits, folder), 30)
    assert len(threads) >= 4
    assert threading.main_thread() not in threads


async def _after(edits: AsyncGenerator[Found, None], folder: Path) -> None:
    saved = asyncio.ensure_future(anext(edits))
    await asyncio.sleep(0)
    write_in_place(folder / "tides.yaml", "title: Ebb\ntheme: slow tides\n")
    await saved


def test_a_look_at_a_thousand_files_resolves_their_folder_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        (folder / f"tides-{number}.yaml").touch()
    resolved = 0
    readlink = os.readlink

    def counted(path: os.PathLike[str]) -> str:
        nonlocal resolved
        resolved += 1
        return readlink(path)

    monkeypatch.setattr(os, "readlink", counted)
    found = paths_to_all(channel_files(folder))
    assert len(found) == 1001
    assert resolved <= len(folder.parts)
