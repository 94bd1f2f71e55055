"""What may stand in a run's way in its folder: rights, files, links, another run, and hands that edited it."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpusmill.errors import RunRefused
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder
from tests.faults.processes import started
from tests.killed import killed_at


@pytest.fixture
def finished(undisturbed_run: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(undisturbed_run(), tmp_path / "run"))


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written to: by its mode, or for root by its mount."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"root may write everywhere, and may not mount here: {error}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def refused(ended: tuple[int, str], *words: str) -> None:
    code, said = ended
    assert code == 2, said
    for word in words:
        assert word in said
    assert "Traceback" not in said


def test_a_read_only_place(arguments, here, read_only: Path):
    refused(here(arguments(read_only)), "cannot be a run folder", "choose another --out")
    refused(here(arguments(read_only / "run")), "cannot be a run folder", "choose another --out")


def test_a_file_and_a_link_to_nowhere(arguments, here, tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for out in ("file", "file/run", "link"):
        refused(here(arguments(tmp_path / out)), "cannot be a run folder", "choose another --out")
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_a_link_to_a_folder_is_that_folder(arguments, resumes, tmp_path: Path):
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "run").symlink_to("big-disk")
    resumes(tmp_path / "run")
    assert (tmp_path / "big-disk" / "manifest.json").exists()


@pytest.mark.parametrize(
    "name", ["documents", "pages/2024-22", ".lock", "ledger.jsonl", "identity.json", "report.html"]
)
def test_nothing_is_written_through_links_inside(arguments, here, finished: Path, tmp_path: Path, name: str):
    elsewhere = tmp_path / "elsewhere"
    (finished / name).rename(elsewhere)
    (finished / name).symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in [elsewhere, *elsewhere.rglob("*")] if path.is_file()}
    for more in ([], ["--fresh"]):
        refused(here(arguments(finished, *more)), f"{finished / name} is a symbolic link")
    assert {path: path.read_bytes() for path in [elsewhere, *elsewhere.rglob("*")] if path.is_file()} == before


def test_a_second_run_is_refused_until_the_first_is_dead(arguments, here, resumes, tmp_path: Path):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 1), out) as run:
        run.until(run.attempted)
        for number in run.members():
            os.kill(number, signal.SIGSTOP)
        before = sorted(out.rglob("*"))
        refused(here(arguments(out)), f"in use by process {run.process.pid}")
        refused(here(arguments(out, "--fresh")), f"in use by process {run.process.pid}")
        assert sorted(out.rglob("*")) == before
    resumes(out)


def tear_the_ledger(out: Path, document: Path) -> None:
    ledger = out / layout.LEDGER
    ledger.write_bytes(ledger.read_bytes()[:-40])


def lose_the_ledger(out: Path, document: Path) -> None:
    (out / layout.LEDGER).unlink()


def remove_a_file(out: Path, document: Path) -> None:
    document.unlink()


def shorten_a_file(out: Path, document: Path) -> None:
    document.write_bytes(document.read_bytes()[:-1])


def lose_the_manifest(out: Path, document: Path) -> None:
    (out / layout.MANIFEST).unlink()


def leave_a_half_manifest(out: Path, document: Path) -> None:
    (out / layout.MANIFEST).rename(out / f".{layout.MANIFEST}.tmp")


def leave_an_attempt(out: Path, document: Path) -> None:
    attempt = out / f"{layout.ATTEMPT_PREFIX}of-a-killed-worker" / "documents"
    attempt.mkdir(parents=True)
    document.rename(attempt / document.name)


HANDS = [
    tear_the_ledger,
    lose_the_ledger,
    remove_a_file,
    shorten_a_file,
    lose_the_manifest,
    leave_a_half_manifest,
    leave_an_attempt,
]


@pytest.mark.parametrize("edit", HANDS)
def test_the_same_command_mends(resumes, finished: Path, edit: Callable[[Path, Path], None]):
    edit(finished, next((finished / "documents").rglob("*.parquet")))
    resumes(finished)
    assert not list(finished.glob(".*.tmp"))


def test_check_finds_an_edited_byte_and_its_removal_mends(here, resumes, finished: Path):
    victim = next((finished / "minhash").rglob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    code, said = here(["check", str(finished)])
    assert code == 3
    assert f"{victim.relative_to(finished)}: its bytes are not those that were written" in said
    victim.unlink()
    code, said = here(["check", str(finished)])
    assert code == 3
    assert f"{victim.relative_to(finished)}: missing" in said
    resumes(finished)


def test_an_extra_file_is_found_and_goes_with_the_next_run(here, resumes, finished: Path):
    (finished / "documents" / "extra.parquet").write_bytes(b"not ours")
    code, said = here(["check", str(finished)])
    assert code == 3
    assert "documents/extra.parquet: not in the manifest" in said
    resumes(finished)
    assert not (finished / "documents" / "extra.parquet").exists()


@pytest.mark.parametrize("content", [b"", b"{\xff"])
def test_damaged_descriptions_are_refused_by_name(arguments, here, resumes, finished: Path, content: bytes):
    manifest, identity = finished / layout.MANIFEST, finished / layout.IDENTITY
    manifest.write_bytes(content)
    for verb in ("show", "check", "report"):
        refused(here([verb, str(finished)]), f"{manifest} is damaged", "remove it and run the same command again")
    manifest.unlink()
    resumes(finished)
    identity.write_bytes(content)
    refused(here(arguments(finished)), f"{identity} is damaged", "--fresh")
    assert here(arguments(finished, "--fresh"))[0] == 0
    resumes(finished)


def test_fresh_leaves_other_peoples_files(arguments, here, finished: Path):
    (finished / "notes.txt").write_text("mine")
    before = (finished / layout.LEDGER).stat().st_mtime_ns
    assert here(arguments(finished, "--fresh"))[0] == 0
    assert (finished / layout.LEDGER).stat().st_mtime_ns != before
    assert (finished / "notes.txt").read_text() == "mine"


def fill(root: Path) -> None:
    """A run folder with something of everything."""
    with RunFolder(root, {"of": "a test"}):
        for name in (layout.MANIFEST, layout.LEDGER, layout.REPORT, f".{layout.MANIFEST}.tmp", f".{layout.REPORT}.tmp"):
            (root / name).write_text("")
        for folder in layout.DATA_FOLDERS[:2]:
            (root / folder / "2024-22").mkdir(parents=True)
            (root / folder / "2024-22" / "x.parquet").write_text("")
        (root / "notes.txt").write_text("mine")


def start_anew(root: Path) -> None:
    with RunFolder(root, {"of": "another"}, fresh=True):
        pass


def test_starting_anew_can_be_killed_at_every_step(tmp_path: Path):
    step, root = 0, tmp_path / "0"
    fill(root)
    while killed_at(step, ("unlink", "rmdir", "rename", "replace", "fsync"), functools.partial(start_anew, root)):
        with RunFolder(root, {"of": "another"}, fresh=True) as folder:
            assert folder.entries == {}
            left = {path.name for path in root.iterdir()}
        assert left == {layout.LOCK, layout.IDENTITY, "notes.txt"}, f"killed at step {step}"
        step += 1
        root = tmp_path / str(step)
        fill(root)
    assert step > 8, "the kill must have hit every removal"


def test_fresh_over_what_is_no_run_is_refused(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunRefused, match="choose another --out"):
        RunFolder(tmp_path, {"of": "a test"}, fresh=True).__enter__()
