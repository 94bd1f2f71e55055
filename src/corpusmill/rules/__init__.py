"""Keep or drop decisions over stored signals; published recipes are data files."""
