"""The explorer: the report's page from a server on this machine, which counts over the full run."""
