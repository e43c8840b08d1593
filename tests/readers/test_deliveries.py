"""Files of deliveries: what says that nothing is known names no company, and an end that is none ends nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from screener.errors import ScreenerError
from screener.readers.deliveries import Deliveries, read_deliveries


def _read(folder: Path, text: str) -> Deliveries:
    path = folder / "deliveries.csv"
    path.write_text(text, encoding="utf-8")
    return read_deliveries(path, where="--supply")


@pytest.mark.parametrize(
    "nobody", ["N/A", "UNKNOWN", "-", "TO ORDER OF SHIPPER", "Not Available", "미상", "해당 없음", "SAME AS CONSIGNEE"]
)
def test_deliveries_of_nobody_join_nobody(tmp_path: Path, nobody: str) -> None:
    lines = ["Supplier,Buyer", "Kia,LG Electronics", f"Hoshine,{nobody}", f"{nobody},Kia"]
    read = _read(tmp_path, "\n".join(lines))
    assert read.frame.select("row", "supplier", "buyer").rows() == [(2, "Kia", "LG Electronics")]
    assert read.remarks.select("row", "problem").rows() == [
        (3, "supplier or buyer is missing"),
        (4, "supplier or buyer is missing"),
    ]


@pytest.mark.parametrize("end", ["Present", "현재", "ongoing", "-", "9999-12-31", "N/A", "No", "none"])
def test_an_end_that_says_there_is_none_is_none(tmp_path: Path, end: str) -> None:
    read = _read(tmp_path, f"Supplier,Buyer,Start Date,End Date\nHoshine,Kia,2020-01-01,{end}\n")
    assert read.frame.select("valid_from", "valid_to").rows() == [("2020-01-01", None)]
    assert read.remarks.is_empty()


def test_thousands_of_dollars_are_dollars(tmp_path: Path) -> None:
    read = _read(tmp_path, '공급업체명,고객사명,수입금액(천달러)\nHoshine,Kia,"1,200"\n')
    assert read.frame["value_usd"].to_list() == [1.2e6]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("Exporter,Importer,From,To\nHoshine,Kia,Shanghai,Busan", [("Hoshine", "Kia", None)]),
        ("From,To,Product\nHoshine,Kia,silicon", [("Hoshine", "Kia", None)]),
        ("Supplier,Buyer,From,To\nHoshine,Kia,2020-01-01,2021-01-01", [("Hoshine", "Kia", "2020-01-01")]),
        ("공급업체명,구매업체명\nHoshine,Kia\n합계,\nGrand Total,All buyers", [("Hoshine", "Kia", None)]),
        ("Supplier,Buyer,Product\nTotal,SK Gas,LNG\nTotal,All,", [("Total", "SK Gas", None)]),
    ],
)
def test_from_and_to_are_days_firms_or_ports_and_totals_are_no_deliveries(
    tmp_path: Path, lines: str, said: list[tuple[str, str, str | None]]
) -> None:
    assert _read(tmp_path, lines).frame.select("supplier", "buyer", "valid_from").rows() == said


def test_a_column_of_which_side_a_firm_is_names_no_firm(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no delivery that can be used"):
        _read(tmp_path, "Buyer: LG Chem,\nRelated company,Customer/Supplier\nHoshine,Supplier\nKia,Customer")


def test_ports_alone_name_no_firms(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no column with the supplier"):
        _read(tmp_path, "From,To,Product\nXinjiang,Korea,silicon\nChina,Korea,silicon")


def test_a_share_under_a_percent_heading_is_percent(tmp_path: Path) -> None:
    assert _read(tmp_path, "협력사명,구매사명,비중(%)\nHoshine,Kia,12.5").frame["input_share"].to_list() == [0.125]


def test_exports_of_customs_and_enterprise_software(tmp_path: Path) -> None:
    lines = "수입자상호,해외공급자,원산지,신고가격(미화),신고일자\n한화솔루션,Daqo,우루무치,100,15-Mar-24"
    read = _read(tmp_path, lines)
    wanted = ("supplier", "buyer", "origin_region", "value_usd", "date")
    assert read.frame.select(wanted).rows() == [("Daqo", "한화솔루션", "CN-XJ", 100.0, "2024-03-15")]


def test_of_several_years_the_amount_of_the_newest_is_read(tmp_path: Path) -> None:
    read = _read(tmp_path, "공급업체,고객사,2022년 거래금액(USD),2023년 거래금액(USD)\nHoshine,Kia,1,2")
    assert (read.frame["value_usd"].to_list(), read.unused) == ([2.0], ["2022년 거래금액(USD)"])


@pytest.mark.parametrize(
    "stated", ["구매사: 한화솔루션(주)", "구매사,한화솔루션(주)", "Report date: 2024-12-31\nBuyer: 한화솔루션(주)"]
)
def test_a_buyer_stated_above_the_table_buys_all(tmp_path: Path, stated: str) -> None:
    read = _read(tmp_path, f"{stated}\n공급업체명,품목,금액(USD)\nHoshine,PVC,5\nDaqo,폴리실리콘,7")
    assert read.frame["buyer"].to_list() == ["한화솔루션(주)"] * 2
    assert "the buyer of every row, as stated above the table: 한화솔루션(주)" in read.notes


def test_a_column_precedes_what_is_stated_above_it(tmp_path: Path) -> None:
    read = _read(tmp_path, "구매사: 한화솔루션\n공급업체명,구매사,품목\nHoshine,,PVC\nDaqo,기아,PVC")
    assert read.frame.select("row", "buyer").rows() == [(4, "기아")]


def test_a_currency_stated_above_the_table_is_that_of_all(tmp_path: Path) -> None:
    read = _read(tmp_path, "통화: USD\n공급사,구매사,거래금액\nHoshine,기아,5")
    assert read.frame["value_usd"].to_list() == [5.0]


def test_whom_to_notify_is_the_buyer_where_the_bill_is_to_order(tmp_path: Path) -> None:
    head = "Shipper,Consignee,Notify Party,Product"
    read = _read(tmp_path, f"{head}\nHoshine,TO THE ORDER OF A BANK,Kia,PVC\nHoshine,LG Chem,Some Forwarder,PVC")
    assert read.frame["buyer"].to_list() == ["Kia", "LG Chem"]
    assert read.notes == [
        "further firms under 'Notify Party' were not read (rows: 1)",
        "where 'Consignee' names no buyer, 'Notify Party' was read",
    ]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2019.01 ~ 2021.12", ("2019-01", "2021-12")),
        ("2019-01-01 to 2021-12-31", ("2019-01-01", "2021-12-31")),
        ("2019.01.01-2021.12.31", ("2019-01-01", "2021-12-31")),
        ("2022년 3월부터 현재", ("2022-03", None)),
        ("2018-2021", ("2018", "2021")),
        ("2018-", ("2018", None)),
        ("Jan 2022 – present", ("2022-01", None)),
        ("2023", ("2023", "2023")),
    ],
)
def test_a_period_in_one_cell_begins_and_ends(tmp_path: Path, period: str, said: tuple[str, str | None]) -> None:
    read = _read(tmp_path, f"Supplier,Buyer,Contract Period\nHoshine,Kia,{period}")
    assert read.frame.select("valid_from", "valid_to").rows() == [said]


@pytest.mark.parametrize("period", ["3 years", "FY2023"])
def test_a_period_that_cannot_be_read_may_have_ended(tmp_path: Path, period: str) -> None:
    read = _read(tmp_path, f"공급사,구매사,거래기간\nHoshine,Kia,{period}\nDaqo,Kia,2024~")
    assert read.frame["supplier"].to_list() == ["Daqo"]
    assert any("whether the delivery has ended is not known" in problem for problem in read.remarks["problem"])


@pytest.mark.parametrize(
    ("heading", "status"),
    [
        ("Status", "Inactive"),
        ("거래상태", "거래중단"),
        ("Order Status", "Cancelled"),
        ("Supplier Status", "TERMINATED"),
        ("Active", "N"),
        ("거래여부", "아니오"),
        ("협력사 상태", "휴면"),
        ("Status", "Suspended"),
        ("Deletion Indicator", "L"),
        ("Relationship", "former"),
        ("Relationship", "Past supplier"),
    ],
)
def test_what_has_ended_without_a_day_is_left_out(tmp_path: Path, heading: str, status: str) -> None:
    lines = f"Supplier,Buyer,End Date,{heading}\nHoshine,Kia,,{status}\nDaqo,Kia,,Active\nTBEA,Kia,2021-12-31,{status}"
    read = _read(tmp_path, lines)
    assert read.frame.select("row", "valid_to").rows() == [(3, None), (4, "2021-12-31")]
    assert read.remarks.select("row", "problem", "found").rows() == [
        (2, "it has ended or was cancelled, and no past day of its end is given", status)
    ]


def test_an_end_user_ends_nothing(tmp_path: Path) -> None:
    assert _read(tmp_path, "Supplier,Buyer,End User\nHoshine,Kia,LG").notes == ["columns that were not used: End User"]


def test_a_status_that_is_not_known_is_told(tmp_path: Path) -> None:
    read = _read(tmp_path, "Supplier,Buyer,Status\nHoshine,Kia,Closed\nDaqo,Kia,Active")
    assert (len(read.frame), read.notes) == (2, ["not taken for ended, by 'Status': Active, Closed"])


@pytest.mark.parametrize(
    "lines",
    [
        "Vendor,Vendor Name,Buyer\n100234,Hoshine,Kia",
        "Vendor/supplying plant,Buyer\n100234     Hoshine,Kia",
        "발주업체,공급업체\nKia,100234  Hoshine",
        "Buyer (Parent),Buyer,Supplier\nHyundai,Kia,Hoshine",
        "仕入先名,得意先名\nHoshine,Kia",
        "공급사,구매사\nHoshine 외 3개사,Kia\n기타,Kia\nVarious suppliers,Kia",
    ],
)
def test_numbers_of_master_files_are_no_names(tmp_path: Path, lines: str) -> None:
    assert _read(tmp_path, lines).frame.select("supplier", "buyer").rows() == [("Hoshine", "Kia")]


def test_a_number_is_a_name_where_nothing_else_is(tmp_path: Path) -> None:
    read = _read(tmp_path, "Vendor,Vendor Name,Buyer\n100234,,Kia\n100235,Hoshine,Kia\n여러분식품,,Kia")
    assert read.frame["supplier"].to_list() == ["100234", "Hoshine", "여러분식품"]


def test_a_form_that_a_comma_parted_from_its_name_is_no_firm(tmp_path: Path) -> None:
    read = _read(tmp_path, "Supplier,Buyer,Product\nHoshine Silicon Co., Ltd.,Kia,silicon\nDaqo,Kia,silicon")
    assert read.frame.select("supplier", "buyer").rows() == [("Hoshine Silicon Co., Ltd.", "Kia"), ("Daqo", "Kia")]


def test_points_that_may_separate_thousands_are_told(tmp_path: Path) -> None:
    notes = _read(tmp_path, "Supplier;Buyer;Value USD\nHoshine;Kia;1.200\nDaqo;Kia;800").notes
    assert notes == ["points in 'value_usd' were read as decimal points, though they may separate thousands"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "Supplier,Buyer,Manufacturer\nTrader,Kia,Hoshine",
            "further firms under 'Manufacturer' were not read (rows: 1)",
        ),
        ("Supplier,Buyer,Cooperation ended\nHoshine,Kia,2020", "not read, though it may say what has ended"),
        ("Supplier,Buyer\nHoshine,Kia; LG Chem", "several names in one cell, read as one"),
        (
            "Supplier,Buyer,Supplier Country\nHoshine,Kia,China (Xinjiang)",
            "a region, of which only the country was read",
        ),
    ],
)
def test_what_is_passed_over_is_told(tmp_path: Path, lines: str, said: str) -> None:
    read = _read(tmp_path, lines)
    assert any(text.startswith(said) for text in (*read.notes, *read.remarks["problem"]))


def test_marks_for_the_same_as_above_repeat_it(tmp_path: Path) -> None:
    read = _read(tmp_path, "공급사,구매사,품목\nHoshine,한화솔루션,PVC\n〃,기아,PVC\n상동,LG전자,상동")
    assert read.frame.select("supplier", "product").rows() == [("Hoshine", "PVC")] * 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("공급자,,구매자,\n상호,국가,상호,국가\nHoshine,중국,기아,한국", ("Hoshine", "기아", "CN", "KR")),
        ("仕入先,仕入先 country,得意先\nHoshine,China,Kia", ("Hoshine", "Kia", "CN", None)),
        ("供应商名称;原产国;客户名称\nHoshine;中国;起亚", ("Hoshine", "起亚", "CN", None)),
        ("Proveedor;País de origen;Comprador\nHoshine;China;Kia México", ("Hoshine", "Kia México", "CN", None)),
        ("수입자상호,해외거래처상호,적출국\n기아,Hoshine,중국", ("Hoshine", "기아", "CN", None)),
    ],
)
def test_the_two_sides_in_further_languages_and_forms(
    tmp_path: Path, lines: str, said: tuple[str, str, str, str | None]
) -> None:
    read = _read(tmp_path, lines)
    countries = pl.coalesce("supplier_country", "origin"), pl.col("buyer_country")
    assert read.frame.select("supplier", "buyer", *countries).rows() == [said]


@pytest.mark.parametrize(
    ("heading", "cell", "column", "said"),
    [
        ("Ship Date", "2024-03-15", "date", "2024-03-15"),
        ("금액(천불)", "12", "value_usd", 12e3),
        ("결제금액(USD)", "12", "value_usd", 12.0),
        ("Country of Destination", "Korea", "buyer_country", "KR"),
        ("HS Code", "30617", "hs_code", "030617"),
        ("HS Code", "8708.29.5", "hs_code", "8708295"),
        ("Goods Origin", "CN/XJ", "origin_region", "CN-XJ"),
        ("HS Code", "HSK8541430000", "hs_code", "8541430000"),
        ("Relationship Value (USD M)", "12.3", "value_usd", 12.3e6),
        ("% of COGS", "1.2", "input_share", 0.012),
        ("ETA", "2024-03-15", "date", "2024-03-15"),
    ],
)
def test_further_cells_of_deliveries(tmp_path: Path, heading: str, cell: str, column: str, said: object) -> None:
    assert _read(tmp_path, f"Supplier,Buyer,{heading}\nHoshine,Kia,{cell}").frame[column].to_list() == [said]


@pytest.mark.parametrize(
    ("lines", "still"),
    [
        ("Status|No longer supplies", False),
        ("Status|Contract terminated 2023-05", False),
        ("Status|Phased out (2022)", False),
        ("거래상태|거래중단(2023.06)", False),
        ("거래상태|거래 종료됨", False),
        ("合作状态|已终止", False),
        ("Статус|Договор расторгнут", False),
        ("Current/Prior|Prior", False),
        ("Relationship Type|Competitor", False),
        ("Lifecycle Status|Inactive", False),
        ("비고|2021년 거래 종료", False),
        ("Comments|stopped buying in 2020", False),
        ("Is Closed|Yes", False),
        ("거래종료여부|Y", False),
        ("사용여부|사용안함", False),
        ("사용여부|X", False),
        ("Status|To be terminated", True),
        ("거래상태|종료 예정", True),
        ("Payment status|Past due", True),
        ("Certificate status|Expired", True),
        ("Remarks|formerly known as Zibo", True),
        ("거래종료여부|N", True),
        ("Active|X", True),
    ],
)
def test_what_says_that_a_delivery_has_ended(tmp_path: Path, lines: str, still: bool) -> None:
    heading, cell = lines.split("|")
    read = _read(
        tmp_path, f"Supplier,Buyer,{heading}\nHoshine,Kia,{cell}\nDaqo,Kia,{'O' if heading == '사용여부' else ''}"
    )
    assert ("Hoshine" in read.frame["supplier"].to_list()) == still


def test_an_empty_cell_beside_ticks_is_not_active(tmp_path: Path) -> None:
    read = _read(tmp_path, "Supplier,Buyer,Active?\nHoshine,Kia,\nDaqo,Kia,✓")
    assert read.frame["supplier"].to_list() == ["Daqo"]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("Former suppliers,,\nSupplier,Buyer,Product\nHoshine,Kia,x", []),
        ("Suppliers incl. terminated ones,,\nSupplier,Buyer,Product\nHoshine,Kia,x", ["Hoshine"]),
        ("Purchases of the year ended 31 December 2024,,\nSupplier,Buyer,Product\nHoshine,Kia,x", ["Hoshine"]),
        ("공급사,구매사,품목\nDaqo,Kia,x\n거래종료 업체,,\nHoshine,Kia,x", ["Daqo"]),
    ],
)
def test_titles_and_sections_say_what_has_ended(tmp_path: Path, lines: str, named: list[str]) -> None:
    if named:
        assert _read(tmp_path, lines).frame["supplier"].to_list() == named
    else:
        with pytest.raises(ScreenerError, match="no delivery that can be used"):
            _read(tmp_path, lines)


def test_returns_and_totals_in_any_column_are_no_deliveries(tmp_path: Path) -> None:
    read = _read(tmp_path, "No,Supplier,Buyer,Value USD\n1,Hoshine,Kia,100\n2,Hoshine,Kia,(40)\n합계,1개사,Kia,60")
    assert read.frame["row"].to_list() == [2]
    assert read.remarks.select("row", "problem").rows() == [
        (3, "a return or reversal, not a delivery"),
        (4, "a line of totals, not a delivery"),
    ]


@pytest.mark.parametrize(
    ("headings", "amounts", "read"),
    [
        ("ASSESS_VALUE_INR,ASSESS_VALUE_USD", "83,1", 1.0),
        ("FOB VALUE (INR),FOB VALUE (USD)", "83,1", 1.0),
        ("Estimated F.O.B Value $USD", "1", 1.0),
        ("통화,결제금액,과세가격(미화)", "EUR,2,1", 1.0),
        ("Unit Price (USD)", "1", None),
        ("Market Cap (USD mn)", "1", None),
    ],
)
def test_of_several_amounts_that_in_dollars_is_read(
    tmp_path: Path, headings: str, amounts: str, read: float | None
) -> None:
    assert _read(tmp_path, f"Supplier,Buyer,{headings}\nHoshine,Kia,{amounts}").frame["value_usd"].to_list() == [read]


@pytest.mark.parametrize(
    "lines",
    [
        "境外发货人,境内收货人,商品编码\nHoshine,Kia,280461",
        "Отправитель;Получатель;Код ТНВЭД\nHoshine;Kia;280461",
        "Nhà nhập khẩu,Nhà xuất khẩu,Mã HS\nKia,Hoshine,280461",
        "Importador,Exportador,Partida arancelaria\nKia,Hoshine,280461",
        "İthalatçı;Gönderici;GTİP\nKia;Hoshine;280461",
        "공급자사업자등록번호,상호,공급받는자사업자등록번호,상호,세번부호\n1,Hoshine,2,Kia,280461",
        "Importer Name,Exporter Name,HSN Code\nKia,Hoshine,280461",
    ],
)
def test_the_direction_of_a_delivery_in_exports_of_customs_and_tax_invoices(tmp_path: Path, lines: str) -> None:
    assert _read(tmp_path, lines).frame.select("supplier", "buyer", "hs_code").rows() == [("Hoshine", "Kia", "280461")]


@pytest.mark.parametrize(
    ("period", "said"),
    [("since 2020", ("2020", None)), ("until 2021", (None, "2021")), ("Q1 2019 - Q4 2021", ("2019", "2021"))],
)
def test_further_periods(tmp_path: Path, period: str, said: tuple[str | None, str | None]) -> None:
    read = _read(tmp_path, f"Supplier,Buyer,Contract Period\nHoshine,Kia,{period}")
    assert read.frame.select("valid_from", "valid_to").rows() == [said]
