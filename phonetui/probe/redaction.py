"""Redacts a phone's answers: removes what identifies the phone and its owner, keeps the form of the answers.

Numbers of parties, names, users, hosts, serial numbers, secrets and the tails of addresses become placeholders: equal
ones the same, numbers as long as they were. A leaf whose meaning is known is treated by it; in any other text nothing
survives but common words, the words of the phone's own schema, short numbers and times. Pictures become blank ones.

Texts must go through twice: once to be learned from, then `seal`, then for good. What was learned is looked for once
more in the finished bundle, whatever place and notation it stands in: `sweep` replaces it, `leaks` names what is left.
"""

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from phonetui.probe import markup
from phonetui.probe import vocabulary as words
from phonetui.probe.aliases import Aliases, AliasKind
from phonetui.probe.known_secrets import SUBSCRIBER, KnownSecrets, SecretMatch, respelled_alias, splice
from phonetui.probe.markup import MarkupPlace
from phonetui.probe.plan import NOWHERE
from phonetui.probe.vocabulary import PATTERNS, TOKEN, WORD, Meaning, Vocabulary, is_ipv4, is_ipv6, is_mask, meaning
from phonetui.xapi.path import Path

PUBLIC_USERS = frozenset({"xapi", "admin", "integrator", "user", "root", "cisco"})
"""User names that are everybody's."""
_SCALAR = re.compile(r"[+-]?\d{1,20}(?:\.\d+)?\s?%?")
_NUMBERISH = re.compile(r"[+*#]?[\d ()/.*#-]+")
_NOTHING = frozenset({"", "on", "off", "yes", "no", "none", "true", "false", "null", "n/a", "--", "0"})


class _Sensitive(Exception):
    pass


