"""The one place that talks to the network: retries, limits, conditional requests, and keys that never leave it.

Every download goes to a temporary file; nothing is believed before its size, its kind and its end were checked.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

import requests
import urllib3

from screener import __version__
from screener.sources.source import Source, SourceError
from screener.store.raw import sha256_of
from screener.store.snapshots import KeptFile

TRIES: Final = 4
CONNECT_SECONDS: Final = 15.0
SILENCE_SECONDS: Final = 60.0
LONGEST_WAIT: Final = 120.0
REDIRECTS: Final = 5
KEPT_HEADERS: Final = ("etag", "last-modified", "content-type", "content-length", "date")
MASK: Final = "***"
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BLOCK: Final = 1 << 16

sleep: Callable[[float], None] = time.sleep
"""Replaced in tests, so that they need not wait."""

Progress = Callable[[int, int | None], None]
Explain = Callable[[bytes], str | None]


@dataclass(frozen=True)
class Earlier:
    """A raw file of the last accepted snapshot: its headers and where it is kept (compressed), to ask only for what is newer."""

    headers: Mapping[str, str]
    sha256: str
    path: Path


class _AgainError(Exception):
    """The attempt failed in a way that may pass: tried again after `wait` seconds, or after the usual pause."""

    def __init__(self, told: str, wait: float | None = None) -> None:
        super().__init__(told)
        self.told = told
        self.wait = wait


@dataclass
class Client:
    """Downloads the raw files of one source.

    Args:
        source: the source.
        folder: where files go until they are kept.
        earlier: raw files of the last accepted snapshot by part.
        progress: called with bytes so far and bytes in all (or none).
        options: what the user gave with `--option NAME=VALUE`.
        targets: ids that a source of many requests should ask for (DART corp codes).
        variant: which data set of the source.
    """

    source: Source
    folder: Path
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    progress: Progress = lambda done, total: None
    options: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    variant: str = ""
    files: list[KeptFile] = field(default_factory=list)
    _last: float = 0.0
    _session: requests.Session | None = None

    def key(self) -> str:
        """The key of the source, as it goes into a request.

        Raises:
            SourceError: the environment variable is not set.
        """
        value = self.source.key_value()
        if value is None:
            raise SourceError(
                "this source needs a key",
                where=self.source.id,
                found=f"{self.source.key} is not set",
                do=f"get one at {self.source.url} and set the environment variable",
            )
        # Portals hand keys out percent-encoded as well; encoding such a key again would break it.
        return unquote(value) if re.search(r"%[0-9A-Fa-f]{2}", value) else value

    def address(self, url: str) -> str:
        """The URL, on another host if SCREENER_BASE_<SOURCE> names one (a mirror, or a test)."""
        base = os.environ.get("SCREENER_BASE_" + re.sub(r"[^A-Z0-9]", "_", self.source.id.upper()))
        if not base:
            return url
        there, parts = urlsplit(base), urlsplit(url)
        return urlunsplit((there.scheme, there.netloc, there.path.rstrip("/") + parts.path, parts.query, ""))

    def mask(self, text: str) -> str:
        """The text without the key, however it is encoded."""
        value = self.source.key_value()
        if not value:
            return text
        plain = unquote(value)
        forms = {
            value,
            plain,
            quote(plain, safe=""),
            quote(plain),
            quote_plus(plain),
            quote(value, safe=""),
            quote_plus(value),
        }
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    def download(
        self,
        url: str,
        part: str,
        *,
        expect: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> KeptFile:
        """Downloads one raw file of the snapshot and adds it to `files`.

        Args:
            url: address; with `params` as its query.
            part: name of the file within the snapshot.
            expect: `zip`, `xml`, `csv`, `json`, `html` or `xlsx`: anything else is refused.
            params: query; may hold the key.
            headers: request headers; may hold the key.
            explain: tells what an error body of the source means, given its first bytes; none if it is no error.

        Raises:
            SourceError: not reached after several tries, refused, too big, too slow, cut, or something else than expected.
        """
        before = self.earlier.get(part)
        conditions = _conditions(before) if before and before.path.exists() else {}
        file = self._fetched(url, part, expect, params or {}, {**(headers or {}), **conditions}, explain, before)
        self.files.append(file)
        return file

    def json(
        self,
        url: str,
        params: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> tuple[Any, KeptFile]:
        """One page of an API: the parsed JSON, and the file that it came in (not added to `files`; see `Bundle`)."""
        file = self._fetched(url, "page", "json", params, headers or {}, explain, None)
        try:
            with open(file.path, encoding="utf-8-sig") as text:
                return json.load(text), file
        except (ValueError, RecursionError) as error:
            raise SourceError(
                "not JSON", where=file.url, found=str(error), do="try again later; the source may have changed"
            ) from None

    def bundle(self, part: str, url: str) -> Bundle:
        """A raw file of many answers of an API, one a line."""
        return Bundle(self, part, self.mask(url))

    def _fetched(
        self,
        url: str,
        part: str,
        expect: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        explain: Explain | None,
        before: Earlier | None,
    ) -> KeptFile:
        address = self.address(url)
        shown = self.mask(address + ("&" if "?" in address else "?") + urlencode(params) if params else address)
        told = ""
        for attempt in range(TRIES):
            try:
                return self._attempt(address, shown, part, expect, params, headers, explain, before)
            except _AgainError as again:
                told = again.told
                if attempt + 1 < TRIES:
                    pause = again.wait if again.wait is not None else 2.0**attempt
                    if pause > LONGEST_WAIT:
                        raise SourceError(
                            f"the source asks to wait {pause:.0f} seconds",
                            where=shown,
                            found=told,
                            do="run fetch again after that time",
                        ) from None
                    sleep(pause)
        raise SourceError(
            "not reached",
            where=shown,
            found=told,
            do="check the connection and try again later, or load a file with --from",
        )

    def _attempt(
        self,
        address: str,
        shown: str,
        part: str,
        expect: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        explain: Explain | None,
        before: Earlier | None,
    ) -> KeptFile:
        self._pace()
        asked = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        try:
            answer = self._open().get(
                address,
                params=dict(params),
                headers=dict(headers),
                stream=True,
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
            )
        except requests.TooManyRedirects:
            raise SourceError(
                "the source redirects in a circle",
                where=shown,
                found=f"more than {REDIRECTS} redirects",
                do="try again later",
            ) from None
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
            raise SourceError("not an address that can be fetched", where=shown, found=self.mask(str(error))) from None
        except requests.RequestException as error:
            raise _AgainError(self.mask(_unreached(error))) from None
        with answer:
            return self._received(answer, asked, shown, part, expect, explain, before)

    def _received(
        self,
        answer: requests.Response,
        asked: dt.datetime,
        shown: str,
        part: str,
        expect: str,
        explain: Explain | None,
        before: Earlier | None,
    ) -> KeptFile:
        if urlsplit(shown).scheme == "https" and urlsplit(answer.url).scheme != "https":
            raise SourceError(
                "the source redirects to an unprotected address", where=shown, found=self.mask(answer.url)
            )
        if answer.status_code == 304 and before is not None:
            return KeptFile(part, before.path, shown, asked, before.sha256, 0, dict(before.headers))
        if answer.status_code in _AGAIN:
            raise _AgainError(f"status {answer.status_code}", _retry_after(answer.headers.get("Retry-After")))
        if answer.status_code in (401, 403):
            raise SourceError(
                "the source refuses access", where=shown, found=f"status {answer.status_code}", do=self._refused()
            )
        if answer.status_code != 200:
            raise SourceError(
                "the source does not have it",
                where=shown,
                found=f"status {answer.status_code}",
                do="see whether the address has changed",
            )
        path = self._streamed(answer, shown)
        with open(path, "rb") as file:
            head = file.read(4096)
        problem = explain(head) if explain else None
        if problem is not None:
            raise SourceError(
                "the source answers with an error",
                where=shown,
                found=self.mask(problem),
                do="see the message; keys and quotas are the usual cause",
            )
        if (kind := told_kind(head)) not in _ACCEPTED[expect]:
            raise SourceError(
                f"the source sent {_WORDS.get(kind, 'something else')} instead of {_WORDS[expect]}",
                where=shown,
                found=head[:80].decode("utf-8", "replace").strip(),
                do="try again later; the page or the address may have changed",
            )
        kept = {name: value for name, value in answer.headers.items() if name.lower() in KEPT_HEADERS}
        return KeptFile(part, path, shown, asked, sha256_of(path), path.stat().st_size, kept)

    def _streamed(self, answer: requests.Response, shown: str) -> Path:
        written = answer.headers.get("Content-Length", "")
        total = int(written) if written.isdigit() else None
        limit = self.source.max_bytes
        if total is not None and total > limit:
            raise SourceError(
                "the file is larger than it can be",
                where=shown,
                found=f"{total} bytes, at most {limit}",
                do="see whether the address has changed",
            )
        deadline = time.monotonic() + self.source.max_seconds
        handle, name = tempfile.mkstemp(prefix="download.", dir=self.folder)
        done = 0
        with os.fdopen(handle, "wb") as file:
            try:
                # read1 gives what is there: a source that drips is seen by the clock, not waited for until a block is full.
                while block := answer.raw.read1(_BLOCK, decode_content=True):
                    done += len(block)
                    if done > limit:
                        raise SourceError(
                            "the file is larger than it can be", where=shown, found=f"more than {limit} bytes"
                        )
                    file.write(block)
                    self.progress(done, total)
                    if time.monotonic() > deadline:
                        raise SourceError(
                            "the source is too slow",
                            where=shown,
                            found=f"{done} bytes in {self.source.max_seconds:.0f} seconds",
                            do="try again later",
                        )
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise _AgainError(f"the connection broke after {done} bytes: {self.mask(_short(error))}") from None
        if total is not None and answer.raw.tell() < total:
            raise _AgainError(f"the connection broke after {answer.raw.tell()} of {total} bytes")
        return Path(name)

    def _open(self) -> requests.Session:
        if self._session is None:
            self._session = requests.Session()
            self._session.max_redirects = REDIRECTS
            self._session.headers["User-Agent"] = (
                f"screener/{__version__} (corporate due diligence; one reader, cached, conditional requests)"
            )
        return self._session

    def _pace(self) -> None:
        wait = self._last + self.source.interval - time.monotonic()
        if self._last and wait > 0:
            sleep(wait)
        self._last = time.monotonic()

    def _refused(self) -> str:
        return (
            f"check {self.source.key}" if self.source.key else "see the terms of the source, or load a file with --from"
        )

    def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            self._session.close()


@dataclass
class Bundle:
    """Answers of an API kept as one raw file: a JSON object a line, with url (masked), retrieved_at and body (as it came)."""

    client: Client
    part: str
    url: str
    _file: IO[bytes] | None = None

    def __enter__(self) -> Bundle:
        handle, name = tempfile.mkstemp(prefix="bundle.", dir=self.client.folder)
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)
        self._began = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        return self

    def add(self, file: KeptFile, about: Mapping[str, str] | None = None) -> None:
        """Adds an answer; `about` are the parameters that the parser needs and the body does not tell."""
        assert self._file is not None
        line = {"url": file.url, "about": dict(about or {}), "body": file.path.read_text(encoding="utf-8-sig")}
        self._file.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        file.path.unlink()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        assert self._file is not None
        self._file.close()
        if kind is None:
            size = self._path.stat().st_size
            self.client.files.append(
                KeptFile(self.part, self._path, self.url, self._began, sha256_of(self._path), size, {})
            )


_WORDS: Final = {
    "zip": "a ZIP file",
    "xml": "XML",
    "csv": "a table of text",
    "json": "JSON",
    "html": "an HTML page",
    "xlsx": "a spreadsheet",
    "gzip": "a gzip file",
    "empty": "an empty file",
    "binary": "a binary file",
}
_ACCEPTED: Final = {
    "zip": {"zip"},
    "xlsx": {"zip", "xls"},
    "xml": {"xml"},
    "csv": {"csv", "gzip", "zip"},
    "json": {"json", "gzip"},
    "html": {"html", "xml"},
}


_HTML: Final = rb"!doctype html|html|head|body|meta|title|link|script|style|table|thead|tbody|tr|div|span|p|a|br|center|form|font|b|h[1-6]"


def told_kind(head: bytes) -> str:
    """What a file is, by its first bytes: zip, gzip, xls, json, html, xml, csv, binary or empty."""
    if not head.strip():
        return "empty"
    for magic, kind in (
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\x1f\x8b", "gzip"),
        (b"\xd0\xcf\x11\xe0", "xls"),
    ):
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    start = text[:2048].lower()
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith(b"<"):
        # Told by its first element: XML of the portals has a <body> and a <header>, too.
        first = re.match(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*<(!doctype\s+\w+|[\w:]+)", start, re.S)
        return "html" if first and re.fullmatch(_HTML, b" ".join(first[1].split())) else "xml"
    return "binary" if b"\x00" in head else "csv"


def _conditions(before: Earlier) -> dict[str, str]:
    there = {name.lower(): value for name, value in before.headers.items()}
    wanted = {"If-None-Match": there.get("etag"), "If-Modified-Since": there.get("last-modified")}
    return {name: value for name, value in wanted.items() if value}


def _retry_after(written: str | None) -> float | None:
    """Seconds of a Retry-After header, which may be a number or a date (RFC 9110, 10.2.3)."""
    if not written:
        return None
    if written.strip().isdigit():
        return float(written)
    try:
        then = email.utils.parsedate_to_datetime(written)
    except ValueError:
        return None
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def _unreached(error: requests.RequestException) -> str:
    """Why no answer came, in the words of whoever knows it best: the operating system, or the other side's certificate."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"no answer within {SILENCE_SECONDS:.0f} seconds"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, BaseException):
        # "HTTPSConnection(host=…, port=443): Failed to establish a new connection: [Errno 111] Connection refused"
        return str(reason).splitlines()[0].rpartition(": ")[2][:200] or type(reason).__name__
    return _short(error)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
