"""The page in a real Chromium: no error, no request, no sideways scrolling, and a script that does what it says."""

from __future__ import annotations

import os
import shutil

import pytest

from deepen.reporting.page import write

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium():
    """A Chromium; the tests are skipped, with the reason, where Playwright or Chromium is missing."""
    sync = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    path = os.environ.get("DEEPEN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs a Chromium; name it by DEEPEN_CHROMIUM")
    with sync.sync_playwright() as playwright:
        # As root, as in most containers, Chromium starts without its sandbox only.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium, path, heard, **options):
    page = chromium.new_context(**options).new_page()
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    own = path.as_uri()
    page.on(
        "request", lambda r: None if r.url.startswith(("data:", own)) else heard.append(f"request: {r.url}")
    )
    page.goto(own)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1100])
def test_it_opens_without_an_error_a_request_or_sideways_scrolling(
    chromium, everything, tmp_path, width, scheme
):
    heard = []
    path = write(everything, tmp_path / "page.html")
    page = opened(chromium, path, heard, viewport={"width": width, "height": 740}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    charts = "[...document.querySelectorAll('.chart svg[role=img]')].filter(s => s.getBoundingClientRect().width > 0)"
    wide = page.evaluate(f"{charts}.map(s => s.getBoundingClientRect().right)")
    assert wide and max(wide) <= width, "every chart is drawn inside the page"
    # Text in a chart is never smaller than what can be read.
    sizes = page.evaluate(
        f"{charts}.map(s => 12 * s.getBoundingClientRect().width / s.viewBox.baseVal.width)"
    )
    assert min(sizes) >= 11
    inside = page.evaluate(
        f"{charts}.flatMap(s => [...s.querySelectorAll('text')].map(t => t.getBoundingClientRect()))"
        ".filter(b => b.left < -1 || b.right > innerWidth + 1).length"
    )
    assert inside == 0, "no text runs over the page's edge"


def test_a_pointer_and_the_keyboard_show_a_points_numbers(chromium, everything, tmp_path):
    heard = []
    page = opened(
        chromium, write(everything, tmp_path / "page.html"), heard, viewport={"width": 1100, "height": 800}
    )
    mark = page.locator("#training .wide svg .quiet").nth(3)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator("#tip").is_visible() and "training loss" in page.locator("#tip").inner_text()
    page.mouse.move(2, 2)
    assert not page.locator("#tip").is_visible()
    chart = page.locator("#summary .wide svg").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert "this model" in page.locator("#tip").inner_text()
    page.keyboard.press("ArrowRight")
    assert "majority" in page.locator("#tip").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()
    assert heard == []


def test_a_table_is_sorted_by_its_numbers(chromium, everything, tmp_path):
    heard = []
    page = opened(chromium, write(everything, tmp_path / "page.html"), heard)
    table = page.locator("#confusion table")
    button = table.locator("thead th button").nth(3)
    shown = "t => [...t.tBodies[0].rows].map(r => parseFloat(r.cells[3].textContent))"
    before = table.evaluate(shown)
    button.click()
    up = table.evaluate(shown)
    assert up == sorted(before)
    assert table.locator("thead th").nth(3).get_attribute("aria-sort") == "ascending"
    button.press("Enter")
    assert table.evaluate(shown) == sorted(before, reverse=True)
    assert heard == []


def test_without_its_script_everything_is_there(chromium, everything, tmp_path):
    heard = []
    path = write(everything, tmp_path / "page.html")
    page = opened(chromium, path, heard, java_script_enabled=False)
    assert page.locator("#summary .figure").inner_text() == "90.0 %"
    details = page.locator("#summary details.how")
    details.locator("summary").click()
    assert details.locator("li").first.is_visible()
    assert page.locator(".wide svg title").count() > 20, "what a pointer shows, by the browser itself"
    assert heard == []


def test_it_prints(chromium, everything, tmp_path):
    heard = []
    page = opened(chromium, write(everything, tmp_path / "page.html"), heard, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.locator("details.how li").first.is_visible(), "on paper nothing can be unfolded"
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert heard == []