class Redaction:
    """Knows the placeholders of one bundle."""

    def __init__(self, *, passwords: tuple[str, ...] = (), users: tuple[str, ...] = (), hosts: tuple[str, ...] = ()):
        """What is known beforehand: the account that asks, and where the phone is."""
        self._aliases = Aliases()
        self._hide: Callable[[AliasKind, str], str] = self._aliases
        self._vocabulary = Vocabulary(NOWHERE)
        self._is_common = self._vocabulary.is_common
        self._dialled: set[str] = set()
        """Numbers of parties, from the places where such stand: short ones count as secret only if they are these."""
        self._learned: dict[str, tuple[AliasKind, str]] = {}
        """What was hidden somewhere and must be everywhere."""
        self._secrets = self._known_secrets(())
        """None before the sealing."""
        for password in passwords:
            if len(password) > 3:
                self._hide(AliasKind.SECRET, password)
        for user in users:
            self._of_meaning(Meaning.USER, user)
        for host in hosts:
            self._of_meaning(Meaning.HOST, host)
        self._index()

    def seal(self) -> None:
        """From here on placeholders are written."""
        self._aliases.seal()
        self._index()
        self._secrets = self._known_secrets(filter(self._is_secret, self._aliases.originals))

    def sweep(self, text: str) -> str:
        """A finished text without what is known to be secret, in whatever notation it stands there."""
        return self._secrets.replace(text, self._hide)

    def leaks(self, text: str) -> list[SecretMatch]:
        """What of a finished text is known to be secret."""
        return [*self._secrets.find(text), *self._secrets.extensions(text)]

    def body(self, text: str) -> str:
        """Of an answer: XML, a page, or anything."""
        if text.lstrip("\ufeff \t\r\n").startswith("<"):
            return markup.rewrite(text, self._text, self._attribute)
        return self.free(text)

    def leaf(self, path: Path, value: str) -> str:
        """Of the status tree."""
        return self._value(meaning(path), value, counts=words.counts(path))

    def free(self, text: str) -> str:
        """Of text in which anything may stand."""
        return self._mixed(text, self._tokens_of_free)

    def plain(self, text: str) -> str:
        """Of text in the field's own words."""
        if _SCALAR.fullmatch(text.strip()) and self._known(text.strip(), shortest_number=4) is None:
            return text
        return self._mixed(text, self._tokens_of_plain)

    def header(self, name: str, value: str) -> str:
        if name == "set-cookie":
            return re.sub(r"^([^=;]*=)[^;]*", r"\1hidden", self.free(value))
        return value if value.isdigit() else self.free(value)

    def _text(self, place: MarkupPlace, text: str) -> str:
        root = place.root.casefold()
        if not text.strip():
            return text
        if root in words.DOCUMENTS:
            self._vocabulary.learn_names(place.path.names)
            if root == "valuespace" and len(text) < 40:
                self._vocabulary.learn_words(text)
        if root == "status" and place.path.names:
            if place.path.names in (("Reason",), ("XPath",)):
                return self.plain(text)
            return self.leaf(place.path, text)
        if root in ("command", "valuespace", "fault", "emptyresult"):
            return self.plain(text)
        name = place.path.names[-1:] if root else ()
        return self._value(meaning(Path(name)), text) if name else self.free(text)

    def _attribute(self, place: MarkupPlace, name: str, value: str) -> str:
        if place.root.casefold() in words.DOCUMENTS and name.casefold() in words.STRUCTURE:
            self._vocabulary.learn_names(place.path.names)
            return self.plain(value)
        hinted = meaning(Path((name,))) if place.root.casefold() not in ("html", "") else Meaning.FREE
        return self._value(hinted, value)

    def _value(self, of: Meaning, value: str, *, counts: bool = False) -> str:
        core = value.strip()
        if not core or (counts and _SCALAR.fullmatch(core)):
            return value
        start = value.index(core)
        return value[:start] + self._of_meaning(of, core) + value[start + len(core) :]

    def _of_meaning(self, of: Meaning, core: str) -> str:
        folded = core.casefold()
        if of is Meaning.PLAIN:
            return self.plain(core)
        if of is Meaning.FREE or folded in _NOTHING:
            return self.free(core)
        if of is Meaning.SECRET:
            return self._hide(AliasKind.SECRET, core) if core.strip("*") else core
        if of is not Meaning.PARTY and self._is_harmless(core):
            return core
        if of is Meaning.SERIAL:
            return self._hide(AliasKind.SERIAL, core)
        if _NUMBERISH.fullmatch(core) and not is_ipv4(core):
            return self._number(core)
        if of in (Meaning.NAME, Meaning.PARTY):
            return self._name(core)
        if "@" in core or PATTERNS.search(core):
            return self.free(core)
        if of is Meaning.USER:
            return core if folded in PUBLIC_USERS else self._hide(AliasKind.USER, core)
        if of is Meaning.HOST:
            return re.sub(r"[\w.-]+", lambda found: self._host(found[0]), core)
        return self._name(core)

    def _is_harmless(self, text: str) -> bool:
        """Whether text of unknown meaning would stay as it is."""
        hide, self._hide = self._hide, _refused
        try:
            return self.free(text) == text
        except _Sensitive:
            return False
        finally:
            self._hide = hide

    def _name(self, core: str) -> str:
        self._vocabulary.note_person(core)
        for word in WORD.findall(core):
            if len(word) > 2 and not self._is_common(word):
                self._hide(AliasKind.NAME, word)
        return self._hide(AliasKind.NAME, core)

    def _number(self, form: str) -> str:
        digits = "".join(char for char in form if char.isdigit())
        if len(digits) < 3:
            return form
        self._dialled.add(digits)
        shown = iter(self._hide(AliasKind.NUMBER, digits))
        return "".join(next(shown) if char.isdigit() else char for char in form)

    def _host(self, host: str) -> str:
        labels = host.split(".")
        if host.isdigit() or all(self._is_common(word) or len(word) < 3 for word in WORD.findall(host)):
            return host
        for label in labels[:-1]:
            if len(label) > 3 and not self._is_common(label):
                self._vocabulary.note_person(label)
                self._hide(AliasKind.HOST, label)
        return self._hide(AliasKind.HOST, host)

    def _mixed(self, text: str, gap: Callable[[str], str]) -> str:
        """Text with addresses and numbers in it; what stands between them goes through `gap`."""
        if (inside := markup.base64_format(text)) is not None:
            return markup.BLANK if inside != "data" else "x" * len(text)

        def scanned(part: str) -> str:
            return splice(part, PATTERNS.finditer(part), lambda found: self._pattern(found, gap), gap)

        # Names of several words, and passwords of whatever characters, go before anything else is looked at. Others are
        # found as a whole by their form: a URL's host must not part the URL.
        hits = (
            hit for hit in self._secrets.find(text) if not (hit.kind in _ADDRESSES or TOKEN.fullmatch(hit.original))
        )
        return splice(text, hits, lambda hit: respelled_alias(text[hit.start : hit.end], hit, self._hide), scanned)

    def _pattern(self, found: re.Match[str], gap: Callable[[str], str]) -> str:
        raw = found[0]
        match found.lastgroup:
            case "url":
                return self._url(raw)
            case "uri":
                return self._uri(raw)
            case "mail":
                user, _, host = raw.rpartition("@")
                return f"{self._user(user)}@{self._hide(AliasKind.HOST, host)}"
            case "fingerprint" | "uuid":
                return self._hide(AliasKind.SECRET, raw)
            case "mac" | "sep":
                return self._mac(raw)
            case "hex":
                known = self._aliases.is_known(AliasKind.MAC, raw)
                return self._mac(raw) if known or not raw.isdigit() else gap(raw)
            case "ipv4":
                if not is_ipv4(raw):
                    return gap(raw)
                return raw if is_mask(raw) else self._hide(AliasKind.IPV4, raw)
            case "ipv6":
                if is_ipv6(raw):
                    return raw if is_mask(raw) else self._hide(AliasKind.IPV6, raw)
                return raw if words.CLOCK.fullmatch(raw) else gap(raw)
        return raw

    def _mac(self, form: str) -> str:
        digits = "".join(char for char in form if char.isalnum())
        return words.respelled(form, self._hide(AliasKind.MAC, digits.casefold()))

    def _url(self, raw: str) -> str:
        split = words.URL.fullmatch(raw)
        if split is None:
            return self._hide(AliasKind.SECRET, raw)
        user = f"{self._user(split['user'])}@" if split["user"] else ""
        host = self._host_or_address(split["host"].strip("[]"))
        rest = re.sub(r"[^/?&=#;.,]+", lambda part: self._segment(part[0]), split["rest"])
        bracketed = f"[{host}]" if split["host"].startswith("[") else host
        return f"{split['scheme']}{user}{bracketed}{split['port'] or ''}{rest}"

    def _uri(self, raw: str) -> str:
        split = words.URI.fullmatch(raw)
        if split is None:
            return self._hide(AliasKind.SECRET, raw)
        host = f"@{self._host_or_address(split['host'])}" if split["host"] else ""
        rest = re.sub(r"[^;?:&=,]+", lambda part: self._segment(part[0]), split["rest"])
        return f"{split['scheme']}{self._user(split['user'])}{host}{rest}"

    def _host_or_address(self, host: str) -> str:
        if not host:
            return host
        if is_ipv6(host) or (host.count(".") == 3 and is_ipv4(host)):
            kind = AliasKind.IPV6 if ":" in host else AliasKind.IPV4
            return host if is_mask(host) else self._hide(kind, host)
        if PATTERNS.search(host):
            return self.free(host)
        return self._host(host) if not host.isdigit() else host

    def _segment(self, part: str) -> str:
        found = WORD.findall(unquote(part))
        if all(self._is_common(word) or (word.isdigit() and len(word) < 4) or len(word) < 3 for word in found):
            return part
        return self._number(part) if part.isdigit() else self._hide(AliasKind.SECRET, part)

    def _user(self, user: str) -> str:
        if _NUMBERISH.fullmatch(user):
            return self._number(user)
        if user.casefold() in PUBLIC_USERS:
            return user
        name, colon, password = user.partition(":")
        if colon:
            return f"{self._user(name)}:{self._hide(AliasKind.SECRET, password) if password else ''}"
        self._vocabulary.note_person(user)
        for word in WORD.findall(user):
            if len(word) > 3 and not self._is_common(word):
                self._hide(AliasKind.USER, word)
        return self._hide(AliasKind.USER, user)

    def _tokens_of_free(self, text: str) -> str:
        def tokens(part: str) -> str:
            return TOKEN.sub(lambda found: self._token(found[0], self._word), part)

        def hosts(part: str) -> str:
            return splice(part, words.DOMAIN.finditer(part), lambda found: self._host(found[0]), tokens)

        numbers = (found for found in words.PHONE.finditer(text) if sum(char.isdigit() for char in found[0]) > 6)
        return splice(text, numbers, lambda found: self._number(found[0]), hosts)

    def _tokens_of_plain(self, text: str) -> str:
        return TOKEN.sub(lambda found: self._token(found[0], str, shortest_number=4), text)

    def _token(self, token: str, other: Callable[[str], str], *, shortest_number: int = 3) -> str:
        """What it became where it was hidden elsewhere, whole or word by word; other words go through `other`."""

        def word(found: re.Match[str]) -> str:
            known = self._known(found[0], shortest_number=shortest_number)
            return other(found[0]) if known is None else known

        known = self._known(token, shortest_number=shortest_number)
        return WORD.sub(word, token) if known is None else known

    def _known(self, token: str, *, shortest_number: int) -> str | None:
        """What a word that was hidden elsewhere became; None for others."""
        learned = self._learned.get(token.casefold())
        if learned is None:
            return None
        if learned[0] is AliasKind.NUMBER and len(token) < (shortest_number if token in self._dialled else SUBSCRIBER):
            return None
        return self._hide(*learned)

    def _word(self, word: str) -> str:
        """One that was hidden nowhere else."""
        if word.isdigit():
            return self._hide(AliasKind.NUMBER, word) if word.isascii() and len(word) > 3 else word
        if self._is_common(word):
            return word
        if word.isalpha() or not word.isascii() or "'" in word:
            if len(word) > 2 and self._hide is _refused:
                raise _Sensitive
            return word if len(word) < 3 else "x" * len(word)
        runs = words.RUNS.findall(word)
        simple = all((len(run) < 4 if run.isdigit() else self._is_common(run) or len(run) < 3) for run in runs)
        return word if simple and len(runs) < 4 else self._hide(AliasKind.SECRET, word)

    def _index(self) -> None:
        """From what was noted, which words are looked for in every text."""
        for kind, original in self._aliases.originals:
            if len(original) > 2 and kind not in _ADDRESSES and not self._is_all_common(kind, original):
                self._learned.setdefault(original, (kind, original))

    def _known_secrets(self, secrets: Iterable[tuple[AliasKind, str]]) -> KnownSecrets:
        return KnownSecrets(secrets, is_common=self._is_common, is_alias=self._aliases.is_alias)

    def _is_secret(self, secret: tuple[AliasKind, str]) -> bool:
        """Whether it is to be found in every notation: not a number that is no party's, nor a common word alone."""
        kind, original = secret
        if kind is AliasKind.NUMBER:
            return len(original) >= SUBSCRIBER or original in self._dialled
        return (kind is AliasKind.NAME and " " in original) or not self._is_all_common(kind, original)

    def _is_all_common(self, kind: AliasKind, original: str) -> bool:
        return kind in (AliasKind.NAME, AliasKind.HOST, AliasKind.USER) and all(
            map(self._is_common, WORD.findall(original))
        )


_ADDRESSES = frozenset({AliasKind.MAC, AliasKind.IPV4, AliasKind.IPV6})


def _refused(_: AliasKind, __: str) -> str:
    raise _Sensitive
