"""The report in a real browser: hostile text does nothing, nothing is requested, the style is applied."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess

import pytest

from corpusmill.report.page import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: the browser test is skipped")

# Appended to a copy of the report, with its policy taken out for this one script alone: it tells what the page did.
PROBE = """<script nonce="probe">document.documentElement.setAttribute("data-probe", JSON.stringify({
  pwned: typeof window.__pwned, title: document.title, scripts: document.scripts.length,
  requests: performance.getEntriesByType("resource").length, images: document.images.length,
  panel: getComputedStyle(document.querySelector(".tiles div")).borderRadius,
  dark: matchMedia("(prefers-color-scheme: dark)").matches, paper: getComputedStyle(document.body).backgroundColor,
  wide: document.documentElement.scrollWidth > innerWidth}))</script>"""


def dump(page, profile, *flags):
    """The page's elements after loading, and what the browser had to say."""
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={profile}", "--enable-logging=stderr", *flags, "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def report(run_folder):
    return write_report(run_folder)


def probed(report, tmp_path, *flags, policy=True):
    """What the page did, under its own policy (with leave for the probe), or under none."""
    text = report.read_text(encoding="utf-8")
    if policy:
        text, replaced = re.subn("script-src", "script-src 'nonce-probe'", text)
    else:
        text, replaced = re.subn('<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert replaced == 1
    copy = tmp_path / "probed.html"
    copy.write_text(text + PROBE, encoding="utf-8")
    dom, _ = dump(copy, tmp_path / "profile", *flags)
    return json.loads(html.unescape(re.search(r'data-probe="([^"]*)"', dom)[1]))


def test_hostile_text_does_nothing_and_nothing_is_requested(report, tmp_path):
    found = probed(report, tmp_path, "--window-size=1400,1000", "--blink-settings=preferredColorScheme=1")
    assert found["pwned"] == "undefined"
    assert found["title"].endswith("corpusmill report")
    assert (found["scripts"], found["requests"], found["images"]) == (3, 0, 0)  # the data, the page's own, the probe
    assert found["panel"] == "6px", "the style was blocked by the page's own policy"
    assert (found["dark"], found["wide"]) == (False, False)


def test_escaping_alone_is_enough_without_the_policy(report, tmp_path):
    found = probed(report, tmp_path, policy=False)
    assert found["pwned"] == "undefined"
    assert (found["scripts"], found["requests"], found["images"]) == (3, 0, 0)


def test_the_untouched_page_loads_without_a_word_of_complaint(report, tmp_path):
    dom, said = dump(report, tmp_path / "profile")
    assert "Every record is accounted for" in dom
    assert 'class="screens"' in dom, "the page's own script ran"
    assert "CONSOLE" not in said, said
