"""What the pages promise before any browser opens them: nothing foreign, nothing inline, nothing missing."""

import hashlib
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "webtv" / "web" / "static"
PAGES = sorted(STATIC.glob("*.html"))
SCRIPTS = sorted(STATIC.rglob("js/**/*.js"))
STYLES = sorted(STATIC.glob("css/*.css"))
OWN = [*PAGES, *SCRIPTS, *STYLES, *STATIC.glob("*.svg"), *STATIC.glob("*.webmanifest")]
PAGE_OF = {
    STATIC / "js" / "watch.js": "watch.html",
    STATIC / "js" / "index.js": "index.html",
    STATIC / "js" / "desk" / "main.js": "desk.html",
}
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def named(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def test_all_pages_and_their_parts_are_here() -> None:
    assert [page.name for page in PAGES] == ["desk.html", "index.html", "watch.html"]
    assert SCRIPTS
    assert STYLES


@pytest.mark.parametrize("path", OWN, ids=named)
def test_no_page_asks_a_third_party_for_anything(path: Path) -> None:
    text = path.read_text().replace(SVG_NAMESPACE, "")
    assert not re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_live_under_a_strict_content_security_policy(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"<style|\sstyle=", text), "inline style"
    assert not re.search(r"\son\w+=", text), "inline handler"


@pytest.mark.parametrize("path", OWN, ids=named)
def test_every_static_file_that_is_named_exists(path: Path) -> None:
    for name in re.findall(r"/static/([\w./-]+)", path.read_text()):
        assert (STATIC / name).is_file(), f"{named(path)} names {name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_every_imported_module_exports_what_is_imported(script: Path) -> None:
    for names, module in re.findall(r'import \{([^}]+)\} from "(\.{1,2}/[\w./-]+)"', script.read_text()):
        exported = re.findall(
            r"^export (?:async )?(?:function|class|const) (\w+)", (script.parent / module).read_text(), re.M
        )
        missing = {name.strip() for name in names.split(",")} - set(exported)
        assert not missing, f"{script.name} imports {missing} from {module}"


def test_every_icon_is_in_the_sprite() -> None:
    symbols = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text()))
    used = {name for page in PAGES for name in re.findall(r"icons\.svg#(\w+)", page.read_text())}
    used |= {name for script in SCRIPTS for name in re.findall(r'\bicon\("(\w+)"\)', script.read_text())}
    assert used
    assert used <= symbols


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_button_has_a_name(page: Path) -> None:
    for attributes, content in re.findall(r"<button\b([^>]*)>(.*?)</button>", page.read_text(), re.S):
        words = re.sub(r"<[^>]+>", "", content).strip()
        assert "aria-label=" in attributes or words, attributes


@pytest.mark.parametrize("script", PAGE_OF, ids=named)
def test_every_part_that_a_script_names_is_in_its_page(script: Path) -> None:
    page = (STATIC / PAGE_OF[script]).read_text()
    for name in re.findall(r'\bpart\("([\w-]+)"\)', script.read_text()):
        assert f'data-part="{name}"' in page, name


def test_the_vendored_player_is_the_one_that_is_declared() -> None:
    vendored = STATIC / "vendor"
    declared = re.search(r"sha256 ([0-9a-f]{64})", (vendored / "README.md").read_text())
    assert declared is not None
    assert hashlib.sha256((vendored / "hls.light.min.js").read_bytes()).hexdigest() == declared[1]
    assert "Apache License" in (vendored / "LICENSE").read_text()


def test_the_manifest_names_icons_that_exist() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"].removeprefix("/static/")).is_file()
