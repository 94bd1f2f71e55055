"""Damage to compression and to the framing of WARC, WET and ARC records (rows 1 to 14, 17, 57)."""

from __future__ import annotations

import gzip
import struct
import zlib

from tests.faults.builders import (
    DONE,
    FAULTS,
    REFUSED,
    Cases,
    around,
    conversion,
    gz,
    page,
    plain,
    prose,
    response,
    three,
    zst,
)
from tests.read.warc_builder import http, record

case = CASES = Cases()
EITHER = (DONE, FAULTS)


def flipped(data: bytes, *places: int) -> bytes:
    changed = bytearray(data)
    for place in places:
        changed[place] ^= 0x55
    return bytes(changed)


# -- compression ------------------------------------------------------------------------------------------------------


@case("a.warc.gz", "01", either="2", faults=1)
def last_member_cut():
    return gz(response(0), response(1), response(2))[:-200]


@case("a.warc.gz", "01", either="2", faults=1)
def last_member_without_trailer():
    return gz(response(0), response(1), response(2))[:-8]


@case("a.warc.gz", "01", either="2", faults=1)
def last_member_without_last_byte():
    return gz(response(0), response(1), response(2))[:-1]


@case("a.warc.gz", either="0", faults=1)
def only_member_cut_inside_its_gzip_header():
    return gz(response(0))[:7]


@case("a.warc.gz", "012", faults=1)
def a_few_bytes_of_a_further_member():
    return gz(response(0), response(1), response(2)) + gz(response(3))[:5]


@case("a.warc.gz", "02", either="1", faults=1)
def middle_member_cut_inside_its_gzip_header():
    return gz(response(0)) + gz(response(1))[:9] + gz(response(2))


@case("a.warc.zst", "02", either="1", faults=1)
def zstd_frame_cut_in_the_middle():
    return zst(response(0)) + zst(response(1))[:-150] + zst(response(2))


@case("a.warc.zst", "01", either="2", faults=1)
def zstd_last_frame_cut():
    return zst(response(0), response(1), response(2))[:-20]


@case("a.warc.zst", "02", either="1", faults=1)
def zstd_checksum_wrong():
    middle = zst(response(1))
    return zst(response(0)) + flipped(middle, -2) + zst(response(2))


@case("a.warc.gz", "02", either="1", faults=1)
def crc_of_the_middle_member_wrong():
    return gz(response(0)) + flipped(gz(response(1)), -6) + gz(response(2))


@case("a.warc.gz", "01", either="2", faults=1)
def crc_of_the_last_member_wrong():
    return gz(response(0), response(1)) + flipped(gz(response(2)), -7)


@case("a.warc.gz", "02", either="1", faults=1)
def six_flipped_bytes():
    middle = gz(response(1))
    return gz(response(0)) + flipped(middle, *range(200, 206)) + gz(response(2))


@case("a.warc.wet.gz", "02", either="1", faults=1)
def rot_in_a_wet_member():
    return gz(conversion(0)) + flipped(gz(conversion(1)), 150, 151) + gz(conversion(2))


@case("a.warc.gz", "012", faults=1)
def garbage_between_members():
    return gz(response(0)) + b"\xa7 97 bytes of it " * 6 + gz(response(1), response(2))


@case("a.warc.gz", "012", faults=1)
def false_magic_between_members():
    return gz(response(0)) + b"\x1f\x8b\x08\x00 not a member" * 40 + gz(response(1), response(2))


@case("a.warc.gz", "012", faults=1)
def plain_record_between_members():
    return gz(response(0)) + b"<html><p>an editor saved this here</p></html>\n" + gz(response(1), response(2))


@case("a.warc.gz", "012", faults=1)
def garbage_behind_the_last_member():
    return gz(response(0), response(1), response(2)) + b"<!-- mirrored -->\n" * 3


@case("a.warc.gz", "012")
def one_gzip_stream_for_all():
    return gzip.compress(response(0) + response(1) + response(2), mtime=0)


