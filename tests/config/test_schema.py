"""The schemas that editors use say what the loader says, as far as a schema can."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from webtv.config import load_channel, load_station
from webtv.config.document import read_document
from webtv.config.schema import MODELS, Kind, as_json, file_schema
from webtv.config.source import Source
from webtv.errors import ConfigError

ROOT = Path(__file__).parents[2]
CHANNELS = [*(ROOT / "channels").glob("*.yaml"), ROOT / "examples" / "models" / "dreams.yaml"]
STATIONS = [ROOT / "webtv.example.yaml", ROOT / "examples" / "models" / "webtv.yaml"]
VALIDATORS: dict[Kind, Draft202012Validator] = {
    kind: Draft202012Validator(file_schema(kind)) for kind in MODELS
}
HEAD = {"title": "Dreams", "theme": "sea"}


def shipped(kind: Kind) -> Path:
    return ROOT / "schema" / f"{kind}.schema.json"


def plain(value: Any) -> Any:
    """Tuples as lists, which is how a validator knows them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, tuple) else value


def mistakes(kind: Kind, text: str) -> list[str]:
    document = plain(read_document(Source(Path("x.yaml"), dedent(text))).data)
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[kind].iter_errors(document)]


@pytest.mark.parametrize("kind", MODELS)
def test_the_shipped_schema_is_that_of_the_models(kind: Kind) -> None:
    assert shipped(kind).read_text() == as_json(kind), "it has drifted: make reference"


@pytest.mark.parametrize("kind", MODELS)
def test_the_schema_is_one_itself(kind: Kind) -> None:
    Draft202012Validator.check_schema(file_schema(kind))


@pytest.mark.parametrize("path", CHANNELS + STATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_file_fits_the_schema_that_it_names(path: Path) -> None:
    kind: Kind = "channel" if path in CHANNELS else "station"
    text = path.read_text()
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    assert named
    meant_for = ROOT / "channels" if kind == "channel" else ROOT
    for folder in (path.parent, meant_for):  # where an example stands, and where it is copied to
        assert (folder / named[1]).resolve() == shipped(kind)
    assert mistakes(kind, text) == []


@pytest.mark.parametrize(("kind", "path"), [("channel", CHANNELS[0]), ("station", STATIONS[0])])
def test_what_the_comments_of_an_example_show_fits_too(kind: Kind, path: Path) -> None:
    path = ROOT / "channels" / "deep-field.yaml" if kind == "channel" else path
    _, comments = path.read_text().split("\n\n", 1)
    assert mistakes(kind, ("\n" + comments).replace("\n# ", "\n")) == []


@pytest.mark.parametrize("kind", MODELS)
def test_every_default_and_example_fits_its_own_key(kind: Kind) -> None:
    schema = file_schema(kind)
    for part in [schema, *schema["$defs"].values()]:
        for name, key in part["properties"].items():
            validator = Draft202012Validator(key | {"$defs": schema["$defs"]})
            for value in [*key.get("examples", []), *([key["default"]] if "default" in key else [])]:
                assert validator.is_valid(value), f"{name}: {value}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("channel", "title: Dreams"),
        ("channel", "tittle: Dreams\ntheme: sea"),
        ("channel", "id: dreams\ntitle: Dreams\ntheme: sea"),
        ("channel", "title: 1984\ntheme: sea"),
        ("channel", "title:\ntheme: sea"),
        ("channel", "title: Dreams\ntheme: sea\nlanguage: English"),
        ("channel", "title: Dreams\ntheme: sea\nclip_seconds: 3"),
        ("channel", "title: Dreams\ntheme: sea\nquality: best"),
        ("channel", "title: Dreams\ntheme: sea\nformat: {fps: 29}"),
        ("channel", "title: Dreams\ntheme: sea\nformat: {width: 641}"),
        ("channel", "title: Dreams\ntheme: sea\nengines: {video: prosedural}"),
        ("channel", "title: Dreams\ntheme: sea\nengines: {video: []}"),
        ("channel", "title: Dreams\ntheme: sea\nengines: {video: [ltx, ltx]}"),
        ("channel", "title: Dreams\ntheme: sea\ntargets: rtmp://127.0.0.1/live/x"),
        ("channel", "title: Dreams\ntheme: sea\ntargets: [http://127.0.0.1/live/x]"),
        ("channel", "title: Dreams\ntheme: sea\ntargets: [{name: home}]"),
        ("station", "http: 8800"),
        ("station", "http: localhost"),
        ("station", "workers: -1"),
        ("station", "devices: [gpu0]"),
        ("station", "log: {level: loud}"),
        ("station", "public_url: tv.example.org"),
        ("station", "openai: {}"),
        ("station", "channel: tv"),
    ],
)
def test_a_bad_file_does_not_fit(kind: Kind, text: str, tmp_path: Path) -> None:
    assert mistakes(kind, text)
    path = tmp_path / "dreams.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_channel(path) if kind == "channel" else load_station(path)


ODD = [None, "", "on air", 0, 24, 1.5, -1, True, [], ["procedural"], {}, "a.b", "rtmp://127.0.0.1/live/x"]


@st.composite
def _files(draw: st.DrawFn, schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A few known keys with values that fit, nearly fit, or do not fit at all."""
    names = draw(st.lists(st.sampled_from(sorted(part["properties"])), max_size=3, unique=True))
    return {name: draw(_value(schema, part["properties"][name])) for name in names}


def _value(schema: dict[str, Any], key: dict[str, Any]) -> st.SearchStrategy[Any]:
    choices: list[st.SearchStrategy[Any]] = [st.sampled_from(ODD)]
    own = [*key.get("examples", []), *key.get("enum", []), key.get("default")]
    choices.append(st.sampled_from(own))
    items = key.get("items", {})
    for variant in [key, *key.get("anyOf", []), items, *items.get("anyOf", [])]:
        if "$ref" in variant:
            section = _files(schema, schema["$defs"][variant["$ref"].rsplit("/", 1)[-1]])
            choices.append(st.lists(section, max_size=2) if items else section)
    return st.one_of(choices)


@pytest.mark.parametrize("kind", MODELS)
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_loads_fits_the_schema(kind: Kind, tmp_path: Path, data: st.DataObject) -> None:
    """The other way round cannot hold: a schema reads no other file and compares no two keys."""
    schema = file_schema(kind)
    values = data.draw(_files(schema, schema))
    if kind == "channel":
        values = HEAD | values
    path = tmp_path / "dreams.yaml"
    path.write_text(json.dumps(values))
    try:
        load_channel(path) if kind == "channel" else load_station(path)
    except ConfigError:
        return
    assert not list(VALIDATORS[kind].iter_errors(values))
