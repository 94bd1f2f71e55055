"""Bad JSON lines (rows 5, 17, 28, 31, 33, 57)."""

from __future__ import annotations

import gzip
import json

from tests.faults.builders import DONE, FAULTS, REFUSED, Cases, mark, prose, zst

case = CASES = Cases()
EITHER = (DONE, FAULTS)


def line(number: int, **fields: object) -> bytes:
    return json.dumps({"id": f"d{number}", "text": prose(number), **fields}).encode() + b"\n"


def around(middle: bytes) -> bytes:
    return line(0) + middle + (b"" if middle.endswith(b"\n") else b"\n") + line(2)


@case("a.jsonl.gz", "0", either="12", faults=1)
def gzip_stream_cut():
    import random

    noise = random.Random(1)
    filled = [line(n, noise=noise.randbytes(9_000).hex()) for n in range(3)]
    data = gzip.compress(b"".join(filled), mtime=0)
    return data[: len(data) * 5 // 6]


@case("a.jsonl.gz", "012", faults=1)
def gzip_stream_without_trailer():
    return gzip.compress(line(0) + line(1) + line(2), mtime=0)[:-8]


@case("a.jsonl.gz", "0", either="123456789", faults=1)
def gzip_stream_with_rot():
    import random

    noise = random.Random(1)
    data = bytearray(gzip.compress(b"".join(line(n, noise=noise.randbytes(500).hex()) for n in range(10)), mtime=0))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


@case("a.jsonl.gz", "02", either="1", faults=1)
def second_of_three_members_cut():
    return gzip.compress(line(0)) + gzip.compress(line(1))[:-40] + gzip.compress(line(2))


@case("a.jsonl.zst", "0", either="12", faults=1)
def zstd_cut():
    return zst(line(0), line(1) + line(2))[:-60]


@case("a.jsonl.gz", "012")
def plain_under_gz():
    return line(0) + line(1) + line(2)


@case("a.jsonl", "012")
def gzip_under_plain():
    return gzip.compress(line(0) + line(1) + line(2))


@case("a.jsonl.gz", "02", faults=1)
def line_of_512_mebibytes():
    return gzip.compress(around(b'{"text": "' + b"a" * (512 << 20) + b'"}'), 6)


@case("a.jsonl.zst", "02", faults=1)
def zstd_line_of_512_mebibytes():
    return zst(around(b'{"text": "' + b"a" * (512 << 20) + b'"}'))


@case("a.jsonl", "02", faults=1)
def line_of_96_mebibytes():
    return around(b'{"text": "' + b"a " * (48 << 20) + b'"}')


@case("a.jsonl", "0", faults=1)
def last_line_torn():
    return line(0) + line(1)[:300]


@case("a.jsonl", "012")
def last_line_without_line_feed():
    return (line(0) + line(1) + line(2)).rstrip()


@case("a.jsonl", "012")
def blank_lines_and_bom():
    return b"\xef\xbb\xbf" + line(0) + b"\n   \n\r\n" + line(1) + line(2)


BAD = {
    "array": "[1, 2]", "number": "7", "text_alone": '"text"', "null": "null", "nothing_but_a_brace": "{",
    "single_quotes": "{'text': 'a'}", "trailing_comma": '{"text": "a",}', "comment": '{"text": "a"} // x',
    "two_objects": '{"text": "a"}{"text": "b"}', "nan": '{"text": "a", "score": NaN}', "infinity": '{"text": "a", "s": -Infinity}',
    "text_is_object": '{"text": {"a": 1}}', "text_is_list": '{"text": ["a"]}', "text_is_bool": '{"text": true}',
    "text_is_null": '{"text": null}', "no_text": '{"id": "x"}', "empty_object": "{}", "lone_surrogate": '{"text": "a\\ud800b"}',
    "bad_escape": '{"text": "a\\xb"}', "control": '{"text": "a\x01b"}', "nested_arrays_20_000": '{"text": "a", "x": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "nested_objects_200_000": '{"a":' * 200_000 + "1" + "}" * 200_000, "open_arrays_1_000_000": "[" * 1_000_000,
    "number_of_a_million_digits": '{"x": ' + "9" * 1_000_000 + "}",
    "html": "<!doctype html><p>an error page</p>", "csv": "id,text\n1,hello",
}  # fmt: skip

for _name, _bad in BAD.items():

    def _line(bad=_bad):
        return around(bad.encode())

    _line.__name__ = f"line_{_name}"
    # a surrogate may be replaced, not a number may be read as null
    soft = _name in ("lone_surrogate", "nan", "infinity", "nested_arrays_20_000")
    case("a.jsonl", "02", faults=0 if soft else 1, exits=EITHER if soft else FAULTS)(_line)


@case("a.jsonl", "02", either="1", faults=1)
def line_that_is_not_utf8():
    return around(line(1).replace(b"library", b"libr\xff\xfe\x80"))


@case("a.jsonl", "02", exits=EITHER)
def file_in_utf16():
    return around(line(1).decode().encode("utf-16"))


@case("a.jsonl", faults=1, exits=(REFUSED, FAULTS))
def all_in_utf16():
    return (line(0) + line(1)).decode().encode("utf-16")


@case("a.jsonl", "012")
def duplicate_keys():
    return around(line(1)[:-2] + b', "text": ' + json.dumps(prose(1)).encode() + b"}\n")


@case("a.jsonl", "012", texts=("before\u2028after",))
def unicode_line_separators():
    return around(json.dumps({"text": f"{prose(1)} before\u2028after \u0085 \u000b end"}, ensure_ascii=False).encode())


@case("a.jsonl", "02", exits=DONE)
def texts_that_are_blank():
    return around(b"".join(json.dumps({"text": text}).encode() + b"\n" for text in ("", " ", "\n\t", "\u3000")))


for _number, _odd in enumerate(
    ["\0", "a\0b", "\x1b[2J\x07", "\u202eevil", "\ufeff", "w" * 240_000, "__label__en", "a\nb\rc", "🦀", "\uffff\ufdd0", "\u0301" * 9_000, "\ud83d\ude00"]
):  # fmt: skip

    def _odd_line(text=_odd):
        return around(json.dumps({"text": f"{text} {mark(1)} {text}"}).encode())

    _odd_line.__name__ = f"odd_text_{_number}"
    case("a.jsonl", "012")(_odd_line)

HOSTILE = ["../../../../tmp/evil", "/etc/passwd", "..", ".", "", "a/b", "a\0b", "x" * 100_000, "<script>alert(1)</script>", "en\n", "CON", "en_head",
           "../en", "en/../../..", "\u202eed", "' or 1=1 --", "%2e%2e%2f", "~", "$HOME", "`id`", "en\\..\\x"]  # fmt: skip
for _number, _value in enumerate(HOSTILE):

    def _hostile(value=_value):
        fields = (
            "id",
            "url",
            "language",
            "bucket",
            "cc_segment",
            "source_domain",
            "digest",
            "title",
            "snapshot",
            "date",
            "shard",
        )
        return around(
            line(1, **dict.fromkeys(fields, value))
            + line(3, bucket="head", language=value)
            + line(4, language="en", bucket=value)
        )

    _hostile.__name__ = f"hostile_fields_{_number}"
    case("a.jsonl", "01234")(_hostile)


@case("a.jsonl", "0124", either="3", exits=EITHER)
def schema_drift():
    drift = [
        {"id": 7, "url": 5, "language": ["en"], "bucket": 3, "date": {"a": 1}, "title": None, "text": prose(1)},
        {
            "id": 2**70,
            "language_score": "high",
            "perplexity": True,
            "original_length": 1.5,
            "original_nlines": 2**80,
            "text": prose(2),
        },
        {"id": [1], "language": "en", "bucket": "head", "language_score": 1e999, "perplexity": -0.0, "text": prose(3)},
        {"raw_content": prose(4), "url": "http://[::1", "language": "en", "bucket": "head"},
    ]
    return line(0) + b"".join(json.dumps(d).replace("Infinity", "1e999").encode() + b"\n" for d in drift)


@case("a.jsonl", "02", exits=EITHER)
def an_object_with_100_000_keys():
    return around(json.dumps({"text": "x", **{f"k{n}": n for n in range(100_000)}}).encode())


@case("a.json", faults=1, exits=(REFUSED, FAULTS))
def one_pretty_printed_array():
    return json.dumps([{"text": prose(0)}, {"text": prose(1)}], indent=1).encode()


@case("a.jsonl", exits=(REFUSED, FAULTS), faults=1)
def plain_text():
    return "\n".join(prose(n) for n in range(5)).encode()
