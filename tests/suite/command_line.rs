//! The contract of the command line, on the real binary.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub fn shopwright(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shopwright"))
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("starts")
}

pub fn json(output: &Output) -> serde_json::Value {
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    assert_eq!(text.trim_end().lines().count(), 1, "one line of JSON, got {text:?}");
    serde_json::from_str(text).expect("JSON")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed")
}

#[test]
fn sample_writes_its_files_and_says_which() {
    let folder = TempDir::new().expect("temp folder");
    let out = folder.path().join("shop");
    let args =
        ["sample", "--users", "50", "--products", "40", "--events", "3000", "--reviews", "60", "--json", "--out"];
    let output = shopwright(&[&args[..], &[out.to_str().expect("path")]].concat());
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(output.stderr.is_empty(), "silent when not on a terminal: {output:?}");
    for file in json(&output)["files"].as_array().expect("files") {
        let path = out.join(file["name"].as_str().expect("name"));
        let length = std::fs::metadata(&path).expect("written").len();
        assert_eq!(Some(length), file["bytes"].as_u64(), "{path:?}");
    }
    let truth = std::fs::read(out.join("truth.json")).expect("truth");
    serde_json::from_slice::<serde_json::Value>(&truth).expect("JSON");

    // The same seed, the same files.
    let again = folder.path().join("again");
    shopwright(&[&args[..], &[again.to_str().expect("path")]].concat());
    let read = |folder: &Path| std::fs::read(folder.join("events.csv")).expect("events");
    assert_eq!(read(&out), read(&again));
}

