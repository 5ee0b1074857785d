"""Courses: which content teaches which policy version, and what must be shown to pass."""
