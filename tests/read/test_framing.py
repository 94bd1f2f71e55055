"""Gzip, zstd and WARC framing: each fault costs the record concerned and is counted."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest
import zstandard

from corpusmill.read.pages import ReadParameters, read_pages
from tests.read.warc_builder import http, members, page, read, record, response, sha1

FOUR = [response(number) for number in range(4)]
GZ = members(FOUR)
WARCINFO = record(b"isPartOf: CC-MAIN-2024-22\r\n", "warcinfo", 99, "application/warc-fields")


def flipped(data: bytes, index: int) -> bytes:
    changed = bytearray(data)
    changed[index] ^= 0xFF
    return bytes(changed)


def zstd(data: bytes, **options: object) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True, **options).compress(data)  # type: ignore[arg-type]


SOUND = {
    "members": (b"".join(GZ), "a.warc.gz"),
    "single stream": (gzip.compress(b"".join(FOUR)), "a.warc.gz"),
    "plain": (b"".join(FOUR), "a.warc"),
    "bare line feeds": (b"".join(response(number, line_end=b"\n") for number in range(4)), "a.warc"),
    "zero padding": (b"".join(GZ) + bytes(5000), "a.warc.gz"),
    "empty member": (GZ[0] + gzip.compress(b"") + b"".join(GZ[1:]), "a.warc.gz"),
    "zstd frames": (b"".join(map(zstd, FOUR)), "a.warc.zst"),
    "one zstd frame": (zstd(b"".join(FOUR)), "a.warc.zst"),
    "zstd under .gz": (zstd(b"".join(FOUR)), "a.warc.gz"),
    "plain under .gz": (b"".join(FOUR), "a.warc.gz"),
    "gzip under .zst": (b"".join(GZ), "a.warc.zst"),
    "gzip without a telling name": (b"".join(GZ), "download"),
    "records across members": (
        b"".join(gzip.compress(b"".join(FOUR)[i : i + 100]) for i in range(0, 2900, 100)),
        "a.gz",
    ),
    "no blank lines between": (b"".join(data.removesuffix(b"\r\n\r\n") for data in FOUR), "a.warc"),
    "blank lines before": (b"\r\n\r\n" + b"\r\n\r\n".join(FOUR) + b"\r\n" * 9, "a.warc"),
    "folded header": (b"".join(response(i, headers=(("X-Long", "one\r\n two"),)) for i in range(4)), "a.warc"),
    "last line ends missing": (b"".join(FOUR)[:-4], "a.warc"),
}  # fmt: skip


@pytest.mark.parametrize("what", SOUND)
def test_sound_files_give_every_page_and_no_fault(tmp_path, what):
    outcome = read(tmp_path, *SOUND[what])
    assert (outcome.marks, outcome.reasons) == ([0, 1, 2, 3], {})


def long_header(lines: int) -> bytes:
    return response(1, headers=tuple((f"X-{i}", "v" * 90) for i in range(lines)))


DAMAGED = {  # data, name, survivors, reasons
    "last member cut": (b"".join(GZ)[:-20], "a.warc.gz", [0, 1, 2], {"truncated_gzip": 1}),
    "last trailer cut": (b"".join(GZ)[:-5], "a.warc.gz", [0, 1, 2], {"truncated_gzip": 1}),
    "middle member cut": (GZ[0] + GZ[1][:200] + GZ[2] + GZ[3], "a.warc.gz", [0, 2, 3], {"truncated_gzip": 1}),
    "wrong CRC": (GZ[0] + flipped(GZ[1], -6) + GZ[2] + GZ[3], "a.warc.gz", [0, 2, 3], {"gzip_crc": 1}),
    "wrong length": (flipped(GZ[0], -1) + b"".join(GZ[1:]), "a.warc.gz", [1, 2, 3], {"gzip_crc": 1}),
    "garbage between": (GZ[0] + b"garbage" * 14 + b"".join(GZ[1:]), "a.warc.gz", [0, 1, 2, 3], {"garbage": 1}),
    "garbage in front": (b"HTTP/1.1 200 OK\r\n\r\n" + b"".join(GZ), "a.warc.gz", [0, 1, 2, 3], {"garbage": 1}),
    "garbage at the end": (b"".join(GZ) + b"xyz", "a.warc.gz", [0, 1, 2, 3], {"garbage": 1}),
    "hole in the middle": (GZ[0] + bytes(512) + b"".join(GZ[1:]), "a.warc.gz", [0, 1, 2, 3], {"garbage": 1}),
    "empty file": (b"", "a.warc.gz", [], {"empty_file": 1}),
    "zeros alone": (bytes(100), "a.warc.gz", [], {"empty_file": 1}),
    "no archive at all": (b"\x07nothing of the kind" * 50, "a.warc.gz", [], {"garbage": 1}),
    "unknown name and bytes": (b"\x07nothing of the kind", "thing.bin", [], {"unknown_format": 1}),
    "cut single stream": (gzip.compress(b"".join(FOUR))[:-30], "a.warc.gz", [0, 1, 2], {"truncated_gzip": 1}),
    "zstd frame cut": (zstd(FOUR[0]) + zstd(FOUR[1])[:-9] + zstd(FOUR[2]), "a.warc.zst", [0, 2], {"truncated_zstd": 1}),
    "zstd bit rot": (
        zstd(FOUR[0]) + flipped(zstd(FOUR[1]), 60) + zstd(FOUR[2]), "a.warc.zst", [0, 2], {"zstd_damaged": 1},
    ),
    "zstd garbage": (zstd(FOUR[0]) + b"garbage!!" + zstd(FOUR[1]), "a.warc.zst", [0, 1], {"garbage": 1}),
    "plain garbage": (FOUR[0] + b"garbage\r\n" * 20 + FOUR[1], "a.warc", [0, 1], {"garbage": 1}),
    "plain cut": (b"".join(FOUR)[:-90], "a.warc", [0, 1, 2], {"truncated_record": 1}),
    "plain cut in header": (FOUR[0] + FOUR[1][:100], "a.warc", [0], {"truncated_record": 1}),
    "header block too long": (FOUR[0] + long_header(2000) + FOUR[2], "a.warc", [0, 2], {"header_too_long": 1}),
    "header line of 8 MiB": (
        FOUR[0] + response(1, headers=(("X", "v" * (8 << 20)),)) + FOUR[2], "a.warc", [0, 2], {"header_too_long": 1},
    ),
    "header without end": (
        b"".join(members([FOUR[0], b"WARC/1.0\r\n" + b"X: y\r\n" * 20000, FOUR[2]])),
        "a.warc.gz", [0, 2], {"header_too_long": 1},
    ),
    "no type": (FOUR[0] + response(1, without=("WARC-Type",)), "a.warc", [0], {"record_type_missing": 1}),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGED)
def test_damage_costs_the_record_concerned(tmp_path, what):
    data, name, survivors, reasons = DAMAGED[what]
    outcome = read(tmp_path, data, name)
    assert (outcome.marks, outcome.reasons) == (survivors, reasons)
    loss = outcome.losses[0]
    assert loss.fate == "quarantined"
    assert loss.message
    assert loss.head or not data.strip(b"\0")


LENGTHS = ["1", "500", "-5", "99999999999", "9999999999999999999999", "many", "", "0x20", None]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("length", LENGTHS)
def test_wrong_content_length(tmp_path, length, compress):
    """Too short, too long, negative, huge, text, missing: neighbours survive, nothing is allocated by the number."""
    without = ("Content-Length",) if length is None else ()
    records = [FOUR[0], response(1, length=length or "", without=without), FOUR[2], FOUR[3]]
    data = b"".join(members(records) if compress else records)
    tracemalloc.start()
    outcome = read(tmp_path, data, "a.warc.gz" if compress else "a.warc")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.marks == [0, 2, 3]
    assert sum(outcome.reasons.values()) == 1
    assert outcome.losses[0].reason == "content_length"
    assert outcome.losses[0].record_id == "<urn:uuid:00000001>"
    assert peak < 8 << 20


@pytest.mark.parametrize("change", [-1, 1, 2, 3, 4, 5, 400])
def test_content_length_off_by_a_little(tmp_path, change):
    right = len(http(page(1)))
    outcome = read(tmp_path, FOUR[0] + response(1, length=str(right + change)) + FOUR[2], "a.warc")
    assert (outcome.marks, outcome.reasons) == ([0, 2], {"content_length": 1})


def test_lying_length_beyond_the_record_limit_is_found_out(tmp_path):
    """The length is believable for a large record, so it is followed, found wrong, and the way is gone back."""
    filler = [response(number, page(number, 3000)) for number in range(2, 12)]
    data = FOUR[0] + response(1, length="150000") + b"".join(filler)
    for name, packed in (("a.warc", data), ("a.warc.gz", gzip.compress(data))):
        outcome = read(tmp_path, packed, name, max_page_bytes=40000, max_header_bytes=4096)
        assert outcome.marks == [0, *range(2, 12)]
        assert outcome.reasons == {"content_length": 1}


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc", "a.warc.zst"])
def test_oversize_record_is_passed_over_without_being_held(tmp_path, name):
    big = response(1, b"<html>" + b"a" * (48 << 20))
    pack = {"a.warc.gz": lambda data: gzip.compress(data, 1), "a.warc": bytes, "a.warc.zst": zstd}[name]
    data = b"".join(pack(record) for record in (FOUR[0], big, FOUR[2]))
    del big
    tracemalloc.start()
    outcome = read(tmp_path, data, name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (outcome.marks, outcome.reasons) == ([0, 2], {"oversize": 1})
    assert outcome.losses[0].fate == "quarantined"
    assert peak < 48 << 20


def test_a_record_inside_a_page_is_no_document(tmp_path):
    inner = b"<html>MARK-7<pre>\r\n\r\n" + FOUR[3] + b"</pre>"
    for name, pack in (("a.warc.gz", members), ("a.warc", list)):
        outcome = read(tmp_path, b"".join(pack([FOUR[0], response(7, inner), FOUR[2]])), name)
        assert (outcome.marks, outcome.reasons) == ([0, 7, 2], {})


def test_records_of_every_type_take_an_ordinal(tmp_path):
    kinds = ["request", "metadata", "revisit", "continuation", "no-such-type"]
    records = [WARCINFO, *(record(b"x", kind, i) for i, kind in enumerate(kinds)), FOUR[3]]
    outcome = read(tmp_path, b"".join(members(records)))
    assert [loss.reason for loss in outcome.losses] == [
        "record_type_warcinfo", "record_type_request", "record_type_metadata", "revisit",
        "record_type_continuation", "record_type_unknown",
    ]  # fmt: skip
    assert {loss.fate for loss in outcome.losses} == {"dropped"}
    assert outcome.rows[0]["ordinal"] == 6


def test_offsets_lead_back_to_the_record(tmp_path):
    records = [WARCINFO, *FOUR]
    packed = members(records)
    outcome = read(tmp_path, b"".join(packed))
    assert [row["offset"] for row in outcome.rows] == [sum(map(len, packed[: i + 1])) for i in range(4)]
    outcome = read(tmp_path, b"".join(records), "a.warc")
    assert [row["offset"] for row in outcome.rows] == [sum(map(len, records[: i + 1])) for i in range(4)]


def test_missing_fields_become_null_and_repeated_ids_stay(tmp_path):
    bare = response(1, without=("WARC-Record-ID", "WARC-Target-URI", "WARC-Date"))
    odd = response(2, headers=()).replace(b"2024-05-18T09:30:00Z", b"0000-99-99T99:99:99Z")
    outcome = read(tmp_path, FOUR[0] + bare + odd + FOUR[0], "a.warc")
    assert outcome.marks == [0, 1, 2, 0]
    assert [row["record_id"] for row in outcome.rows][1] is None
    assert (outcome.rows[1]["url"], outcome.rows[1]["date"]) == (None, None)
    assert outcome.rows[2]["date"] == "0000-99-99T99:99:99Z"
    assert outcome.rows[0]["record_id"] == outcome.rows[3]["record_id"]


def test_every_flipped_byte_costs_at_most_one_record(tmp_path):
    """Bit rot at every place of a six-record file: at least five pages survive, and a lost one is counted."""
    records = [
        record(http(page(i, 12)), number=i, headers=(("WARC-Payload-Digest", sha1(page(i, 12))),)) for i in range(6)
    ]
    data = b"".join(members(records))
    for index in range(len(data)):
        outcome = read(tmp_path, flipped(data, index))
        assert len(outcome.marks) >= 5, index
        assert len(outcome.marks) == 6 or outcome.losses, index


def test_truncation_at_every_length_passes_on_whole_records_alone(tmp_path):
    packed = members([response(i, page(i, 8)) for i in range(3)])
    data = b"".join(packed)
    ends = [sum(map(len, packed[:i])) for i in range(4)]
    for length in range(len(data)):
        outcome = read(tmp_path, data[:length])
        whole = sum(end <= length for end in ends) - 1
        assert outcome.marks == list(range(whole)), length
        assert bool(outcome.losses) == (length not in ends or length == 0), length
        assert all(loss.fate == "quarantined" for loss in outcome.losses)


def test_false_magic_in_damaged_data_is_no_member(tmp_path):
    false = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    noise = b"".join(false + bytes([i, 255 - i]) for i in range(200))
    outcome = read(tmp_path, GZ[0] + b"!" + noise + GZ[1])
    assert outcome.marks == [0, 1]
    assert outcome.reasons == {"garbage": 1}
    assert outcome.losses[0].length == len(noise) + 1


def test_a_vanished_file_is_one_item(tmp_path):
    (chunk,) = read_pages(tmp_path / "gone.warc.gz", ReadParameters())
    assert [(loss.fate, loss.reason) for loss in chunk.losses] == [("quarantined", "unreadable_file")]


def test_chunks_are_bounded_by_pages_and_bytes(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(response(i % 4) for i in range(25)))
    assert [c.pages.num_rows for c in read_pages(path, ReadParameters(batch_pages=10))] == [10, 10, 5]
    assert [c.pages.num_rows for c in read_pages(path, ReadParameters(batch_bytes=1))] == [1] * 25
