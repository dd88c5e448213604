//! Files changed at random: whatever comes, it is a table or an error, never a panic, and every row is accounted for.

use super::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many files; `SHOPWRIGHT_MUTATIONS` asks for fewer or more.
fn count() -> u64 {
    std::env::var("SHOPWRIGHT_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

/// The most memory this process held so far, in MB; nothing where the system does not tell.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// What reading files of a few hundred bytes may add to it, whatever they claim to hold; other tests run beside.
const MEMORY: u64 = 1500;

/// Small whole files of each format.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let reviews = "id;text;rating;date\n1;\"a \"\"b\"\"\nc; d\";5;01.02.2024\n2;x;4,5;13.02.2024\n";
    let invoices = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n\
        1,A,6,12/1/2010 8:26,2.55,17850.0\nC2,B,-1,12/13/2010 8:26,£1,,\n";
    let chinese = "用户ID,行为类型,时间\n1,浏览,2024年1月1日\n2,购买,2024年1月2日\n";
    let json = "{\"user\":1,\"item\":\"x\",\"t\":{\"a\":[1,2]}}\n{\"user\":2,\"item\":null}\n";
    let array = "[{\"user\":1,\"item\":\"x\\\"]\"},\n {\"user\":2.5e3}]";
    let mut frame =
        df!("user" => [1_i64, 2, 3], "item" => ["a", "b", "c"], "price" => [1.5, 2.5, f64::NAN]).expect("frame");
    let mut parquet = Vec::new();
    ParquetWriter::new(&mut parquet).finish(&mut frame).expect("written");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (i, row) in [["sku", "name", "price"], ["1", "tea", "2.5"], ["2", "pot", "x"]].iter().enumerate() {
        for (j, cell) in row.iter().enumerate() {
            sheet.write(i as u32, j as u16, *cell).expect("written");
        }
    }
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    vec![
        ("a.csv", EVENTS.into()),
        ("b.csv", reviews.into()),
        ("c.csv", invoices.into()),
        ("d.csv", chinese.into()),
        ("e.csv", encoding_rs::GB18030.encode(chinese).0.into_owned()),
        ("f.csv", utf16(chinese)),
        ("g.csv", EVENTS.replace(',', "::").into()),
        ("h.ndjson", json.into()),
        ("i.json", array.into()),
        ("j.csv.gz", gzip(EVENTS.as_bytes())),
        ("k.zip", zip(&[("a.csv", EVENTS.as_bytes())])),
        ("l.parquet", parquet),
        ("m.xlsx", book.save_to_buffer().expect("saved")),
    ]
}

/// One to eight changes: bytes flipped, cut out, doubled, or replaced by what readers trip over.
fn mutate(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    const TRIPS: [&[u8]; 16] = [
        b"\"",
        b"\n",
        b"\r",
        b"\0",
        b",",
        b"::",
        b"\xff",
        b"\xef\xbb\xbf",
        b"99999999999999999999",
        b"-",
        b"1e999",
        b"{",
        b"]",
        b"\\",
        "税".as_bytes(),
        b"\xf0\x9f",
    ];
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let to = rng.random_range(at..=bytes.len().min(at + 20));
        match rng.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let part = bytes[at..to].to_vec();
                bytes.splice(at..at, part);
            }
            3 if at < bytes.len() => bytes[at] = rng.random(),
            4 if rng.random_bool(0.1) => bytes.truncate(at),
            _ => {
                let trip = TRIPS[rng.random_range(0..TRIPS.len())];
                bytes.splice(at..at, trip.iter().copied());
            }
        }
    }
}

fn recipe(rng: &mut ChaCha8Rng) -> ReadRecipe {
    let mut recipe = ReadRecipe::default();
    if rng.random_bool(0.5) {
        return recipe;
    }
    recipe.encoding = rng.random_bool(0.3).then(|| TextEncoding::ALL[rng.random_range(0..TextEncoding::ALL.len())]);
    recipe.kind = rng.random_bool(0.5).then(|| TableKind::ALL[rng.random_range(0..TableKind::ALL.len())]);
    recipe.header = rng.random_bool(0.3).then(|| rng.random());
    recipe.day_first = rng.random_bool(0.5).then(|| rng.random());
    recipe.decimal_comma = rng.random_bool(0.3).then(|| rng.random());
    recipe.lossy = rng.random_bool(0.3);
    recipe.quote = rng.random_bool(0.2).then(|| [' ', '\'', '"'][rng.random_range(0..3)]);
    recipe.delimiter = rng.random_bool(0.2).then(|| [",", ";", "::", "\t", "税"][rng.random_range(0..5)].to_owned());
    recipe
}

#[test]
fn no_file_makes_the_reader_panic_or_lose_a_row() {
    let files = Files::new();
    let seeds = seeds();
    let before = most_memory();
    let (mut read, mut kinds) = (0, std::collections::BTreeMap::<String, u64>::new());
    // A damaged workbook or Parquet file may make its crate panic, which is caught; its message is not wanted here.
    let hook = std::sync::Arc::new(std::panic::take_hook());
    let (told, ours) = (hook.clone(), |file: &str| file.starts_with("src/") || file.contains("shopwright"));
    std::panic::set_hook(Box::new(move |info| {
        if info.location().is_none_or(|at| ours(at.file())) {
            told(info);
        }
    }));
    let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for i in 0..count() {
            let mut rng = ChaCha8Rng::seed_from_u64(i);
            let (name, mut bytes) = seeds[rng.random_range(0..seeds.len())].clone();
            mutate(&mut bytes, &mut rng);
            let recipe = recipe(&mut rng);
            let path = files.write(name, &bytes);
            let result = std::panic::catch_unwind(|| read_all(&path, &recipe, &Monitor::quiet()));
            match result {
                Err(_) => return Err(format!("seed {i} ({name}) made the reader panic")),
                Ok(Ok((frame, summary))) => {
                    read += 1;
                    let whole = summary.rows_read == summary.rows_kept + summary.rows_aside();
                    if !whole || frame.height() as u64 != summary.rows_kept {
                        return Err(format!("seed {i} ({name}) lost a row: {summary:?}"));
                    }
                }
                Ok(Err(error)) => {
                    let text = format!("{error:?}");
                    let kind = text.split([' ', '(']).next().unwrap_or_default().to_owned();
                    *kinds.entry(kind).or_default() += 1;
                }
            }
        }
        Ok(())
    }));
    std::panic::set_hook(Box::new(move |info| hook(info)));
    assert_eq!(run.unwrap_or_else(|_| Err("the test itself panicked".into())), Ok(()));
    if let (Some(before), Some(after)) = (before, most_memory()) {
        assert!(after - before < MEMORY, "from {before} to {after} MB");
    }
    // The changes must reach the deep parts: many files still read, and many ways not to.
    assert!(read * 5 > count(), "only {read} of {} read: {kinds:?}", count());
    assert!(kinds.len() >= 8, "{kinds:?}");
}
