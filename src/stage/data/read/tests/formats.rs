//! One table in every format, compression and encoding.

use super::*;

#[test]
fn csv_plain_gzipped_and_zipped() {
    let files = Files::new();
    let plain = files.write("events.csv", EVENTS);
    let (frame, summary) = ok(&plain);
    check_events(&frame, &summary);
    assert_eq!((summary.encoding, summary.delimiter.as_deref()), (Some(TextEncoding::Utf8), Some(",")));
    let packed = [
        files.write("events.csv.gz", gzip(EVENTS.as_bytes())),
        files.write("events.zip", zip(&[("a/events.csv", EVENTS.as_bytes()), ("__MACOSX/a/._events.csv", b"x")])),
    ];
    for path in packed {
        let (frame, summary) = ok(&path);
        check_events(&frame, &summary);
    }
}

#[test]
fn every_delimiter_with_and_without_header() {
    let files = Files::new();
    for (i, delimiter) in [";", "\t", "|", "::"].into_iter().enumerate() {
        let path = files.write(&format!("{i}.txt"), EVENTS.replace(',', delimiter));
        let (frame, summary) = ok(&path);
        check_events(&frame, &summary);
        assert_eq!(summary.delimiter.as_deref(), Some(delimiter));
    }
    let (_, body) = EVENTS.split_once('\n').unwrap();
    let (frame, summary) = ok(&files.write("bare.csv", body));
    assert_eq!(summary.kind, TableKind::Events);
    assert_eq!(texts(&frame, "column_4"), ["view", "cart", "favourite", "purchase"]);
    let roles: Vec<Role> = summary.columns.iter().map(|c| c.role).collect();
    assert_eq!(roles, [Role::User, Role::Item, Role::Category, Role::Event, Role::Time]);
}

#[test]
fn every_encoding() {
    let text = "用户ID,商品ID,行为类型,时间\n1001,红茶,浏览,2024-01-01 08:00:00\n1002,绿茶,购买,2024-01-02 09:30:00\n";
    let utf16 = |marks: bool, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let marked = if marks { format!("\u{feff}{text}") } else { text.to_owned() };
        marked.encode_utf16().flat_map(bytes).collect()
    };
    let cases: [(&str, Vec<u8>, TextEncoding); 6] = [
        ("utf8.csv", text.into(), TextEncoding::Utf8),
        ("bom.csv", format!("\u{feff}{text}").into(), TextEncoding::Utf8),
        ("le.csv", utf16(true, u16::to_le_bytes), TextEncoding::Utf16Le),
        ("be.csv", utf16(true, u16::to_be_bytes), TextEncoding::Utf16Be),
        ("le_bare.csv", utf16(false, u16::to_le_bytes), TextEncoding::Utf16Le),
        ("gb.csv", encoding_rs::GB18030.encode(text).0.into_owned(), TextEncoding::Gb18030),
    ];
    let files = Files::new();
    for (name, bytes, encoding) in cases {
        let path = files.write(name, bytes);
        let (frame, summary) = ok(&path);
        assert_eq!((summary.encoding, summary.kind), (Some(encoding), TableKind::Events), "{name}");
        assert_eq!(texts(&frame, "商品ID"), ["红茶", "绿茶"], "{name}");
        assert_eq!(texts(&frame, "行为类型"), ["view", "purchase"], "{name}");
        assert_eq!(texts(&frame, "时间"), ["2024-01-01 08:00:00", "2024-01-02 09:30:00"], "{name}");
        assert_eq!(sniff(&path, &ReadRecipe::default(), &Monitor::quiet()).unwrap().encoding, Some(encoding));
    }
    let french =
        encoding_rs::WINDOWS_1252.encode("sku;name;price\nA1;thé glacé;2,50\nA2;café;3,00\nA3;crème brûlée;10,75\n").0;
    let (frame, summary) = ok(&files.write("french.csv", french));
    assert_eq!(summary.encoding, Some(TextEncoding::Windows1252));
    assert_eq!(texts(&frame, "name"), ["thé glacé", "café", "crème brûlée"]);
    assert_eq!(texts(&frame, "price"), ["2.5", "3.0", "10.75"]);
}

#[test]
fn an_encoding_that_shows_only_behind_the_sample_is_found() {
    let files = Files::new();
    let mut bytes = b"sku,name,price\n".to_vec();
    while bytes.len() < 1_100_000 {
        bytes.extend_from_slice(b"A1,tea,2.50\n");
    }
    bytes.extend_from_slice(&encoding_rs::GB18030.encode("A2,红茶和绿茶的茶壶,3.00\nA3,白色的杯子,4.00\n").0);
    let (frame, summary) = ok(&files.write("late.csv", bytes));
    assert_eq!(summary.encoding, Some(TextEncoding::Gb18030));
    assert_eq!(texts(&frame, "name").last().map(String::as_str), Some("白色的杯子"));
}

