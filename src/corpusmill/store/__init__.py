"""The corpus on disk: layout, commits, ledger, manifest, check, RedPajama-V2 import and export, loader."""
