#!/bin/sh
# One table of deduplication tools on the same extracted texts: quality against exact similarities of all pairs, damage, cost.
#
# usage: dedupe_table.sh PEERS_FOLDER CRAWL_FOLDER WORK_FOLDER      (make bench-dedupe PEERS=… CRAWL=…)
#
# PEERS_FOLDER holds extract_text.py, dedup_tools.py and dedup_table.py; CRAWL_FOLDER *.warc.gz and their truth. The virtual
# environments .venv, .venv-dedupe, .venv-datatrove (and .venv-text-dedup, where Python 3.12 is) stand in this folder.
set -eu
peers=$1 crawl=$2 work=$3
mkdir -p "$work/tools"
export HF_HOME="$work/hf"
[ -f "$work/text.parquet" ] || .venv/bin/python "$peers/extract_text.py" "$crawl" "$work/text.parquet"
tool() { "$1/bin/python" "$peers/dedup_tools.py" "$2" "$work/text.parquet" "$work/tools" 2>/dev/null | tail -n 1; }
for name in exact rensa_0.8_16bands rensa_0.8_8bands datasketch_0.8 datasketch_0.5 rpv2_reference_0.8; do tool .venv-dedupe $name; done
tool .venv-datatrove datatrove_14x8
if [ -x .venv-text-dedup/bin/python ]; then
    for name in text_dedup_0.8_5grams text_dedup_0.8_5grams_verified; do tool .venv-text-dedup $name; done
fi
.venv/bin/python benchmarks/near_duplicates.py "$work/text.parquet" "$work/tools"
.venv-dedupe/bin/python "$peers/dedup_table.py" "$work/text.parquet" "$crawl" "$work/tools" "$work/tables.md"