@case("a.warc.gz", either="0123456789", faults=1)
def one_gzip_stream_cut():
    data = gzip.compress(b"".join(response(n) for n in range(10)), 1, mtime=0)
    return data[: len(data) * 2 // 3]


@case("a.warc.gz", "0", either="123456789", faults=1)
def one_gzip_stream_with_rot():
    return flipped(gzip.compress(b"".join(response(n) for n in range(10)), 1, mtime=0), 700, 701, 702)


@case("a.warc.gz", "012")
def two_records_in_one_member():
    return gz(response(0) + response(1), response(2))


@case("a.warc.gz", "012")
def one_record_over_two_members():
    middle = response(1)
    return gz(response(0), middle[:700], middle[700:], response(2))


@case("a.warc.gz", "012", exits=EITHER)
def one_byte_a_member():
    return gz(response(0)) + b"".join(gz(bytes([byte])) for byte in response(1)) + gz(response(2))


@case("a.warc.gz", "012")
def plain_under_gz():
    return response(0) + response(1) + response(2)


@case("a.warc.gz", "012")
def zstd_under_gz():
    return zst(response(0), response(1), response(2))


@case("a.warc", "012")
def gzip_under_the_name_of_plain():
    return gz(response(0), response(1), response(2))


@case("a.warc.zst", "012")
def gzip_under_zst():
    return gz(response(0), response(1), response(2))


@case("a.jsonl", "012")
def warc_under_jsonl():
    return gz(response(0), response(1), response(2))


@case("a.warc.gz", either="0", exits=(DONE, REFUSED, FAULTS))
def gzip_twice_over():
    return gzip.compress(gz(response(0)), mtime=0)


@case("a.warc.gz", exits=(REFUSED, FAULTS), faults=1)
def bzip2_under_gz():
    import bz2

    return bz2.compress(response(0))


@case("a.warc.gz", exits=(REFUSED, FAULTS), faults=1)
def a_zip_file():
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../../../tmp/escaped.txt", "out of the folder")
    return target.getvalue()


@case("a.warc.gz", "012")
def zeros_behind_the_last_member():
    return gz(response(0), response(1), response(2)) + bytes(1 << 20)


@case("a.warc.gz", "012", exits=EITHER)
def zeros_between_members():
    return gz(response(0)) + bytes(512) + gz(response(1), response(2))


@case("a.warc", "012")
def zeros_behind_a_plain_file():
    return response(0) + response(1) + response(2) + bytes(70_000)


@case("a.warc", faults=1)
def nothing_but_zeros():
    return bytes(100_000)


@case("a.warc.gz", faults=1)
def nothing_but_zeros_under_gz():
    return bytes(100_000)


@case("a.warc.gz", faults=1)
def empty_file():
    return b""


@case("a.warc.zst", faults=1)
def empty_zst_file():
    return b""


@case("a.jsonl", faults=1)
def empty_jsonl_file():
    return b""


@case("a.parquet", exits=(REFUSED, FAULTS), faults=1)
def empty_parquet_file():
    return b""


@case("a.warc.gz", faults=1)
def a_member_with_nothing_in_it():
    return gzip.compress(b"", mtime=0)


@case("a.warc.gz", "012")
def empty_members_between_records():
    return gz(response(0), b"", b"", response(1), b"", response(2))


@case("a.warc.gz", "012")
def gzip_header_with_name_comment_extra_and_crc():
    middle = zlib.compressobj(wbits=-15)
    data = response(1)
    deflated = middle.compress(data) + middle.flush()
    header = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff" + struct.pack("<H", 4) + b"ab\0\0" + b"name\0comment\0"
    header += struct.pack("<H", zlib.crc32(header) & 0xFFFF)
    member = header + deflated + struct.pack("<II", zlib.crc32(data), len(data))
    return gz(response(0)) + member + gz(response(2))


@case("a.warc.gz", "02", faults=1)
def gzip_header_whose_name_never_ends():
    return gz(response(0)) + b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"n" * 300_000 + gz(response(2))


@case("a.warc.gz", "02", faults=1)
def unknown_gzip_method():
    return gz(response(0)) + b"\x1f\x8b\x09\0\0\0\0\0\0\xff" + b"x" * 40 + gz(response(2))


@case("a.warc.zst", "0", faults=1)
def zstd_skippable_frame_longer_than_the_file():
    return zst(response(0)) + b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + zst(response(2))


@case("a.warc.zst", "02")
def zstd_skippable_frames():
    return zst(response(0)) + b"\x53\x2a\x4d\x18\x05\0\0\0hello" + zst(response(2))


# -- bombs ------------------------------------------------------------------------------------------------------------


@case("a.warc.gz", "02", faults=1)
def record_of_256_mebibytes():
    return gz(response(0), response(1, b"<p>" + b"a " * (128 << 20)), response(2))


@case("a.warc.zst", "02", faults=1)
def zstd_record_of_512_mebibytes():
    return zst(response(0), response(1, b"<p>" + b"a" * (512 << 20)), response(2))


@case("a.warc.gz", "02", faults=1)
def zeros_of_256_mebibytes_in_one_member():
    return gz(response(0), bytes(256 << 20), response(2))


@case("a.warc.zst", "02", either="1", faults=1)
def zstd_window_of_two_gibibytes():
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + zst(response(1))[6:]
    return zst(response(0)) + frame + zst(response(2))


# -- framing ----------------------------------------------------------------------------------------------------------

for _name, _length in {
    "one_too_long": 1, "too_long": 900, "one_too_short": -1, "too_short": -700, "negative": "-5", "huge": "99999999999",
    "beyond_64_bits": "9" * 30, "a_word": "many", "empty": "", "hexadecimal": "0x10", "arabic": "١٢٣",
}.items():  # fmt: skip
    for _file, _pack in {"a.warc": plain, "a.warc.gz": gz}.items():

        def _content_length(length=_length, pack=_pack):
            block = http(page(1))
            value = str(len(block) + length) if isinstance(length, int) else length
            return three(record(block, number=1, length=value), pack)

        _content_length.__name__ = f"content_length_{_name}_in_{_file}"
        case(_file, "02", either="1", faults=1)(_content_length)


@case("a.warc.gz", "02", either="1", faults=1)
def content_length_missing():
    return three(record(http(page(1)), number=1, without=("Content-Length",)))


@case("a.warc", "02", either="1", faults=1)
def content_length_missing_plain():
    return three(record(http(page(1)), number=1, without=("Content-Length",)), plain)


@case("a.warc", "02", either="1", exits=EITHER)
def two_content_lengths():
    return three(response(1, headers=(("Content-Length", "3"),)), plain)


@case("a.warc", "012", exits=EITHER)
def no_blank_lines_between_records():
    return b"".join(response(n).removesuffix(b"\r\n\r\n") for n in range(3))


@case("a.warc", "012")
def many_blank_lines_between_records():
    return b"\r\n\r\n\n\n\r\n".join(response(n) for n in range(3))


@case("a.warc.gz", "012", exits=EITHER)
def bare_line_feeds():
    return gz(*(response(n, line_end=b"\n") for n in range(3)))


@case("a.warc.gz", "012")
def folded_header_lines():
    return three(response(1, headers=(("X-Long", "one\r\n two\r\n\tthree"),)))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def header_line_without_colon():
    return three(response(1).replace(b"\r\nWARC-Date", b"\r\nno colon here\r\nWARC-Date", 1))


@case("a.warc.gz", "012", exits=EITHER)
def version_of_the_future():
    return three(response(1).replace(b"WARC/1.0", b"WARC/2.7", 1))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def lower_case_version_and_names():
    return three(response(1).replace(b"WARC/1.0", b"warc/1.0", 1).replace(b"WARC-Type", b"warc-type", 1))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def first_line_damaged():
    return three(response(1).replace(b"WARC/1.0", b"WASC/1.0", 1))


@case("a.warc", "12", either="0", faults=1)
def file_begins_inside_a_record():
    return response(0)[300:] + response(1) + response(2)


@case("a.warc", "01", either="2", faults=1)
def plain_file_cut():
    return (response(0) + response(1) + response(2))[:-500]


@case("a.warc", "01", either="2", faults=1)
def plain_file_cut_inside_a_header():
    return response(0) + response(1) + response(2)[:90]


@case("a.warc.gz", "02", either="1", faults=1)
def header_line_of_8_mebibytes():
    return three(response(1, headers=(("X-Bomb", "b" * (8 << 20)),)))


@case("a.warc.gz", "02", either="1", faults=1)
def header_of_100_000_fields():
    return three(response(1, headers=tuple((f"X-{n}", str(n)) for n in range(100_000))))


@case("a.warc.gz", "02", faults=1)
def header_without_end():
    return three(b"WARC/1.0\r\nWARC-Type: response\r\n" + b"X-Endless: yes\r\n" * 400_000)


@case("a.warc", "02", faults=1)
def header_without_end_plain():
    middle = b"WARC/1.0\r\nWARC-Type: response\r\n" + b"X-Endless: yes\r\n" * 400_000
    return three(middle, plain)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def http_header_of_4_mebibytes():
    return around(page(1), "".join(f"X-{n}: {'v' * 1000}\r\n" for n in range(4000)))


@case("a.warc.gz", "012")
def duplicate_record_ids():
    return gz(*(response(n).replace(b"%08d" % n, b"00000007", 1) for n in range(3)))


for _field in ("WARC-Record-ID", "WARC-Target-URI", "WARC-Date"):

    def _without(field=_field):
        return three(response(1, without=(field,)))

    _without.__name__ = f"without_{_field.lower().replace('-', '_')}"
    case("a.warc.gz", "02", either="1", exits=EITHER)(_without)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def without_any_field_but_the_length():
    names = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "Content-Type")
    return three(response(1, without=names))


