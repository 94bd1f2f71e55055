"""Tasks on a Ray cluster of two nodes on this machine: the same entries, files and errors as on local workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import ray
from ray.cluster_utils import Cluster

from corpusmill.cli.main import main
from corpusmill.errors import EnvironmentFault, Interrupted, Refused, Terminated
from corpusmill.pipeline.engines import ray as engine_module
from corpusmill.pipeline.engines import ray_cluster
from corpusmill.pipeline.engines.engine import TaskFailed
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.pipeline.engines.ray import RayEngine
from corpusmill.pipeline.inputs import code_sha256
from corpusmill.pipeline.task import Progress
from corpusmill.store.commit import drop_attempts
from corpusmill.store.folder import RunFolder
from corpusmill.store.ledger import Entry
from tests.faults.running import InProcessEngine
from tests.pipeline.toy_tasks import Toy, wait_for
from tests.read.warc_builder import members, response

REPOSITORY = Path(__file__).parents[2]
PYTHONPATH = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))  # workers find the toys
NODE = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a head and a second node, one processor each: two tasks at once are on two nodes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", PYTHONPATH)
        cluster = Cluster(initialize_head=True, head_node_args=NODE)
        cluster.add_node(**{name: value for name, value in NODE.items() if name != "include_dashboard"})
        yield cluster.address
        cluster.shutdown()


def described(entries: Iterator[Entry]) -> list[tuple[object, ...]]:
    return sorted((entry.task, entry.name, entry.outputs, entry.counts) for entry in entries)


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def processes_of(root: Path, number: int) -> list[Path]:
    """The worker of a task that parses, and its child."""
    path = root / f"processes-{number}"
    wait_for(path.exists)
    return [Path("/proc") / each for each in path.read_text().split()]


@dataclass(frozen=True)
class Input:
    path: str


@dataclass(frozen=True)
class ToyOfInput(Toy):
    input: Input = Input("")


@pytest.fixture(scope="class")
def warm(address: str) -> Iterator[RayEngine]:
    with RayEngine(None, address) as engine:
        yield engine
    assert not ray.is_initialized()


class TestConnected:
    """What leaves the connection as it is shares one."""

    @pytest.mark.parametrize("does", ["write", "meet", "die_once"])
    def test_entries_and_files_are_those_of_local_workers(self, warm: RayEngine, tmp_path: Path, does: str):
        """Two tasks that meet are at work at once, and so on both nodes; one that dies once is done by another."""
        tasks = [Toy(n, does) for n in range(4)]
        found = {}
        for name, engine in (("ray", warm), ("local", LocalEngine(2))):
            (tmp_path / name).mkdir()
            entries = described(engine.run(tasks, tmp_path / name))
            drop_attempts(tmp_path / name)  # of killed workers, as whoever owns the folder does
            found[name] = entries, files(tmp_path / name)
        assert found["ray"] == found["local"]
        assert found["ray"][1]["tries-0"] == (b"xx" if does == "die_once" else b"x")

    def test_workers_that_always_die_are_given_up(self, warm: RayEngine, tmp_path: Path):
        [entry] = warm.run([Toy(0, "die")], tmp_path)
        assert entry.counts == {"why": "its worker died 3 times (on the Ray cluster)"}
        assert (tmp_path / "tries-0").read_text() == "xxxx"  # the last one is the substitute
        assert not (tmp_path / "documents/half").exists()

    def test_without_a_substitute_the_run_ends(self, warm: RayEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delattr(Toy, "given_up")
        with pytest.raises(EnvironmentFault, match=r"annotate toy-0 died 3 times .*enough memory"):
            list(warm.run([Toy(0, "die")], tmp_path))

    def test_errors_are_those_of_local_workers(self, warm: RayEngine, tmp_path: Path):
        with pytest.raises(TaskFailed, match=r"(?s)toy-0.*a mistake of ours.*toy_tasks.py") as failed:
            list(warm.run([Toy(0, "raise")], tmp_path))
        assert "ray" not in str(failed.value).replace("ray.py", "").split("Traceback")[0]
        with pytest.raises(EnvironmentFault, match="toy-1: No space left on device"):
            list(warm.run([Toy(1, "disk_full")], tmp_path))

    def test_progress_reaches_the_driver(self, warm: RayEngine, tmp_path: Path):
        seen: list[Progress] = []
        list(warm.run([Toy(0)], tmp_path, seen.append))
        assert seen[-1] == Progress("toy-0", read=1)

    def test_nodes_that_cannot_take_part_are_refused(
        self, warm: RayEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        with pytest.raises(Refused, match=r"Ray node .*does not see the input /nowhere; all nodes must"):
            list(warm.run([ToyOfInput(0, input=Input("/nowhere"))], tmp_path))
        assert "does not see the run folder" in ray_cluster._complaint(str(tmp_path / "session"), (), code_sha256())
        monkeypatch.setattr("corpusmill.pipeline.inputs.code_sha256", lambda: "another")
        with pytest.raises(Refused, match="is not the code of this command"):
            list(warm.run([Toy(0)], tmp_path))
        assert files(tmp_path) == {}

    def test_a_program_that_is_connected_stays_so(self, warm: RayEngine, address: str, tmp_path: Path):
        with RayEngine(2, address) as engine:
            entries = engine.run([Toy(0, "hang"), Toy(1)], tmp_path)
            assert next(entries).name == "toy-1"
            entries.close()
        assert ray.is_initialized()
        assert not list(tmp_path.glob(".attempt-*"))
        assert len(list(warm.run([Toy(2, "meet"), Toy(3, "meet")], tmp_path))) == 2  # both nodes are free again


def test_progress_of_running_tasks_goes_through_the_actor():
    latest = engine_module.Latest()
    latest.note(1, Progress("a", read=1))
    latest.note(1, Progress("a", read=2))
    latest.note(2, Progress("b"))
    assert latest.take() == {1: Progress("a", read=2), 2: Progress("b")}
    assert latest.take() == {}


def test_one_interrupt_finishes_what_is_in_hand(address: str, tmp_path: Path):
    said: list[str] = []
    recorded = []
    with pytest.raises(Interrupted, match="run the same command again"), RayEngine(1, address) as engine:
        for entry in engine.run([Toy(n) for n in range(4)], tmp_path, say=said.append):
            recorded.append(entry.name)
            if len(recorded) == 1:
                os.kill(os.getpid(), signal.SIGINT)
    assert said == ["stopping once the files in hand are done; interrupt again to stop at once"]
    assert len(recorded) < 4
    assert {f"documents/{name[-1]}" for name in recorded} == {n for n in files(tmp_path) if n.startswith("documents")}
    assert not list(tmp_path.glob(".attempt-*"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees processes through /proc")
def test_a_run_that_is_told_to_end_ends_its_workers_and_their_parsers(address: str, tmp_path: Path):
    with RayEngine(None, address) as engine:
        entries = engine.run([Toy(0, "parse"), Toy(1)], tmp_path)
        assert next(entries).name == "toy-1"
        alive = processes_of(tmp_path, 0)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Terminated, match="stopped at once"):
            list(entries)
        assert not list(tmp_path.glob(".attempt-*"))
        wait_for(lambda: not any(path.exists() for path in alive))
        assert [entry.name for entry in engine.run([Toy(3)], tmp_path)] == ["toy-3"]


DRIVER = """
import sys
from pathlib import Path
from corpusmill.pipeline.engines.ray import RayEngine
from corpusmill.store.folder import RunFolder
from tests.pipeline.toy_tasks import Toy

