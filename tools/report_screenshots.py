"""Pictures of a run's report for docs/images, at two widths in both themes, by the machine's Chromium.

.venv/bin/python tools/report_screenshots.py RUN docs/images
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from corpusmill.report.page import write_report

TAKEN = (
    ("signals", 1400, "light"), ("signals", 400, "dark"), ("overlap", 1400, "dark"), ("why", 1400, "light"),
    ("duplicates", 1400, "dark"), ("yield", 400, "light"), ("compare", 400, "dark"), ("breakdown", 1400, "light"),
)  # fmt: skip
HEIGHT = {1400: 1000, 400: 900}


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    address = write_report(arguments.run).resolve().as_uri()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for screen, width, scheme in TAKEN:
            page = browser.new_page(viewport={"width": width, "height": HEIGHT[width]}, color_scheme=scheme)
            page.goto(f"{address}#/{screen}")
            if screen == "signals":
                page.locator('figure[data-rule="word_count"] .handle.low').focus()
                for key in ("PageUp", "ArrowRight", "ArrowRight"):
                    page.keyboard.press(key)
            page.wait_for_timeout(400)  # pictures are drawn when they come into view
            page.screenshot(path=arguments.out / f"report-{screen}-{width}-{scheme}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
