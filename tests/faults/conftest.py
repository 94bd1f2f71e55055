"""The small run that is disturbed in many ways, and what it gives undisturbed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpusmill.cli.main import main
from tests.faults.running import InProcessEngine, assert_sound

LIMIT = 20  # records of each of the four inputs


@pytest.fixture(scope="session")
def arguments(demo_crawl: Path) -> Callable[..., list[str]]:
    """The command line of the run into a folder."""

    def command(out: Path, *more: object, recipe: str = "keep-all", inputs: object = None) -> list[str]:
        given = inputs if isinstance(inputs, list) else [inputs or demo_crawl]
        settings = ["--limit", LIMIT, *(["--set", "tokens.train_vocabulary_size=800"] if recipe == "demo" else [])]
        path = Path(__file__).parent.parent / "recipe.toml" if recipe == "demo" else recipe
        return list(map(str, ["run", path, "--out", out, *settings, *more, "--input", *given]))

    return command


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command line in this process: exit code, and all that was said."""
    monkeypatch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)

    def call(arguments: list[str]) -> tuple[int, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture(scope="session")
def undisturbed_run(
    arguments: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """A run that nothing happened to; made once a recipe. Read only."""
    made: dict[str, Path] = {}

    def run(recipe: str = "keep-all") -> Path:
        if recipe not in made:
            out = tmp_path_factory.mktemp("undisturbed") / recipe
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
                assert main(arguments(out, recipe=recipe)) == 0
            assert_sound(out)
            made[recipe] = out
        return made[recipe]

    return run


@pytest.fixture(scope="session")
def undisturbed(undisturbed_run: Callable[..., Path]) -> Callable[..., bytes]:
    """The manifest of that run: it lists the hash of every file."""
    return lambda recipe="keep-all": (undisturbed_run(recipe) / "manifest.json").read_bytes()


@pytest.fixture
def resumes(
    here: Callable[..., tuple[int, str]], arguments: Callable[..., list[str]], undisturbed: Callable[..., bytes]
) -> Callable[..., None]:
    """Asserts that the same command, given again, ends the run with the undisturbed bytes and leaves nothing beside."""

    def resume(out: Path, recipe: str = "keep-all") -> None:
        code, said = here(arguments(out, recipe=recipe))
        assert code == 0, said
        assert (out / "manifest.json").read_bytes() == undisturbed(recipe)
        assert_sound(out)
        assert not list(out.glob(".attempt-*"))

    return resume