root = Path(sys.argv[1])
with RunFolder(root, {"of": "a test"}), RayEngine(None, sys.argv[2]) as engine:
    list(engine.run([Toy(0, "parse"), Toy(1, "parse")], root))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees processes through /proc")
def test_a_killed_driver_leaves_nobody_and_its_folder_to_the_next(address: str, tmp_path: Path):
    root = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(root), address], cwd=REPOSITORY) as driver:
        wait_for(root.exists)
        alive = [*processes_of(root, 0), *processes_of(root, 1)]
        driver.kill()
    with RunFolder(root, {"of": "a test"}), RayEngine(None, address) as engine:
        assert not list(root.glob(".attempt-*"))
        assert len(list(engine.run([Toy(0), Toy(1)], root))) == 2
    wait_for(lambda: not any(path.exists() for path in alive))
    assert {n: c for n, c in files(root).items() if n.startswith("documents")} == {
        "documents/0": b"0",
        "documents/1": b"1",
    }


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two archives; the last page of each is the same."""
    folder = tmp_path_factory.mktemp("crawl")
    same = b"<!doctype html><title>Twice</title><p>" + b" ".join(b"the same %d words" % n for n in range(60))
    for name, first in (("a", 0), ("b", 10)):
        pages = [*(response(first + n) for n in range(4)), response(first + 4, same)]
        (folder / f"{name}.warc.gz").write_bytes(b"".join(members(pages)))
    return folder


def test_a_whole_run_is_byte_equal_and_stdout_is_for_results(
    address: str,
    crawl: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(crawl.parent)
    monkeypatch.setenv("RAY_ADDRESS", address)
    monkeypatch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
    said = {}
    for engine in ("local", "ray"):
        out = str(tmp_path / engine)
        settings = ["--set", "language.threshold=0", "--engine", engine]
        assert main(["run", "keep-all", "--input", crawl.name, "--out", out, *settings]) == 0
        assert main(["dedupe", out, "--method", "exact", "--name", "d", "--engine", engine]) == 0
        said[engine] = capfd.readouterr().out.replace(out, "OUT")
    assert (tmp_path / "ray" / "manifest.json").read_bytes() == (tmp_path / "local" / "manifest.json").read_bytes()
    assert said["ray"] == said["local"]
    assert not ray.is_initialized()


def test_a_cluster_of_its_own_for_the_occasion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"RAY_AUTH_MODE": "disabled", "RAY_ADDRESS": "", "PYTHONPATH": PYTHONPATH}.items():
        monkeypatch.setenv(name, value)
    with RayEngine(1) as engine:
        assert [entry.name for entry in engine.run([Toy(0)], tmp_path)] == ["toy-0"]
    assert not ray.is_initialized()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"find_spec": lambda name: None}, "needs the package ray, which is not installed: pip install"),
        ({}, "cannot join the Ray cluster 127.0.0.1:1: "),
    ],
    ids=["no package", "no cluster"],
)
def test_without_ray(
    crawl: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    says: str,
):
    for name, value in changes.items():
        monkeypatch.setattr(ray_cluster.importlib.util, name, value)
    where = ["--engine", "ray", "--ray-address", "127.0.0.1:1"]
    assert main(["run", "keep-all", "--input", str(crawl), "--out", str(tmp_path / "run"), *where]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