#[test]
fn json_lines_and_arrays() {
    let files = Files::new();
    let mut rows = Vec::new();
    for line in EVENTS.lines().skip(1) {
        let c: Vec<&str> = line.split(',').collect();
        rows.push(format!(
            "{{\"user_id\":{},\"item_id\":\"{}\",\"category_id\":{},\"behavior\":\"{}\",\"timestamp\":{}}}",
            c[0], c[1], c[2], c[3], c[4]
        ));
    }
    let array = format!("[\n {}\n]\n", rows.join(",\n "));
    for (name, text) in
        [("e.ndjson", rows.join("\n")), ("e.json", array), ("one.json", format!("[{}]", rows.join(",")))]
    {
        let (frame, summary) = ok(&files.write(name, text));
        check_events(&frame, &summary);
        assert_eq!(summary.delimiter, None);
    }
    let late =
        "{\"sku\":\"A\",\"price\":1.5}\n{\"sku\":\"B\",\"price\":2,\"made\":{\"in\":\"CN\",\"on\":\"2024-01-02\"}}\n";
    let (frame, summary) = ok(&files.write("late.ndjson", late));
    assert_eq!(texts(&frame, "made.in"), ["·", "CN"]);
    assert_eq!(type_of(&summary, "made.on"), ColumnType::Time);
}

#[test]
fn parquet_of_several_types() {
    let files = Files::new();
    let mut frame = df!(
        "user_id" => [Some(17_850.0), Some(13_047.0), None],
        "item_id" => ["85123A", "71053", "84406B"],
        "event" => ["view", "buy", "buy"],
        "time" => [1_291_191_960_000_i64, 1_291_191_960_001, 1_291_191_961_000],
        "small" => [1_u8, 2, 3],
        "flag" => [true, false, true],
    )
    .unwrap();
    let times = frame.column("time").unwrap().cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    frame.with_column(times).unwrap();
    let path = files.path("events.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let (read, summary) = ok(&path);
    assert_eq!((summary.kind, summary.rows_read, summary.rows_kept), (TableKind::Events, 3, 2));
    assert_eq!(summary.set_aside, [(AsideReason::NoUser, 1)].into());
    assert_eq!((summary.aside[0].line, summary.aside[0].text.as_str()), (3, ",84406B,buy,2010-12-01T08:26:01,3,true"));
    assert_eq!(texts(&read, "user_id"), ["17850", "13047"]);
    // 1291191960 is 2010-12-01 08:26:00 UTC.
    assert_eq!(texts(&read, "time"), ["2010-12-01 08:26:00", "2010-12-01 08:26:00.001"]);
    assert_eq!(type_of(&summary, "small"), ColumnType::Integer);
    assert_eq!(texts(&read, "flag"), ["true", "false"]);
}

#[test]
fn parquet_columns_that_cannot_be_read_are_named() {
    let files = Files::new();
    let tags = Series::new("tags".into(), [Series::new("".into(), ["a"]), Series::new("".into(), ["b"])]);
    let mut frame = DataFrame::new(
        2,
        vec![Column::new("sku".into(), ["A", "B"]), Column::new("price".into(), [1.5, 2.0]), tags.into()],
    )
    .unwrap();
    let path = files.path("products.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let (read, summary) = ok(&path);
    assert_eq!((read.width(), summary.columns_left_out[0].0.as_str()), (2, "tags"));
}

#[test]
fn workbooks_with_sheet_choice_titles_and_dates() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let mut book = Workbook::new();
    book.add_worksheet().set_name("empty").unwrap();
    let orders = book.add_worksheet().set_name("orders").unwrap();
    orders.write(0, 1, "Sales of 2010").unwrap();
    for (i, name) in ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"].iter().enumerate()
    {
        orders.write(2, 1 + i as u16, *name).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (row, (order, quantity, user)) in
        [("536365", 6.0, Some(17_850.0)), ("C536379", -1.0, Some(14_527.0)), ("536380", 2.0, None)].iter().enumerate()
    {
        let row = 3 + row as u32;
        orders.write(row, 1, *order).unwrap();
        orders.write(row, 2, "85123A").unwrap();
        orders.write(row, 3, *quantity).unwrap();
        let time = ExcelDateTime::from_ymd(2010, 12, 1).unwrap().and_hms(8, 26, 0).unwrap();
        orders.write_with_format(row, 4, &time, &date).unwrap();
        orders.write(row, 5, 2.55).unwrap();
        if let Some(user) = user {
            orders.write(row, 6, *user).unwrap();
        }
    }
    let other = book.add_worksheet().set_name("products").unwrap();
    for (i, row) in [["sku", "name", "price"], ["A", "tea", "1"], ["B", "pot", "2"]].iter().enumerate() {
        for (j, cell) in row.iter().enumerate() {
            other.write(i as u32, j as u16, *cell).unwrap();
        }
    }
    let files = Files::new();
    let path = files.path("book.xlsx");
    book.save(&path).unwrap();
    let sniffed = sniff(&path, &ReadRecipe::default(), &Monitor::quiet()).unwrap();
    assert_eq!((sniffed.format, sniffed.sheets.len()), (FileFormat::Workbook, 3));
    let (frame, summary) = ok(&path);
    assert_eq!(summary.recipe.sheet.as_deref(), Some("orders"));
    assert_eq!((summary.kind, summary.rows_read, summary.rows_kept), (TableKind::Orders, 3, 2));
    assert_eq!((summary.aside[0].line, summary.aside[0].reason), (6, AsideReason::NoUser));
    assert_eq!(texts(&frame, "event"), ["purchase", "return"]);
    assert_eq!(texts(&frame, "InvoiceDate"), ["2010-12-01 08:26:00"; 2]);
    assert_eq!(texts(&frame, "CustomerID"), ["17850", "14527"]);
    let recipe = ReadRecipe { sheet: Some("products".into()), ..ReadRecipe::default() };
    let (frame, summary) = with(&path, &recipe);
    assert_eq!((summary.kind, texts(&frame, "name")), (TableKind::Products, vec!["tea".to_owned(), "pot".to_owned()]));
}
