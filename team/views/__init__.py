"""Pages of the people of one tenant."""
