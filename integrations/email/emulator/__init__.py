"""A mail server for development: takes everything, delivers nothing, shows what came."""
