"""HTML to arrays of elements, blocks and pieces, in passes over its bytes; text and Markdown made of these."""
