"""Recipe to tasks to engine to ledger. Named so because `corpusmill.run` is the verb."""
