"""Every key can be asked for, and docs/channels.md says the same as the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webtv.cli.explain.pages import all_listed, markdown, one_key
from webtv.config import ChannelConfig, load_channel
from webtv.config.document import read_document
from webtv.config.explain import Key, all_keys, find_keys, nearest_key
from webtv.config.schema import MODELS
from webtv.config.source import Source
from webtv.errors import ConfigError, WrongUsage

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "channels.md").read_text()
KEYS = [key for kind in MODELS for key in all_keys(kind)]


def test_a_key_is_told_with_its_value_default_effect_and_an_example() -> None:
    assert one_key("format.fps") == (
        "format.fps  (channels/*.yaml)\n"
        "Frames per second; only these rates share a short quantum with AAC sound.\n"
        "\n"
        "  value     24, 25, 30, 50 or 60\n"
        "  default   30\n"
        "  a change  begins a new epoch after the clip on air; clips of the former format no longer air\n"
        "\n"
        "  format:\n"
        "    fps: 30"
    )


@pytest.mark.parametrize(
    "name", ["fps", "targets.key_file", "targets[0].key_file", "log.level", "clip-seconds"]
)
def test_a_key_is_found_by_its_last_word_by_its_place_and_with_dashes(name: str) -> None:
    assert len(find_keys(name)) == 1


def test_a_word_that_several_keys_end_in_tells_of_all() -> None:
    assert [key.name for key in find_keys("url")] == ["targets.url", "space.url"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("format.fpz", "there is no key 'format.fpz'. Did you mean 'format.fps'?"),
        ("fsp", "there is no key 'fsp'. Did you mean 'format.fps'?"),
        ("colour", "there is no key 'colour'. `webtv explain` lists all."),
    ],
)
def test_an_unknown_key_leads_to_the_nearest(name: str, message: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        one_key(name)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_every_key_of_the_models_is_listed() -> None:
    lines = [line.split()[0] for line in all_listed().splitlines() if line.startswith("  ")]
    assert lines == [key.name for key in KEYS]
    assert set(lines) >= set(ChannelConfig.model_fields) - {"id"}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.kind} {key.name}")
def test_every_key_has_words_an_effect_and_an_example_that_is_yaml(key: Key) -> None:
    assert key.says.endswith(".")
    assert key.value
    assert key.effect
    assert key.keys or key.example
    if key.example:
        document = read_document(Source(Path("x.yaml"), key.example))
        assert not document.problems
        assert key.loc in document.keys


@pytest.mark.parametrize("name", ["formt", "log.levl", "openai.modl"])
def test_the_nearest_key_is_given_in_full(name: str) -> None:
    assert nearest_key(name) in ("format", "log.level", "openai.model")


def test_the_reference_is_that_of_the_code() -> None:
    assert DOCS.partition("change it there. -->\n\n")[2] == markdown(), "it has drifted: make reference"


def test_the_links_of_the_reference_lead_to_its_headings() -> None:
    headings = {heading.strip("`") for heading in re.findall(r"^### (.*)$", markdown(), re.M)}
    assert set(re.findall(r"\]\(#(\w+)\)", markdown())) <= headings


def test_the_channels_of_the_docs_load(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "twitch").touch(mode=0o600)
    (tmp_path / "secrets" / "twitch").write_text("live_canary\n")
    (tmp_path / "channels").mkdir()
    examples = re.findall(r"```yaml\n(.*?)```", DOCS, re.S)
    assert len(examples) == 2
    for text in examples:
        path = tmp_path / "channels" / "harbour.yaml"
        path.write_text(text)
        load_channel(path)


def test_the_mistake_of_the_docs_is_told_as_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("channels/harbour.yaml")
    path.parent.mkdir()
    path.write_text("title: Harbour\ntheme: cranes\nformat:\n  fsp: 25\n")
    (message,) = re.findall(r"```\n(channels/harbour.*?)\n```", DOCS, re.S)
    with pytest.raises(ConfigError) as caught:
        load_channel(path)
    assert str(caught.value) == message
