//! Files that cannot become a table: each ends in one clear message that names the file, and the line where there is
//! one, in the window and on the command line; the project stays as it was.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use polars::prelude::{IntoColumn, NamedFrom, ParquetWriter, Series};
use shopwright::jobs::Slot;
use shopwright::project::Project;
use shopwright::stage::data::read::{ReadRecipe, TextEncoding};
use shopwright::store::Store;
use shopwright::ui::Command;
use shopwright::ui::page::data::DataCommand;
use shopwright::ui::text::Lang;

use crate::support::Stand;

/// A file, how it is read, and what its message must say besides the file's name.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    encoding: Option<TextEncoding>,
    window: &'static [&'static str],
    line: &'static [&'static str],
}

fn bad(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    window: &'static [&'static str],
    line: &'static [&'static str],
) -> Bad {
    Bad { name, bytes: bytes.into(), encoding: None, window, line }
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("begun");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("finished").into_inner()
}

fn half_a_parquet() -> Vec<u8> {
    let users: Vec<i64> = (0..50_000).collect();
    let column = Series::new("user".into(), &users).into_column();
    let mut frame = polars::prelude::DataFrame::new(users.len(), vec![column]).expect("frame");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).expect("written");
    bytes.truncate(bytes.len() / 2);
    bytes
}

fn no_sheets() -> Vec<u8> {
    let kinds = "http://schemas.openxmlformats.org/package/2006";
    let of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let types = format!(
        "<Types xmlns=\"{kinds}/content-types\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"
    );
    let workbook = format!("<workbook xmlns=\"{main}\"><sheets></sheets></workbook>");
    let none = format!("<Relationships xmlns=\"{kinds}/relationships\"></Relationships>");
    let rels = format!(
        "<Relationships xmlns=\"{kinds}/relationships\"><Relationship Id=\"r1\" Type=\"{of}\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", none.as_bytes()),
    ])
}

fn all() -> Vec<Bad> {
    let names: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let mut noise = b"user,item\n1,2\n".to_vec();
    noise.extend((0..2000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    let mut endless = b"user,item\n1,".to_vec();
    endless.resize(200 << 20, b'x');
    let gb = encoding_rs::GB18030.encode("user,name\n1,tea\n2,红茶\n").0.into_owned();
    let bomb = zip(&[("a.csv", &[b"user,b\n".as_slice(), &b"1,2\n".repeat(40 << 20)].concat())]);
    vec![
        bad("empty.csv", "", &["empty"], &["nothing in it"]),
        bad("binary.csv", noise, &["not text", "line 3"], &["line 3", "binary"]),
        bad("ragged.csv", "user,item,event\n1,2\n3,4,5,6\n", &["line 2 has 2 cells", "3"], &["line 2", "2 cells"]),
        bad("endless.csv", endless, &["line 2", "too long"], &["line 2", "longer than"]),
        bad("quote.csv", "user,text\n1,\"fine\"\n2,\"open\n3,more\n", &["quote", "line 3"], &["line 3", "quote"]),
        Bad {
            encoding: Some(TextEncoding::Utf8),
            ..bad("gb.csv", gb, &["line 3", "utf-8", "another encoding"], &["line 3", "utf-8", "--encoding"])
        },
        bad(
            "two.zip",
            zip(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,2\n")]),
            &["several files", "a.csv, b.csv"],
            &["a.csv, b.csv"],
        ),
        bad("bomb.zip", bomb, &["unpack to far more"], &["bomb.zip"]),
        bad("half.parquet", half_a_parquet(), &["damaged"], &["half.parquet"]),
        bad("sheets.xlsx", no_sheets(), &["no sheets"], &["without sheets"]),
        bad("twice.csv", "user,item,user\n1,2,3\n", &["line 1", "user"], &["line 1", "user"]),
        bad(
            "nobody.csv",
            "item_id,event,time\n1,view,2024-01-01\n2,buy,2024-01-02\n",
            &["Customer"],
            &["user", "--map"],
        ),
        bad(
            "future.csv",
            "user,item,event,time\n1,2,buy,3024-01-01\n1,2,buy,3023-01-01\n",
            &["line 2", "future", "3024-01-01"],
            &["line 2", "future", "3024-01-01"],
        ),
        bad("wide.csv", names.join(",") + "\n" + &"1,".repeat(9_999) + "1\n", &["10000", "2000"], &["10000", "2000"]),
    ]
}

fn write(folder: &Path, bad: &Bad) -> PathBuf {
    let path = folder.join(bad.name);
    std::fs::write(&path, &bad.bytes).expect("written");
    path
}

fn plain(text: &str) -> String {
    text.replace(',', "")
}

#[test]
fn each_is_told_in_the_window_and_the_project_stays_as_it_was() {
    let mut stand = Stand::new();
    let good = stand.write("orders.csv", "order_id,user_id,price\n1,a,2.5\n2,b,3\n");
    stand.send(Command::Data(DataCommand::look(good)));
    stand.click("Import");
    stand.click("Done");
    let before = stand.app().project().expect("open").clone();
    for bad in all() {
        let path = write(&stand.folder.clone(), &bad);
        let recipe = Box::new(ReadRecipe { encoding: bad.encoding, ..ReadRecipe::default() });
        stand.send(Command::Data(DataCommand::Import { path: path.clone(), recipe, remember: false }));
        let failure = stand.app().failures().get(&Slot::Import).cloned();
        let failure = failure.unwrap_or_else(|| panic!("{} was imported", bad.name));
        let (text, chinese) = (failure.text(Lang::En), failure.text(Lang::Zh));
        assert!(failure.details().is_none(), "{}: a fault of the program: {text}", bad.name);
        assert!(text.contains(bad.name) && chinese.contains(bad.name), "{text} / {chinese}");
        for word in bad.window {
            assert!(plain(&text).contains(&plain(word)), "{}: {word:?} is not in {text:?}", bad.name);
        }
        assert!(stand.sees(&text), "{}: {text:?} is not on the screen", bad.name);
        assert_eq!(stand.app().project(), Some(&before), "{}", bad.name);
        stand.send(Command::DismissFailure(Slot::Import));
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn each_is_one_line_on_the_command_line_and_the_project_stays_as_it_was() {
    let folder = tempfile::TempDir::new().expect("temp folder");
    let project = folder.path().join("shop.shopwright");
    Store::create(&project, &Project::named("p")).expect("made").close().expect("closed");
    let before = std::fs::read(&project).expect("there");
    for bad in all() {
        let path = write(folder.path(), &bad);
        let mut process = Process::new(env!("CARGO_BIN_EXE_shopwright"));
        process.arg("import").arg(&path).arg("--project").arg(&project).arg("--json");
        if let Some(encoding) = bad.encoding {
            process.args(["--encoding", encoding.key()]);
        }
        let output = process.output().expect("starts");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{}: {error}", bad.name);
        assert!(output.stdout.is_empty(), "{}", bad.name);
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        assert!(error.contains(bad.name), "{error}");
        for word in bad.line {
            assert!(plain(&error).contains(&plain(word)), "{}: {word:?} is not in {error:?}", bad.name);
        }
        let now = Store::open_to_read(&project).expect("opens").project;
        assert!(now.tables().next().is_none(), "{}", bad.name);
        std::fs::remove_file(path).expect("removed");
    }
    assert_eq!(std::fs::read(&project).expect("there").len(), before.len());
}
