//! Files that are not as they should be: each ends in an error that names the file and the line.

use super::*;

fn error(path: &Path) -> ReadError {
    error_with(path, &ReadRecipe::default())
}

fn error_with(path: &Path, recipe: &ReadRecipe) -> ReadError {
    match read_all(path, recipe, &Monitor::quiet()) {
        Ok((frame, _)) => panic!("read as {frame:?}"),
        Err(error) => error,
    }
}

#[test]
fn missing_empty_and_folder() {
    let files = Files::new();
    assert_eq!(error(&files.path("none.csv")), ReadError::NotFound { file: "none.csv".into() });
    for (name, bytes) in
        [("zero.csv", ""), ("blank.csv", "\n \n\n"), ("names.csv", "user,item\n"), ("empty.json", "[]")]
    {
        assert_eq!(error(&files.write(name, bytes)), ReadError::Empty { file: name.into() }, "{name}");
    }
    assert_eq!(error(&files.write("zero.csv.gz", gzip(b""))), ReadError::Empty { file: "zero.csv.gz".into() });
    assert_eq!(error(&files.write("zero.zip", zip(&[("a.csv", b"")]))), ReadError::Empty { file: "zero.zip".into() });
    assert_eq!(error(&files.write("none.zip", zip(&[]))), ReadError::Empty { file: "none.zip".into() });
    std::fs::create_dir(files.path("folder")).unwrap();
    assert!(matches!(error(&files.path("folder")), ReadError::Io { .. }));
}

