"""The maintainers' script takes the branding out of a stylesheet and leaves the rest as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "vendor_govuk_frontend.py"


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_govuk_frontend", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (".a{color:red}\n/*# sourceMappingURL=x.css.map */\n", ".a{color:red}\n"),
        (".a{b:c}@font-face{font-family:GDS Transport;src:url(/assets/x.woff2)}.d{e:f}", ".a{b:c}.d{e:f}\n"),
        (".govuk-footer__crown{a:b}.c{d:e}", ".c{d:e}\n"),
        ("@supports (a:b){.x:before{mask:url(/assets/images/crest.svg)}}.c{d:e}", ".c{d:e}\n"),
        (".govuk-header__logotype,.c{d:e}", ".govuk-header__logotype,.c{d:e}\n"),
    ],
)
def test_branding_leaves_the_stylesheet(vendor: ModuleType, before: str, after: str) -> None:
    assert vendor.strip_stylesheet(before) == after


def test_the_font_becomes_the_readers_own(vendor: ModuleType) -> None:
    css = vendor.strip_stylesheet(".a{font-family:GDS Transport,arial,sans-serif}")
    assert css.startswith(".a{font-family:system-ui,")
    assert "GDS" not in css


def test_another_package_is_refused(
    vendor: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package.json").write_text('{"name": "left-pad", "version": "1"}', encoding="utf-8")
    assert vendor.main([str(tmp_path)]) == 1
    assert "left-pad, not govuk-frontend" in capsys.readouterr().err
