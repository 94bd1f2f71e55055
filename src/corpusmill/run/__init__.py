"""Recipe to plan to engine to ledger."""
