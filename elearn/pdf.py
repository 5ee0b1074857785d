"""PDF copies of records: HTML made into a document, sealed, and checked.

A PDF here is a copy: the web page is the accessible original (these PDFs are not tagged) and the ledger is
the proof. Rendering reads no file but our own fonts and opens no connection; nor does sealing.

xhtml2pdf and pyHanko take about a third of a second each to import, and most processes (a page view, most
commands) never make a PDF. So they are imported inside the functions that need them; `prepare()` imports them
at start where the first person to ask should not wait.
"""

from __future__ import annotations

import html as markup
import logging
import threading
import unicodedata
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from elearn.errors import ElearnError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate
    from pyhanko.sign.validation import EmbeddedPdfSignature
    from xhtml2pdf.config.resources import ResourceAccessPolicy

_T = TypeVar("_T")

FONTS = Path(__file__).resolve().parent / "fonts"
FONT_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")

# What one document may cost. A record is some 10 kB and 30 ms; a register of 200 rows 100 kB and 0.6 s.
MOST_BYTES = 400_000
MOST_DEPTH = 60
MOST_IMAGE_BYTES = 100_000
MOST_IMAGE_PIXELS = 1_000_000
# The renderer looks at its clock between elements only, so it stops a little late: 4 here is 5 for who waits.
MOST_SECONDS = 4
# Parsing does not look at that clock, and its time grows with the sum of the depths of all tags: a register
# of 2,000 rows sums to 50,000; 5,000 nested tags to 12 million and six seconds.
MOST_PARSING = 300_000

# Room for the seal, in hexadecimal digits; with the longest name a certificate may have it takes 2,000.
SEAL_ROOM = 3072