for _number, _date in enumerate(["2024-02-31T25:61:61Z", "0000-00-00", "yesterday", "9" * 400, "", "-1", "２０２４"]):

    def _date_of(value=_date):
        return three(response(1, without=("WARC-Date",), headers=(("WARC-Date", value),)))

    _date_of.__name__ = f"impossible_date_{_number}"
    case("a.warc.gz", "02", either="1", exits=EITHER)(_date_of)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def header_that_is_not_utf8():
    return three(response(1).replace(b"site1.example/", b"site1.example/\xff\xfe\xe4", 1))


@case("a.warc", "012")
def record_inside_a_page_is_no_document():
    return three(response(1, page(1, after=f"<pre>{response(8, b'inner').decode()}</pre>")), plain)


@case("a.warc.gz", "02", never=("MARK-1",))
def revisit():
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    return three(record(block, "revisit", 1, headers=(("WARC-Profile", "http://netpreserve.org/warc/1.0/identical"),)))


@case("a.warc.gz", "02", never=("MARK-1",))
def record_types_that_are_no_pages():
    kinds = ("request", "metadata", "warcinfo", "continuation", "screenshot", "REVISIT", "conversation", "ünknown")
    return gz(response(0), *(record(http(page(1)), kind, 1) for kind in kinds), response(2))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def resource_record():
    return three(record(page(1), "resource", 1, "text/html"))


