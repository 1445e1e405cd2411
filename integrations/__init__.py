"""The only door out: one folder per vendor, plus what every vendor needs (connections, breaker, limits, errors)."""
