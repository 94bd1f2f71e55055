"""Values for the page: from every table that has the columns, each text after edits under a name of its own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from corpusmill.report.payload.chosen import choose
from corpusmill.report.payload.measured import compared, measures
from tests.report.conftest import write

KEYS = {"2024-22/0000/en_all": 5, "2024-22/0001/de_all": 3}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = tmp_path_factory.mktemp("measured")
    for number, (path, rows) in enumerate(KEYS.items()):
        ids = [f"{path}.json.gz/{line}" for line in range(rows)]
        own = {"doc_id": ids, "length": np.arange(rows) + 10 * number, "lines": [[1, 2]] * rows}
        write(run / f"quality_signals/{path}.signals.parquet", pa.table(own))
        for text, value in (("stored", 1), ("c4-aaaa", 2), ("c4-bbbb", 3)):
            table = {"doc_id": ids, f"{'own' if text == 'stored' else 'x'}": [float(value)] * rows}
            if number == 0 or text != "c4-bbbb":
                write(run / f"measured/{text}/family/{path}.measured.parquet", pa.table(table))
        write(run / f"scores/near_duplicate/{path}.scores.parquet", pa.table({"doc_id": ids, "score": [0.5] * rows}))
    write(run / "measured/.attempt-1/family/2024-22/0000/en_all.measured.parquet", pa.table({"stray": [1.0] * 5}))
    return run


def of(run, *wanted, **options):
    return measures(run, choose(run), wanted, **options).values


def test_all_numeric_columns_of_the_stored_text(run):
    found = of(run)
    assert set(found) == {"length", "own", "near_duplicate"}
    assert found["length"].tolist() == [0, 1, 2, 3, 4, 10, 11, 12]


def test_expressions_over_several_tables(run):
    found = of(run, "length + own * near_duplicate", "sum(lines)", everything=False)
    assert found["length + own * near_duplicate"].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 10.5, 11.5, 12.5]
    assert found["sum(lines)"].tolist() == [3.0] * 8
    assert set(found) == {"length + own * near_duplicate", "sum(lines)"}


@pytest.mark.parametrize(("text", "expected"), [("c4-aaaa", [2.0] * 8), ("c4-bbbb", [3.0] * 5 + [np.nan] * 3)])
def test_edits_of_one_name_are_told_apart(run, text, expected):
    wanted = compared("c4.x", {"c4": text})
    np.testing.assert_array_equal(of(run, wanted, everything=False)[wanted], expected)


@pytest.mark.parametrize("wanted", ["c4.x", "c4.x · c4-cccc", "c4.x · ../../c4-aaaa", "nothing", "c4.own · stored"])
def test_what_no_table_has_has_no_values(run, wanted):
    assert of(run, wanted, everything=False) == {}


def test_a_few_rows_of_a_table_with_many_groups(run, tmp_path):
    table = pa.table(
        {"doc_id": [f"a/{n}" for n in range(1000)], "id_int": np.arange(1000)[::-1], "v": np.arange(1000.0)}
    )
    path = tmp_path / "quality_signals/2024-22/0000/en_all.signals.parquet"
    path.parent.mkdir(parents=True)
    pa.parquet.write_table(table, path, row_group_size=64)
    chosen = choose(tmp_path, 3)
    assert chosen.rows[0].tolist() == [997, 998, 999]
    assert measures(tmp_path, chosen, []).values["v"].tolist() == [997, 998, 999]
