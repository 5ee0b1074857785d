"""Papers, attempts, responses and marking."""
