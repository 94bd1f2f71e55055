"""n-gram language models: interpolated modified Kneser-Ney, as KenLM's `lmplz` estimates it."""
