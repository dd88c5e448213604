//! Files of many pieces: chunks, order, and lines across pieces.

use super::*;

/// A log of `rows` events; every thousandth has no user, and texts hold quotes and newlines.
fn log(rows: usize, quotes: bool) -> String {
    let mut text = String::from("user_id,item_id,event,time,note\n");
    for i in 0..rows {
        let user = if i % 1000 == 999 { String::new() } else { (i % 977).to_string() };
        let note = if quotes && i % 3 == 0 { format!("\"line {i}\nand \"\"more\"\"\"") } else { format!("n{i}") };
        text.push_str(&format!("{user},{},buy,{},{note}\n", i % 5003, 1_511_544_070 + i));
    }
    text
}

#[test]
fn chunks_are_full_and_in_order_and_every_row_is_there() {
    for quotes in [false, true] {
        let rows = 300_000;
        let files = Files::new();
        let path = files.write("log.csv", log(rows, quotes));
        let mut chunks = Vec::new();
        let summary = read(&path, &ReadRecipe::default(), &Monitor::quiet(), |chunk| -> Result<(), ReadError> {
            chunks.push(chunk);
            Ok(())
        })
        .unwrap();
        let heights: Vec<usize> = chunks.iter().map(DataFrame::height).collect();
        assert_eq!(heights, [CHUNK_ROWS, CHUNK_ROWS, rows - 300 - 2 * CHUNK_ROWS]);
        assert_eq!((summary.rows_read, summary.rows_kept), (300_000, 299_700));
        assert_eq!(summary.set_aside, [(AsideReason::NoUser, 300)].into());
        // Of the rows before row 999, those with i divisible by 3 take two lines: 0, 3, …, 996 are 333.
        let line = if quotes { 999 + 333 + 2 } else { 999 + 2 };
        assert_eq!(summary.aside[0].line, line);
        let mut expected = (0..rows).filter(|i| i % 1000 != 999);
        for chunk in &chunks {
            let times = chunk.column("time").unwrap().cast(&DataType::Int64).unwrap();
            for (time, note) in times.i64().unwrap().iter().zip(chunk.column("note").unwrap().str().unwrap().iter()) {
                let i = expected.next().unwrap();
                assert_eq!(time, Some((1_511_544_070 + i as i64) * 1000));
                let whole = if quotes && i % 3 == 0 { format!("line {i}\nand \"more\"") } else { format!("n{i}") };
                assert_eq!(note, Some(whole.as_str()));
            }
        }
        assert_eq!(expected.next(), None);
    }
}

#[test]
fn the_same_table_on_any_number_of_threads() {
    let files = Files::new();
    let path = files.write("log.csv", log(120_000, true));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all(&path).unwrap())
    };
    let (one, three) = (on(1), on(3));
    assert!(one.0.equals_missing(&three.0));
    assert_eq!(one.1, three.1);
}

#[test]
fn only_the_first_rows_set_aside_are_described() {
    let mut text = String::from("user,item,event,time\n1,2,buy,2024-01-01\n");
    for _ in 0..25_000 {
        text.push_str(",2,buy,2024-01-01\n");
    }
    let files = Files::new();
    let (_, summary) = ok(&files.write("nobody.csv", text));
    assert_eq!((summary.rows_aside(), summary.aside.len()), (25_000, ASIDE_KEPT));
    assert_eq!((summary.aside[0].line, summary.aside[9_999].line), (3, 10_002));
}

#[test]
fn json_and_gzip_of_many_pieces() {
    let files = Files::new();
    let mut text = String::from("[");
    for i in 0..60_000 {
        let comma = if i == 0 { "" } else { ",\n" };
        text.push_str(&format!(
            "{comma}{{\"user_id\":{i},\"item_id\":\"a ] }} \\\" {i}\",\"event\":\"view\",\"nested\":{{\"n\":[{i}]}}}}"
        ));
    }
    text.push(']');
    let (frame, summary) = ok(&files.write("log.json.gz", gzip(text.as_bytes())));
    assert_eq!((summary.rows_kept, texts(&frame, "nested.n")[59_999].as_str()), (60_000, "[59999]"));
    assert_eq!(texts(&frame, "item_id")[40_000], "a ] } \" 40000");
}
