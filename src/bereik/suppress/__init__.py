"""Rules on tables made of persons: what may be shown."""
