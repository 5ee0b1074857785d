"""The arithmetic of the ledger: commitments, the chain, the Merkle tree and the text of a checkpoint.

Pure functions over text and bytes. The formats below cannot change once records exist:

    commitment  SHA-256("elearn-field-v1" 00 | salt (16 bytes) | canonical JSON of [rec, field, value])
    entry       SHA-256("elearn-entry-v1" 00 | previous entry's hash (32 bytes) | body)
    tree        RFC 6962: leaf SHA-256(00 | body), node SHA-256(01 | left | right)
    checkpoint  the C2SP form: origin, size and base64 of the root, each ended by a line feed
    row MAC     key id ":" HMAC-SHA256(K, canonical JSON of [table, values by column]),
                with K = "elearn-row-v1|" and the secret key; key id = the first 8 hex digits of HMAC-SHA256(K, "")
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

FORMAT_VERSION = 1
GENESIS = "0" * 64
"""What the first entry of a chain names as its predecessor."""
SALT_BYTES = 16


def canonical_text(value: object) -> str:
    """Canonical JSON: sorted keys, no spare space, UTF-8 as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def commitment(salt: bytes, rec: str, field: str, value: Any) -> str:
    """The salted commitment (64 hex digits) to one value of record `rec`."""
    opened = canonical_text([rec, field, value]).encode()
    return hashlib.sha256(b"elearn-field-v1\0" + salt + opened).hexdigest()


def entry_hash(previous: str, body: str) -> str:
    """The hash (64 hex digits) that chains `body` to the entry before it."""
    return hashlib.sha256(b"elearn-entry-v1\0" + bytes.fromhex(previous) + body.encode()).hexdigest()


def leaf_hash(body: str) -> str:
    """RFC 6962 leaf hash of an entry's body, 64 hex digits."""
    return hashlib.sha256(b"\x00" + body.encode()).hexdigest()


def node_hash(left: str, right: str) -> str:
    """RFC 6962 node hash of two subtrees, 64 hex digits."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def extend_frontier(frontier: Sequence[str], size: int, body: str) -> list[str]:
    """The perfect subtrees, largest first, of a tree of `size` leaves after one more leaf."""
    extended = [*frontier, leaf_hash(body)]
    while size & 1:
        right = extended.pop()
        extended.append(node_hash(extended.pop(), right))
        size >>= 1
    return extended


def tree_root(frontier: Sequence[str]) -> str:
    """The RFC 6962 root of the tree whose perfect subtrees, largest first, are given."""
    if not frontier:
        return hashlib.sha256(b"").hexdigest()
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


def root_of(bodies: Iterable[str]) -> str:
    """The RFC 6962 root of a whole list of entries' bodies."""
    frontier: list[str] = []
    for size, body in enumerate(bodies):
        frontier = extend_frontier(frontier, size, body)
    return tree_root(frontier)


def checkpoint_text(origin: str, size: int, root: str) -> str:
    """The note a log key signs: origin, number of entries, base64 of the root."""
    return f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n"


def row_mac(secret: str, table: str, values: Mapping[str, Any]) -> str:
    """The message authentication code (RFC 2104) of a row that no entry commits to yet, after its key's id."""
    text = canonical_text([table, dict(values)])
    return f"{row_key_id(secret)}:{hmac.digest(_row_key(secret), text.encode(), 'sha256').hex()}"


@cache
def row_key_id(secret: str) -> str:
    """What tells the key of one secret from that of another (8 hex digits), and says nothing of either."""
    return hmac.digest(_row_key(secret), b"", "sha256").hex()[:8]


def _row_key(secret: str) -> bytes:
    return f"elearn-row-v1|{secret}".encode()
