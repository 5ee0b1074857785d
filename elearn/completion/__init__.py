"""Training records: passed, acknowledged, valid until; the record page and PDF."""
