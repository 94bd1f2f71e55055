"""What is known of the blocks of a page, and which of them are its main content."""