#[test]
fn binary_files_and_formats_that_are_not_read() {
    let files = Files::new();
    let mut noise = b"user,item\n1,2\n".to_vec();
    noise.extend((0..2000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    assert_eq!(error(&files.write("noise.csv", noise)), ReadError::Binary { file: "noise.csv".into(), line: 3 });
    let cases: [(&[u8], &str); 3] =
        [(b"%PDF-1.7\nx", "PDF"), (b"\xd0\xcf\x11\xe0abcd", "XLS"), (b"\x89PNG\r\n", "PNG")];
    for (bytes, format) in cases {
        let error = error(&files.write("x.csv", bytes));
        assert_eq!(error, ReadError::UnknownFormat { file: "x.csv".into(), format: format.into() });
    }
}

#[test]
fn cells_that_do_not_fit_the_columns() {
    let files = Files::new();
    let all_wrong = files.write("ragged.csv", "user,item,event\n1,2\n3,4,5,6\n");
    assert_eq!(
        error(&all_wrong),
        ReadError::UnequalColumns { file: "ragged.csv".into(), line: 2, expected: 3, found: 2 }
    );
    let (_, summary) = ok(&files.write("some.csv", "user,item,event\n1,2\n3,4,buy\n5,6,buy,x\n"));
    let aside: Vec<_> = summary.aside.iter().map(|a| (a.line, a.reason, a.text.as_str())).collect();
    assert_eq!(aside, [(2, AsideReason::WrongColumns, "1,2"), (4, AsideReason::WrongColumns, "5,6,buy,x")]);
}

#[test]
fn quotes_left_open() {
    let files = Files::new();
    let early = files.write("early.csv", "user,text\n1,\"fine\"\n2,\"open\n3,more\n");
    assert_eq!(error(&early), ReadError::UnclosedQuote { file: "early.csv".into(), line: 3 });
    let header = files.write("header.csv", "user,\"text\n1,2\n");
    assert_eq!(error(&header), ReadError::UnclosedQuote { file: "header.csv".into(), line: 1 });
    // Far behind the sample, with more than the longest record after it.
    let mut text = String::from("user,text\n");
    for i in 0..200_000 {
        text.push_str(&format!("{i},abcde\n"));
    }
    text.push_str("9,\"open\n");
    for i in 0..1_500_000 {
        text.push_str(&format!("{i},abcde\n"));
    }
    assert_eq!(
        error(&files.write("late.csv", text)),
        ReadError::UnclosedQuote { file: "late.csv".into(), line: 200_002 }
    );
    let recipe = ReadRecipe { quote: Some(' '), ..ReadRecipe::default() };
    let (frame, _) = with(&early, &recipe);
    assert_eq!(texts(&frame, "text")[1], "\"open");
}

#[test]
fn lines_without_end() {
    let files = Files::new();
    let endless = files.write("endless.csv", vec![b'x'; 20 << 20]);
    assert!(matches!(error(&endless), ReadError::LineTooLong { line: 1, .. }));
    let mut late = b"user,item\n1,2\n3,4\n".to_vec();
    while late.len() < 2 << 20 {
        late.extend_from_slice(b"5,6\n");
    }
    let line = late.iter().filter(|b| **b == b'\n').count() as u64 + 1;
    late.resize(late.len() + (20 << 20), b'x');
    let error = error(&files.write("late.csv", late));
    assert_eq!(error, ReadError::LineTooLong { file: "late.csv".into(), line, limit: 16 << 20 });
}

#[test]
fn the_wrong_encoding() {
    let files = Files::new();
    let gb = encoding_rs::GB18030.encode("user,name\n1,tea\n2,红茶\n").0.into_owned();
    let path = files.write("gb.csv", gb);
    let utf8 = ReadRecipe { encoding: Some(TextEncoding::Utf8), ..ReadRecipe::default() };
    let expected = ReadError::WrongEncoding { file: "gb.csv".into(), line: 3, encoding: "utf-8".into() };
    assert_eq!(error_with(&path, &utf8), expected);
    let (frame, _) = with(&path, &ReadRecipe { lossy: true, ..utf8.clone() });
    assert!(texts(&frame, "name")[1].contains('\u{fffd}'));
    // Behind the sample, found by the survey.
    let mut late = b"user,name\n".to_vec();
    while late.len() < 3 << 20 {
        late.extend_from_slice(b"1,abcdefgh\n");
    }
    let line = late.iter().filter(|b| **b == b'\n').count() as u64 + 1;
    late.extend_from_slice(b"2,\xff\xfe\xff\n");
    let expected = ReadError::WrongEncoding { file: "late.csv".into(), line, encoding: "utf-8".into() };
    assert_eq!(error_with(&files.write("late.csv", late), &utf8), expected);
    let gb_of_utf8 = ReadRecipe { encoding: Some(TextEncoding::Gb18030), ..ReadRecipe::default() };
    let path = files.write("utf8.csv", "user,name\n1,x\n2,茶\n");
    assert_eq!(
        error_with(&path, &gb_of_utf8),
        ReadError::WrongEncoding { file: "utf8.csv".into(), line: 3, encoding: "gb18030".into() }
    );
}

#[test]
fn archives() {
    let files = Files::new();
    let two = files.write("two.zip", zip(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,2\n")]));
    assert_eq!(error(&two), ReadError::ZipManyFiles { file: "two.zip".into(), count: 2, names: "a.csv, b.csv".into() });
    let zeros = vec![b'0'; 100 << 20];
    let bomb = files.write("bomb.zip", zip(&[("a.csv", &[b"a,b\n".as_slice(), &zeros].concat())]));
    // A line of zeros is too long before it is too much: the bomb needs lines.
    assert!(matches!(error(&bomb), ReadError::LineTooLong { .. } | ReadError::ZipBomb { .. }));
    let lines = b"1,2\n".repeat(25 << 20);
    let bomb = files.write("bomb.csv.gz", gzip(&[b"user,b\n".as_slice(), &lines].concat()));
    assert!(matches!(error(&bomb), ReadError::ZipBomb { packed, unpacked, .. } if unpacked / packed >= 200));
    let book = zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/sharedStrings.xml", &vec![b' '; 70 << 20])]);
    assert!(matches!(error(&files.write("bomb.xlsx", book)), ReadError::ZipBomb { .. }));
    let events = EVENTS.repeat(100);
    let packed = gzip(events.as_bytes());
    let cut = files.write("cut.csv.gz", &packed[..packed.len() / 2]);
    assert!(matches!(error(&cut), ReadError::ArchiveDamaged { .. }));
    let packed = zip(&[("a.csv", events.as_bytes())]);
    assert!(matches!(error(&files.write("cut.zip", &packed[..packed.len() / 2])), ReadError::ArchiveDamaged { .. }));
}

#[test]
fn damaged_parquet_workbooks_and_json() {
    let files = Files::new();
    let mut frame = df!("user" => (0..5000).collect::<Vec<i64>>(), "item" => vec!["tea"; 5000]).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let half = files.write("half.parquet", &bytes[..bytes.len() / 2]);
    assert!(matches!(error(&half), ReadError::ParquetDamaged { .. }));
    // The end is whole but the middle is not.
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xa5);
    let holed = all(&files.write("hole.parquet", &bytes));
    assert!(matches!(holed, Ok(_) | Err(ReadError::ParquetDamaged { .. })));
    let empty = files.write("none.xlsx", zip(&[("[Content_Types].xml", b"<Types/>")]));
    assert!(matches!(error(&empty), ReadError::WorkbookDamaged { .. } | ReadError::NoSheets { .. }));
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet();
    let bytes = book.save_to_buffer().unwrap();
    let blank = files.write("blank.xlsx", &bytes);
    assert_eq!(error(&blank), ReadError::Empty { file: "blank.xlsx".into() });
    let recipe = ReadRecipe { sheet: Some("April".into()), ..ReadRecipe::default() };
    assert_eq!(
        error_with(&blank, &recipe),
        ReadError::NoSuchSheet { file: "blank.xlsx".into(), sheet: "April".into() }
    );
    let cut = error(&files.write("cut.json", "[\n{\"user\":1,\"item\":2},\n{\"user\":3,"));
    assert!(matches!(cut, ReadError::JsonDamaged { line: 3, .. }), "{cut}");
    for wrapped in ["{\n  \"rows\": [\n    {\"user\": 1}\n  ]\n}\n", "{\"rows\":[{\"user\":1},{\"user\":2}]}"] {
        let one = error(&files.write("one.json", wrapped));
        assert!(matches!(one, ReadError::JsonDamaged { line: 1, .. }), "{one}");
    }
    let (_, summary) = ok(&files.write("bad.ndjson", "{\"user\":1,\"item\":2}\n{\"user\":\n{\"user\":3,\"item\":4}\n"));
    assert_eq!((summary.rows_kept, summary.aside[0].line, summary.aside[0].reason), (2, 2, AsideReason::BadJson));
}

#[test]
fn a_workbook_without_sheets() {
    let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let workbook =
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets></sheets></workbook>"#;
    let rels =
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>"#;
    let main = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let bytes = zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", main.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
    ]);
    let files = Files::new();
    assert_eq!(error(&files.write("none.xlsx", bytes)), ReadError::NoSheets { file: "none.xlsx".into() });
}

#[test]
fn columns_twice_or_too_many() {
    let files = Files::new();
    let twice = files.write("twice.csv", "user,item,user\n1,2,3\n");
    assert_eq!(error(&twice), ReadError::DuplicateColumns { file: "twice.csv".into(), line: 1, name: "user".into() });
    let names: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let many = files.write("many.csv", names.join(",") + "\n" + &"1,".repeat(9_999) + "1\n");
    assert_eq!(error(&many), ReadError::TooManyColumns { file: "many.csv".into(), count: 10_000, limit: 2000 });
    let object = names.iter().map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",");
    let many = files.write("many.ndjson", format!("{{{object}}}\n"));
    assert!(matches!(error(&many), ReadError::TooManyColumns { .. }));
}

