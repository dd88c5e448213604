use super::*;

fn table() -> DataFrame {
    let frame = df!(
        "city" => [Some("上海"), Some("Paris"), None, Some("paris")],
        "n" => [Some(1_i64), Some(2), Some(3), None],
        "x" => [Some(0.0), Some(-0.0), Some(f64::NAN), Some(2.5)],
        "ok" => [Some(true), None, Some(false), Some(true)],
        "day" => [0_i32, 1, 2, 3],
    )
    .unwrap();
    frame.lazy().with_column(col("day").cast(DataType::Date)).collect().unwrap()
}

fn passing(column: &str, test: Test) -> Option<Vec<usize>> {
    let mask = rows_that(&table(), &[Condition::new(column, test)], &Monitor::quiet()).ok()?;
    Some(mask.iter().enumerate().filter(|(_, pass)| *pass == Some(true)).map(|(row, _)| row).collect())
}

fn text(words: &[&str]) -> Vec<Value> {
    words.iter().map(|w| Value::Text((*w).into())).collect()
}

#[test]
fn each_test_on_each_type() {
    use Value::{Date, Decimal, Integer, Time, YesNo};
    let cases = [
        ("city", Test::Is(text(&["上海"])), vec![0]),
        ("city", Test::IsNot(text(&["上海"])), vec![1, 2, 3]),
        ("city", Test::Holds("PAR".into()), vec![1, 3]),
        ("city", Test::Missing, vec![2]),
        ("city", Test::Present, vec![0, 1, 3]),
        ("n", Test::Is(vec![Integer(2), Decimal(3.0), Decimal(0.5)]), vec![1, 2]),
        ("n", Test::IsNot(vec![Integer(2)]), vec![0, 2, 3]),
        ("n", Test::Above(Decimal(1.5)), vec![1, 2]),
        ("n", Test::Above(Decimal(1.0)), vec![1, 2]),
        ("n", Test::AtMost(Decimal(2.5)), vec![0, 1]),
        ("n", Test::AtLeast(Integer(2)), vec![1, 2]),
        ("n", Test::Below(Decimal(f64::INFINITY)), vec![0, 1, 2]),
        ("n", Test::Between { from: Integer(1), to: Integer(2) }, vec![0, 1]),
        ("x", Test::Is(vec![Integer(0)]), vec![0, 1]),
        ("x", Test::Is(vec![Decimal(-0.0)]), vec![0, 1]),
        ("x", Test::Missing, vec![2]),
        ("x", Test::Above(Integer(0)), vec![3]),
        ("ok", Test::Is(vec![YesNo(true)]), vec![0, 3]),
        ("day", Test::AtLeast(Date(2)), vec![2, 3]),
        ("day", Test::Below(Time(super::super::value::DAY_MS + 1)), vec![0, 1]),
        ("day", Test::Is(vec![Time(1), Date(3)]), vec![3]),
    ];
    for (column, test, rows) in cases {
        assert_eq!(passing(column, test.clone()), Some(rows), "{column} {test:?}");
    }
}

#[test]
fn tests_that_do_not_fit_are_refused() {
    for (column, test) in [
        ("city", Test::Above(Value::Integer(1))),
        ("city", Test::Is(vec![Value::Integer(1)])),
        ("n", Test::Is(text(&["1"]))),
        ("n", Test::Holds("1".into())),
        ("n", Test::Above(Value::Date(1))),
        ("n", Test::Above(Value::Decimal(f64::NAN))),
        ("ok", Test::Above(Value::YesNo(false))),
        ("day", Test::Below(Value::Integer(1))),
        ("nowhere", Test::Missing),
    ] {
        assert_eq!(passing(column, test.clone()), None, "{column} {test:?}");
    }
}

#[test]
fn integers_are_compared_exactly() {
    // 2^53 + 1 is no f64: as a float it would equal 2^53.
    let (big, next) = (9_007_199_254_740_992_i64, 9_007_199_254_740_993_i64);
    assert_eq!(integer_order(next, &Value::Integer(big)), Some(Ordering::Greater));
    assert_eq!(integer_order(next, &Value::Decimal(big as f64)), Some(Ordering::Greater));
    assert_eq!(integer_order(-3, &Value::Decimal(-2.5)), Some(Ordering::Less));
    assert_eq!(integer_order(-2, &Value::Decimal(-2.5)), Some(Ordering::Greater));
    assert_eq!(integer_order(i64::MAX, &Value::Decimal(2f64.powi(63))), Some(Ordering::Less));
}

#[test]
fn all_conditions_must_hold_and_none_keeps_every_row() {
    let both = [Condition::new("n", Test::Above(Value::Integer(1))), Condition::new("city", Test::Present)];
    let mask = rows_that(&table(), &both, &Monitor::quiet()).unwrap();
    assert_eq!(mask.iter().collect::<Vec<_>>(), [Some(false), Some(true), Some(false), Some(false)]);
    assert_eq!(rows_that(&table(), &[], &Monitor::quiet()).unwrap().sum(), Some(4));
    let stopped = Monitor::quiet();
    stopped.cancel();
    assert!(matches!(rows_that(&table(), &both, &stopped), Err(ConditionError::Cancelled(_))));
}
