"""Small files in the shape of each official source."""

from __future__ import annotations

import io
import json
import zipfile

CORPCODE = """<?xml version="1.0" encoding="UTF-8"?>
<result>
    <list><corp_code>00126380</corp_code><corp_name>삼성전자</corp_name><corp_eng_name>SAMSUNG ELECTRONICS CO,.LTD</corp_eng_name><stock_code>005930</stock_code><modify_date>20230110</modify_date></list>
    <list><corp_code>90000001</corp_code><corp_name>새싹회사</corp_name><corp_eng_name>Sprout&amp;Co</corp_eng_name><stock_code> </stock_code><modify_date>20240101</modify_date></list>
    <list><corp_code>90000002</corp_code><corp_name>새글자</corp_name><corp_eng_name></corp_eng_name><stock_code>0000J0</stock_code><modify_date>20240101</modify_date></list>
</result>
"""

SDN = (
    b'36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b'31516,"MYANMAR ECONOMIC CORPORATION LIMITED",-0- ,"BURMA-EO14014",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Linked To: BURMESE MILITARY."\r\n'
    b'40001,"EXAMPLE TRADING, LLC",-0- ,"NPWMD] [IFSR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Unified Social Credit Code (USCC) 91650000MA775LHX4R (China)."\r\n'
    b'40002,"DOE, John","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 01 Jan 1970; Passport X1234567 (Cuba)."\r\n'
    b'40003,"SEA STAR","vessel","SDGT",-0- ,"ABC",-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b"\x1a"
)
ALT = b'36,12,"aka","AERO-CARIBBEAN",-0- \r\n40001,13,"fka","OLD EXAMPLE",-0- \r\n40002,14,"aka","JD",-0- \r\n\x1a'
ADD = b'36,25,-0- ,"Havana","Cuba",-0- \r\n31516,26,"Mahabandoola Road","Yangon","Burma",-0- \r\n40001,27,-0- ,"Dandong","China",-0- \r\n\x1a'

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z">
  <INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ERIC</FIRST_NAME><REFERENCE_NUMBER>CDi.001</REFERENCE_NUMBER></INDIVIDUAL></INDIVIDUALS>
  <ENTITIES>
    <ENTITY><DATAID>2</DATAID><FIRST_NAME>KOREA EXAMPLE TRADING CORPORATION</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPe.001</REFERENCE_NUMBER>
      <LISTED_ON>2009-04-24</LISTED_ON><NAME_ORIGINAL_SCRIPT>조선예시무역회사</NAME_ORIGINAL_SCRIPT><COMMENTS1>…</COMMENTS1>
      <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>KETC</ALIAS_NAME></ENTITY_ALIAS>
      <ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>External Example Bureau</ALIAS_NAME></ENTITY_ALIAS>
      <ENTITY_ALIAS><QUALITY/><ALIAS_NAME/></ENTITY_ALIAS>
      <ENTITY_ADDRESS><CITY>Pyongyang</CITY><COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS></ENTITY>
    <ENTITY><DATAID>3</DATAID><FIRST_NAME>ADF</FIRST_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE><REFERENCE_NUMBER>CDe.001</REFERENCE_NUMBER><LISTED_ON>2014-06-30</LISTED_ON></ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
""".encode()

UFLPA = b"""<!DOCTYPE html><html><body><h1>UFLPA Entity List</h1><p>Last Updated: 01/15/2025</p>
<p><strong>A list of entities in Xinjiang that mine, produce, or manufacture with forced labor</strong> <a href="#">UFLPA Section 2(d)(2)(B)(i)</a></p>
<table class="usa-table"><thead><tr><th>Name of Entity</th><th>Effective Date</th></tr></thead><tbody>
<tr><td>Baoding LYSZD Trade and Business Co., Ltd.</td><td>June 21, 2022</td></tr>
<tr><td>Example Cotton Co., Ltd. (including two aliases: Example Mian Co., Ltd.; and Sample Cotton) and its subsidiary Example Yarn Co., Ltd.</td><td>August 2, 2023</td></tr>
</tbody></table>
<p><strong>A list of entities working with the government of Xinjiang</strong> <a href="#">UFLPA Section 2(d)(2)(B)(ii)</a></p>
<table><tr><th>Name of Entity</th><th>Effective Date</th></tr>
<tr><td>Example Camel Co., Ltd. (also known as Camel Example; and formerly known as Horse Example), and Subsidiaries</td><td>August 2, 2023</td></tr></table>
</body></html>"""

EU_HEAD = (
    "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_UnitedNationId;Entity_DesignationDate;Entity_SubjectType;"
    "Entity_SubjectType_ClassificationCode;Entity_Regulation_NumberTitle;Entity_Regulation_Programme;Entity_Regulation_EntryIntoForceDate;"
    "NameAlias_WholeName;NameAlias_NameLanguage;Address_CountryIso2Code;BirthDate_BirthDate;Identification_Number"
)
EU = (
    "\ufeff" + EU_HEAD + "\r\n"
    "29/10/2026;7001;EU.1.1;;2021-04-19;E;enterprise;2021/638 (OJ L132);MMR;2021-04-19;Myanma Example Enterprise;EN;MM;;\r\n"
    "29/10/2026;7001;EU.1.1;;2021-04-19;E;enterprise;2021/638 (OJ L132);MMR;2021-04-19;Entreprise exemple;FR;;;\r\n"
    "29/10/2026;7002;EU.1.2;;;P;person;2021/638;MMR;2021-04-19;A Person;EN;MM;1960-01-01;P123\r\n"
).encode()

# Some copies begin with a line of its own for the day of the file.
EU_DAY_ABOVE = b"fileGenerationDate;29/10/2026\r\n" + b"\r\n".join(line.partition(b";")[2] for line in EU.splitlines())

EU_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-29T10:00:00.000+02:00">
 <sanctionEntity designationDate="2021-04-19" euReferenceNumber="EU.1.1" logicalId="7001">
  <regulation programme="MMR" numberTitle="2021/638 (OJ L132)" entryIntoForceDate="2021-04-19"/>
  <subjectType code="enterprise" classificationCode="E"/>
  <nameAlias wholeName="Entreprise exemple" nameLanguage="FR"/><nameAlias wholeName="Myanma Example Enterprise" nameLanguage="EN"/>
  <address city="Yangon" countryIso2Code="MM"/></sanctionEntity>
 <sanctionEntity logicalId="7002"><subjectType code="person" classificationCode="P"/><nameAlias wholeName="A Person"/></sanctionEntity>
</export>"""