#[test]
fn roles_that_are_missing_double_or_of_no_column() {
    let files = Files::new();
    let path = files.write("e.csv", "item_id,event,time\n1,view,2024-01-01\n2,buy,2024-01-02\n");
    let missing = ReadError::MissingRole { file: "e.csv".into(), kind: TableKind::Events, role: Role::User };
    assert_eq!(error(&path), missing);
    assert_eq!(sniff(&path, &ReadRecipe::default(), &Monitor::quiet()).unwrap().problem, Some(missing));
    let with = |column: &str, role| ReadRecipe { roles: [(column.to_owned(), role)].into(), ..ReadRecipe::default() };
    assert_eq!(
        error_with(&path, &with("who", Role::User)),
        ReadError::NoSuchColumn { file: "e.csv".into(), name: "who".into() }
    );
    let mut twice = with("item_id", Role::User);
    twice.roles.insert("time".into(), Role::User);
    assert!(matches!(error_with(&path, &twice), ReadError::DoubleRole { role: Role::User, .. }));
    let mut wrong = with("item_id", Role::User);
    wrong.types.insert("time".into(), ColumnType::Decimal);
    assert!(matches!(error_with(&path, &wrong), ReadError::BadSetting { setting: "types", .. }));
    wrong = with("item_id", Role::User);
    wrong.time_zone = Some("Mars/Olympus".into());
    assert!(matches!(error_with(&path, &wrong), ReadError::BadSetting { setting: "time_zone", .. }));
    wrong = ReadRecipe { delimiter: Some(String::new()), ..ReadRecipe::default() };
    assert!(matches!(error_with(&path, &wrong), ReadError::BadSetting { setting: "delimiter", .. }));
}

#[test]
fn a_future_that_has_not_come_and_tables_without_a_good_row() {
    let files = Files::new();
    let future = files.write("f.csv", "user,item,event,time\n1,2,buy,3024-01-01\n1,2,buy,3023-01-01\n");
    let expected =
        ReadError::AllFuture { file: "f.csv".into(), line: 2, column: "time".into(), first: "3024-01-01".into() };
    assert_eq!(error(&future), expected);
    let nobody = files.write("n.csv", "user,item,event,time\n,2,buy,2024-01-01\n,2,buy,2023-01-01\n");
    let expected = ReadError::NothingKept { file: "n.csv".into(), line: 2, rows: 2, reason: AsideReason::NoUser };
    assert_eq!(error(&nobody), expected);
}

#[test]
fn a_cancelled_reading_stops() {
    let files = Files::new();
    let path = files.write("e.csv", EVENTS);
    let monitor = Monitor::quiet();
    monitor.cancel();
    let read = read_all(&path, &ReadRecipe::default(), &monitor);
    assert!(matches!(read, Err(ReadError::Cancelled(_))));
}
