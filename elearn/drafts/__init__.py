"""A trust's own content drafted from its imported policy: proposals, decisions of its people, what they amount to."""