UK = (
    "Report Date: 28-Jan-2026\r\n"
    "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,Alias strength,Title,"
    "Name non-latin script,Non-latin script type,Non-latin script language,Regime Name,Designation Type,Designation source,Sanctions Imposed,"
    "Address Country,Date Designated\r\n"
    "01/02/2024,MYA0001,14001,,MYANMA EXAMPLE HOLDINGS,,,,,,Primary Name,,,မြန်မာ,,,Myanmar,Entity,UK,Asset freeze,Myanmar,25/03/2021\r\n"
    "01/02/2024,MYA0001,14001,,MEX HOLDINGS,,,,,,Alias,Good quality,,,,,Myanmar,Entity,UK,Asset freeze,Myanmar,25/03/2021\r\n"
    "01/02/2024,MYA0002,14002,,PERSON,A,,,,,Primary Name,,,,,,Myanmar,Individual,UK,Asset freeze,,25/03/2021\r\n"
    "01/02/2024,DPR0003,14003,,SEA STAR,,,,,,Primary Name,,,,,,DPRK,Ship,UK,,,25/03/2021\r\n"
).encode()

UK_XML = """<?xml version="1.0"?><Designations><DateGenerated>28/01/2026</DateGenerated>
<Designation><LastUpdated>01/02/2024</LastUpdated><DateDesignated>25/03/2021</DateDesignated><UniqueID>MYA0001</UniqueID>
<Names><Name><Name6>MEX HOLDINGS</Name6><NameType>Alias</NameType></Name><Name><Name6>MYANMA EXAMPLE HOLDINGS</Name6><NameType>Primary Name</NameType></Name></Names>
<NonLatinNames><NonLatinName><NameNonLatinScript>မြန်မာ</NameNonLatinScript></NonLatinName></NonLatinNames>
<RegimeName>Myanmar</RegimeName><IndividualEntityShip>Entity</IndividualEntityShip><SanctionsImposed>Asset freeze</SanctionsImposed>
<Addresses><Address><AddressCountry>Myanmar</AddressCountry></Address></Addresses></Designation>
<Designation><UniqueID>MYA0002</UniqueID><IndividualEntityShip>Individual</IndividualEntityShip></Designation></Designations>""".encode()

KIND = """<table border="1"><tr><th>회사명</th><th>시장구분</th><th>종목코드</th><th>업종</th><th>주요제품</th><th>상장일</th><th>결산월</th><th>대표자명</th><th>홈페이지</th><th>지역</th></tr>
<tr><td>삼성전자</td><td>유가</td><td style="mso-number-format:'@'">5930</td><td>통신 및 방송 장비 제조업</td><td>휴대폰</td><td>1975-06-11</td><td>12월</td><td>아무개</td><td>http://example.org</td><td>경기도</td></tr>
<tr><td>새글자</td><td>코스닥</td><td>0000J0</td><td>소프트웨어</td><td>-</td><td>2025-01-02</td><td>12월</td><td>아무개</td><td></td><td>서울</td></tr></table>""".encode(
    "euc-kr"
)


def item(
    code: str, isin: str, name: str, crno: str, corp: str, market: str = "KOSPI", day: str = "20261120"
) -> dict[str, str]:
    return {
        "basDt": day,
        "srtnCd": code,
        "isinCd": isin,
        "mrktCtg": market,
        "itmsNm": name,
        "crno": crno,
        "corpNm": corp,
    }


