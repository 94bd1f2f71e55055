"""Planning of the tokens of a run's selection, in a folder of their own."""

from __future__ import annotations

from pathlib import Path

from corpusmill.errors import RunRefused, nearest
from corpusmill.pipeline.encoding import Encoding
from corpusmill.pipeline.tokenize_input import published_stem
from corpusmill.pipeline.tokenizing import TokenPlan, described, with_threads
from corpusmill.pipeline.tokens import ALL, Tokenize, text_paths
from corpusmill.store import layout, manifest
from corpusmill.tokenize.folder import TokenizerFacts


def plan_selection(
    run: Path, selection: str, encoding: Encoding, facts: TokenizerFacts, names: str | None = None
) -> TokenPlan:
    """What a selection of a finished run keeps, or `all` documents; a shard a key, named by it.

    With `names`, as "c4-train", shards are called as published ones are: `train/c4-train.00000-of-00008`.
    """
    contents = manifest.read_run(run)
    if selection != ALL and selection not in contents["selections"]:
        hint = nearest(selection, [*contents["selections"], ALL])
        raise RunRefused(f"{run} has no selection {selection!r}.{hint}  (make one with: corpusmill select)")
    hashes = contents["outputs"]
    cut = contents["selections"].get(selection, {}).get("cut")
    keys = sorted(key for path in hashes if (key := layout.key_of_documents(path)) is not None)
    if selection != ALL:
        keys = [key for key in keys if layout.selection(selection, key) in hashes]
    encoding = with_threads(encoding, len(keys))
    tasks = []
    for number, key in enumerate(keys):
        texts = tuple(hashes[path] for path in text_paths(selection, key, cut))
        stem = key.path if names is None else published_stem(names, number, len(keys))
        tasks.append(Tokenize(key, selection, encoding, texts, str(run.resolve()), stem, cut))
    what = {"recipe": {"name": "tokenize", "selection": selection, "names": names}, "texts": hashes}
    return TokenPlan(tasks, what | described(facts))
