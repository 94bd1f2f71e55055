"""No room: the command says so and ends with 4, nothing half-written is visible, and with room it goes on."""

from __future__ import annotations

import gc
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpusmill.store import layout, ledger
from tests.faults.processes import started
from tests.faults.running import COMMAND, corpusmill

KIB = 1024


def assert_nothing_half(out: Path) -> None:
    """Whatever lies under a final name is listed, and has the bytes that are listed."""
    assert not (out / layout.MANIFEST).exists()
    assert not list(out.glob(f"{layout.ATTEMPT_PREFIX}*"))
    listed = {path: one.bytes for entry in ledger.read(out / layout.LEDGER) for path, one in entry.outputs.items()}
    for path, size in listed.items():
        assert (out / path).stat().st_size == size


def limited(arguments: list[str], out: Path, largest_bytes: int) -> tuple[int, str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, largest_bytes))

    with started(arguments, out, before=limit, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        said, complaints = (text.decode() for text in run.process.communicate())
        return run.end(), said + complaints


@pytest.mark.parametrize("largest_bytes", [1 * KIB, 9 * KIB])
def test_files_may_not_grow(arguments, resumes, tmp_path: Path, largest_bytes: int):
    """The first limit stops the driver at its first file, the second a worker."""
    out = tmp_path / "run"
    code, said = limited(arguments(out), out, largest_bytes)
    assert code == 4, said
    assert "File too large" in said
    assert "remove the cause and run the same command: it resumes" in said
    assert "Traceback" not in said
    assert_nothing_half(out)
    resumes(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    "largest_bytes", [n * KIB for n in (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 192)]
)
def test_files_may_not_grow_at_any_stage(arguments, resumes, tmp_path: Path, largest_bytes: int):
    out = tmp_path / "run"
    code, said = limited(arguments(out, recipe="demo"), out, largest_bytes)
    assert code in (0, 4), said
    assert "Traceback" not in said
    if code == 4:
        assert "File too large" in said
    resumes(out, "demo")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB that can grow; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no right to mount here: {error}")
    yield folder
    gc.collect()  # what an exception still holds of this process
    ended = subprocess.run(["umount", str(folder)], capture_output=True, text=True)
    if ended.returncode:
        holders = subprocess.run(["fuser", "-vm", str(folder)], capture_output=True, text=True)
        pytest.fail(f"{ended.stderr}{holders.stdout}{holders.stderr}")


def test_a_full_disk(arguments, resumes, small_disk: Path):
    out = small_disk / "run"
    ended = corpusmill(*arguments(out, "--workers", 2))
    assert ended.code == 4, ended.err
    assert "No space left on device" in ended.err
    assert "MB are free" in ended.err
    assert "Traceback" not in ended.err
    assert_nothing_half(out)
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    resumes(out)


@pytest.mark.slow
@pytest.mark.parametrize("kibibytes", [4, 8, 16, 64, 200, 500, 600, 700, 800, 900, 1000, 1200, 1400])
def test_a_disk_that_fills_at_any_stage(arguments, resumes, small_disk: Path, kibibytes: int):
    subprocess.run(["mount", "-o", f"remount,size={kibibytes}k", str(small_disk)], check=True)
    out = small_disk / "run"
    ended = corpusmill(*arguments(out, "--workers", 2, recipe="demo"))
    assert ended.code in (0, 4), ended.err
    assert "Traceback" not in ended.err
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    resumes(out, "demo")


def test_the_output_goes_to_a_full_device(undisturbed_run):
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run([*COMMAND, "show", undisturbed_run()], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 4
    assert b"No space left on device" in ended.stderr
    assert b"Traceback" not in ended.stderr