ITEMS = [
    item("A005930", "KR7005930003", "삼성전자", "1301110006246", "삼성전자"),
    item("A005935", "KR7005931001", "삼성전자우", "1301110006246", "삼성전자"),
    item("A0000J0", "KR70000J0006", "새글자", "1101110000017", "새글자", "KOSDAQ"),
]


def portal_page(items: object, total: int, page: int = 1) -> bytes:
    body = {"numOfRows": 1000, "pageNo": page, "totalCount": total, "items": {"item": items} if items else ""}
    return json.dumps(
        {"response": {"header": {"resultCode": "00", "resultMsg": "NORMAL SERVICE."}, "body": body}}, ensure_ascii=False
    ).encode()


def lei_record(lei: str, name: str, registered: str, **more: object) -> dict[str, object]:
    entity = {
        "legalName": {"name": name, "language": "ko"},
        "otherNames": more.pop("others", []),
        "transliteratedOtherNames": [],
        "legalAddress": {"country": "KR"},
        "registeredAs": registered,
        "category": "GENERAL",
        "status": "ACTIVE",
        **more,
    }
    return {
        "type": "lei-records",
        "id": lei,
        "attributes": {"lei": lei, "entity": entity, "registration": {"status": "ISSUED"}},
    }


LEI_A, LEI_B = "9884007ER46L6N7EI764", "988400ABCDEFGH123401"
GLEIF_PAGES = [
    {
        "meta": {"pagination": {"currentPage": 1, "perPage": 200, "total": 2, "lastPage": 2}},
        "data": [
            lei_record(
                LEI_A,
                "삼성전자주식회사",
                "130111-0006246",
                others=[
                    {
                        "name": "SAMSUNG ELECTRONICS CO., LTD.",
                        "language": "en",
                        "type": "ALTERNATIVE_LANGUAGE_LEGAL_NAME",
                    }
                ],
            )
        ],
    },
    {
        "meta": {"pagination": {"currentPage": 2, "perPage": 200, "total": 2, "lastPage": 2}},
        "data": [lei_record(LEI_B, "예시 주식회사", "110111-0000017")],
    },
]

BIS = (
    b"_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,standard_order,license_requirement,"
    b"license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,source_list_url,alt_names,"
    b"citizenships,dates_of_birth,nationalities,places_of_birth,source_information_url,ids\n"
    b'a1,Entity List (EL) - Bureau of Industry and Security,,,,"Example Radio Institute","","1 Road, Nanjing, CN; 2 Road, Hong Kong, HK",85 FR 34503,2020-06-05,,,All items,'
    b'Case-by-case,,,,,,,,http://x,"ERI; Example Wireless",,,,,http://y,\n'
    b"a2,Specially Designated Nationals (SDN) - Treasury Department,36,Entity,CUBA,AEROCARIBBEAN,,,,,,,,,,,,,,,,http://x,,,,,,http://y,\n"
)

WRO = (
    b"Calendar Year,Country,Country Code,Industry,Entity,Merchandise,Status,WRO/Finding,Effective Date,Remarks,Press Release\n"
    b"2020,China,CN,Cotton,Example Cotton Group,Cotton,Active,WRO,11/30/2020,,https://example.org/1\n"
    b"2021,Malaysia,MY,Gloves,Example Glove Sdn Bhd,Gloves,Active,Finding,3/29/2021,,https://example.org/2\n"
    b"2016,China,CN,Soda Ash,Example Chemical,Soda ash,Inactive,WRO,3/29/2016,,https://example.org/3\n"
    b"2021,China,CN,Cotton,,Cotton from the region,Active,WRO,1/13/2021,,https://example.org/4\n"
)

FTM = [
    {
        "id": "os-1",
        "caption": "Example Body",
        "schema": "Company",
        "target": True,
        "datasets": ["x"],
        "referents": [],
        "first_seen": "2024",
        "last_seen": "2026",
        "last_change": "2025",
        "properties": {
            "name": ["Example Body", "Example Body LLC"],
            "country": ["mm"],
            "leiCode": [LEI_A],
            "topics": ["sanction"],
        },
    },
    {
        "id": "os-2",
        "caption": "A Person",
        "schema": "Person",
        "target": True,
        "datasets": ["x"],
        "properties": {"name": ["A Person"], "passportNumber": ["X1"]},
    },
    {
        "id": "os-3",
        "caption": "Daughter",
        "schema": "Company",
        "target": False,
        "datasets": ["x"],
        "properties": {"name": ["Daughter Co"]},
    },
    {
        "id": "os-4",
        "caption": "owns",
        "schema": "Ownership",
        "target": False,
        "datasets": ["x"],
        "properties": {"owner": ["os-1"], "asset": ["os-3"], "percentage": ["51 %"], "startDate": ["2020"]},
    },
]


def sdn(*numbers: int, suffix: str = "") -> bytes:
    """SDN.CSV with entities of those numbers."""
    rows = [
        f'{n},"EXAMPLE {n}{suffix} TRADING",-0- ,"NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n' for n in numbers
    ]
    return "".join(rows).encode() + b"\x1a"


def zipped(**files: bytes | str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()
