"""The operator's desk in a real browser, before a real station, with a mouse and by keyboard alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.seeded import seed_clip, seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.accessibility import violations
from tests.web.browser import Viewer, chromium
from tests.web.hands import Hand, Keyboard, Mouse
from webtv.errors import ClipRejected
from webtv.playlist.library import Library

TOKEN = secrets.token_hex(16)
HOSTILE_TITLE = 'Neon "Rain", <img src=x onerror=alert(1)> & Co'
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LONG_CLIPS = SMALL_CHANNEL | {"clip_seconds": 30}
"""So that a clip is still on air when an answer about it is given."""
HANDS = pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])

expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def leave(browser: Browser) -> Iterator[None]:
    """Close every page after its test: their pictures would play on."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def manned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    """A station whose desk has a token, with two channels and a library of their own."""
    folder = tmp_path_factory.mktemp("manned")
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    channels = {
        "tides": LONG_CLIPS | {"targets": ["rtmp://127.0.0.1:1/live/tides"]},
        "neon": LONG_CLIPS | {"title": HOSTILE_TITLE},
    }
    with StationProcess(folder, channels, workers=1, station={"desk": {"token_file": "token"}}) as process:
        for name in channels:
            seed_library(process.data, name, (54, 57, 54), HOUSE)
        refuse_one(process)
        yield process.start().wait_on_air()


def refuse_one(station: StationProcess) -> None:
    """As an earlier run left it: a clip that the inspection set aside."""
    clip, library = seed_clip(station.data, "neon", 9, 6, HOUSE), Library(station.data)
    rejection = ClipRejected("frozen", "the picture stands still for 2.9 s")
    path = station.data / "library" / "neon" / f"{clip}.mp4"
    library.quarantine(path, clip, rejection, path.with_suffix(".json").read_text())


def at_desk(browser: Browser, station: StationProcess, place: str = "#/", **context: Any) -> Viewer:
    """Somebody who has signed in."""
    viewer = Viewer.at(browser, f"{station.url}/desk{place}", **{"viewport": DESKTOP, **context})
    page = viewer.page
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open the desk").click()
    expect(page.locator("[data-part=connection]")).to_have_text("Live")
    viewer.errors.clear()  # the browser notes the first 401, which is what asks for the token
    return viewer


def said(page: Page, text: str) -> None:
    """The page says it, where a screen reader hears it."""
    expect(page.locator("[data-part=said][aria-live=polite]")).to_contain_text(text)


def on_page(page: Page, role: Any, name: str) -> Any:
    return page.get_by_role(role, name=name, exact=True)


@HANDS
def test_the_desk_opens_for_its_token_alone(manned: StationProcess, browser: Browser, hand: Hand) -> None:
    viewer = Viewer.at(browser, f"{manned.url}/desk", viewport=PHONE)
    page = viewer.page
    field, button = page.get_by_label("Token"), on_page(page, "button", "Open the desk")
    hand.write(field, "not the token at all")
    hand.press(button)
    expect(page.get_by_role("alert").filter(has_text="token")).to_be_visible()
    expect(page.locator("[data-list=channels] > *")).to_have_count(0)
    assert violations(page) == []
    hand.write(field, TOKEN)
    hand.press(button)
    expect(page.locator("[data-list=channels] > *")).to_have_count(2)
    assert TOKEN not in page.content()
    hand.press(on_page(page, "button", "Keys and help"))
    hand.press(on_page(page, "button", "Sign out"))
    expect(field).to_be_visible()
    expect(page.locator("[data-list=channels] > *")).to_have_count(0)


@SIZES
def test_the_overview_shows_every_channel_live(
    manned: StationProcess, browser: Browser, viewport: dict[str, int]
) -> None:
    viewer = at_desk(browser, manned, viewport=viewport)
    page = viewer.page
    viewer.wait_until("window.webtv.stats().some((player) => player.state === 'playing')")
    tides = page.locator("[data-list=channels] > *", has_text="Tides")
    for figure in ("Buffer", "Fresh share", "Engine", "Quality"):
        expect(tides.get_by_text(figure, exact=True)).to_be_visible()
    expect(tides.locator(".target")).to_contain_text("127.0.0.1")
    expect(tides.locator(".target")).to_contain_text("down")
    expect(on_page(page, "link", HOSTILE_TITLE)).to_be_visible()
    assert viewer.errors == []
    assert viewer.violations == []
    assert viewer.hosts == {f"127.0.0.1:{manned.port}"}


def test_a_desk_that_is_left_open_watches_no_channel(manned: StationProcess, browser: Browser) -> None:
    viewer = at_desk(browser, manned, "#/channel/neon")
    asked: list[str] = []
    viewer.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    viewer.wait_until("window.webtv.stats().some((player) => player.currentTime > 3)")
    assert any(path.startswith("/desk/api/hls/") for path in asked)
    assert not [path for path in asked if path.startswith("/hls/")]


def test_a_refused_clip_is_shown_with_its_reason_and_picture(
    manned: StationProcess, browser: Browser
) -> None:
    page = at_desk(browser, manned).page
    refused = page.locator("[data-list=quarantine] > *")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("frozen")
    expect(refused).to_contain_text("the picture stands still for 2.9 s")
    expect(refused.locator("img.is-there")).to_have_count(1)


def test_whoever_wants_no_motion_gets_pictures(manned: StationProcess, browser: Browser) -> None:
    viewer = at_desk(browser, manned, reduced_motion="reduce")
    page = viewer.page
    viewer.wait_until("document.querySelectorAll('.card img.is-there').length === 2")
    expect(page.locator("video")).to_have_count(0)
    assert viewer.errors == []


@pytest.mark.parametrize("place", ["#/", "#/channel/tides", "#/channel/tides/theme", "#/channel/nothing"])
def test_no_page_scrolls_sideways_or_breaks_a_rule_of_accessibility(
    manned: StationProcess, browser: Browser, place: str
) -> None:
    viewer = at_desk(browser, manned, place)
    page = viewer.page
    if "theme" in place:
        expect(page.locator("[data-part=shots] li").first).to_be_visible()
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page) == []
    assert viewer.errors == []
    assert viewer.violations == []


def test_the_dialogs_break_no_rule_of_accessibility(manned: StationProcess, browser: Browser) -> None:
    page = at_desk(browser, manned, "#/channel/tides", viewport=PHONE).page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    on_page(page, "button", "Pull").click()
    expect(page.get_by_role("dialog")).to_contain_text("never airs again")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(on_page(page, "button", "Pull")).to_be_focused()


@HANDS
def test_skip_ends_what_is_on_air_and_the_page_moves_on_by_itself(
    manned: StationProcess, browser: Browser, hand: Hand
) -> None:
    page = at_desk(browser, manned, "#/channel/tides").page
    now = page.locator("[data-rundown=now] time")
    began = now.get_attribute("datetime") or ""
    hand.press(on_page(page, "button", "Skip"))
    hand.press(on_page(page, "button", "Skip it"))
    said(page, "is skipped")
    expect(now).not_to_have_attribute("datetime", began)
    expect(page.locator("[data-rundown=previous] time").first).to_have_attribute("datetime", began)


@HANDS
def test_a_pulled_clip_is_banned_and_can_be_allowed_again(
    manned: StationProcess, browser: Browser, hand: Hand
) -> None:
    page = at_desk(browser, manned, "#/channel/tides").page
    hand.press(on_page(page, "button", "Pull"))
    hand.press(on_page(page, "button", "Pull it"))
    said(page, "is pulled and banned")
    banned = page.get_by_role("grid", name="Banned")
    expect(banned.get_by_role("row")).to_have_count(1)
    hand.press(on_page(page, "button", "Allow it again"))
    said(page, "may air again")
    expect(banned.get_by_role("row")).to_have_count(0)


def test_an_answer_about_a_clip_that_is_over_touches_no_other(
    manned: StationProcess, browser: Browser
) -> None:
    viewer = at_desk(browser, manned, "#/channel/tides")
    page = viewer.page
    on_page(page, "button", "Skip").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    slot = page.evaluate("window.webtv.desk.channel('tides').now.slot")
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    skipped = page.request.post(f"{manned.url}/desk/api/channels/tides/skip", data={}, headers=headers)
    assert skipped.ok
    viewer.wait_until(f"window.webtv.desk.channel('tides').now.slot !== {slot}")
    on_page(page, "button", "Skip it").click()
    said(page, "is over already")


def test_the_page_says_which_airing_is_meant_and_shows_that_it_was_too_late(
    manned: StationProcess, browser: Browser
) -> None:
    """The station's own look comes after the page's: a clip may end while the order is on its way."""
    page = at_desk(browser, manned, "#/channel/tides").page
    meant: list[int] = []

    def hold_up(route: Route) -> None:
        slot = json.loads(route.request.post_data or "")["slot"]
        meant.append(slot)
        route.continue_(post_data=json.dumps({"slot": slot - 1}))

    page.route("**/desk/api/channels/tides/*", hold_up)
    for action in ("Skip", "Pull"):
        slot = page.evaluate("window.webtv.desk.channel('tides').now.slot")
        on_page(page, "button", action).click()
        on_page(page, "button", f"{action} it").click()
        expect(page.get_by_role("alert").filter(has_text="that clip is over already")).to_be_visible()
        assert meant.pop() == slot
        assert page.evaluate("window.webtv.desk.channel('tides').now.slot") == slot
        on_page(page, "button", "Dismiss").click()


@HANDS
def test_a_channel_goes_to_slate_and_back(manned: StationProcess, browser: Browser, hand: Hand) -> None:
    page = at_desk(browser, manned, "#/channel/neon").page
    hand.press(on_page(page, "button", "Slate"))
    hand.press(on_page(page, "button", "Go to slate"))
    said(page, "goes to the slate")
    expect(page.locator("[data-view=channel] .badge")).to_have_text("Slate")
    hand.press(page.get_by_role("group", name="Actions").get_by_role("button", name="Resume"))
    said(page, "resumes")
    expect(page.locator("[data-view=channel] .badge")).to_have_text("Live")


@HANDS
def test_make_one_now_orders_a_clip(manned: StationProcess, browser: Browser, hand: Hand) -> None:
    page = at_desk(browser, manned, "#/channel/tides").page
    hand.press(on_page(page, "button", "Make one now"))
    said(page, "ordered")


def programme(page: Page) -> Any:
    """The last clip of the rundown: it does not air while the test reaches for it."""
    return page.locator("[data-rundown=next] [role=row]").filter(has_text="Programme").last


@HANDS
def test_a_clip_can_be_pinned_banned_and_made_evergreen(
    manned: StationProcess, browser: Browser, hand: Hand
) -> None:
    page = at_desk(browser, manned, "#/channel/neon").page
    title = programme(page).locator("b").inner_text()

    def tool(name: str) -> Any:
        return page.get_by_role("button", name=name.format(title), exact=True).last

    hand.press(tool("Evergreen: “{}”"))
    said(page, "kept for ever")
    expect(tool("Evergreen: “{}”")).to_have_attribute("aria-pressed", "true")
    hand.press(on_page(page, "button", "Undo"))
    said(page, "like any other")
    hand.press(tool("Ban: “{}”"))
    said(page, "never airs again")
    hand.press(on_page(page, "button", "Allow it again"))
    said(page, "may air again")
    title = programme(page).locator("b").inner_text()
    hand.press(tool("Air next: “{}”"))
    said(page, "airs next")


@HANDS
def test_a_theme_with_a_mistake_cannot_be_saved_until_it_is_mended(
    manned: StationProcess, browser: Browser, hand: Hand
) -> None:
    viewer = at_desk(browser, manned, "#/channel/neon/theme")
    page, file = viewer.page, manned.channels / "neon.yaml"
    before = file.read_text()
    field, mistakes = page.get_by_label("Theme"), page.get_by_role("list", name="Mistakes")
    expect(field).to_have_value(before)
    right = yaml_of("A lighthouse that counts the ships", "fog")
    hand.write(field, right.replace("style:", "stile:"))
    expect(mistakes.get_by_role("button").first).to_contain_text("Line 3")
    expect(page.locator("[data-part=gutter] .is-bad")).to_have_text("3")
    hand.press(on_page(page, "button", "Save"))
    expect(page.get_by_role("alert").filter(has_text="Not saved")).to_be_visible()
    assert file.read_text() == before
    hand.press(mistakes.get_by_role("button").first)
    expect(field).to_be_focused()
    hand.write(field, right)
    expect(mistakes.get_by_role("button")).to_have_count(0)
    expect(page.locator("[data-part=changes]")).to_contain_text("theme")
    expect(page.locator("[data-part=shots] li").first).to_be_visible()
    hand.press(on_page(page, "button", "Save"))
    said(page, "Saved")
    assert file.read_text() == right
    file.write_text(before)


def yaml_of(theme: str, style: str) -> str:
    rest = {key: value for key, value in SMALL_CHANNEL.items() if key not in ("title", "theme")}
    lines = [f"title: Neon\ntheme: {theme}\nstyle: {style}"]
    lines += [f"{key}: {value}" for key, value in rest.items()]
    return "\n".join(lines).replace("'", '"') + "\n"


def test_a_file_that_changed_meanwhile_is_not_written_over_unseen(
    manned: StationProcess, browser: Browser
) -> None:
    page, file = at_desk(browser, manned, "#/channel/neon/theme").page, manned.channels / "neon.yaml"
    before = file.read_text()
    field = page.get_by_label("Theme")
    expect(field).to_have_value(before)
    Mouse().write(field, yaml_of("Mine", "fog"))
    theirs = yaml_of("Theirs", "rain")
    file.write_text(theirs)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert").filter(has_text="changed by somebody else")).to_be_visible()
    assert violations(page) == []
    assert file.read_text() == theirs
    on_page(page, "button", "Save mine over it").click()
    said(page, "Saved")
    assert file.read_text() == yaml_of("Mine", "fog")
    file.write_text(before)


def test_a_broken_file_is_announced_until_it_is_mended(manned: StationProcess, browser: Browser) -> None:
    page = at_desk(browser, manned).page
    broken = manned.channels / "broken.yaml"
    broken.write_text("title: Broken\nthme: nothing\n")
    banner = page.get_by_role("region", name="Files with mistakes")
    expect(banner).to_contain_text("broken.yaml")
    expect(banner).not_to_contain_text("^")  # on a phone it points nowhere
    assert violations(page) == []
    broken.unlink()
    expect(banner).to_be_hidden()


def test_a_channel_that_a_mistake_keeps_off_air_is_brought_on_air_from_where_it_is_told(
    manned: StationProcess, browser: Browser
) -> None:
    page, file = at_desk(browser, manned).page, manned.channels / "harbour.yaml"
    text = json.dumps(SMALL_CHANNEL | {"title": "Harbour"})
    file.write_text(text.replace('"theme"', '"thme"'))
    banner = page.get_by_role("region", name="Files with mistakes")
    Keyboard().press(banner.get_by_role("link", name="Mend"))
    field = page.get_by_label("Theme")
    expect(field).to_be_focused()
    expect(page.get_by_role("heading", name="harbour")).to_be_visible()
    assert violations(page) == []
    Keyboard().write(field, text)
    page.keyboard.press("Control+s")
    said(page, "Saved")
    expect(page.get_by_role("heading", name="Harbour", exact=True)).to_be_visible()
    assert file.read_text() == text
    file.unlink()
    expect(page.get_by_role("heading", name="There is no such channel")).to_be_visible()


def test_a_mistake_in_the_file_of_a_channel_on_air_can_be_mended_from_where_it_is_told(
    manned: StationProcess, browser: Browser
) -> None:
    page, file = at_desk(browser, manned, viewport=PHONE).page, manned.channels / "neon.yaml"
    before = file.read_text()
    file.write_text(before.replace('"theme"', '"thme"'))
    banner = page.get_by_role("region", name="Files with mistakes")
    Keyboard().press(banner.get_by_role("link", name="Mend"))
    expect(page.get_by_label("Theme")).to_be_focused()
    assert violations(page) == []
    file.write_text(before)
    expect(banner).to_be_hidden()


def test_the_log_can_be_filtered_and_paused(manned: StationProcess, browser: Browser) -> None:
    page = at_desk(browser, manned).page
    lines = page.locator("[data-list=log] li")
    expect(lines.filter(has_text="on air").first).to_be_visible()
    page.get_by_label("From").select_option("warning")
    expect(lines.filter(has=page.locator(".level", has_text="info"))).to_have_count(0)
    pause = on_page(page, "button", "Pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")


def test_keys_lead_everywhere_and_letters_can_be_switched_off(
    manned: StationProcess, browser: Browser
) -> None:
    page = at_desk(browser, manned).page
    page.keyboard.press("2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tides")
    page.keyboard.press("t")
    expect(page.get_by_label("Theme")).to_be_focused()
    page.keyboard.press("o")  # a letter of the text
    assert page.url.endswith("/theme")
    page.goto(f"{manned.url}/desk#/channel/tides")
    page.keyboard.press("?")
    page.get_by_label("Single letters are keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_tab_leads_past_the_rundown_in_three_steps(manned: StationProcess, browser: Browser) -> None:
    page = at_desk(browser, manned, "#/channel/tides").page
    expect(page.locator("[data-rundown=next] [role=row]").first).to_be_visible()
    page.get_by_role("link", name="Watch").focus()
    for name in ("Now", "Next", "Earlier"):
        page.keyboard.press("Tab")
        assert page.get_by_role("grid", name=name).evaluate("grid => grid.contains(document.activeElement)")


def test_the_desk_comes_back_with_its_station(manned: StationProcess, browser: Browser) -> None:
    page = at_desk(browser, manned).page
    manned.kill()
    expect(page.locator("[data-part=connection]")).to_have_text("Away, trying again")
    manned.start().wait_on_air()
    expect(page.locator("[data-part=connection]")).to_have_text("Live")
    expect(page.locator("[data-list=channels] > *")).to_have_count(2)
