"""The force a clause proposes by its words: a first guess that an author confirms or corrects."""

from __future__ import annotations

import re

from elearn.policies.importing.model import Force

_QUOTED = re.compile(r"“[^”]{1,2000}(?:”|$)|\"[^\"]{1,2000}\"|‘[^‘’]{1,400} [^‘’]{1,400}’(?!\w)")
_CONSEQUENCE = re.compile(
    r"disciplinary (?:action|proceedings|procedure)|gross misconduct|dismissal|terminat(?:ion|ed)"
    r"|legal action|disciplinary policy|(?:loss of|lose) (?:your|their|his or her) jobs?"
    r"|conduct issue|report the matter to the police",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"may result|could result|can result|will result|may lead|will lead|leads? to"
    r"|subject to disciplinary|may be taken"
    r"|will be taken|treated as|considered (?:as|to be)|entitled to take|will be dealt|report the matter",
    re.IGNORECASE,
)
_PROHIBITION = re.compile(
    r"\b(?:must|may|shall|will|can)(?: \w+){0,2} not\b(?! be limited)|\bmust never\b|\bshall never\b"
    r"|\b(?:must|ca|sha)n['’]t\b|\b(?:required|asked|expected) not to\b|\b(?:banned|barred) from\b"
    r"|(?<!aims )\bare not to\b|\bis not to be\b(?! (?:limited|confused|read|seen|taken|understood)\b)"
    r"|\bcannot\b|\bmay never\b|\bonly\b[^.;]{1,80}\bmay\b(?! (?:have|not))"
    r"|(?:^|[.;:,] |\b(?:and|but) )(?:please )?(?:do not|don['’]t|never)\b"
    r"|\bprohibited\b|\bforbidden\b|\b(?:not|never) (?:be )?(?:permitted|allowed|acceptable)\b"
    r"|\b(?:in|under) no circumstances\b|\bon no account\b|\bat no time\b"
    r"|\bis illegal\b|\b(?:is|are) (?:unacceptable|not acceptable)\b",
    re.IGNORECASE,
)
_BAN_BY_WHO = re.compile(
    r"^(?:(?:no (?:member|staff|one|employee|person|pupil)|nobody|none of|neither)\b[^.]{0,80}"
    r"\b(?:may|must|shall|is to|are to)\b|no (?:[\w’'-]+ ){1,6}(?:may be|must be|shall be|is to|are to)\b)",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\bmust\b|\bshall\b|\b(?:is|are|be) (?:also )?(?:required|obliged|expected) to\b|\bhave to\b"
    r"|\bneeds? to\b|\b(?:you|they|staff|employees?|users?|governors?|volunteers?|managers?|principals?) are to\b"
    r"|\bresponsibility for\b[^.]{1,200}\blies with\b|\bmandatory\b"
    r"|\b(?:is|are) subject to (?:the|this) (?:policy|procedure|code|rules)\b"
    r"|\b(?:is|are) responsible for\b|\bha(?:s|ve) (?:a |overall "
    r"|an )?(?:\w+ )?responsibility\b",
    re.IGNORECASE,
)
_DUTY_VERB = re.compile(
    r"^(?:always|ensure|make sure|block|only use|comply|keep)\b|(?:^|\band )be sure to\b"
    r"|^if [^.]{1,200}, (?:be (?!aware|careful|cautious|mindful)|make|point|keep|correct|take (?!care))",
    re.IGNORECASE,
)
_RECOMMENDATION = re.compile(
    r"\bshould\b|\brecommended\b|\badvis(?:ed to|able)\b|\bencouraged to\b|\bought to\b", re.IGNORECASE
)
_ADVICE_VERB = re.compile(
    r"^if [^.]{1,200}, (?:be|use|take|consider|ask|discuss)\b|\brefrain from\b"
    r"|(?:^|\. |, so )(?:avoid|consider|think|remember|be (?:aware|careful|cautious|mindful)|check|review|try"
    r"|use|write|refrain)\b",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(
    r"^(?:contact|report|refer|record|print|inform|tell|complete|send|direct|provide|submit"
    r"|if\b[^.]{0,200}\bplease)\b"
    r"|\bplease (?:contact|refer|inform|speak|report)\b|\bdirect the enquiry\b|\b(?:is"
    r"|be) reviewed (?:every|by|on|annually)"
    r"|\bwill (?:be )?(?:review|advise|investigat)",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"\b(?:you|staff|employees?|users?|individuals?|representatives) may\b(?! (?:have|be)\b)"
    r"|\breserves? the right\b|\b(?:we|the (?:trust|school|academy|head\w*)) may\b(?! (?:have|be)\b)"
    r"|\bis permitted\b|\bare permitted\b|\bauthorise\b"
    r"|\b(?:is|are) allowed\b|\bdoes not need\b|\bneed only\b|\bmay comment\b|\bfree to\b",
    re.IGNORECASE,
)
# What nobody has to do is neither a duty nor a ban: it leaves people free.
_NO_DUTY = re.compile(
    r"\bno need (?:for \w+ )?to\b|\bneed(?: not|n['’]t)\b|\b(?:do|does)(?: not|n['’]t) (?:have|need) to\b"
    r"|\bnot (?:required|obliged|necessary|mandatory|expected)\b(?: to\b)?",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"(?<!\bthis )\bmeans\b|\brefer(?:s|red) to (?:\w+ )?as\b|\bis defined\b|\bis a (?:broad "
    r"|general )?term\b|^examples of\b"
    r"|^[^,.]{0,60}\binclud(?:es?),? (?!but no )"
    r"|^this (?:policy|procedure|document) (?:covers|addresses|deals with)\b",
    re.IGNORECASE,
)
_DEFINES_QUOTED = re.compile(
    r"^(?:an? |the )?[“\"‘'][^”\"’']{1,60}[”\"’'] (?:is|are|means?|includes?)\b", re.IGNORECASE
)
# What cannot be is no ban where it is a case in which something else holds.
_CASE = re.compile(r"\b(?:if|where|when|that|which|who)\b[^,.;:]{0,80}?\bcan(?:not|['’]t)\b", re.IGNORECASE)
# "that the views are yours and do not represent ours" forbids nothing: it says what is to be made clear.
_THAT = re.compile(r"\bthat\b[^.;:]{1,120}?\band (?:do|does) not\b", re.IGNORECASE)
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MODAL = re.compile(
    r"\b(?:must|shall|may|will|can|cannot|required|obliged|expected|have to|needs? to|mandatory|responsible"
    r"|responsibility|should|prohibited|forbidden|permitted|allowed|acceptable|illegal)\b",
    re.IGNORECASE,
)
_BINDING = ((_PROHIBITION, Force.PROHIBITION), (_BAN_BY_WHO, Force.PROHIBITION), (_DUTY, Force.DUTY))
_OTHERS = (
    (_RECOMMENDATION, Force.RECOMMENDATION),
    (_DUTY_VERB, Force.DUTY),
    (_PROCEDURE, Force.PROCEDURE),
    (_ADVICE_VERB, Force.RECOMMENDATION),
    (_PERMISSION, Force.PERMISSION),
    (_DEFINITION, Force.DEFINITION),
)
_WEAK = frozenset({Force.INFORMATION, Force.DEFINITION, Force.PROCEDURE, Force.PERMISSION})


def without_quotations(text: str) -> str:
    """The text with what stands between quotation marks taken out: somebody else's words make no rule."""
    return _QUOTED.sub(" ", text)


def propose_force(text: str, lead_in: Force | None = None) -> Force:
    """The force the words suggest; `lead_in` is that of the words above the list this belongs to.

    Quoted text makes no rule here. "Should", also with "not", only recommends: it is not taught as "must". Of
    a duty and a ban, the one said first decides; above a list, the last sentence, which the items go on. What
    nobody needs to do is no duty but a permission, where nothing else is said.
    """
    if _DEFINES_QUOTED.search(text[:200]):
        return Force.DEFINITION
    said = _CASE.sub(" ", without_quotations(text[:8000])).strip(" ,.;")
    said = _THAT.sub(" that", said) if " that " in said else said
    if not said:
        return Force.INFORMATION
    if _CONSEQUENCE.search(said) and _RESULT.search(said) and not re.search(r"\bmust\b", said):
        return Force.CONSEQUENCE
    own = _force_above_list(said) if text.rstrip().endswith(":") else _own_force(said)
    return own if lead_in is None else _under(lead_in, own, said)


def _force_above_list(said: str) -> Force:
    """That of the last sentence, which the items go on, where it has one."""
    last = _own_force(_LAST_SENTENCE.split(said)[-1])
    return _own_force(said) if last is Force.INFORMATION else last


def _own_force(said: str) -> Force:
    ordered = _NO_DUTY.sub(" ", said)
    binding = [(match.start(), force) for pattern, force in _BINDING if (match := pattern.search(ordered))]
    if binding:
        return min(binding, key=lambda pair: pair[0])[1]
    other = next((force for pattern, force in _OTHERS if pattern.search(ordered)), Force.INFORMATION)
    return Force.PERMISSION if other is Force.INFORMATION and ordered != said else other


def _under(lead_in: Force, own: Force, said: str) -> Force:
    """An item's force: what merely goes on from the words above the list, or orders below mere advice, is theirs."""
    is_order = _MODAL.search(said) is None
    goes_on = is_order and said[:1].islower()
    advises = is_order and lead_in is Force.RECOMMENDATION
    return lead_in if own in _WEAK or goes_on or advises else own
