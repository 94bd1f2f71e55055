"""The passes of `corpusmill dedupe`: each is a list of tasks over the tables of a run. Nothing is removed."""
