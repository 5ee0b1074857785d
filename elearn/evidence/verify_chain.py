"""Check an exported chain against a checkpoint, with Python alone: no program, no server, no database.

    python verify_chain.py chain.jsonl checkpoint.txt

It says whether every entry follows from the one before, and whether the entries are those that the checkpoint names.
Exits with 0 where they are, 1 where they are not, 2 where a file cannot be read. The formats are fixed:

    entry   SHA-256("elearn-entry-v1" 00 | previous entry's hash (32 bytes) | body)
    tree    RFC 6962: leaf SHA-256(00 | body), node SHA-256(01 | left | right)

The checkpoint's last line is its signature (Ed25519, as in a signed note): `elearn verify --witness` checks that.
"""

import base64
import hashlib
import json
import sys


def sha256(data: bytes) -> bytes:
    """The SHA-256 digest."""
    return hashlib.sha256(data).digest()


def walk(lines: list[str], size: int) -> tuple[bytes, int]:
    """The root of the tree of the first `size` entries, and how many entries there are. Raises ValueError."""
    previous, roots, count = bytes(32), [], 0
    for line in lines:
        entry = json.loads(line)
        body = entry["body"].encode()
        previous = sha256(b"elearn-entry-v1\0" + previous + body)
        if entry["seq"] != count + 1 or entry["hash"] != previous.hex():
            raise ValueError(f"entry {count + 1} does not follow from the one before")
        if count < size:
            roots.append(sha256(b"\0" + body))
            place = count
            while place & 1:
                right = roots.pop()
                roots.append(sha256(b"\1" + roots.pop() + right))
                place >>= 1
        count += 1
    root = roots.pop() if roots else sha256(b"")
    while roots:
        root = sha256(b"\1" + roots.pop() + root)
    return root, count


def main(chain_file: str, checkpoint_file: str) -> int:
    """Print the verdict; the exit code."""
    try:
        with open(chain_file, encoding="utf-8") as file:
            lines = [line for line in file if line.strip()]
        with open(checkpoint_file, encoding="utf-8") as file:
            named, size, root = file.read().split("\n")[:3]
        wanted, first = base64.b64decode(root, validate=True), int(size)
    except (OSError, ValueError) as error:
        print(f"cannot tell: {error}")
        return 2
    try:
        found, count = walk(lines, first)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        print(f"TAMPERED: {error}")
        return 1
    if count < first or found != wanted:
        print(f"TAMPERED: the first {first} entries are not those of the checkpoint of {named}")
        return 1
    print(f"sound: {count} entries, of which {first} are those of the checkpoint of {named}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
