"""Fixtures for the whole suite."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import corpusmill

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(autouse=True, scope="session")
def no_cache() -> Iterator[None]:
    """No test finds what another one, or the developer, has kept: of tokenizers made ready."""
    before = os.environ.get("CORPUSMILL_CACHE")
    os.environ["CORPUSMILL_CACHE"] = ""
    yield
    if before is None:
        del os.environ["CORPUSMILL_CACHE"]
    else:
        os.environ["CORPUSMILL_CACHE"] = before


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the checkout; tests that read it skip where it is absent."""
    folder = Path(os.environ.get("CORPUSMILL_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "conformance").is_dir():
        pytest.skip(f"no reference material at {folder}: clones without it skip this test")
    return folder


@pytest.fixture(scope="session")
def demo_crawl() -> Path:
    """The bundled crawl."""
    return REPOSITORY / "demo" / "crawl"


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, demo_crawl: Path) -> Path:
    """A finished run of tests/recipe.toml, called "demo", made once for all test processes. Read only."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "demo-run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        corpusmill.run(str(REPOSITORY / "tests" / "recipe.toml"), [demo_crawl], folder / "demo-run", workers=2)
    return folder / "demo-run"


@pytest.fixture(scope="module")
def tasks_here() -> Iterator[None]:
    """Local engines perform tasks in this process: saves the start of workers where these are not what is tested."""
    from tests.faults.running import InProcessEngine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
        yield
