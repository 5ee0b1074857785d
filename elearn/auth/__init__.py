"""Sign-in: slips, passwords, server-side sessions, API tokens."""
