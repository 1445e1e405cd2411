"""Template filters of the inbox."""