# Elements that end by themselves in HTML, or have no end: left open they do not make a document deeper.
_SELF_ENDING = frozenset(
    {"area", "base", "br", "col", "colgroup", "dd", "dt", "hr", "img", "input", "li", "link", "meta"}
    | {"option", "p", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr"}
)

_STYLE = """
@font-face {{ font-family: "DejaVu Sans"; src: url("{folder}/{regular}"); }}
@font-face {{ font-family: "DejaVu Sans"; font-weight: bold; src: url("{folder}/{bold}"); }}
html, pre, code, kbd, samp, tt, textarea {{ font-family: "DejaVu Sans"; }}
"""


class PdfRefused(ElearnError):
    """The document cannot be made into a PDF, or asks for what a document may not have."""


class MissingGlyph(PdfRefused):
    """Our fonts cannot draw a character: the PDF would show a box in somebody's name."""

    def __init__(self, characters: str) -> None:
        listed = ", ".join(f"U+{ord(character):04X}" for character in characters[:10])
        super().__init__(f"the PDF's font cannot draw {listed}; the web page shows it")
        self.characters = characters


@dataclass(frozen=True, slots=True)
class PdfVerdict:
    """Whether a PDF is one we sealed, unchanged to the byte; the reason is a sentence for people."""

    sound: bool
    reason: str


def prepare() -> None:
    """Import what PDFs need now (about 0.7 s), so that the first person to ask does not wait for it."""
    for name in ("pyhanko.sign.signers", "pyhanko.sign.validation", "segno", "xhtml2pdf.document"):
        import_module(name)
    _coverage()


def render_pdf(html: str, *, title: str, language: str = "en-GB") -> bytes:
    """A PDF of an HTML document in DejaVu Sans, with this title and language. One at a time in a process.

    Only `data:` images are placed: whatever else the document asks for, an address or a file, refuses it.
    Raises MissingGlyph when a character cannot be drawn (nothing is ever shown as a box), and PdfRefused when
    the document asks for what it may not have, is too large, deep or slow, or cannot be laid out.
    """
    html = unicodedata.normalize("NFC", html)
    _check_cost(html)
    _check_characters(html + title)
    from xhtml2pdf.document import pisaDocument

    # HTML merges an outer <html> with the document's own, which wins; the last <title> wins.
    source = (
        f'<!DOCTYPE html><html lang="{markup.escape(language)}">{html}<title>{markup.escape(title)}</title>'
    )
    with _listening() as heard:
        try:
            # A capacity of -1 keeps the source in memory: otherwise a large one goes to a file in /tmp.
            result = pisaDocument(
                source, default_css=_default_style(), resource_policy=_policy(), capacity=-1
            )
        except Exception as error:
            # Given a document it cannot manage the renderer raises anything, with a message that quotes the
            # document. That holds people's names, so the message and its chain stop here.
            raise PdfRefused(f"this document cannot be made into a PDF: {_safe_reason(error)}") from None
    _check_outcome(result, heard)
    content: bytes = result.dest.getvalue()
    return content


def sign_pdf(
    pdf: bytes, *, certificate: Certificate, key: EllipticCurvePrivateKey, reason: str, at: datetime
) -> bytes:
    """The PDF with a certifying seal that allows no change (PAdES B-B, DocMDP 1), made `at` our time.

    There is no independent timestamp and none is pretended. `reason` is the record's reference. Raises
    PdfRefused when the file is not a PDF or is certified already.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import cms_embedder, pdf_byterange
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    signer = _signer(certificate, key)
    # The steps of PdfSigner.sign_pdf, which takes the time from the machine's clock instead of its caller.
    placeholder = pdf_byterange.SignatureObject(
        timestamp=at, reason=reason, subfilter=SigSeedSubFilter.PADES, bytes_reserved=SEAL_ROOM
    )
    locked = cms_embedder.SigMDPSetup(md_algorithm="sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        metadata = PdfSignatureMetadata(subfilter=SigSeedSubFilter.PADES)
        PdfSigner(metadata, signer).register_extensions(writer, md_algorithm="sha256")
        steps = cms_embedder.PdfCMSEmbedder().write_cms(field_name="Seal", writer=writer)
        next(steps)
        steps.send(cms_embedder.SigObjSetup(sig_placeholder=placeholder, mdp_setup=locked))
        prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm="sha256"))
        steps.send(_finish(signer.async_sign(prepared.document_digest, "sha256", use_pades=True)))
    except (PdfError, SigningError) as error:
        raise PdfRefused(f"this file cannot be sealed: {error}") from error
    sealed: bytes = output.getvalue()
    return sealed


def verify_pdf(pdf: bytes, *, certificate: Certificate) -> PdfVerdict:
    """Whether exactly one seal, by this very certificate, covers every byte of the file. Never raises.

    The certificate is judged at the time the seal states, so that its end does not unmake older copies. Bytes
    that no signature covers (the seal's own envelope and padding) must be exactly those `sign_pdf` writes.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(pdf))
        if len(reader.embedded_signatures) != 1:
            return PdfVerdict(False, "The file does not carry exactly one seal.")
        return _judge(pdf, reader.embedded_signatures[0], certificate)
    except Exception:
        # The file is anybody's: whatever it makes the parser raise, it is not one that we sealed.
        return PdfVerdict(False, "The file is damaged, or is not a PDF.")


def qr_png_data_uri(text: str) -> str:
    """A QR code of the text as a PNG `data:` address, which `render_pdf` can place in an <img>."""
    import segno

    uri: str = segno.make(text, error="m", micro=False).png_data_uri(scale=4, border=4)
    return uri


class _Cost(HTMLParser):
    """The sum of the depths of all tags. Only its own end closes a tag, so that the sum is never too low."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.total = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.total += len(self.open) + 1
        if self.total > MOST_PARSING:
            raise PdfRefused("this document has too many nested parts to be made into a PDF")
        if tag not in _SELF_ENDING:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()


class _Listener(logging.Handler):
    """Keeps what one thread's rendering says: some refusals are told to the log only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread_id = threading.get_ident()
        self.blocked = False

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread_id and str(record.msg).startswith("Blocked by the resource policy"):
            self.blocked = True


@contextmanager
def _listening() -> Iterator[_Listener]:
    """The renderer's messages for this thread. They quote the document, and so go no further than here."""
    log = logging.getLogger("xhtml2pdf")
    log.propagate = False
    log.setLevel(logging.WARNING)
    heard = _Listener()
    log.addHandler(heard)
    try:
        yield heard
    finally:
        log.removeHandler(heard)


def _check_cost(html: str) -> None:
    if len(html.encode()) > MOST_BYTES:
        raise PdfRefused(f"this document is larger than the {MOST_BYTES} bytes a PDF may be made of")
    cost = _Cost()
    cost.feed(html)
    cost.close()


def _check_characters(text: str) -> None:
    missing = {
        each for each in set(markup.unescape(text)) if not each.isspace() and ord(each) not in _coverage()
    }
    if missing:
        raise MissingGlyph("".join(sorted(missing)))


@cache
def _coverage() -> frozenset[int]:
    """The code points that both our faces can draw."""
    from reportlab.pdfbase.ttfonts import TTFontFile  # type: ignore[import-untyped]

    faces = [TTFontFile(str(FONTS / name)).charToGlyph for name in FONT_FILES]
    return frozenset(set(faces[0]).intersection(*faces[1:]))


@cache
def _default_style() -> str:
    from xhtml2pdf.default import DEFAULT_CSS

    regular, bold = FONT_FILES
    return f"{DEFAULT_CSS}{_STYLE.format(folder=FONTS.as_posix(), regular=regular, bold=bold)}"


def _policy() -> ResourceAccessPolicy:
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    return ResourceAccessPolicy(
        allow_remote=False,
        base_dir=None,
        extra_roots=(FONTS,),
        max_resources=len(FONT_FILES),
        max_total_bytes=2_000_000,
        max_resource_bytes=MOST_IMAGE_BYTES,
        max_local_bytes=1_000_000,
        max_image_pixels=MOST_IMAGE_PIXELS,
        max_fetch_seconds=1,
        max_render_seconds=MOST_SECONDS,
        # The caller's own bytes are counted before; this leaves room for the lines put around them.
        max_document_bytes=MOST_BYTES + 10_000,
        max_depth=MOST_DEPTH,
        allow_remote_pdf_backgrounds=False,
    )


def _check_outcome(result: Any, heard: _Listener) -> None:
    if heard.blocked:
        raise PdfRefused("this document asks for a file or an address, which a PDF may not")
    if result.err or result.warn:
        # The templates of these messages carry no text of the document; what is filled in would.
        messages = sorted({str(message) for _, _, message, _ in result.log})
        raise PdfRefused(f"this document cannot be drawn as written: {'; '.join(messages)[:300]}")


def _safe_reason(error: Exception) -> str:
    from xhtml2pdf.config.resources import RenderLimitError

    return str(error) if isinstance(error, RenderLimitError) else type(error).__name__


def _finish(work: Coroutine[Any, Any, _T]) -> _T:
    """The library's asynchronous work, done in a thread of its own: the caller's may have an event loop."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, work).result()


def _signer(certificate: Certificate, key: EllipticCurvePrivateKey) -> Any:
    from asn1crypto import keys  # type: ignore[import-untyped]
    from cryptography.hazmat.primitives import serialization
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=_asn1(certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )


def _asn1(certificate: Certificate) -> Any:
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _judge(pdf: bytes, seal: EmbeddedPdfSignature, certificate: Certificate) -> PdfVerdict:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    pinned = _asn1(certificate)
    if seal.signer_cert.dump() != pinned.dump():
        return PdfVerdict(False, "The seal is by another certificate.")
    stated = seal.self_reported_timestamp
    # The library does not ask whether a certificate that is itself trusted has ended.
    if stated is None or not certificate.not_valid_before_utc <= stated <= certificate.not_valid_after_utc:
        return PdfVerdict(False, "The certificate did not count at the time the seal states.")
    trust = ValidationContext(trust_roots=[pinned], allow_fetching=False, moment=stated)
    status = _finish(async_validate_pdf_signature(seal, trust))
    if not (status.intact and status.valid):
        return PdfVerdict(False, "The file was changed after it was sealed.")
    unchanged = (
        status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and status.modification_level == ModificationLevel.NONE
        and seal.docmdp_level == MDPPerm.NO_CHANGES
    )
    if not unchanged:
        return PdfVerdict(False, "Something was added to the file after it was sealed.")
    if not status.bottom_line:
        return PdfVerdict(False, "The certificate may not seal documents.")
    if not _envelope_is_ours(pdf, seal, pinned):
        return PdfVerdict(False, "The seal's envelope was changed.")
    return PdfVerdict(True, "Sealed by this certificate and unchanged since.")


def _envelope_is_ours(pdf: bytes, seal: EmbeddedPdfSignature, pinned: Any) -> bool:
    """Whether the bytes between the two signed ranges are exactly what `sign_pdf` writes for this signature.

    No signature covers them, and readers pass over much of what could be changed there: the case of a digit,
    padding, version numbers, unsigned attributes. So we write the envelope again and compare.
    """
    start, length, resume, rest = (int(number) for number in seal.byte_range)
    gap = pdf[length:resume]
    expected = _envelope(seal.signer_info, pinned).hex().upper().ljust(SEAL_ROOM, "0").encode()
    return start == 0 and resume + rest == len(pdf) and gap == b"<" + expected + b">"


def _envelope(signer_info: Any, pinned: Any) -> bytes:
    """The CMS message of these signed attributes and this signature, all else as `sign_pdf` writes it."""
    from asn1crypto import algos, cms

    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    issuer = {"issuer": pinned.issuer, "serial_number": pinned.serial_number}
    ours = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(issuer)}),
            "digest_algorithm": sha256,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signed_attrs": signer_info["signed_attrs"].untag(),
            "signature": signer_info["signature"].native,
        }
    )
    content = {
        "version": "v1",
        "digest_algorithms": cms.DigestAlgorithms((sha256,)),
        "encap_content_info": {"content_type": "data"},
        "certificates": [cms.CertificateChoices(name="certificate", value=pinned)],
        "signer_infos": [ours],
    }
    message = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})
    encoded: bytes = message.dump()
    return encoded