@case("a.warc.gz", "02", exits=EITHER)
def response_to_dns():
    return three(record(b"20240518093000\nexample.com. 300 IN A 1.2.3.4\n", "response", 1, "text/dns"))


def arc(*pages: bytes) -> bytes:
    version = b"1 0 Maker\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain %d\n" % len(version)
    records = [head + version + b"\n"]
    for number, body in enumerate(pages):
        block = http(body)
        url = b"http://site%d.example/ 1.2.3.4 20080430204825 text/html %d\n" % (number, len(block))
        records.append(url + block + b"\n")
    return b"".join(records)


@case("a.arc", "012")
def arc_file():
    return arc(page(0), page(1), page(2))


@case("a.arc.gz", "012")
def arc_file_in_one_stream():
    return gzip.compress(arc(page(0), page(1), page(2)), mtime=0)


@case("a.arc", "01", either="2", faults=1)
def arc_file_cut():
    return arc(page(0), page(1), page(2))[:-300]


@case("a.arc", "02", either="1", faults=1)
def arc_record_length_lies():
    length = b"text/html %d\n" % len(http(page(1)))
    data = arc(page(0), page(1), page(2))
    first = data.index(length)
    second = data.index(b"text/html", first + 10)
    return data[:second] + data[second:].replace(length, b"text/html 77777\n", 1)


@case("a.warc.wet.gz", "02", either="1", faults=1)
def wet_that_is_not_utf8():
    return gz(conversion(0), conversion(1, b"Title\n\xff\xfe\x80 " + prose(1).encode("utf-16le")), conversion(2))


@case("a.warc.wet.gz", "02")
def wet_blank_records():
    blanks = [conversion(3 + i, text) for i, text in enumerate(["", "\n", " \t\n\n", "\u3000\n", "\ufeff\n"])]
    return gz(conversion(0), *blanks, conversion(2))


@case("a.warc.wet", "02", faults=1)
def wet_oversize():
    return conversion(0) + conversion(1, "Title\n" + "long words " * 800_000) + conversion(2)


# -- hostile names ----------------------------------------------------------------------------------------------------

for _number, _url in enumerate(
    ["../../../../tmp/evil", "file:///etc/passwd", "https://e.example/" + "a" * 100_000, "javascript:alert(1)",
     "http://[::1", "http://e.example/\x00\x01", "https://e.example/<script>window.__pwned=1</script>", "http://\u202egpj.exe",
     "https://user:pass@e.example:99999999/", "http://e.example\\..\\..\\x", "%00%0a%0d", " "]
):  # fmt: skip

    def _hostile_url(url=_url):
        return three(
            response(1, without=("WARC-Target-URI", "WARC-Record-ID"),
                     headers=(("WARC-Target-URI", url), ("WARC-Record-ID", f"<{url}>")))
        )  # fmt: skip

    _hostile_url.__name__ = f"hostile_url_{_number}"
    # a header over the limit of 64 KiB is quarantined
    case("a.warc.gz", "02", either="1", exits=EITHER)(_hostile_url)
