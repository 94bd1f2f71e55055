"""The registry: what a declaration alone makes of a function."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.errors import RecipeError
from corpusmill.signals.names import RPV2_SIGNALS
from corpusmill.signals.registry import SIGNALS, measure, of_family, signal


def test_all_of_redpajama_in_its_order() -> None:
    assert tuple(SIGNALS)[: len(RPV2_SIGNALS)] == RPV2_SIGNALS
    assert len(RPV2_SIGNALS) == 45


def test_every_signal_says_what_it_is() -> None:
    for name, found in SIGNALS.items():
        assert found.name == name == found.function.__name__
        assert found.definition
        assert found.unit
        assert found.source
        assert found.version >= 1


def test_columns_have_the_declared_types() -> None:
    measured = measure(TextBatch(pa.array(["Some text.\nTwo lines.", ""]), "en"))
    assert measured.schema.names == of_family(None)
    assert [field.type for field in measured.schema] == [SIGNALS[name].dtype for name in of_family(None)]
    measured.validate(full=True)


def test_columns_come_in_the_requested_order() -> None:
    names = ["rps_doc_word_count", "ccnet_length", "line_ends"]
    assert measure(TextBatch(pa.array(["a"])), names).schema.names == names


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(RecipeError, match="Did you mean rps_doc_word_count"):
        measure(TextBatch(pa.array(["a"])), ["rps_doc_wordcount"])


def test_a_declaration_is_all_it_takes() -> None:
    before = dict(SIGNALS)
    try:

        @signal("doubled_bytes", dtype=pa.int64(), unit="bytes", source="this test", version=1)
        def doubled_bytes(batch: TextBatch) -> pa.Array:
            """Twice the bytes."""
            return pa.array((batch.offsets[1:] - batch.offsets[:-1]) * 2, pa.int64())

        assert measure(TextBatch(pa.array(["é", ""])), ["doubled_bytes"]).column(0).to_pylist() == [4, 0]
        assert list(SIGNALS)[:45] == list(RPV2_SIGNALS)
        with pytest.raises(ValueError, match="two signals"):
            signal("doubled_bytes", dtype=pa.int64(), unit="", source="", version=1)(doubled_bytes)
        with pytest.raises(ValueError, match="give it that name"):
            signal("other", dtype=pa.int64(), unit="", source="", version=1)(doubled_bytes)
    finally:
        SIGNALS.clear()
        SIGNALS.update(before)


@pytest.mark.parametrize("first", ["registry", "redpajama", "lines", "ccnet", "names"])
def test_any_module_may_be_imported_first(first: str) -> None:
    code = f"import corpusmill.signals.{first}; from corpusmill.signals.registry import SIGNALS; print(len(SIGNALS))"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == (str(len(SIGNALS)), "")


def test_listing_signals_does_not_load_the_compiler() -> None:
    code = "import sys, corpusmill.signals.registry; print('corpusmill.machine_code.jit' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
