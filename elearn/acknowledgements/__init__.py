"""The signed statement for one policy version."""
