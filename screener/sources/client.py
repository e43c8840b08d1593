"""The only network access: retries, limits, conditional requests, and keys that never appear elsewhere.

Every download goes to a temporary file; nothing is used before its size, its kind and its end were checked.
"""

import datetime as dt
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

import requests
import urllib3

from screener import __version__
from screener.readers.sheets import file_kind
from screener.sources.archive import ACCEPTED, WORDS
from screener.sources.source import RawFile, Source, SourceError
from screener.store.snapshots import StoredFile, sha256_of

PAUSES: Final = (1.0, 2.0, 4.0)
CONNECT_SECONDS: Final = 15.0
SILENCE_SECONDS: Final = 60.0
LONGEST_WAIT: Final = 120.0
REDIRECTS: Final = 5
MAX_PAGES: Final = 1000
KEPT_HEADERS: Final = ("etag", "last-modified", "content-type", "content-length", "date")
_TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BLOCK: Final = 1 << 16
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_AGENT: Final = f"screener/{__version__} (corporate due diligence; one reader, cached, conditional requests)"

sleep: Callable[[float], None] = time.sleep
"""Replaced in tests, so that they do not wait."""


class _PassingError(Exception):
    """A temporary failure, and the seconds that the source asks to wait (Retry-After: RFC 9110, 10.2.3)."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass
class Client:
    """Downloads the raw files of one source.

    folder: where files go until they are stored. cached: raw files of the last accepted snapshot by part; a request for
    one of them is conditional. progress: called with the bytes so far and the total (or None). options: the user's
    `--option NAME=VALUE`. targets: ids that a source with many requests should ask for (DART corp codes).
    variant: which data set of the source.
    """

    source: Source
    folder: Path
    cached: Mapping[str, StoredFile] = field(default_factory=dict)
    progress: Callable[[int, int | None], None] = lambda done, total: None
    options: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    variant: str = ""
    files: list[StoredFile] = field(default_factory=list)
    _last: float = 0.0
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self._session.max_redirects = REDIRECTS
        self._session.headers["User-Agent"] = _AGENT

    def key(self) -> str:
        """The key of the source, as used in a request.

        Raises:
            SourceError: the environment variable is not set.
        """
        value = self.source.key_value()
        if value is None:
            do = f"get one ({self.source.url}) and set {self.source.key}, or use --from FILE"
            where, found = self.source.id, f"{self.source.key} is not set"
            raise SourceError("this source needs a key", where=where, found=found, do=do)
        # Portals also issue keys percent-encoded; encoding such a key again would break it.
        return unquote(value) if re.search(r"%[0-9A-Fa-f]{2}", value) else value

    def mask(self, text: str) -> str:
        """The text with the key masked, however it is encoded."""
        value = self.source.key_value()
        if not value:
            return text
        written = (value, unquote(value))
        forms = {code(key, safe=safe) for key in written for code in (quote, quote_plus) for safe in ("", "/")}
        for form in sorted(forms.union(written), key=len, reverse=True):
            text = text.replace(form, "***")
        return text

    def download(self, file: RawFile, params: Mapping[str, str] = _NOTHING) -> StoredFile:
        """Downloads one raw file of the snapshot with those request parameters, and adds it to `files`.

        Raises:
            SourceError: not reached, refused, too big, too slow, truncated, or not what was expected.
        """
        got = self._fetched(file, params, self.cached.get(file.part))
        self.files.append(got)
        return got

    def json(self, file: RawFile, params: Mapping[str, str] = _NOTHING) -> tuple[Any, StoredFile]:
        """One response of an API: the parsed JSON, and its file (not added to `files`; see `answers`)."""
        got = self._fetched(file, params)
        try:
            return json.loads(got.path.read_text(encoding="utf-8-sig")), got
        except (ValueError, RecursionError) as error:
            do = "try again later; the source may have changed"
            raise SourceError("not JSON", where=got.url, found=str(error), do=do) from None

    def answers(
        self,
        file: RawFile,
        asked: Iterable[Mapping[str, str]],
        is_last: Callable[[Any], bool] = lambda answer: False,
        total: int | None = None,
    ) -> None:
        """Many responses of an API as one raw file: one request per parameter set, until a response is the last.

        The file has one JSON object a line: url (masked), about (the parameters) and body (as received).
        """
        began = now()
        with NamedTemporaryFile(prefix="answers.", dir=self.folder, delete=False) as out:
            for done, params in enumerate(asked, 1):
                answer, page = self.json(file, params)
                line = {"url": page.url, "about": dict(params), "body": page.path.read_text(encoding="utf-8-sig")}
                out.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
                page.path.unlink()
                self.progress(done, total)
                if is_last(answer):
                    break
        self.files.append(stored(file.part, Path(out.name), self.mask(file.address), began))

    def pages(
        self, file: RawFile, asked: Mapping[str, str], number: str, count: Callable[[Any], tuple[int, int]]
    ) -> None:
        """All pages of a response, as one raw file like that of `answers`.

        The parameter `number` is the number of the page, from 1. `count` returns the number of records on a page, and
        on all pages together.

        Raises:
            SourceError: a page is not a valid response, or the pages end before all records came.
        """
        seen, total, where = 0, 1, self.mask(file.address)

        def is_last(answer: Any) -> bool:
            nonlocal seen, total
            try:
                here, total = count(answer)
            except (KeyError, TypeError, AttributeError):
                raise SourceError("the answer holds no records", where=where, found=str(answer)[:80]) from None
            seen += here
            return seen >= total or not here

        self.answers(file, ({**asked, number: str(page)} for page in range(1, MAX_PAGES + 1)), is_last)
        if seen < total:
            found = f"{seen} of {total} records"
            raise SourceError("the pages end too early", where=where, found=found, do="try again later")

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _fetched(self, file: RawFile, params: Mapping[str, str], cached: StoredFile | None = None) -> StoredFile:
        address, key = self._address(file.address), self.key() if self.source.key else ""
        query = ({file.key_as: key} if file.key_as else {}) | dict(params)
        headers = {name: value.format(key=key) for name, value in file.headers.items()}
        if cached is not None and cached.path.exists():
            came = {name.lower(): value for name, value in cached.headers.items()}
            conditions = {"If-None-Match": came.get("etag"), "If-Modified-Since": came.get("last-modified")}
            headers |= {name: value for name, value in conditions.items() if value}
        shown = self.mask(f"{address}{'&' if '?' in address else '?'}{urlencode(query)}" if query else address)
        pauses = iter(PAUSES)
        while True:
            began = now()
            try:
                with self._asked(address, shown, query, headers) as answer:
                    if answer.status_code == 304 and cached is not None:
                        return replace(cached, url=shown, retrieved_at=began)
                    self._check_status(answer, shown)
                    path = self._streamed(answer, shown)
                self._check_content(path, shown, file.expect)
                useful = {name: value for name, value in answer.headers.items() if name.lower() in KEPT_HEADERS}
                return stored(file.part, path, shown, began, useful)
            except _PassingError as error:
                pause, wait = next(pauses, None), error.wait
                if wait is not None and wait > LONGEST_WAIT:
                    what, do = f"the source asks to wait {wait:.0f} seconds", "run fetch again after that time"
                    raise SourceError(what, where=shown, do=do) from None
                if pause is None:
                    do = "check the connection and try again later, or load a file with --from"
                    raise SourceError("not reached", where=shown, found=self.mask(str(error)), do=do) from None
                sleep(pause if wait is None else wait)

    def _asked(
        self, address: str, shown: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> requests.Response:
        if self._last and (wait := self._last + self.source.interval - time.monotonic()) > 0:
            sleep(wait)
        self._last = time.monotonic()
        try:
            return self._session.get(
                address, params=query, headers=headers, stream=True, timeout=(CONNECT_SECONDS, SILENCE_SECONDS)
            )
        except requests.TooManyRedirects:
            found = f"more than {REDIRECTS} redirects"
            raise SourceError("the source redirects in a circle", where=shown, found=found, do="try later") from None
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
            raise SourceError("not an address that can be fetched", where=shown, found=self.mask(str(error))) from None
        except requests.RequestException as error:
            raise _PassingError(_reason(error)) from None

    def _check_status(self, answer: requests.Response, shown: str) -> None:
        status = answer.status_code
        if urlsplit(shown).scheme == "https" and urlsplit(answer.url).scheme != "https":
            what = "the source redirects to an unencrypted address"
            raise SourceError(what, where=shown, found=self.mask(answer.url))
        if status in _TEMPORARY:
            wait = None
            with suppress(urllib3.exceptions.InvalidHeader):
                wait = urllib3.Retry(retry_after_max=10**9).get_retry_after(answer.raw)
            raise _PassingError(f"status {status}", wait)
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
        with NamedTemporaryFile(prefix="download.", dir=self.folder, delete=False) as file:
            while True:
                if done > limit:
                    found, do = f"{done} bytes, at most {limit}", "see whether the address has changed"
                    raise SourceError("the file is larger than it can be", where=shown, found=found, do=do)
                if time.monotonic() > deadline:
                    found = f"{file.tell()} bytes in {most:.0f} seconds"
                    raise SourceError("the source is too slow", where=shown, found=found, do="try again later")
                try:
                    # read1 returns what has arrived: a slow source is noticed before a block is full.
                    block = answer.raw.read1(_BLOCK, decode_content=True)
                except (urllib3.exceptions.HTTPError, OSError) as error:
                    broken = f"the connection broke after {file.tell()} bytes: {_line(error)}"
                    raise _PassingError(broken) from None
                if not block:
                    break
                file.write(block)
                done = file.tell()
                self.progress(done, total)
        return Path(file.name)

    def _check_content(self, path: Path, shown: str, expect: str) -> None:
        with path.open("rb") as file:
            head = file.read(4096)
        if (problem := self.source.explain(head)) is not None:
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
        parts = urlsplit(url)
        return base.rstrip("/") + urlunsplit(("", "", parts.path, parts.query, ""))


def now() -> dt.datetime:
    """The current time in UTC, without a time zone, as in the store."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def stored(part: str, path: Path, url: str, at: dt.datetime, headers: Mapping[str, str] = _NOTHING) -> StoredFile:
    """A raw file, hashed and measured."""
    return StoredFile(part, path, url, at, sha256_of(path), path.stat().st_size, headers)


def _reason(error: requests.RequestException) -> str:
    """Why no response came, in the words of the operating system or the certificate error."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds"
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return f"no answer within {SILENCE_SECONDS:.0f} seconds"
    if isinstance(reason, BaseException):
        # "HTTPSConnection(host=…, port=443): Failed to establish a new connection: [Errno 111] Connection refused"
        return str(reason).splitlines()[0].rpartition(": ")[2][:200] or type(reason).__name__
    return _line(error)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
