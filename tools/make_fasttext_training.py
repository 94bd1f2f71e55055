"""Write tests/data/fasttext_training.json: a toy text, and the weights that fastText 0.9.2 learns from it.

usage: make_fasttext_training.py PEER_PYTHON   (a Python with fastText 0.9.2: `pip install fasttext-numpy2-wheel`)

One thread, the first weights given as vectors of all words: all that is left to chance in fastText is taken away.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).parent.parent / "tests" / "data" / "fasttext_training.json"
WORDS = ["river", "sea", "calm", "Flüsse", "猫", "buy", "cheap", "shoes", "now", "the", "a", "b", "c", "d", "e", "f"]
PARAMETERS = {"dim": 6, "epoch": 4, "lr": 0.7}
PEER = """
import json, sys, fasttext
given = json.load(open("given.json"))
model = fasttext.train_supervised("train.txt", thread=1, verbose=0, pretrainedVectors="words.vec", **given)
print(json.dumps({
    "words": model.words, "labels": model.labels,
    "input": model.get_input_matrix().tolist(), "output": model.get_output_matrix().tolist(),
}))
"""


def main() -> None:
    chance = random.Random(92)
    lines = []
    for number in range(60):
        target = chance.random() < 0.4
        words = chance.choices(WORDS[:10] if target else WORDS[4:], k=chance.randrange(1, 12))
        if number % 3 == 0:
            words.insert(chance.randrange(len(words) + 1), f"rare{number}")
        lines.append((int(not target), " ".join(words)))
    every = sorted({word for _, line in lines for word in line.split()} | {"</s>"})
    first = {word: [chance.randrange(-1024, 1024) / 4096 for _ in range(PARAMETERS["dim"])] for word in every}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        labels = ("__label__target", "__label__cc")
        (scratch / "train.txt").write_text("".join(f"{labels[label]} {line}\n" for label, line in lines), "utf-8")
        vectors = "".join(f"{word} {' '.join(map(repr, numbers))}\n" for word, numbers in first.items())
        (scratch / "words.vec").write_text(f"{len(first)} {PARAMETERS['dim']}\n{vectors}", "utf-8")
        (scratch / "given.json").write_text(json.dumps(PARAMETERS))
        done = subprocess.run([sys.argv[1], "-c", PEER], cwd=scratch, capture_output=True, text=True, check=True)
    learned = json.loads(done.stdout)
    rows = dict(zip(learned["words"], learned.pop("input"), strict=True))
    content = {
        "parameters": PARAMETERS,
        "lines": lines,
        "first": first,
        "labels": learned["labels"],
        "input": rows,
        "output": learned["output"],
    }
    OUT.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
