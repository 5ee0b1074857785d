"""What an auditor sees: the state of the ledger, how to check it without this program, and single records."""
