"""Training of classifiers against fastText on one thread: CPU time a token, and quality on texts kept apart.

usage: fasttext_training.py PEER_PYTHON POSITIVE.txt NEGATIVE.txt [ROUNDS]

PEER_PYTHON has fastText 0.9.2 (for NumPy 2: `pip install fasttext-numpy2-wheel`); the files hold a document a line.
Both read the same lines in the same order; the time is from the file to the trained model in memory, the best of
ROUNDS (3), compilation not counted. Prints Markdown.

fastText begins one thread's work with a tenth of its weights, the rest being what the memory held; where that was not
a number, it gives up and is started again. Labels can therefore agree nearly, not wholly.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.models.fasttext.classifier import CRAWL_LABEL, area_under_curve, load_classifier, score
from corpusmill.models.fasttext.corpus import Corpus, keys_of, scrambled
from corpusmill.models.fasttext.parameters import PRESETS, ClassifierParameters
from corpusmill.models.fasttext.train import Learned, learn
from corpusmill.models.fasttext.write import write_fasttext
from corpusmill.read.texts import batches_of

LABELS = ("__label__target", CRAWL_LABEL)
TRIES = 20
PEER = """
import json, sys, time, fasttext
train, test, parameters = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
started = time.process_time()
model = fasttext.train_supervised(train, thread=1, verbose=0, **parameters)
seconds = time.process_time() - started
scores = []
for line in open(test, encoding="utf-8", newline="\\n"):
    (label,), (probability,) = model.predict(line.rstrip("\\n").split(" ", 1)[1])
    scores.append(float(probability) if label == "__label__target" else 1 - float(probability))
print(json.dumps({"seconds": seconds, "scores": scores}))
"""


def main() -> None:
    peer, positive, negative = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    training, apart = split([Path(positive), Path(negative)])
    truth = np.array([label == LABELS[0] for label, _ in apart])
    print(f"{len(training):,} documents to train on, {len(apart):,} kept apart.\n")
    print(
        "| preset | million tokens read | ours, ns a token | fastText | ratio | AUC ours | AUC fastText | same label |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_lines(folder / "train.txt", training)
        write_lines(folder / "test.txt", apart)
        for name, parameters in PRESETS.items():
            timed(folder / "test.txt", parameters)  # compiles
            learned, seconds = min((timed(folder / "train.txt", parameters) for _ in range(rounds)), key=lambda x: x[1])
            write_fasttext(folder / "model.bin", learned.model, parameters)
            ours, _ = score(load_classifier(folder / "model.bin"), pa.array([t for _, t in apart], pa.large_string()))
            found = [of_peer(peer, folder, parameters) for _ in range(rounds)]
            theirs, peer_seconds = np.array(found[0]["scores"]), min(f["seconds"] for f in found)
            tokens = learned.model.tokens * parameters.epoch
            print(
                f"| {name} | {tokens / 1e6:.1f} | {seconds / tokens * 1e9:.0f} | {peer_seconds / tokens * 1e9:.0f} | "
                f"{seconds / peer_seconds:.2f} | {area_under_curve(ours, truth):.5f} | "
                f"{area_under_curve(theirs, truth):.5f} | {((ours > 0.5) == (theirs > 0.5)).mean():.2%} |"
            )


def split(paths: list[Path]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Labelled lines in an order that their hashes give, nine tenths and one tenth; a line counts once."""
    found = {}
    for label, path in zip(LABELS, paths, strict=True):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip() and "__label__" not in line and "</s>" not in line:
                found.setdefault(" ".join(line.split()), label)
    texts = pa.array(list(found), pa.large_string())
    rows = [(found[texts[i].as_py()], texts[i].as_py()) for i in np.argsort(scrambled(keys_of(texts), 7))]
    return rows[len(rows) // 10 :], rows[: len(rows) // 10]


def write_lines(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_text("".join(f"{label} {text}\n" for label, text in rows), encoding="utf-8", newline="\n")


def timed(path: Path, parameters: ClassifierParameters) -> tuple[Learned, float]:
    started = time.process_time()
    texts: tuple[list[str], list[str]] = ([], [])
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            label, text = line.rstrip("\n").split(" ", 1)
            texts[LABELS.index(label)].append(text)
    corpus = Corpus()
    for number, lines in enumerate(texts):
        for batch in batches_of(lines):
            corpus.add(batch, keys_of(batch), number)
    learned = learn(corpus, LABELS, parameters)
    return learned, time.process_time() - started


def of_peer(peer: str, folder: Path, parameters: ClassifierParameters) -> dict:
    given = {
        "epoch": parameters.epoch,
        "dim": parameters.dim,
        "lr": parameters.lr,
        "wordNgrams": parameters.word_ngrams,
    }
    command = [peer, "-c", PEER, str(folder / "train.txt"), str(folder / "test.txt"), json.dumps(given)]
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return json.loads(done.stdout)
        if "NaN" not in done.stderr:
            sys.exit(done.stderr)
    sys.exit(f"fastText gave up {TRIES} times")


if __name__ == "__main__":
    main()
