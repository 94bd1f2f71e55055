"""Texts to words and sentences, as the tools that published pipelines are built on find them."""
