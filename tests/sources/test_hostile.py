"""What networks, servers and files do to a client that believes them; none of it may harm the store, hang, or give a key away."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from screener.errors import ScreenerError
from screener.match.joining import join_origin
from screener.readers.sheets import file_kind
from screener.sources import archive, records, run, source
from screener.sources.source import ShapeError
from tests.sources import shapes_served as shape
from tests.sources.conftest import SECRET
from tests.sources.served import Answer, Asked, Server
from tests.sources.test_shapes import OFAC, give_ofac

Run = Callable[..., Any]
Rows = Callable[..., list[tuple[Any, ...]]]
UN_PATH = "/resources/xml/en/consolidated.xml"
GOOD = Answer(shape.UN)


def limited(monkeypatch: pytest.MonkeyPatch, name: str, **limits: Any) -> None:
    changed = msgspec.structs.replace(source.SOURCES[name], **limits)
    monkeypatch.setattr(run, "find", lambda asked: (changed, ""))


def test_429_waits_as_long_as_the_server_asks(server: Server, bring: Run, pauses: list[float]) -> None:
    server.give(UN_PATH, Answer(b"slow down", 429, {"Retry-After": "7"}), GOOD)
    assert not bring("un-sc").failed
    assert pauses == [7.0]


def test_retry_after_may_be_a_date(server: Server, bring: Run, pauses: list[float]) -> None:
    import datetime as dt

    then = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True)
    server.give(UN_PATH, Answer(b"", 503, {"Retry-After": then}), GOOD)
    assert not bring("un-sc").failed
    assert 20 < pauses[0] <= 30


def test_a_wait_of_hours_is_reported_and_not_waited_for(server: Server, bring: Run, pauses: list[float]) -> None:
    server.give(UN_PATH, Answer(b"", 429, {"Retry-After": "86400"}))
    result = bring("un-sc")
    assert "86400" in result.error.line()
    assert (result.error.exit_code, pauses) == (3, [])


def test_500_then_success_and_growing_pauses(server: Server, bring: Run, pauses: list[float]) -> None:
    server.give(UN_PATH, Answer(b"", 500), Answer(b"", 502), GOOD)
    assert not bring("un-sc").failed
    assert pauses == [1.0, 2.0]


def test_500_for_ever_fails_after_four_tries(server: Server, bring: Run) -> None:
    server.give(UN_PATH, Answer(b"", 500))
    result = bring("un-sc")
    assert (result.error.exit_code, len(server.asked)) == (3, 4)


def test_a_cut_connection_is_tried_again(server: Server, bring: Run) -> None:
    server.give(UN_PATH, Answer(shape.UN, cut_after=500), GOOD)
    assert bring("un-sc").outcome.rows == 2
    assert len(server.asked) == 2


def test_a_connection_that_is_always_cut_leaves_the_store_as_it_is(server: Server, bring: Run, store: Path) -> None:
    before = store.read_bytes()
    server.give(UN_PATH, Answer(shape.UN, cut_after=500))
    assert "not reached" in bring("un-sc").error.what
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>maintenance</body></html>",
            "an HTML page instead of XML",
        ),
        (b'{"error": "no"}', "JSON instead of XML"),
        (b"", "an empty file instead of XML"),
        (b"a,b\n1,2\n", "a table of text instead of XML"),
    ],
)
def test_something_else_with_status_200_is_refused(server: Server, bring: Run, body: bytes, message: str) -> None:
    server.give(UN_PATH, Answer(body, headers={"Content-Type": "application/xml"}))
    assert message in bring("un-sc").error.what


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<response><header><resultCode>00</resultCode></header><body/></response>", "xml"),
        (b"<?xml version='1.0'?><!-- a list --><CONSOLIDATED_LIST>", "xml"),
        (b"<OpenAPI_ServiceResponse><cmmMsgHeader>", "xml"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html>", "html"),
        (b"<!-- served by a cache -->\n<HTML><HEAD>", "html"),
        (b"  \r\n<table border=1>", "html"),
        (b"\xef\xbb\xbf<meta charset=utf-8><div>", "html"),
        (b"\xef\xbb\xbf[1]", "json"),
        (b"PK\x03\x04..", "zip"),
        (b"a;b\n", "csv"),
        (b"\x00\x01", "binary"),
        (b" \n", "empty"),
    ],
)
def test_the_kind_of_a_file_is_recognised_by_its_beginning(head: bytes, kind: str) -> None:
    assert file_kind(head) == kind


def test_the_portal_tells_in_xml_why_it_gives_no_figures(server: Server, bring: Run) -> None:
    body = b"<response><header><resultCode>99</resultCode><resultMsg>what was asked is wrong</resultMsg></header></response>"
    server.give("/1220000/nitemtrade/getNitemtradeList", Answer(body))
    asked = {"hs": "854143", "from": "202501", "to": "202512"}
    assert "what was asked is wrong" in bring("customs-trade", options=asked).error.line()


@pytest.mark.parametrize("written", ["application/octet-stream", "text/html", "nonsense", ""])
def test_a_wrong_content_type_does_not_matter_where_the_file_is_right(server: Server, read: Run, written: str) -> None:
    server.give(UN_PATH, Answer(shape.UN, headers={"Content-Type": written} if written else {}))
    assert read("un-sc").outcome.rows == 2


def test_an_error_page_instead_of_a_table(server: Server, bring: Run) -> None:
    server.give(
        f"{OFAC}SDN.CSV", Answer(b"<html><body>Service unavailable</body></html>", headers={"Content-Type": "text/csv"})
    )
    assert "an HTML page instead of a table of text" in bring("us-ofac-sdn").error.what


@pytest.mark.parametrize(
    ("status", "meaning"),
    [("010", "not known"), ("020", "20,000"), ("800", "maintained"), ("999", "message of its own")],
)
def test_dart_answers_with_a_status_where_a_zip_should_come(
    server: Server, bring: Run, status: str, meaning: str
) -> None:
    body = f'<?xml version="1.0"?><result><status>{status}</status><message>message of its own</message></result>'
    server.give("/api/corpCode.xml", Answer(body.encode(), headers={"Content-Type": "application/zip"}))
    assert meaning in bring("dart").error.line()


def test_the_portal_answers_in_xml_when_the_key_is_wrong(server: Server, bring: Run) -> None:
    body = b"<OpenAPI_ServiceResponse><cmmMsgHeader><returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg><returnReasonCode>30</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>"
    server.give("/1160100/service/GetKrxListedInfoService/getItemInfo", Answer(body))
    assert "the key is not registered" in bring("data-go-kr-krx").error.line()


def test_pages_that_end_too_early(server: Server, bring: Run) -> None:
    def page(asked: Asked) -> Answer:
        return Answer(shape.portal_page(shape.ITEMS if asked.query["pageNo"] == "1" else [], 5000))

    server.give("/1160100/service/GetKrxListedInfoService/getItemInfo", page)
    assert "end too early" in bring("data-go-kr-krx").error.what


def test_redirects_in_a_circle_end(server: Server, bring: Run) -> None:
    server.give(UN_PATH, Answer(b"", 302, {"Location": "/elsewhere"}))
    server.give("/elsewhere", Answer(b"", 302, {"Location": UN_PATH}))
    assert "circle" in bring("un-sc").error.what
    assert len(server.asked) <= 7


def test_a_redirect_to_another_kind_of_address_is_not_followed(server: Server, bring: Run) -> None:
    server.give(UN_PATH, Answer(b"", 302, {"Location": "file:///etc/passwd"}))
    assert bring("un-sc").error.exit_code == 3


def test_a_length_of_two_gigabytes_is_refused_before_a_byte_is_read(server: Server, bring: Run) -> None:
    server.give(UN_PATH, Answer(b"<x>", length=2 << 30))
    assert "larger than it can be" in bring("un-sc").error.what
    assert len(server.asked) == 1


def test_a_body_that_grows_beyond_the_limit_is_cut(server: Server, bring: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, "un-sc", max_bytes=100_000)
    packed = gzip.compress(b"<?xml version='1.0'?>" + b" " * 5_000_000)
    server.give(UN_PATH, Answer(packed, headers={"Content-Encoding": "gzip"}))
    assert "larger than it can be" in bring("un-sc").error.what


def test_a_source_that_drips_is_given_up(server: Server, bring: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, "un-sc", max_seconds=0.3)
    server.give(UN_PATH, Answer(shape.UN, drip=0.02))
    assert "too slow" in bring("un-sc").error.what


def test_304_brings_nothing_and_confirms_what_stands(server: Server, bring: Run, stored: Rows) -> None:
    give_ofac(server)
    bring("us-ofac-sdn")
    for name in ("SDN", "ALT", "ADD"):
        server.give(
            f"{OFAC}{name}.CSV",
            lambda asked: (
                Answer(status=304) if asked.headers.get("if-modified-since") else Answer(b"unconditional", 500)
            ),
        )
    again = bring("us-ofac-sdn")
    assert (again.outcome.unchanged, again.outcome.rows, again.outcome.added, again.outcome.removed) == (True, 3, 0, 0)
    assert stored("select count(*), count(distinct sha256) from fetched.snapshot where accepted") == [(2, 1)]
    assert stored("select count(*) from fetched.source where system_to > '9000-01-01'") == [(1,)]


def test_one_part_changed_and_the_others_304(server: Server, bring: Run, rows: Rows) -> None:
    give_ofac(server)
    bring("us-ofac-sdn")
    server.give(f"{OFAC}SDN.CSV", Answer(shape.SDN.replace(b"AEROCARIBBEAN AIRLINES", b"AEROCARIBBEAN LTD")))
    for name in ("ALT", "ADD"):
        server.give(f"{OFAC}{name}.CSV", Answer(status=304))
    assert not bring("us-ofac-sdn").failed
    assert rows("select name, country from entity where entity_id = 'zz-ofac-36'") == [("AEROCARIBBEAN LTD", "CU")]
    assert rows("select count(*) from entity_name where name = 'AERO-CARIBBEAN'") == [(1,)]


def test_the_key_is_nowhere_but_in_the_request(server: Server, bring: Run, stored: Rows, store: Path) -> None:
    server.give("/api/corpCode.xml", Answer(shape.zipped(CORPCODE__xml=shape.CORPCODE)))
    bring("dart")
    assert server.asked[0].query["crtfc_key"] == SECRET
    [(url,)] = stored("select url from fetched.snapshot_file")
    assert "crtfc_key=***" in url
    for path in (store, *store.with_name(store.name + ".raw").rglob("*.gz")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert b"S3CRET" not in data
    server.give(
        "/api/corpCode.xml",
        Answer(f"<result><status>010</status><message>bad key {SECRET}</message></result>".encode()),
    )
    for refusal in (bring("dart"), bring("eu-fsf")):
        assert "S3CRET" not in refusal.error.line()
    server.http.shutdown()
    server.http.server_close()
    assert "S3CRET" not in bring("dart").error.line()


def test_one_source_that_fails_does_not_stop_the_others(server: Server, store: Path, pauses: list[float]) -> None:
    server.give(UN_PATH, GOOD)
    results = run.fetch(["eu-fsf", "un-sc", "uk-sanctions"], run.FetchRequest(store, join_origin))
    assert [result.failed for result in results] == [True, False, True]


# --- archives -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.xml", "..\\..\\b.xml", "C:\\b.xml"])
def test_a_zip_that_names_paths_outside_itself_is_refused(
    server: Server, bring: Run, tmp_path: Path, name: str
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr(name, shape.CORPCODE)
    server.give("/api/corpCode.xml", Answer((tmp_path / "x.zip").read_bytes()))
    assert "outside itself" in bring("dart").error.what


def bomb(path: Path, size: int = 64 << 20) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("CORPCODE.xml", "w") as inner:
        for _ in range(size >> 20):
            inner.write(b"\0" * (1 << 20))
    return path


def test_a_zip_bomb_is_refused_and_fills_nothing(bring: Run, tmp_path: Path) -> None:
    result = bring("dart", file=bomb(tmp_path / "bomb.zip"))
    assert "far more than it can hold" in result.error.what


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(bomb(tmp_path / "bomb.zip").read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(data)
    with pytest.raises(ShapeError):
        archive.unpacked(tmp_path / "liar.zip", tmp_path)
    assert sum(p.stat().st_size for p in tmp_path.glob("plain.*")) <= archive.RATIO_FROM + (1 << 20)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\0" * (64 << 20)))
    with pytest.raises(ShapeError, match="far more"):
        archive.unpacked(tmp_path / "bomb.gz", tmp_path)


@pytest.mark.parametrize("cut", [30, 200])
def test_a_broken_zip_is_an_error(server: Server, bring: Run, cut: int) -> None:
    server.give("/api/corpCode.xml", Answer(shape.zipped(CORPCODE__xml=shape.CORPCODE)[:-cut]))
    assert "broken ZIP" in bring("dart").error.what


def test_an_encrypted_zip_is_an_error(tmp_path: Path) -> None:
    data = bytearray(shape.zipped(CORPCODE__xml=shape.CORPCODE))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    with pytest.raises(ShapeError, match="encrypted"):
        archive.unpacked(tmp_path / "locked.zip", tmp_path)


# --- XML and JSON ---------------------------------------------------------------------------------------------------------------

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>&b;</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><CONSOLIDATED_LIST><ENTITIES><ENTITY><FIRST_NAME>&f;</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


@pytest.mark.parametrize(
    "body", [LAUGHS, OUTSIDE, b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>'], ids=["expansion", "file", "dtd"]
)
def test_xml_with_entities_is_refused(bring: Run, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "un.xml").write_bytes(body)
    assert "document type or entities" in bring("un-sc", file=tmp_path / "un.xml").error.what


@pytest.mark.parametrize(
    "body",
    [b"<a><b></a>", b"<CONSOLIDATED_LIST><ENTITIES>", b"\xff\xfe<a", b"<a>" + b"<b>" * 100],
    ids=["crossed", "cut", "binary", "deep"],
)
def test_broken_xml_is_an_error(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.xml").write_bytes(body)
    with pytest.raises(ScreenerError):
        list(records.xml_records(tmp_path / "x.xml", "b"))


def test_another_document_than_the_list_is_an_error(bring: Run, tmp_path: Path) -> None:
    (tmp_path / "un.xml").write_bytes(b"<?xml version='1.0'?><rss><channel/></rss>")
    assert "not the list" in bring("un-sc", file=tmp_path / "un.xml").error.what


def test_deep_json_is_an_error(server: Server, bring: Run) -> None:
    server.give("/api/v1/lei-records", Answer(b"[" * 200_000))
    assert bring("gleif").error.exit_code == 3
