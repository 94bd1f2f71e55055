"""How kernels are compiled, kept as machine code and linked, so that a process starts without a compiler."""
