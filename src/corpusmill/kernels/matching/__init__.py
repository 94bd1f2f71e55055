"""Where listed strings, and strings of a published form, occur in texts."""
