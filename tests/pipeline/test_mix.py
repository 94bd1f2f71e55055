"""Mixes end to end: proportions, epochs, stages, labels of runs, the same bytes whatever the way."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.errors import InputRefused, RecipeError, Refused, RunRefused
from corpusmill.mix.keys import identities, keyed, salt, uniform
from corpusmill.mix.parameters import BalanceParameters
from corpusmill.pipeline.mix.inputs import MixPart, MixSource
from corpusmill.pipeline.mix.labels import Labels, _of_metadata
from corpusmill.pipeline.mix.measure import MeasureDocuments
from corpusmill.pipeline.mix.recipe import load_mix
from corpusmill.pipeline.mix.verb import Memory, prepare
from corpusmill.pipeline.runner import Runner
from corpusmill.store.check import check
from corpusmill.tokenize.folder import TokenFolder
from tests.faults.running import REPOSITORY, InProcessEngine
from tests.mix.toy import (
    copies_by_document,
    document_id,
    documents,
    read_mixed,
    shard_bytes,
    token_of,
    write_folder,
)
from tests.mix.toy import mix as toy_mix
from tests.mix.toy import source as toy_source

pytestmark = pytest.mark.usefixtures("tasks_here")

HEAD = 'name = "toy"\n'


def sources(tmp_path, **counts):
    """A folder of documents of 10 tokens for each name, in two shards."""
    for number, (name, count) in enumerate(counts.items()):
        rows = documents(count, language=["en", "de", "fr", "it"][number])
        write_folder(tmp_path / name, {"b-2": rows[: count // 2], "b-10": rows[count // 2 :]})


def toml(tmp_path, text, name="mix.toml"):
    path = tmp_path / name
    path.write_text(HEAD + text)
    return path


def one(name, *lines):
    return "\n".join(["", "[[source]]", f'name = "{name}"', f'tokens = "{name}"', *lines, ""])


def by_source(rows):
    found = Counter()
    for row in rows:
        found[row["source"]] += row["tokens"]
    return found


def test_weights_give_epochs_by_how_much_there_is(tmp_path):
    sources(tmp_path, web=100, books=10)
    path = toml(tmp_path, "tokens = 800\n" + one("web", "weight = 0.75") + one("books", "weight = 0.25"))
    mixed = corpusmill.mix_tokens(path, tmp_path / "out", workers=1)
    web, books = mixed.table.to_pylist()
    assert (web["tokens"], web["tokens_drawn"], web["epochs"]) == (1000, 600, 0.6)
    assert (books["tokens"], books["tokens_drawn"], books["epochs"], books["repetition"]) == (100, 200, 2.0, 2.0)
    rows = read_mixed(tmp_path / "out")
    assert by_source(rows) == {"web": 600, "books": 200}
    copies = copies_by_document(rows)
    assert {copies[document_id(n)] for n in range(100)} == {0, 1}
    assert {copies[document_id(n, "de")] for n in range(10)} == {2}
    assert {(r["epoch"], r["copy"]) for r in rows if r["source"] == "books"} == {(0, 0), (1, 0)}
    assert check(tmp_path / "out") == []


def test_the_last_part_of_an_epoch_is_chosen_by_hash_and_grows_with_the_budget(tmp_path):
    sources(tmp_path, web=60)
    drawn = {}
    for tokens in (155, 160, 300, 600, 645, 1200):
        path = toml(tmp_path, f"tokens = {tokens}\nseed = 7\n" + one("web"))
        corpusmill.mix_tokens(path, tmp_path / "out", fresh=True, workers=1)
        drawn[tokens] = Counter((r["doc_id"], r["epoch"]) for r in read_mixed(tmp_path / "out"))
        assert sum(drawn[tokens].values()) == tokens // 10
    amounts = list(drawn.values())
    assert all(less <= more for less, more in itertools.pairwise(amounts)), "nested"
    ids = [document_id(n) for n in range(60)]
    keys = keyed(identities(pa.array(ids)), salt("draw", 7, 0, 0)).tolist()
    assert {name for name, _ in drawn[300]} == {name for _, name in sorted(zip(keys, ids, strict=True))[:30]}


def test_a_source_that_reaches_max_epochs_leaves_the_rest_to_the_others(tmp_path):
    sources(tmp_path, web=100, books=10)
    text = "tokens = 1000\n" + one("web", "weight = 1") + one("books", "weight = 1", "max_epochs = 1.5")
    mixed = corpusmill.mix_tokens(toml(tmp_path, text), workers=1)
    assert mixed.root is None
    assert not (tmp_path / "out").exists()
    assert mixed.table["tokens_drawn"].to_pylist() == [850, 150]
    assert mixed.table["weight_asked"].to_pylist() == [0.5, 0.5]
    assert mixed.table["weight_reached"].to_pylist() == [0.85, 0.15]
    assert mixed.warnings == [
        "books: max_epochs is reached in stage main; it gives 15.0% of the tokens, not 50.0%, and the rest went to the "
        "other sources"
    ]


def test_stages_go_on_where_the_last_one_stopped(tmp_path):
    sources(tmp_path, web=100, code=20)
    text = (
        "tokens = 1000\nshard_tokens = 300\n"
        + one("web", "weight = 0.9")
        + one("code", "weight = 0.1")
        + '[[stage]]\nname = "main"\nshare = 0.8\n'
        + '[[stage]]\nname = "anneal"\nshare = 0.2\nweights = { code = 0.75, web = 0.25 }\n'
    )
    mixed = corpusmill.mix_tokens(toml(tmp_path, text), tmp_path / "out", workers=1)
    rows = read_mixed(tmp_path / "out")
    stages = [row["shard"].split("/")[2] for row in rows]
    assert stages == sorted(stages)
    assert [stage["shards"] for stage in mixed.described["stages"]] == [3, 1]
    main, anneal = (
        by_source(r for r in [*rows] if r["shard"].split("/")[2] == name) for name in ("00-main", "01-anneal")
    )
    assert (main, anneal) == ({"web": 720, "code": 80}, {"web": 50, "code": 150})
    assert set(copies_by_document([r for r in rows if r["source"] == "web"]).values()) == {1}, "77 of 100, none twice"
    code = copies_by_document([r for r in rows if r["source"] == "code"])
    assert sorted(code.values()) == [1] * 17 + [2] * 3
    assert mixed.table["epochs"].to_pylist() == [0.77, 1.15]
    assert TokenFolder.open(tmp_path / "out/tokens/toy/01-anneal").tokens == 200


def test_stages_with_tokens_of_their_own(tmp_path):
    sources(tmp_path, web=50)
    text = one("web", "max_epochs = 3") + "".join(f'[[stage]]\nname = "s{n}"\ntokens = {n}\n' for n in (200, 400, 900))
    mixed = corpusmill.mix_tokens(toml(tmp_path, text), workers=1)
    assert [stage["tokens"] for stage in mixed.described["stages"]] == [200, 400, 900]
    with pytest.raises(Refused, match="stage s900 asks for 901 tokens, and max_epochs of its sources leave 900"):
        corpusmill.mix_tokens(toml(tmp_path, text.replace("tokens = 900", "tokens = 901")), workers=1)


def test_epochs_without_weights_take_every_document_so_often(tmp_path):
    sources(tmp_path, web=30, books=7)
    mixed = corpusmill.mix_tokens(
        toml(tmp_path, "epochs = 2.0" + one("web") + one("books")), tmp_path / "out", workers=1
    )
    assert set(copies_by_document(read_mixed(tmp_path / "out")).values()) == {2}
    assert mixed.table["epochs"].to_pylist() == [2.0, 2.0]
    level = corpusmill.mix_tokens(
        toml(tmp_path, "tokens = 140\ntemperature = inf\n" + one("web") + one("books")), workers=1
    )
    assert level.table["tokens_drawn"].to_pylist() == [70, 70]


def test_languages_by_temperature(tmp_path):
    rows = [*documents(160, language="en"), *documents(10, language="de"), *documents(40, language="fr")]
    write_folder(tmp_path / "web", {"x": rows})
    path = toml(tmp_path, "tokens = 700\n" + one("web", 'by = "language"', "temperature = 2.0"))
    (row,) = corpusmill.mix_tokens(path, workers=1).described["sources"]
    # √1600 : √100 : √400 = 4 : 1 : 2
    assert [(g["group"], g["tokens_drawn"]) for g in row["groups"]] == [("de", 100), ("en", 400), ("fr", 200)]
    limited = toml(tmp_path, "tokens = 700\n" + one("web", 'by = "language"', "temperature = 2.0", "max_epochs = 0.5"))
    (row,) = corpusmill.mix_tokens(limited, workers=1, settings=["tokens=560"]).described["sources"]
    assert [(g["group"], g["tokens_drawn"]) for g in row["groups"]] == [("de", 50), ("en", 340), ("fr", 170)]


def test_conditions_on_what_ids_say(tmp_path):
    rows = [*documents(5), *documents(3, language="de"), ("2024-22/0000/de_head.json.gz/4", 0, 10)]
    write_folder(tmp_path / "web", {"x": rows})
    path = toml(tmp_path, "epochs = 1.0\n" + one("web", 'language = ["de"]', 'bucket = ["all"]'))
    corpusmill.mix_tokens(path, tmp_path / "out", workers=1)
    assert sorted(copies_by_document(read_mixed(tmp_path / "out"))) == [document_id(n, "de") for n in range(3)]


@pytest.fixture
def varied(tmp_path):
    """Three sources of many shards, with pieces, documents of no tokens, one of many, and several stages."""
    for number, name in enumerate(("a", "b", "c")):
        rows = [(document_id(n, ["en", "de", "fr"][number]), n % 2, (n * 7 + number) % 40) for n in range(150)]
        rows[70] = (rows[70][0], 0, 500)
        write_folder(tmp_path / name, {f"s{i}": rows[30 * i : 30 * (i + 1)] for i in range(5)})
    text = (
        "tokens = 20_000\nshard_tokens = 4_000\n"
        + "".join(one(name, f"weight = {weight}") for name, weight in (("a", 0.5), ("b", 0.3), ("c", 0.2)))
        + '[[stage]]\nname = "x"\nshare = 0.7\n[[stage]]\nname = "y"\nshare = 0.3\n'
    )
    return toml(tmp_path, text)


def mixed_with(path, out, memory_bytes, workers=1):
    mixing = dataclasses.replace(prepare(path, (), Memory()), memory=Memory(memory_bytes, workers))
    Runner(InProcessEngine(workers), quiet=True).mix(mixing, out)
    return shard_bytes(out)


def test_any_memory_gives_the_same_bytes(varied, tmp_path):
    whole = mixed_with(varied, tmp_path / "whole", 1 << 30)
    assert len(whole) == 3 * (4 + 2)
    rows = read_mixed(tmp_path / "whole")
    assert 20_000 - 3 * 500 < sum(row["tokens"] for row in rows) <= 20_000
    for memory_bytes in (200_000, 20_000, 1_000):
        assert mixed_with(varied, tmp_path / str(memory_bytes), memory_bytes) == whole
        assert not (tmp_path / str(memory_bytes) / "work").exists()
    manifests = {(tmp_path / name / "manifest.json").read_bytes() for name in ("whole", "1000", "20000")}
    assert len(manifests) == 1


def test_the_order_of_sources_and_shards_changes_nothing(varied, tmp_path):
    whole = mixed_with(varied, tmp_path / "whole", 1 << 30)
    head, *blocks = varied.read_text().split("[[source]]")
    last, stages = blocks[-1].split("[[stage]]", 1)
    other = tmp_path / "other.toml"
    other.write_text("[[source]]".join([head, last, blocks[1], blocks[0] + "[[stage]]" + stages]))
    assert mixed_with(other, tmp_path / "other", 1 << 30) == whole
    # documents of one source cut into other shards, in another order
    rows = [(document_id(n), n % 2, n * 7 % 40) for n in range(150)]
    rows[70] = (rows[70][0], 0, 500)
    shutil.rmtree(tmp_path / "a")
    write_folder(tmp_path / "a", {"z": rows[100:], "y": rows[:1], "k": rows[99:0:-1]})
    assert mixed_with(varied, tmp_path / "resharded", 30_000) == whole


def test_other_seeds_draw_and_shuffle_otherwise(varied, tmp_path):
    for seed in (0, 1):
        corpusmill.mix_tokens(varied, tmp_path / str(seed), settings=[f"seed={seed}"], workers=1)
    first, second = ([(r["doc_id"], r["epoch"]) for r in read_mixed(tmp_path / name)] for name in "01")
    assert first != second
    assert set(first) != set(second)


def test_the_shuffle_is_over_all_sources_and_shards(varied, tmp_path):
    corpusmill.mix_tokens(varied, tmp_path / "out", workers=1)
    rows = [row for row in read_mixed(tmp_path / "out") if row["shard"].split("/")[2] == "00-x"]
    salts = [salt("shuffle", 0, 0, row["source"], row["epoch"], row["copy"]) for row in rows]
    hashes = identities(pa.array([row["doc_id"] for row in rows]), np.array([row["piece"] for row in rows]))
    keys = [int(keyed(hashes[i : i + 1], each)[0]) for i, each in enumerate(salts)]
    assert keys == sorted(keys)


def test_one_document_and_documents_of_no_tokens(tmp_path):
    write_folder(tmp_path / "one", {"x": [(document_id(0), 0, 3)]})
    corpusmill.mix_tokens(toml(tmp_path, "tokens = 8\nshard_tokens = 1\n" + one("one")), tmp_path / "out", workers=1)
    assert [row["epoch"] for row in read_mixed(tmp_path / "out")] == [0, 1]
    assert len(TokenFolder.open(tmp_path / "out").shards) == 6
    write_folder(tmp_path / "gaps", {"x": [(document_id(n), 0, 5 * (n % 2)) for n in range(8)], "y": []})
    corpusmill.mix_tokens(toml(tmp_path, "epochs = 1.0\n" + one("gaps")), tmp_path / "gaps-out", workers=1)
    assert len(read_mixed(tmp_path / "gaps-out")) == 8


def test_a_folder_without_ids_is_mixed_and_says_where_its_documents_stood(tmp_path):
    write_folder(tmp_path / "c4", {"c4.0": [("", 0, 3), ("", 0, 4)], "c4.1": [("", 0, 5)]}, ids=False, dtype="int16")
    corpusmill.mix_tokens(toml(tmp_path, "epochs = 1.0\n" + one("c4")), tmp_path / "out", workers=1)
    (shard,) = TokenFolder.open(tmp_path / "out").shards
    rows = pq.read_table(shard.ids).to_pylist()
    lengths = {row["doc_id"]: int(length) for row, length in zip(rows, shard.open().lengths, strict=True)}
    assert lengths == {"c4.0/0": 3, "c4.0/1": 4, "c4.1/0": 5}
    assert {row["text_bytes"] for row in rows} == {None}
    assert str(shard.open().data.dtype) == "int16"


def test_a_mix_can_be_mixed_again_with_its_copies_told_apart(tmp_path):
    sources(tmp_path, web=20)
    corpusmill.mix_tokens(toml(tmp_path, "epochs = 3.0\n" + one("web")), tmp_path / "first", workers=1)
    corpusmill.mix_tokens(toml(tmp_path, "tokens = 300\n" + one("first")), tmp_path / "second", workers=1)
    rows = read_mixed(tmp_path / "second")
    assert len(rows) == 30
    assert len(copies_by_document(rows)) > 10, "half of 60 copies: hashes of copies are unlike"


def test_upsampling_and_balancing_by_columns_of_a_run(demo_run, tmp_path):
    corpusmill.find_duplicates(
        copy := Path(shutil.copytree(demo_run, tmp_path / "run")), "minhash", name="near", workers=1
    )
    clusters = corpusmill.open(copy).clusters("near").to_table().to_pylist()
    sizes = Counter(row["cluster"] for row in clusters)
    size_of = {row["doc_id"]: sizes[row["cluster"]] for row in clusters}
    folder = next((copy / "tokens" / "demo").iterdir())
    source = f'\n[[source]]\nname = "web"\ntokens = "{folder}"\nrun = "{copy}"\n'
    text = "epochs = 1.0\n" + source + '[upsample]\nduplicates = "near"\ntable = { 1 = 1, 2 = 2, 3 = 4 }\n'
    mixed = corpusmill.mix_tokens(toml(tmp_path, text), tmp_path / "up", workers=1)
    found = Counter(row["doc_id"] for row in _ids(tmp_path / "up"))
    assert set(found.values()) == {1, 2, 4}
    assert all(count == {1: 1, 2: 2}.get(size_of.get(name, 1), 4) for name, count in found.items())
    (row,) = mixed.described["sources"]
    assert row["most_copies"] == 4
    assert row["repetition"] == row["tokens_drawn"] / row["tokens"] > row["epochs"] == 1.0

    table = corpusmill.open(copy).documents.to_table(columns=["doc_id", "source_domain"]).to_pylist()
    host_of = {row["doc_id"]: row["source_domain"] for row in table}
    tokens = {
        row["doc_id"] for shard in TokenFolder.open(folder).shards for row in pq.read_table(shard.ids).to_pylist()
    }
    counts = Counter(host_of[name] for name in tokens)
    text = "epochs = 1.0\n" + source + '[balance]\nlabel = "source_domain"\nthreshold = 5\n'
    mixed = corpusmill.mix_tokens(toml(tmp_path, text), tmp_path / "flat", workers=1)
    names = sorted(tokens)
    lots = uniform(keyed(identities(pa.array(names)), salt("copies", 0)))
    kept = {name for name, lot in zip(names, lots, strict=True) if lot < min(1, 5 / counts[host_of[name]])}
    rare = {name for name in tokens if counts[host_of[name]] <= 5}
    assert {row["doc_id"] for row in _ids(tmp_path / "flat")} == kept > rare
    assert mixed.described["balance"][0]["labels"] == len(counts)


def _ids(folder):
    return [row for shard in TokenFolder.open(folder).shards for row in pq.read_table(shard.ids).to_pylist()]


def test_domains_rules_and_groups_of_thresholds_over_a_run(demo_run, tmp_path):
    folder = next((demo_run / "tokens" / "demo").iterdir())
    rows = corpusmill.open(demo_run).documents.to_table(columns=["doc_id", "source_domain", "length"]).to_pylist()
    hosts = Counter(row["source_domain"] for row in rows)
    host = hosts.most_common(1)[0][0]
    source = f'\n[[source]]\nname = "web"\ntokens = "{folder}"\nrun = "{demo_run}"\n'
    where = f'domain = ["{host.removeprefix("www.")}"]\n[[source.where]]\nvalue = "length / 2"\nmin = 500\n'
    corpusmill.mix_tokens(toml(tmp_path, "epochs = 1.0\n" + source + where), tmp_path / "some", workers=1)
    wanted = {
        row["doc_id"] for row in rows if row["length"] >= 1000 and f".{row['source_domain']}".endswith(f".{host}")
    }
    known = {row["doc_id"] for s in TokenFolder.open(folder).shards for row in pq.read_table(s.ids).to_pylist()}
    assert {row["doc_id"] for row in _ids(tmp_path / "some")} >= wanted & known > set()

    balance = '[balance]\nlabel = "domain"\nby = "language"\nreference = "en"\nthreshold = 20\n'
    mixed = corpusmill.mix_tokens(toml(tmp_path, "epochs = 1.0\n" + source + balance), workers=1)
    groups = {row["group"]: row for row in mixed.described["balance"]}
    assert groups["en"]["threshold"] == 20
    assert set(groups) == {row["doc_id"].split("/")[2].split("_")[0] for row in rows if row["doc_id"] in known}
    with pytest.raises(Refused, match=r"balance\.reference 'xx': no document is in that group"):
        corpusmill.mix_tokens(toml(tmp_path, "epochs = 1.0\n" + source + balance.replace('"en"', '"xx"')), workers=1)


def test_several_labels_from_a_list_are_counted_once_a_document():
    toy = toy_mix(toy_source("web"), epochs=1.0, balance=BalanceParameters("topics", tail_share=0.5, by="language"))
    source = MixSource(toy.source[0], 0, (), Labels("web", None, (), None, ""))
    columns = {
        "topics": pa.array([["a", "b", "a"], [], None, ["b", None], ["a"]]),
        "language": pa.array(["en", "en", "de", "de", None]),
    }
    found = MeasureDocuments(toy, source, MixPart("web", 0, ()))._labels(columns, np.array([0, 1, 2, 3, 4]))
    rows = zip(found.rows.tolist(), found.groups.to_pylist(), found.names.to_pylist(), strict=True)
    assert sorted(rows) == [(0, "en", "a"), (0, "en", "b"), (3, "de", "b"), (4, "", "a")]
    assert len(set(found.hashes.tolist())) == 4, "the same label of another group is another"


def test_fields_of_metadata():
    assert _of_metadata('{"topics": ["a", "b"], "n": 3, "o": {}}', "topics") == ["a", "b"]
    assert [_of_metadata(text, "n") for text in ('{"n": 3}', '{"n": {}}', None, "{}")] == [3, None, None, None]


MISTAKES = [
    ("weight = 0", "weight 0; wanted a number above 0"),
    ("weight = -1", "weight -1; wanted a number above 0"),
    ("weight = nan", "weight = nan is no number"),
    ("weight = inf", "weight inf; wanted"),
    ("max_epochs = 0", "max_epochs 0; wanted"),
    ("max_epochs = nan", "max_epochs = nan is no number"),
    ("temperature = 0.0", "temperature 0; wanted"),
    ('by = "language"\ntemperature = nan', "temperature = nan is no number"),
    ("temperature = 2.0", "temperature over what"),
    ('langage = ["de"]', 'source.0.langage is unknown. Did you mean "language"?'),
    ('weight = "much"', "wanted a number"),
    ('by = "source_domain"', 'source_domain is known to a run only; wanted run = "FOLDER"'),
    ("[[source.where]]\nvalue = 'length'", "has no threshold"),
    ("[[stage]]\nname = 'a'\nshare = 0.5", "the shares of the stages are 0.5 together; wanted 1"),
    ("[[stage]]\nname = 'a'\nshare = 1.0\nweights = {wbe = 1.0}", 'there is no source "wbe". Did you mean "web"?'),
    ("[[stage]]\nname = 'a'\nshare = 1.0\nweights = {web = nan}", "weights.web = nan is no number"),
    ("[[stage]]\nname = 'a'\nshare = 1.0\nweights = {web = 0.0}", "all weights are 0"),
    ("[[stage]]\nname = 'a'\nshare = 0.5\n[[stage]]\nname = 'a'\nshare = 0.5", 'two of [[stage]] are called "a"'),
    ("[[stage]]\nname = 'a'\ntokens = 5", "wanted no tokens and no epochs beside them"),
    ("[balance]\nlabel = 'language'", "wanted either threshold or tail_share"),
    ("[balance]\nlabel = 'language'\ntail_share = nan", "tail_share = nan is no number"),
    ("[balance]\nlabel = 'language'\nthreshold = 3\nby = 'bucket'", "wanted reference"),
    ("[upsample]\nform = 'log'", "wanted either duplicates or column"),
    ("[upsample]\ncolumn = 'length'\nform = 'logarithm'", 'Did you mean "log"?'),
    ("[upsample]\ncolumn = 'length'\ntable = {many = 2.0}", "'many' is no size of a cluster"),
    ("[upsample]\ncolumn = 'length'\ntable = {2 = nan}", "= nan is no number"),
    ("[upsample]\ncolumn = 'length'\nform = 'power'", 'wanted run = "FOLDER"'),
]


@pytest.mark.parametrize(("lines", "said"), MISTAKES)
def test_mistakes_are_named(tmp_path, lines, said):
    sources(tmp_path, web=4)
    with pytest.raises(RecipeError) as refused:
        corpusmill.mix_tokens(toml(tmp_path, "tokens = 20" + one("web", lines)), tmp_path / "out", workers=1)
    assert said in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_all_mistakes_come_at_once(tmp_path):
    text = "tokens = 0\nepochs = 2.0\nseed = -1\n" + one("web", "weight = 0") + one("web") + one("BIG", "x = 1")
    with pytest.raises(RecipeError) as refused:
        corpusmill.mix_tokens(toml(tmp_path, text), workers=1)
    assert len(refused.value.mistakes) == 6


@pytest.mark.parametrize(
    ("rows", "lines", "said"),
    [
        ([], (), "has no documents"),
        ([(document_id(0), 0, 0)], (), "its documents have no tokens"),
        ([(document_id(0), 0, 5)], ('language = ["de"]',), "its conditions leave no document"),
        ([("http://a.org/7", 0, 5)], ('language = ["de"]',), "is no document of a run"),
    ],
)
def test_empty_sources_are_refused(tmp_path, rows, lines, said):
    write_folder(tmp_path / "web", {"x": rows})
    with pytest.raises(Refused, match=said):
        corpusmill.mix_tokens(toml(tmp_path, "tokens = 5" + one("web", *lines)), workers=1)


def test_labels_of_a_folder_without_ids_and_ids_of_other_documents_are_refused(tmp_path, demo_run):
    write_folder(tmp_path / "web", {"x": documents(3)}, ids=False)
    path = toml(tmp_path, "tokens = 5" + one("web", 'language = ["en"]'))
    with pytest.raises(InputRefused, match=r"x\.data\.npy has no \.ids\.parquet"):
        corpusmill.mix_tokens(path, workers=1)
    write_folder(tmp_path / "web", {"x": documents(3)})
    write_folder(tmp_path / "other", {"x": documents(4)})
    shutil.copy(tmp_path / "other/x.ids.parquet", tmp_path / "web/x.ids.parquet")
    with pytest.raises(InputRefused, match="lists 4 documents"):
        corpusmill.mix_tokens(path, workers=1)
    write_folder(tmp_path / "web", {"x": [("2024-22/0000/en_all.json.gz/999999", 0, 5)]})
    path = toml(tmp_path, "tokens = 5" + one("web", f'run = "{demo_run}"', 'domain = ["a.org"]'))
    with pytest.raises(InputRefused, match=r"has no document '2024-22/0000/en_all\.json\.gz/999999'"):
        corpusmill.mix_tokens(path, workers=1)
    path = toml(tmp_path, "tokens = 5" + one("web", f'run = "{demo_run}"', 'by = "source_domian"'))
    with pytest.raises(RecipeError, match='Did you mean "source_domain"'):
        corpusmill.mix_tokens(path, workers=1)


def test_folders_of_other_types_and_runs_that_are_none_are_refused(tmp_path):
    write_folder(tmp_path / "a", {"x": documents(2)})
    write_folder(tmp_path / "b", {"x": documents(2)}, dtype="uint32")
    with pytest.raises(InputRefused, match=r"ids of uint32, but .* has uint16"):
        corpusmill.mix_tokens(toml(tmp_path, "tokens = 5" + one("a") + one("b")), workers=1)
    with pytest.raises(RunRefused, match="is not a run folder"):
        corpusmill.mix_tokens(toml(tmp_path, "tokens = 5" + one("a", 'run = "b"', 'by = "length"')), workers=1)
    with pytest.raises(RecipeError, match="cannot be read"):
        corpusmill.mix_tokens(tmp_path / "absent.toml", workers=1)


def test_another_mix_in_the_same_folder_is_refused_and_the_same_one_has_nothing_to_do(tmp_path):
    sources(tmp_path, web=9)
    path = toml(tmp_path, "tokens = 50" + one("web"))
    corpusmill.mix_tokens(path, tmp_path / "out", workers=1)
    before = shard_bytes(tmp_path / "out")
    mixing = prepare(path, (), Memory())
    assert Runner(InProcessEngine(1), quiet=True).mix(mixing, tmp_path / "out").resumed
    with pytest.raises(RunRefused, match="was begun as another run"):
        corpusmill.mix_tokens(path, tmp_path / "out", settings=["tokens=40"], workers=1)
    (tmp_path / "out/tokens/toy/00-main/00000.len.npy").unlink()
    corpusmill.mix_tokens(path, tmp_path / "out", workers=1)
    assert shard_bytes(tmp_path / "out") == before
    corpusmill.mix_tokens(path, tmp_path / "out", settings=["tokens=40"], fresh=True, workers=1)
    assert shard_bytes(tmp_path / "out") != before


def test_the_table_and_the_page_say_what_was_drawn(tmp_path):
    sources(tmp_path, web=100, books=2)
    path = toml(tmp_path, "tokens = 400" + one("web", "weight = 0.5") + one("books", "weight = 0.5"))
    mixed = corpusmill.mix_tokens(path, tmp_path / "out", workers=1)
    assert "books           2      20     50.0       50.0           200   10.00     10.00 !" in str(mixed)
    assert mixed.warnings[0].startswith("books: each token is seen 10.0 times; beyond about 4 epochs")
    page = (tmp_path / "out/report.html").read_text()
    assert "books: each token is seen 10.0 times" in page
    assert "<script" not in page


def test_tokens_of_toys_are_their_own():
    assert len({token_of(document_id(n)) for n in range(10)}) > 5


def test_the_recipes_of_the_page_are_what_they_say(tmp_path):
    page = (REPOSITORY / "docs" / "mixing.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    mixes = {}
    for block in blocks:
        (tmp_path / "mix.toml").write_text(block)
        mix = load_mix(tmp_path / "mix.toml")
        mixes[mix.name] = mix
    assert list(mixes) == ["languages", "schedule", "rehydrated", "flat"]
    assert [stage.name for stage in mixes["schedule"].stages] == ["main", "anneal"]
    assert mixes["rehydrated"].upsample.steps[17] == 10


@pytest.mark.parametrize(
    "asked", ["tokens = 9_000_000_000_000_000_000\n", "epochs = 1e9\n", '[[stage]]\nname = "s"\ntokens = 90_000_000\n']
)
def test_a_mix_without_end_is_refused_before_any_work(tmp_path, asked):
    sources(tmp_path, web=20)
    text = one("web") + asked if asked.startswith("[") else asked + one("web")
    with pytest.raises(RecipeError, match=r"sources that have 200; wanted 1,000 times that at most"):
        prepare(toml(tmp_path, text), [], Memory())
