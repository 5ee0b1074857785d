"""Organisations, academies, people, their placements, permission roles and offices."""