#[test]
fn info_lists_tables_and_runs() {
    let folder = TempDir::new().expect("temp folder");
    let path = folder.path().join("p.shopwright");
    let mut stand = crate::support::Stand::new();
    stand.open_sample();
    let from = stand.app().project_path().expect("open").to_owned();
    drop(stand);
    std::fs::copy(from.parent().map(|_| &from).expect("path"), &path).ok();
    let project = shopwright::project::Project::named("Empty");
    let empty = folder.path().join("empty.shopwright");
    shopwright::store::Store::create(&empty, &project).expect("created").close().expect("closed");
    let output = shopwright(&["info", "--json", "--project", empty.to_str().expect("path")]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(json(&output), serde_json::json!({ "tables": [], "runs": [] }));
}

#[test]
fn a_failure_is_one_line_and_code_1() {
    let folder = TempDir::new().expect("temp folder");
    let missing = folder.path().join("none.shopwright");
    let text = folder.path().join("text.shopwright");
    std::fs::write(&text, "hello").expect("written");
    for path in [&missing, &text] {
        let output = shopwright(&["info", "--json", "--project", path.to_str().expect("path")]);
        assert_eq!(code(&output), 1, "{output:?}");
        assert!(output.stdout.is_empty());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        assert!(error.contains(path.file_name().and_then(|n| n.to_str()).expect("name")), "{error}");
    }
    let output = shopwright(&["sample", "--out", "/proc/no/such"]);
    assert_eq!(code(&output), 1, "{output:?}");
}

#[test]
fn wrong_usage_is_code_2_with_a_suggestion() {
    for (args, hint) in [
        (&["smaple"][..], "sample"),
        (&["info", "--projcet", "x"][..], "--project"),
        (&["sample", "--users", "many", "--out", "x"][..], "--users"),
        (&["info"][..], "--project"),
    ] {
        let output = shopwright(args);
        assert_eq!(code(&output), 2, "{args:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(hint), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn every_verb_has_help_with_an_example() {
    // Whatever verbs there are, the program names them itself.
    let listed = shopwright(&["--help"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let verbs: Vec<&str> = listed
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.contains(&"import") && verbs.contains(&"segment") && verbs.len() >= 10, "{verbs:?}");
    for verb in verbs {
        let output = shopwright(&[verb, "--help"]);
        assert_eq!(code(&output), 0);
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(help.contains("Example") && help.contains(&format!("shopwright {verb}")), "{help}");
    }
    assert!(String::from_utf8_lossy(&shopwright(&["--help"]).stdout).contains("Examples:"));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_it_says_so_in_one_line() {
    let output = shopwright(&[]);
    assert_eq!(code(&output), 1);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    assert!(error.contains("no display") && error.contains("--help"), "{error}");
}

#[test]
fn import_tells_every_row_and_the_window_sees_the_table() {
    let folder = TempDir::new().expect("temp folder");
    let file = folder.path().join("orders.csv");
    let csv = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n\
               1,A,Tray,2,2024-03-01 10:00:00,4.5,17850.0\n\
               1,B,Bowl,1,2024-03-01 10:00:00,8,17850.0\n\
               C2,A,Tray,-1,2024-03-02 09:00:00,4.5,17850.0\n\
               3,B,Bowl,1,2024-03-03 09:30:00,8,\n";
    std::fs::write(&file, csv).expect("written");
    let project = folder.path().join("shop.shopwright");
    let (file, project) = (file.to_str().expect("path"), project.to_str().expect("path"));
    let output = shopwright(&["import", file, "--project", project, "--json"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let told = json(&output);
    assert_eq!(told["kind"], "orders");
    assert_eq!((told["rows_read"].as_u64(), told["rows_kept"].as_u64()), (Some(4), Some(3)));
    assert_eq!(told["rows_set_aside"], serde_json::json!({ "no_user": 1 }));
    assert_eq!((told["encoding"].as_str(), told["delimiter"].as_str()), (Some("utf-8"), Some(",")));
    let role = |name: &str| {
        let columns = told["columns"].as_array().expect("columns");
        columns.iter().find(|column| column["name"] == name).expect("there")["role"].clone()
    };
    assert_eq!(
        (role("CustomerID"), role("StockCode"), role("InvoiceDate")),
        ("user".into(), "item".into(), "time".into())
    );

    let info = json(&shopwright(&["info", "--project", project, "--json"]));
    assert_eq!(info["tables"], serde_json::json!([{ "name": "orders", "kind": "orders", "rows": 3 }]));
    let opened = shopwright::store::Store::open_to_read(Path::new(project)).expect("opens");
    let (_, table) = opened.project.table_named("orders").expect("there");
    let frame = opened.store.reader().expect("reader").frame(table, None).expect("rows");
    let events: Vec<_> =
        frame.column("event").expect("added").str().expect("text").iter().flatten().map(str::to_owned).collect();
    assert_eq!(events, ["purchase", "purchase", "return"]);
    let again = shopwright(&["import", file, "--project", project]);
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(told.contains("2 purchases, 1 returns") && told.contains("no user: 1"), "{told}");
}

#[test]
fn a_file_that_cannot_be_imported_leaves_the_project_as_it_was() {
    let folder = TempDir::new().expect("temp folder");
    let project = folder.path().join("shop.shopwright");
    shopwright::store::Store::create(&project, &shopwright::project::Project::named("p"))
        .expect("made")
        .close()
        .expect("closed");
    let before = shopwright::store::Store::open_to_read(&project).expect("opens").project;
    for (name, content) in
        [("empty.csv", &b""[..]), ("binary.csv", &[0, 1, 2, 255, 254, 0, 0, 9][..]), ("cut.parquet", b"PAR1xx")]
    {
        let file = folder.path().join(name);
        std::fs::write(&file, content).expect("written");
        let output = shopwright(&[
            "import",
            file.to_str().expect("path"),
            "--project",
            project.to_str().expect("path"),
            "--json",
        ]);
        assert_eq!(code(&output), 1, "{name}: {output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.trim_end().lines().count() == 1 && error.contains(name), "{error}");
        assert_eq!(shopwright::store::Store::open_to_read(&project).expect("opens").project, before);
    }
}

#[test]
fn several_files_come_in_together_or_not_at_all_and_nothing_is_left_where_nothing_was() {
    let folder = TempDir::new().expect("temp folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("path").to_owned();
    std::fs::write(path("good.csv"), "user_id,price\na,2.5\nb,3\n").expect("written");
    std::fs::write(path("empty.csv"), "").expect("written");
    let project = path("shop.shopwright");
    let output = shopwright(&["import", &path("good.csv"), &path("empty.csv"), "--project", &project]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (code(&output), error.trim_end()),
        (1, "shopwright: empty.csv: nothing in it; export it again, with rows")
    );
    assert!(!Path::new(&project).exists(), "a project that was not there is not left behind");

    assert_eq!(code(&shopwright(&["import", &path("good.csv"), "--project", &project])), 0);
    let output = shopwright(&["import", &path("good.csv"), &path("empty.csv"), "--project", &project]);
    assert_eq!(code(&output), 1);
    let opened = shopwright::store::Store::open_to_read(Path::new(&project)).expect("opens").project;
    assert_eq!(opened.tables().count(), 1, "the first file of a failed import is not kept either");
    let output = shopwright(&["import", &path("good.csv"), &path("good.csv"), "--project", &project, "--json"]);
    let names: Vec<_> =
        json(&output)["imported"].as_array().expect("a list").iter().map(|t| t["table"].clone()).collect();
    assert_eq!(names, ["good 2", "good 3"]);
}

#[test]
fn a_table_is_profiled_cleaned_and_turned_into_features() {
    let folder = TempDir::new().expect("temp folder");
    let file = folder.path().join("orders.csv");
    let csv = "order_id,user_id,item_id,city,price,order_time\n\
               1,a,x,Suzhou,10,2024-03-01\n2,b,y, Suzhou,12,2024-03-02\n2,b,y, Suzhou,12,2024-03-02\n\
               3,a,x,Suzhou,11,2024-03-03\n4,c,z,Hangzhou,9,2024-03-04\n";
    std::fs::write(&file, csv).expect("written");
    let project = folder.path().join("shop.shopwright");
    let (file, project) = (file.to_str().expect("path"), project.to_str().expect("path"));
    assert_eq!(code(&shopwright(&["import", file, "--project", project, "--json"])), 0);

    let output = shopwright(&["profile", "--project", project, "--table", "orders", "--json"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let told = json(&output);
    assert_eq!((told["table"].as_str(), told["rows"].as_u64()), (Some("orders"), Some(5)));
    assert_eq!(told["duplicates"]["rows"], 1);
    let found: Vec<_> =
        told["findings"].as_array().expect("list").iter().map(|f| f["problem"]["what"].clone()).collect();
    assert!(found.contains(&"exact_duplicates".into()) && found.contains(&"untidy_spaces".into()), "{found:?}");
    let severity: Vec<f64> =
        told["findings"].as_array().expect("list").iter().filter_map(|f| f["severity"].as_f64()).collect();
    assert!(severity.windows(2).all(|pair| pair[0] >= pair[1]), "worst first: {severity:?}");

    let cleaned = json(&shopwright(&["clean", "--project", project, "--table", "orders", "--repair", "--json"]));
    assert_eq!((cleaned["rows_before"].as_u64(), cleaned["rows_after"].as_u64()), (Some(5), Some(4)));
    let again = json(&shopwright(&["profile", "--project", project, "--json"]));
    assert_eq!((again["rows"].as_u64(), again["duplicates"]["rows"].as_u64()), (Some(4), Some(0)));

    let out = folder.path().join("features.csv");
    let out = out.to_str().expect("path");
    let output = shopwright(&["features", "--project", project, "--today", "2024-03-11", "--out", out, "--json"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let made = json(&output);
    assert_eq!(made["customers"], 3);
    let text = std::fs::read_to_string(out).expect("written");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().expect("head").split(',').collect();
    let first: Vec<&str> = lines.next().expect("a row").split(',').collect();
    let of = |name: &str| first[head.iter().position(|column| *column == name).expect("there")].parse::<f64>();
    // Customer a bought for 10 on the 1st and for 11 on the 3rd; today is the 11th, at midnight.
    assert_eq!((first[0], of("monetary"), of("recency"), of("orders")), ("a", Ok(21.0), Ok(8.0), Ok(2.0)));
    let info = json(&shopwright(&["info", "--project", project, "--json"]));
    assert_eq!(
        (info["runs"][0]["method"].as_str(), info["runs"][0]["state"].as_str()),
        (Some("features"), Some("fresh"))
    );

    let output = shopwright(&["profile", "--project", project, "--table", "nothing"]);
    assert_eq!(code(&output), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("orders"), "{output:?}");
}
