"""The one place that talks to the network: retries, limits, conditional requests, and keys that never leave it.

Every download goes to a temporary file; nothing is believed before its size, its kind and its end were checked.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from screener import __version__
from screener.sources.kinds import ACCEPTED, WORDS, file_kind
from screener.sources.source import Explain, RawFile, Source, SourceError
from screener.store.raw import sha256_of
from screener.store.snapshots import KeptFile

RETRIES: Final = 3
CONNECT_SECONDS: Final = 15.0
SILENCE_SECONDS: Final = 60.0
LONGEST_WAIT: Final = 120.0
REDIRECTS: Final = 5
MAX_PAGES: Final = 1000
KEPT_HEADERS: Final = ("etag", "last-modified", "content-type", "content-length", "date")
MASK: Final = "***"
_TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BLOCK: Final = 1 << 16
_AGENT: Final = f"screener/{__version__} (corporate due diligence; one reader, cached, conditional requests)"

sleep: Callable[[float], None] = time.sleep
"""Replaced in tests, so that they need not wait."""

Progress = Callable[[int, int | None], None]
Ask = Callable[[int, Any], Mapping[str, str] | None]


@dataclass(frozen=True)
class CachedResponse:
    """A raw file of the last accepted snapshot: its headers, and where it is kept (compressed)."""

    headers: Mapping[str, str]
    sha256: str
    path: Path

    def conditions(self) -> dict[str, str]:
        """The headers of a conditional request; none where the file is gone."""
        there = {name.lower(): value for name, value in self.headers.items() if self.path.exists()}
        wanted = {"If-None-Match": there.get("etag"), "If-Modified-Since": there.get("last-modified")}
        return {name: value for name, value in wanted.items() if value}


class _LongWaitError(Exception):
    """The source asks to wait longer than anybody would; the argument is how many seconds."""


class _Retry(urllib3.Retry):
    """Pauses of 1, 2 and 4 seconds or what Retry-After says (RFC 9110, 10.2.3), on errors that may pass."""

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        wait = None
        if response is not None:
            try:
                wait = self.get_retry_after(response)
            except urllib3.exceptions.InvalidHeader:
                wait = None
        pause = 2.0 ** (len(self.history) - 1) if wait is None else wait
        if pause > LONGEST_WAIT:
            raise _LongWaitError(pause)
        sleep(pause)


_RETRY: Final = _Retry(
    RETRIES, status_forcelist=_TEMPORARY, allowed_methods=["GET"], raise_on_status=False, retry_after_max=10**9
)


@dataclass
class Client:
    """Downloads the raw files of one source.

    Args:
        source: the source.
        folder: where files go until they are kept.
        cached: raw files of the last accepted snapshot by part.
        progress: called with bytes so far and bytes in all (or none).
        options: what the user gave with `--option NAME=VALUE`.
        targets: ids that a source of many requests should ask for (DART corp codes).
        variant: which data set of the source.
    """

    source: Source
    folder: Path
    cached: Mapping[str, CachedResponse] = field(default_factory=dict)
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
            do = f"get one ({self.source.url}) and set {self.source.key}, or use --from FILE"
            where, found = self.source.id, f"{self.source.key} is not set"
            raise SourceError("this source needs a key", where=where, found=found, do=do)
        # Portals hand keys out percent-encoded as well; encoding such a key again would break it.
        return unquote(value) if re.search(r"%[0-9A-Fa-f]{2}", value) else value

    def mask(self, text: str) -> str:
        """The text without the key, however it is encoded."""
        value = self.source.key_value()
        if not value:
            return text
        plain = unquote(value)
        forms = {
            value,
            plain,
            quote(plain),
            *(code(key, safe="") for key in (value, plain) for code in (quote, quote_plus)),
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
        explain: Explain | None = None,
    ) -> KeptFile:
        """Downloads one raw file of the snapshot and adds it to `files`.

        Args:
            url: address; with `params` as its query.
            part: name of the file within the snapshot.
            expect: `zip`, `xml`, `csv`, `json`, `html` or `xlsx`: anything else is refused.
            params: query; may hold the key.
            explain: what an error body of the source means, given its first bytes; none if it is no error.

        Raises:
            SourceError: not reached, refused, too big, too slow, cut, or something else than expected.
        """
        cached = self.cached.get(part)
        file = self._fetched(url, part, expect, params or {}, cached.conditions() if cached else {}, explain)
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
        """One answer of an API: the parsed JSON, and the file that it came in (not added to `files`; see `answers`)."""
        file = self._fetched(url, "page", "json", params, headers or {}, explain)
        try:
            return json.loads(file.path.read_text(encoding="utf-8-sig")), file
        except (ValueError, RecursionError) as error:
            do = "try again later; the source may have changed"
            raise SourceError("not JSON", where=file.url, found=str(error), do=do) from None

    def download_all(self, explain: Explain | None = None, params: Mapping[str, str] | None = None) -> None:
        """Downloads every raw file of the source from its address, with the key where it is asked for."""
        for file in self.source.files:
            key = {file.key_as: self.key()} if file.key_as else {}
            asked = {**(params or {}), **key}
            self.download(file.address, file.part, expect=file.expect, params=asked, explain=explain)

    def answers(
        self, file: RawFile, ask: Ask, *, headers: Mapping[str, str] | None = None, explain: Explain | None = None
    ) -> None:
        """Many answers of an API as one raw file: a JSON object a line with url (masked), about and body (as it came).

        Args:
            file: which, with the address of each request.
            ask: gives the parameters of the next request, none at the end, from the number of answers so far and the
                last of them. All but the key is kept as `about`.
            headers: of each request.
            explain: as in `download`.
        """
        began, last, count = _now(), None, 0
        path = self._temporary("answers.")
        with path.open("wb") as out:
            while (params := ask(count, last)) is not None:
                last, page = self.json(file.address, params, headers=headers, explain=explain)
                about = {name: value for name, value in params.items() if self.mask(value) == value}
                line = {"url": page.url, "about": about, "body": page.path.read_text(encoding="utf-8-sig")}
                out.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
                page.path.unlink()
                count += 1
        self.files.append(self._kept(file.part, path, self.mask(file.address), began))

    def pages(
        self,
        file: RawFile,
        asked: Mapping[str, str],
        number: str,
        count: Callable[[Any], tuple[int, int]],
        *,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> None:
        """All pages of an answer, kept as by `answers`.

        Args:
            file: which.
            asked: parameters of each request.
            number: the parameter that is the number of the page, from 1.
            count: how many records a page holds, and how many all pages hold together.
            headers: of each request.
            explain: as in `download`.

        Raises:
            SourceError: a page is no answer, or the pages end before all records were there.
        """
        seen = 0

        def ask(pages: int, last: Any) -> Mapping[str, str] | None:
            nonlocal seen
            if pages:
                where = self.mask(file.address)
                try:
                    here, total = count(last)
                except (KeyError, TypeError, AttributeError):
                    raise SourceError("the answer holds no records", where=where, found=str(last)[:80]) from None
                seen += here
                self.progress(seen, total or None)
                if seen >= total:
                    return None
                if not here or pages >= MAX_PAGES:
                    found = f"{seen} of {total} records"
                    raise SourceError("the pages end too early", where=where, found=found, do="try again later")
            return {**asked, number: str(pages + 1)}

        self.answers(file, ask, headers=headers, explain=explain)

    def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            self._session.close()

    def _fetched(
        self,
        url: str,
        part: str,
        expect: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        explain: Explain | None,
    ) -> KeptFile:
        address = self._address(url)
        shown = self.mask(f"{address}{'&' if '?' in address else '?'}{urlencode(params)}" if params else address)
        retries: urllib3.Retry = _RETRY
        while True:
            began = _now()
            try:
                with self._asked(address, shown, params, headers) as answer:
                    if answer.status_code == 304 and (cached := self.cached.get(part)) is not None:
                        return KeptFile(part, cached.path, shown, began, cached.sha256, 0, dict(cached.headers))
                    self._check_status(answer, shown)
                    path = self._streamed(answer, shown)
                    kept = {name: value for name, value in answer.headers.items() if name.lower() in KEPT_HEADERS}
                break
            except _LongWaitError as wait:
                what = f"the source asks to wait {wait.args[0]:.0f} seconds"
                raise SourceError(what, where=shown, do="run fetch again after that time") from None
            except urllib3.exceptions.ProtocolError as broken:
                try:
                    retries = retries.increment("GET", shown, error=broken)
                except urllib3.exceptions.MaxRetryError:
                    raise _not_reached(shown, str(broken)) from None
                retries.sleep()
        self._check_content(path, shown, expect, explain)
        return self._kept(part, path, shown, began, kept)

    def _asked(
        self, address: str, shown: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> requests.Response:
        if self._session is None:
            self._session = requests.Session()
            self._session.max_redirects = REDIRECTS
            self._session.headers["User-Agent"] = _AGENT
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, HTTPAdapter(max_retries=_RETRY))
        if self._last and (wait := self._last + self.source.interval - time.monotonic()) > 0:
            sleep(wait)
        self._last = time.monotonic()
        try:
            return self._session.get(
                address,
                params=dict(params),
                headers=dict(headers),
                stream=True,
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
            )
        except requests.TooManyRedirects:
            found = f"more than {REDIRECTS} redirects"
            raise SourceError("the source redirects in a circle", where=shown, found=found, do="try later") from None
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
            raise SourceError("not an address that can be fetched", where=shown, found=self.mask(str(error))) from None
        except requests.RequestException as error:
            raise _not_reached(shown, self.mask(_reason(error))) from None

    def _check_status(self, answer: requests.Response, shown: str) -> None:
        status = answer.status_code
        if urlsplit(shown).scheme == "https" and urlsplit(answer.url).scheme != "https":
            what = "the source redirects to an unprotected address"
            raise SourceError(what, where=shown, found=self.mask(answer.url))
        if status in _TEMPORARY:
            raise _not_reached(shown, f"status {status}")
        if status in (401, 403):
            key = self.source.key
            do = f"check {key}" if key else "see the terms of the source, or load a file with --from"
            raise SourceError("the source refuses access", where=shown, found=f"status {status}", do=do)
        if status != 200:
            do = "see whether the address has changed"
            raise SourceError("the source does not have it", where=shown, found=f"status {status}", do=do)

    def _streamed(self, answer: requests.Response, shown: str) -> Path:
        written = answer.headers.get("Content-Length", "")
        total = int(written) if written.isdigit() else None
        limit, most, done = self.source.max_bytes, self.source.max_seconds, total or 0
        deadline = time.monotonic() + most
        path = self._temporary("download.")
        with path.open("wb") as file:
            try:
                while True:
                    if done > limit:
                        found, do = f"{done} bytes, at most {limit}", "see whether the address has changed"
                        raise SourceError("the file is larger than it can be", where=shown, found=found, do=do)
                    if time.monotonic() > deadline:
                        found = f"{file.tell()} bytes in {most:.0f} seconds"
                        raise SourceError("the source is too slow", where=shown, found=found, do="try again later")
                    # read1 gives what is there: the clock sees a source that drips before a block is full.
                    block = answer.raw.read1(_BLOCK, decode_content=True)
                    if not block:
                        break
                    file.write(block)
                    done = file.tell()
                    self.progress(done, total)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise urllib3.exceptions.ProtocolError(
                    f"the connection broke after {file.tell()} bytes: {self.mask(_line(error))}"
                ) from None
        if total is not None and answer.raw.tell() < total:
            raise urllib3.exceptions.ProtocolError(f"the connection broke after {answer.raw.tell()} of {total} bytes")
        return path

    def _check_content(self, path: Path, shown: str, expect: str, explain: Explain | None) -> None:
        with path.open("rb") as file:
            head = file.read(4096)
        if explain is not None and (problem := explain(head)) is not None:
            do = "see the message; keys and quotas are the usual cause"
            raise SourceError("the source answers with an error", where=shown, found=self.mask(problem), do=do)
        if (kind := file_kind(head)) not in ACCEPTED[expect]:
            what = f"the source sent {WORDS.get(kind, 'something else')} instead of {WORDS[expect]}"
            do = "try again later; the page or the address may have changed"
            raise SourceError(what, where=shown, found=head[:80].decode("utf-8", "replace").strip(), do=do)

    def _address(self, url: str) -> str:
        """The URL, on another host if SCREENER_BASE_<SOURCE> names one (a mirror, or a test)."""
        base = os.environ.get("SCREENER_BASE_" + re.sub(r"[^A-Z0-9]", "_", self.source.id.upper()))
        if not base:
            return url
        there, parts = urlsplit(base), urlsplit(url)
        return urlunsplit((there.scheme, there.netloc, there.path.rstrip("/") + parts.path, parts.query, ""))

    def _temporary(self, prefix: str) -> Path:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=self.folder)
        os.close(handle)
        return Path(name)

    def _kept(
        self, part: str, path: Path, shown: str, began: dt.datetime, headers: Mapping[str, str] | None = None
    ) -> KeptFile:
        return KeptFile(part, path, shown, began, sha256_of(path), path.stat().st_size, headers or {})


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _not_reached(shown: str, reason: str) -> SourceError:
    do = "check the connection and try again later, or load a file with --from"
    return SourceError("not reached", where=shown, found=reason, do=do)


def _reason(error: requests.RequestException) -> str:
    """Why no answer came, in the words of the operating system or of what is wrong with the certificate."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return f"no answer within {SILENCE_SECONDS:.0f} seconds"
    if isinstance(reason, BaseException):
        # "HTTPSConnection(host=…, port=443): Failed to establish a new connection: [Errno 111] Connection refused"
        return str(reason).splitlines()[0].rpartition(": ")[2][:200] or type(reason).__name__
    return _line(error)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
