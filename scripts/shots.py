"""Screenshots of every kind of page, light and dark, wide and narrow; and the picture of the README."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import chromium_path

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "home": "/",
    "metric": "/m/{metric}",
    "gallery": "/_gallery",
    "data": "/data",
    "events": "/data/events",
    "schema": "/data/schema",
    "loads": "/data/loads",
    "quarantine": "/data/quarantine",
    "keys": "/data/keys",
    "sharing": "/sharing?page=/",
}
WIDTHS = {"wide": (1440, 960), "narrow": (390, 844)}
PICTURE = ROOT / "docs" / "picture.png"


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The address of a server over the workspace, for as long as it is needed."""
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", "-w", str(workspace), "--port", "8700"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        said = []
        try:
            for line in server.stdout:
                said.append(line)
                found = re.search(r"http://[\d.:]+", line)
                if found:
                    yield found[0]
                    return
            sys.exit("the server did not start:\n" + "".join(said))
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def company(named: Path | None) -> Iterator[Path]:
    """The named workspace, or the example company, built small for this once."""
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "acme"
        subprocess.run([sys.executable, "-m", "truenorth.cli.main", "demo", str(folder)], check=True)
        yield folder


def shoot(browser: Any, address: str, into: Path, metric: str) -> list[str]:
    """All pages in all dresses; what the pages complain about in their console is returned."""
    complaints = []
    for theme in ("light", "dark"):
        for width, (across, down) in WIDTHS.items():
            context = browser.new_context(
                viewport={"width": across, "height": down}, color_scheme=theme, reduced_motion="reduce"
            )
            page = context.new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            for name, path in PAGES.items():
                reply = page.goto(address + path.format(metric=metric), wait_until="load")
                if reply is None or not reply.ok:
                    complaints.append(f"{path} answers {reply.status if reply else 'nothing'}")
                page.screenshot(path=into / f"{name}-{theme}-{width}.png", full_page=True)
            if (theme, width) == ("light", "wide"):
                page.goto(address)
                page.screenshot(path=into / "picture.png")
            context.close()
    return complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="a workspace to look at; else the example company is built")
    parser.add_argument("--into", type=Path, default=ROOT / "artefacts", help="the folder for the pictures")
    parser.add_argument("--metric", default="revenue", help="the metric whose page is shown")
    parser.add_argument("--readme", action="store_true", help="also write the README's picture")
    options = parser.parse_args()
    found = chromium_path()
    if not found:
        sys.exit("no Chromium was found on the PATH; name one with TRUENORTH_CHROMIUM")
    from playwright.sync_api import sync_playwright

    options.into.mkdir(parents=True, exist_ok=True)
    with company(options.workspace) as folder, served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        complaints = shoot(browser, address, options.into, options.metric)
        browser.close()
    if options.readme:
        shutil.copyfile(options.into / "picture.png", PICTURE)
    print(f"{len(list(options.into.glob('*.png')))} pictures in {options.into}")
    if complaints:
        sys.exit("the pages complain:\n" + "\n".join(sorted(set(complaints))))


if __name__ == "__main__":
    main()
