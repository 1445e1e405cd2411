"""The servers `make run` and the tests bring along: PostgreSQL and Redis out of Python wheels, on loopback only."""
