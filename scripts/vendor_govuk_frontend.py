"""Copies GOV.UK Frontend's two built files into the package, without the branding outside bodies may not use.

For maintainers. Unpack the npm package somewhere outside the repository, then:

    python scripts/vendor_govuk_frontend.py path/to/package

The code is MIT licensed; the GDS Transport font, the crown and the crest are not ours to use. The script
fails if anything it must remove is still there afterwards.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "elearn" / "static" / "vendor"
SYSTEM_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif'
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*")
FONT_NOTICE = re.compile(r"/\*![^*]*Margaret Calvert[^*]*\*/")
RULE = re.compile(r"[^{}]*\{[^{}]*\}")
EMPTY_BLOCK = re.compile(r"@(?:media|supports)[^{}]*\{\s*\}")
BRAND_SELECTOR = re.compile(r"copyright-logo|__crown|__logotype")
FORBIDDEN = ("GDS Transport", "@font-face", "/assets/", "crest", "crown", "sourceMappingURL")


def strip_stylesheet(css: str) -> str:
    """The stylesheet with a system font, without font files, crest, crown, logotype and source map."""
    css = FONT_NOTICE.sub("", SOURCE_MAP.sub("", css))
    css = RULE.sub(lambda rule: "" if _is_branding(rule[0]) else rule[0], css)
    while EMPTY_BLOCK.search(css):
        css = EMPTY_BLOCK.sub("", css)
    return css.replace("GDS Transport,arial,sans-serif", SYSTEM_FONTS).strip() + "\n"


def strip_script(javascript: str) -> str:
    """The module without its source map comment."""
    return SOURCE_MAP.sub("", javascript).strip() + "\n"


def _is_branding(rule: str) -> bool:
    selectors, _, body = rule.partition("{")
    if "@font-face" in selectors or "url(/assets/" in body:
        return True
    return all(BRAND_SELECTOR.search(selector) for selector in selectors.split(","))


def main(arguments: list[str]) -> int:
    """Writes both files; answers 1 and says why when the package is not one or branding is left."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 1
    package = Path(arguments[0])
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    if about["name"] != "govuk-frontend":
        print(f"{package} is {about['name']}, not govuk-frontend", file=sys.stderr)
        return 1
    built = package / "dist" / "govuk"
    css = strip_stylesheet((built / "govuk-frontend.min.css").read_text(encoding="utf-8"))
    javascript = strip_script((built / "govuk-frontend.min.js").read_text(encoding="utf-8"))
    left = [word for word in FORBIDDEN if word in css or (word == "sourceMappingURL" and word in javascript)]
    if left:
        print(f"still in the stylesheet: {', '.join(left)}", file=sys.stderr)
        return 1
    (TARGET / "govuk-frontend.min.css").write_text(css, encoding="utf-8", newline="\n")
    (TARGET / "govuk-frontend.min.js").write_text(javascript, encoding="utf-8", newline="\n")
    print(f"govuk-frontend {about['version']}: say so in {TARGET.name}/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
