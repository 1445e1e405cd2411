"""Pages of the inbox. Each view makes one call inward and draws what it gets."""
