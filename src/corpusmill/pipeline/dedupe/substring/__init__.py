"""The passes of `corpusmill dedupe --method substring`: repeated passages, as spans. No text is cut."""
