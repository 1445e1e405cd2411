"""Files: what their bytes are, small pictures of them, and where they are kept."""
