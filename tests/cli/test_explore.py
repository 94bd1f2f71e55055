"""`corpusmill explore` as a process: says its address, answers, and ends by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request


def test_it_answers_until_it_is_interrupted(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "empty", "outputs": {}}))
    command = [sys.executable, "-m", "corpusmill.cli.main", "explore", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        address = process.stdout.readline().strip()
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.status == 200 and b"corpusmill report" in answer.read()
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
    assert address.startswith("http://127.0.0.1:")
    assert process.returncode == 0, said


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    command = [sys.executable, "-m", "corpusmill.cli.main", "explore", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "not a run folder" in done.stderr
