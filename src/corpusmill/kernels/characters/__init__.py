"""UTF-8 and what Unicode 14.0 says of code points: masks, tables, properties."""
