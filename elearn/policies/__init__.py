"""Policies: importing a document, its versions, clauses and publication."""
