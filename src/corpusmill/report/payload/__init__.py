"""What the interactive report is given: a sample of documents, verdicts, losses and clusters, as JSON."""
