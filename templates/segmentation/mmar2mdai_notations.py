"""Notations in series' names that are no words: `w/o`, `+C`, `T2*`, the keys of BIDS."""

from __future__ import annotations

import re
import unicodedata

LAST_LATIN = "\u024f"
LETTERS = str.maketrans(
    {"ł": "l", "\u0131": "i", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "þ": "th"}
)

MEDIUM_NOUN = r"(?:c|k|ce|gd|gad\w*|km|kontr\w*|contr\w*)"

REWRITTEN = [
    # BIDS and ReproIn: keys are no words, `ce-` names an agent.
    (r"(?<![a-z])(sub|ses)-[a-z0-9]+(?=.*_(?:ses|acq|ce|run|rec|t1w|t2w|flair|pdw|dwi)\b)", " "),
    (r"(?<![a-z])(ses|run|task|dir|space|res|den|chunk|echo)-[a-z0-9]+", " "),
    (r"(?<![a-z])ce-(?!(?:no|none|pre)\b)[a-z0-9]+", " contrast "),
    (r"\bno[.:]? *(?=\d)", " "),
    # Contrast of tissues, of which there is no medium; `sense contrast` is Catalan and Philips'.
    (
        r"\b(?:high|low|soft|tissue|gr[ae]y|white|matter|gm|wm|gw|mixed|multi|dual|transfer"
        r"|susceptib\w*)[ /_-]*contrast(?! *(?:agent|medi))",
        " ",
    ),
    (r"\bsense[ _-]+contrast\w*", " pc "),
    (r"[_,;()\[\]{}|\\^=#\"'?!<>.]", " "),
    (r"\bb(?:[ -]*value)?[ =-]*(\d+)\b", r" b\1 "),
    # Other scripts: Russian, Japanese and Chinese, Korean.
    (r"без *(?:контраст\w*|ку\b)|до *(?:контраст\w*|ку\b)|\bнатив\w*", " nocontrast "),  # noqa: RUF001
    (r"контраст\w*|\bку\b", " contrast "),  # noqa: RUF001
    (r"造影前|単純|平扫|平掃|非造影|비조영|조영 *전", " nocontrast "),
    (r"πριν", " prin "),  # noqa: RUF001
    (r"μετα", " meta "),  # noqa: RUF001
    (r"χωρις", " choris "),  # noqa: RUF001
    (r"σκιαγ\w*", " contrast "),  # noqa: RUF001
    (r"造影|增强|增強|조영", " contrast "),
    # Abbreviations of prepositions, which are bound to what follows.
    (r"\bk *l\b", " km "),
    (r"\bkontraszt\w* +utan\b", " with km "),
    (r"\b(?:s|so|su|ar|me|koos) +(?=kontr)", " with "),
    (r"\b(?:be|pa) +(?=kontr)", " without "),
    (r"\bnot +(?:given|done|inject\w*|admin\w*)", " none "),
    (r"\b(?:head|body|neck|spine|\d+ *ch\w*)[ -]*coil\b", " "),
    (r"\bo *km\b", " without km "),
    (r"\bv *km\b", " before km "),
    (r"\b[nm] *km\b", " with km "),
    (r"\bz +contr\w*", " pc "),
    (r"\b(t[12])w */ *o(?:ut)?\b", r"\1 without"),
    (r"\bwith *out\b", " without "),
    (r"(?:(?<= )|^)-(?:km|gd)\b|\b(?:km|gd|ce)-(?= |$)", " pc "),
    (r"\bpost[ -]*proc\w*|\bprocessed\b", " computed "),
    (r"\bwithout *(?:/|&|and|\+) *with\b", " bothmedium "),
    # With and without, of which both may stand in a protocol's name.
    (r"\bpre *(?:and|&|\+|/) *post\b|\+ */ *-", " bothmedium "),
    (r"\bw(?:ith)? *(?:/|&|\+|and)? *(?:and|&|\+)? *w(?:ith)? */? *o(?:ut)?\b", " bothmedium "),
    (r"\bw *(?:/|/? *& *|-)? *wo\b|\bwwo\b", " bothmedium "),
    (r"\bwith *(?:/|&|and) *without\b|\bmit *(?:/|und) *ohne\b", " bothmedium "),
    (r"\bw */ *o(?:ut)?\b|\bw o\b", " without "),
    (rf"\bw *(?:/|(?= {MEDIUM_NOUN}\b))", " with "),
    (r"\bs */ *c\b", " without contrast "),
    (r"\bc */ *c\b", " with contrast "),
    (r"\bs */", " without "),
    (r"\bc */", " with "),
    (r"\b(?:non?|not)[ -]*(?:con|ce|contrast|enh\w*|gd|gad\w*)\b", " nocontrast "),
    (
        r"\b(bez|po|z|nach|ohne|mit|met|na|zonder|sin|con|sem|com|avec|sans|pre|post) (?:c|k)\b",
        r"\1 contrast",
    ),
    (r"\bi *v *\+", " contrast "),
    (r"\bi *v *-(?= |$)", " nocontrast "),
    (rf"\+ *{MEDIUM_NOUN}\b", " contrast "),
    (r"\bc *\+", " contrast "),
    (r"(?:(?<= )|^)- ?c\b(?!-)|\bc-(?= |$)", " nocontrast "),
    (r"\b(t1\w*) *\+ *$", r"\1 contrast"),
    (r"\+ *$", " contrast "),
    (r"\bgd[ -]+(?:dtpa|bopta|dota)\b", " contrast "),
    # Names of several words.
    (r"\bt2 *w? *(?:\*|[ -]star)", " t2star "),
    (r"\bd(?:ark|a)[ -]*fl(?:uid)?\b", " darkfluid "),
    (r"\bdouble *(?:ir|inversion)\b", " dir "),
    (r"\b(?:average|avg) *dc\b", " adc "),
    (r"\bapparent *diff\w*(?: *coef\w*)?", " adc "),
    (r"\bexp\w* *(?:apparent *diff\w*|adc)", " eadc "),
    (r"\bfat[ -]*(?:sat\w*|sup\w*)", " fatsat "),
    (r"\bphase[ -]*contrast\b", " phasecontrast "),
    (r"\bout[ -]*of[ -]*phase|\b(?:out|opp\w*)[ -]*phase", " outphase "),
    (r"\bin[ -]*phase", " inphase "),
    (r"\b(arterial|venous|portal|late|delayed|equilibrium)[ -]+phase\b", r" \1 "),
    (r"\bpre[ -]*(?:sat|scan)\w*", " "),
    (r"\bmp2rage(.*)\bt1[ -]*(?:images?|map)\b", r" mp2rage \1 t1map "),
    (r"\b(?:3|three)[ -]*pl(?:ane)?\b", " "),
    (r"\binv[ -]*([12])\b", r" inv\1 "),
    (r"\b(?:t1|t2)[ -]*rho\b", " t1rho "),
    (r"\bkey *image\w*", " report "),
    (r"\bfield *map", " fieldmap "),
    (r"\bt([12])[ -]+w(?:eighted|i)?\b(?! *\d)", r"t\1w"),
    (r"\bc[ -]*(spine|sp|wirbel\w*|kol\w*)\b", r" cspine "),
    (r"\b([tl])[ -]*spine\b", r" \1spine "),
]
"""Notations, and what they are read as, one after the other."""

TURNED = [(re.compile(pattern), to) for pattern, to in REWRITTEN]


def rewritten(text: str) -> str:
    """A name in small letters without accents, its notations written as words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    plain = unicodedata.normalize("NFKD", parted.lower().translate(LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = unicodedata.normalize("NFC", plain)
    for pattern, to in TURNED:
        plain = pattern.sub(to, plain)
    return plain


def has_other_script(text: str) -> bool:
    """Whether letters of a name are not Latin, and were not read, or were lost on their way."""
    return "??" in text or any(
        letter.isalpha() and letter > LAST_LATIN for letter in rewritten(text)
    )
