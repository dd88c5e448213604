use super::*;

fn text(product: &str, words: &str, author: Author, status: Status) -> CopyText {
    let mut text = CopyText::new(product, Channel::Push, CopyLang::Zh, 0);
    text.save(Version { text: words.to_owned(), author, at: Moment(0), made: None, restored: None });
    text.status = status;
    text
}

fn shop() -> Vec<(String, CopyText)> {
    vec![
        ("b1/P1/push/zh/0".into(), text("P1", "青瓷茶壶\n给\"你\"，和一杯茶", Author::Model, Status::Approved)),
        ("b1/P2/push/zh/0".into(), text("P2", "=SUM(A1)", Author::Human, Status::Approved)),
        ("b1/P3/push/zh/0".into(), text("P3", "open", Author::Model, Status::Open)),
        ("b1/P4/push/zh/0".into(), text("P4", "", Author::Model, Status::Failed("no name".into()))),
    ]
}

fn rows(shop: &[(String, CopyText)]) -> Vec<Row<'_>> {
    shop.iter().map(|(key, text)| Row { key, name: "茶壶", text }).collect()
}

#[test]
fn edits_made_in_any_export_come_back_as_versions() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = shop();
    let plan = ExportPlan { approved_only: false, ..ExportPlan::default() };
    let table = frame(&rows(&shop), &plan).unwrap();
    assert_eq!(table.height(), 3);
    for (name, code) in [
        ("mark.csv", TextCode::Utf8Mark),
        ("plain.csv", TextCode::Utf8),
        ("gb.csv", TextCode::Gb18030),
        ("book.xlsx", TextCode::Utf8Mark),
    ] {
        let path = folder.path().join(name);
        let told = write(&table, &path, code, &Monitor::quiet()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((told.rows, told.bytes), (3, bytes.len() as u64), "{name}");
        assert_eq!(bytes.starts_with(b"\xef\xbb\xbf"), name == "mark.csv", "{name}");
        let back = read_edits(&path).unwrap();
        let wanted: Vec<(String, String)> =
            shop.iter().take(3).map(|(key, text)| (key.clone(), text.text().to_owned())).collect();
        assert_eq!(back, wanted, "{name}");
    }
    // A formula is plain text in the file.
    let file = std::fs::read_to_string(folder.path().join("plain.csv")).unwrap();
    assert!(file.contains(",'=SUM(A1),human,") && file.contains(",machine,"), "{file}");
    let (_, first) = &mut shop[0];
    assert!(!take_edit(first, "青瓷茶壶\n给\"你\"，和一杯茶", Moment(5)));
    assert!(!take_edit(first, "  ", Moment(5)));
    assert!(take_edit(first, "青瓷茶壶\n送你", Moment(5)));
    assert_eq!((first.origin(), first.versions.len()), (Origin::HumanEdited, 2));
}

#[test]
fn one_row_a_product_and_the_clipboard() {
    let mut shop = shop();
    let mut english = text("P1", "A teapot", Author::Human, Status::Approved);
    english.lang = CopyLang::En;
    shop.push(("b1/P1/push/en/0".into(), english));
    let plan = ExportPlan { by_product: true, ..ExportPlan::default() };
    let table = frame(&rows(&shop), &plan).unwrap();
    let heads: Vec<&str> = table.columns().iter().map(|c| c.name().as_str()).collect();
    assert_eq!(
        heads,
        ["batch", "product", "name", "push_zh_1", "push_zh_1_written_by", "push_en_1", "push_en_1_written_by"]
    );
    assert_eq!(table.height(), 2);
    let text = clipboard(&table);
    assert!(text.contains("P1\t茶壶\t\"青瓷茶壶\n给\"\"你\"\"，和一杯茶\"\tmachine\tA teapot\thuman\n"), "{text}");
    assert!(text.contains("P2\t茶壶\t'=SUM(A1)\thuman\t\t\n"), "{text}");
    // Edits come back from this shape too.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    write(&table, &path, TextCode::Utf8Mark, &Monitor::quiet()).unwrap();
    let mut back = read_edits(&path).unwrap();
    back.sort();
    let wanted = [
        ("b1/P1/push/en/0".to_owned(), "A teapot".to_owned()),
        ("b1/P1/push/zh/0".to_owned(), "青瓷茶壶\n给\"你\"，和一杯茶".to_owned()),
        ("b1/P2/push/zh/0".to_owned(), "=SUM(A1)".to_owned()),
    ];
    assert_eq!(back, wanted);
    assert_eq!(key_of_kind("push_zh_1_written_by"), None);
}

#[test]
fn a_file_that_is_no_export_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.csv");
    std::fs::write(&path, "key;words\n1;2\n").unwrap();
    assert!(matches!(read_edits(&path), Err(ReimportError::NoColumn { column: "text", .. })));
    assert!(matches!(read_edits(&folder.path().join("none.csv")), Err(ReimportError::File { .. })));
    std::fs::write(folder.path().join("bad.xlsx"), "no book").unwrap();
    assert!(matches!(read_edits(&folder.path().join("bad.xlsx")), Err(ReimportError::File { .. })));
    std::fs::write(&path, "key;text\nb1;\"a;b\"\"c\"\n\nb2;d").unwrap();
    assert_eq!(read_edits(&path).unwrap(), [("b1".into(), "a;b\"c".into()), ("b2".into(), "d".to_owned())]);
}
