"""Bad Parquet files (rows 32 to 34)."""

from __future__ import annotations

import datetime
import io
import struct

import pyarrow as pa
import pyarrow.parquet as pq

from tests.faults.builders import DONE, FAULTS, REFUSED, Cases, gz, prose, response

case = CASES = Cases()
EITHER = (DONE, FAULTS)


def written(table: pa.Table, **options: object) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


def texts(count: int = 3, **columns: object) -> pa.Table:
    ids, values = ([name(n) for n in range(count)] for name in (str, prose))
    return pa.table({"id": pa.array(ids, pa.string()), "text": pa.array(values, pa.string()), **columns})


def groups(**options: object) -> bytes:
    """One row a row group, pages without a dictionary."""
    return written(texts(), row_group_size=1, use_dictionary=False, write_statistics=False, **options)


def rotten(data: bytes, near: bytes = b"", at: int = 0) -> bytes:
    changed = bytearray(data)
    place = data.index(near) + 5 if near else at
    changed[place] ^= 0xFF
    return bytes(changed)


@case("a.parquet", "012")
def sound():
    return written(texts())


@case("a.parquet", "012")
def uncompressed():
    return written(texts(), compression="none")


@case("a.parquet", "02", either="1", faults=1)
def page_rot_with_compression():
    data = groups(compression="zstd", write_page_checksum=True)
    start = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(1).data_page_offset
    return rotten(data, at=start + 90)


@case("a.parquet", "02", either="1", faults=1)
def page_rot_without_compression_but_checksums():
    return rotten(groups(compression="none", write_page_checksum=True), b"MARK-1")


@case("a.parquet", "02", either="1", exits=EITHER)
def page_rot_in_a_page_header():
    data = groups(compression="snappy")
    return rotten(data, at=pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(1).data_page_offset + 1)


@case("a.parquet", "02", either="1", exits=EITHER)
def rot_in_the_id_column():
    data = groups(compression="zstd", write_page_checksum=True)
    return rotten(data, at=pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1).column(0).data_page_offset + 12)


for _cut in (1, 4, 8, 12, 100, 1000):

    def _footer(cut=_cut):
        return written(texts(50))[:-cut]

    _footer.__name__ = f"footer_cut_by_{_cut}"
    case("a.parquet", faults=1, exits=(FAULTS,))(_footer)


@case("a.parquet", faults=1)
def nothing_but_the_magic():
    return b"PAR1PAR1"


@case("a.parquet", faults=1)
def footer_length_huge():
    return written(texts())[:-8] + struct.pack("<I", 0xFFFFFFF0) + b"PAR1"


@case("a.parquet", faults=1)
def footer_length_zero():
    return written(texts())[:-8] + struct.pack("<I", 0) + b"PAR1"


@case("a.parquet", faults=1)
def footer_of_garbage():
    return b"PAR1" + bytes(range(256)) * 9 + struct.pack("<I", 2000) + b"PAR1"


@case("a.parquet", exits=(REFUSED, FAULTS), faults=1)
def encrypted_magic():
    return written(texts())[:-4] + b"PARE"


@case("a.parquet", exits=REFUSED, says="no column")
def no_text_column():
    return written(texts().rename_columns(["id", "body"]))


for _kind in (
    pa.int64(), pa.list_(pa.string()), pa.bool_(), pa.binary(), pa.struct([("a", pa.string())]), pa.map_(pa.string(), pa.string()),
    pa.timestamp("us"), pa.null(),
):  # fmt: skip

    def _wrong_type(kind=_kind):
        return written(pa.table({"text": pa.nulls(3, kind)}))

    _wrong_type.__name__ = f"text_column_is_{str(_kind).split('<')[0].split('[')[0]}"
    case("a.parquet", exits=(REFUSED, FAULTS) if pa.types.is_binary(_kind) else (REFUSED,), says="wanted string")(
        _wrong_type
    )


@case("a.parquet", "0", faults=2)
def nulls_and_blanks():
    return written(pa.table({"text": [prose(0), None, "", "  ", None]}))


@case("a.parquet", "02", faults=1)
def text_that_is_not_utf8():
    values = [prose(0).encode(), b"\xff\xfe\x80 MARK", prose(2).encode()]
    return written(pa.table({"text": pa.array(values, pa.binary()).view(pa.string())}))


@case("a.parquet")
def no_rows():
    return written(texts(0))


@case("a.parquet")
def no_row_groups():
    target = io.BytesIO()
    pq.ParquetWriter(target, pa.schema([("text", pa.string())])).close()
    return target.getvalue()


@case("a.parquet", "012")
def nested_columns_beside_the_text():
    deep = pa.array([[[{"a": [1]}]], None, []], pa.list_(pa.list_(pa.struct([("a", pa.list_(pa.int64()))]))))
    return written(texts(nested=deep, mapping=pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64()))))


@case("a.parquet", "012", exits=EITHER)
def columns_of_other_types():
    table = pa.table(
        {
            "text": [prose(n) for n in range(3)],
            "id": pa.array([1.5, None, float("nan")]),
            "url": pa.array([b"\xff", b"a", None]),
            "date": pa.array([datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31), None]),
            "language": pa.array([1, 2, 3]),
            "bucket": pa.array([True, False, None]),
            "language_score": pa.array([float("inf"), float("nan"), -1.0]),
            "original_length": pa.array([2**64 - 1, 0, 1], pa.uint64()),
            "perplexity": pa.array(["a", "b", "c"]),
            "time": pa.array([datetime.timedelta(1)] * 3),
            "decimal": pa.array([1, 2, 3]).cast(pa.decimal128(38, 2)),
        }
    )
    return written(table)


@case("a.parquet", "01", exits=EITHER)
def timestamps_beyond_python():
    stamps = pa.array([2**62, -(2**62)], pa.int64()).view(pa.timestamp("us"))
    return written(texts(2, date=stamps), coerce_timestamps=None)


@case("a.parquet", "012")
def dictionary_and_large_string():
    return written(
        pa.table({"text": pa.array([prose(n) for n in range(3)]).dictionary_encode(), "url": ["http://a/"] * 3})
    )


@case("a.parquet", exits=(REFUSED, DONE), says="")
def two_text_columns():
    return written(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]))


@case("a.parquet", exits=EITHER)
def dictionary_bomb():
    """2 GiB of text in 2 MiB: one value of 1 MiB, 2 048 times."""
    value = "bomb " * 200_000
    return written(pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 2048, pa.int32()), [value])}))


@case("a.parquet", faults=1)
def one_value_of_64_mebibytes():
    return written(pa.table({"text": pa.array(["x " * (32 << 20)], pa.large_string())}))


@case("a.parquet", exits=EITHER)
def hostile_names():
    return written(pa.table({"text": [prose(0)], "../../evil": ["x"], "": ["y"], "a\n\x1b[2Jb": [1]}))


@case("a.parquet", "012")
def hostile_values():
    bad = ["../../../tmp/evil", "x" * 100_000, "a\0b"]
    return written(texts(url=bad, language=bad, bucket=bad, date=bad, title=bad))


@case("a.parquet", either="012", exits=(REFUSED, FAULTS, DONE))
def warc_under_the_name_of_parquet():
    return gz(response(0), response(1), response(2))
