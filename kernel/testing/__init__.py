"""What tests stand on: servers of their own, started once per run. Imported by tests only."""
