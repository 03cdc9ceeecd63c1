from __future__ import annotations

import os
from pathlib import Path

import pytest

from webtv.config import ChannelConfig, HttpAddress, StationConfig, load_station
from webtv.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "webtv.example.yaml"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> Path:
    path = Path("etc/webtv.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def _secret(name: str) -> None:
    path = Path("etc/secrets", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("canary-secret-0123456789\n")
    path.chmod(0o600)


def test_no_file_means_defaults() -> None:
    assert load_station() == StationConfig()
    assert str(StationConfig().http) == "127.0.0.1:8800"


def test_a_file_here_is_found() -> None:
    Path("webtv.yaml").write_text("workers: 0\n")
    assert load_station().workers == 0


def test_a_named_file_must_be_there() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere\.yaml: cannot be read: No such file or directory\.$"):
        load_station(Path("nowhere.yaml"))


def test_the_example_shows_every_key_and_changes_nothing(tmp_path: Path) -> None:
    home = EXAMPLE.parent
    assert load_station(EXAMPLE) == StationConfig(
        channels=home / "channels", data=home / "data", models=home / "models"
    )
    _secret("openai"), _secret("huggingface"), _secret("desk")
    Path("etc/blocklist.txt").touch()
    _, comments = EXAMPLE.read_text().split("\n\n", 1)
    station = load_station(write("\n" + comments.replace("# ", "", 1).replace("\n# ", "\n")))
    for section in (station, station.log, station.openai, station.space, station.desk):
        assert section is not None
        assert section.model_fields_set == set(type(section).model_fields)
    shown = (
        "http",
        "accept_noncommercial",
        "compile",
        "screening",
        "moderation",
        "keep_gb",
        "min_free_gb",
        "log",
    )
    defaults = {name: getattr(StationConfig(), name) for name in shown}
    assert {name: getattr(station, name) for name in defaults} == defaults


def test_folders_start_at_the_file() -> None:
    station = load_station(write("data: /var/lib/webtv\nffmpeg: bin/ffmpeg\n"))
    assert (station.channels, station.data) == (Path("etc/channels"), Path("/var/lib/webtv"))
    assert station.ffmpeg == Path("etc/bin/ffmpeg")
    assert StationConfig.model_validate({"ffmpeg": "ffmpeg6"}).ffmpeg == Path("ffmpeg6")


def test_flags_override_the_file_and_keep_the_rest() -> None:
    station = load_station(write("data: store\nworkers: 2\n")).override(
        http="[::]:80", workers=None, channels="tv"
    )
    assert station.http == HttpAddress(host="::", port=80)
    assert (station.data, station.workers, station.channels) == (Path("etc/store"), 2, Path("tv"))


def test_a_bad_flag_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        StationConfig().override(http="8800", min_free_gb=-1)
    assert caught.value.problems == [
        "--http: expected host:port, such as 127.0.0.1:8800 or [::]:8800, found '8800'.",
        "--min-free-gb: expected a number from 0 to 1000000.",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("http: 8800", "1:7: http: expected text, found the number 8800. Put it in quotes: '8800'."),
        ("http: localhost:99999", "1:7: http: expected host:port, such as 127.0.0.1:8800 or [::]:8800, "
         "found 'localhost:99999'."),
        ("workers: many", "1:10: workers: expected a whole number from 0 to 256, found text 'many'."),
        ("keep_gb: 0", "1:10: keep_gb: expected a number from 0.1 to 1000000, found the number 0."),
        ("log: {level: loud}", "1:14: log.level: expected debug, info, warning or error, found text 'loud'."),
        ("public_url: tv.example.org", "1:13: public_url: expected a web address without '?', such as "
         "https://tv.example.org."),
        ("trusted_proxies: [10.88.0.1, proxy]", "1:30: trusted_proxies[1]: expected an address or a network, "
         "such as 10.88.0.1, 10.88.0.0/16 or 2001:db8::/32, found 'proxy'."),
        ("trusted_proxies: [10.88.0.1/16]", "1:19: trusted_proxies[0]: expected an address or a network, "
         "such as 10.88.0.1, 10.88.0.0/16 or 2001:db8::/32, found '10.88.0.1/16'."),
        ("channel: tv", "1:1: unknown key 'channel'. Did you mean 'channels'?"),
        ("devices: [gpu0]", "1:11: devices[0]: expected cpu, or a GPU as cuda:0, found 'gpu0'."),
        ("devices: [cpu, cpu]", "1:16: devices[1]: 'cpu' stands in this list twice."),
        ("screening: some", "1:12: screening: expected auto, all or none, found text 'some'."),
        ("openai: {}", "1:9: 'model' is missing. Add a line 'model: …'."),
        ("openai: {model: m, base_url: localhost:11434}", "1:30: openai.base_url: expected a web address "
         "without '?' or password, such as http://127.0.0.1:11434/v1."),
        ("openai: {model: m, key_file: gone}", "1:30: openai.key_file: etc/gone cannot be read: No such file "
         "or directory."),
        ("space: {url: zeroscope}", "1:14: space.url: expected a Space as owner/name, or the web address of "
         "a Gradio app."),
        ("data: [a]", "1:7: data: expected a path, found a list."),
    ],
)  # fmt: skip
def test_a_bad_station_is_refused_with_these_words(line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_station(write(line))
    assert str(caught.value).splitlines()[0] == f"etc/webtv.yaml:{message}"


@pytest.mark.parametrize("model", [ChannelConfig, StationConfig])
def test_every_key_is_described_in_one_sentence(model: type[ChannelConfig] | type[StationConfig]) -> None:
    schema = model.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        for name, field in part["properties"].items():
            assert field.get("description", "").endswith("."), name


def test_a_link_that_leads_nowhere_is_no_missing_file() -> None:
    Path("webtv.yaml").symlink_to("away.yaml")
    with pytest.raises(ConfigError, match=r"^webtv\.yaml: is a link to away\.yaml, which cannot be read: "):
        load_station()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "etc/words cannot be read: No such file or directory."),
        (b"\xff\xfe", "etc/words is not UTF-8 text. Save it as UTF-8."),
    ],
    ids=["missing", "not UTF-8"],
)
def test_a_blocklist_that_cannot_be_used_is_a_mistake_of_the_line_that_names_it(
    content: bytes | None, why: str
) -> None:
    path = write("keep_gb: 5\nblocklist: words\n")
    if content is not None:
        Path("etc/words").write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        load_station(path)
    says = f"{path}:2:12: blocklist: {why}\n    2 | blocklist: words\n      |            ^^^^^"
    assert str(refused.value).startswith(says)


def test_a_pipe_is_no_blocklist() -> None:
    path = write("blocklist: words\n")
    os.mkfifo("etc/words")
    with pytest.raises(ConfigError, match=r"etc/words is not a file\."):
        load_station(path)
