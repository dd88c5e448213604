//! Kinds of tables as shops have them, and what becomes of their rows.

use super::*;
use crate::stage::data::schema::EventWord;

const INVOICES: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,\"HEART, WHITE\",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom
536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
536544,21773,ROSE,0,2010-12-01 14:32:00,2.51,17850.0,France
536545,21774,LEAF,two,2010-12-01 14:32:00,2.51,17850.0,France
536546,21775,TWIG,2,yesterday,2.51,17850.0,France
536547,21776,BUSH,2,2010-12-01 14:33:00,2.51,17850.0,France,extra
";

#[test]
fn invoices_become_purchases_and_returns_and_every_row_is_accounted_for() {
    let files = Files::new();
    let (frame, summary) = ok(&files.write("invoices.csv", INVOICES));
    assert_eq!((summary.kind, summary.rows_read, summary.rows_kept), (TableKind::Orders, 7, 2));
    let expected = [
        (AsideReason::WrongColumns, 1),
        (AsideReason::NoUser, 1),
        (AsideReason::BadTime, 1),
        (AsideReason::BadNumber, 1),
        (AsideReason::ZeroQuantity, 1),
    ];
    assert_eq!(summary.set_aside, expected.into());
    let aside: Vec<_> = summary.aside.iter().map(|a| (a.line, a.reason)).collect();
    assert_eq!(
        aside,
        [
            (4, AsideReason::NoUser),
            (5, AsideReason::ZeroQuantity),
            (6, AsideReason::BadNumber),
            (7, AsideReason::BadTime),
            (8, AsideReason::WrongColumns),
        ]
    );
    assert!(summary.aside[0].text.starts_with("536414,22139,,56"));
    assert_eq!(texts(&frame, "event"), ["purchase", "return"]);
    assert_eq!(texts(&frame, "CustomerID"), ["17850", "14527"]);
    assert_eq!(texts(&frame, "Description"), ["HEART, WHITE", "Discount"]);
    assert_eq!(texts(&frame, "Quantity"), ["6", "-1"]);
    assert_eq!(type_of(&summary, "StockCode"), ColumnType::Text);
    let roles = [
        ("InvoiceNo", Role::Order),
        ("StockCode", Role::Item),
        ("Quantity", Role::Quantity),
        ("InvoiceDate", Role::Time),
        ("UnitPrice", Role::Price),
        ("CustomerID", Role::User),
        ("Country", Role::Country),
        ("event", Role::Event),
    ];
    for (name, role) in roles {
        assert_eq!(role_of(&summary, name), role, "{name}");
    }
    assert!(summary.columns.last().is_some_and(|c| c.added));
}

#[test]
fn sessions_without_ids_are_numbered_and_their_label_is_found() {
    let text = "Administrative;BounceRates;Month;VisitorType;Weekend;Revenue\n\
        0;0.2;Feb;Returning_Visitor;FALSE;FALSE\n1;0.05;May;New_Visitor;TRUE;TRUE\n\n3;0;Nov;Other;FALSE;FALSE\n";
    let files = Files::new();
    let (frame, summary) = ok(&files.write("sessions.csv", text));
    assert_eq!((summary.kind, summary.rows_read), (TableKind::Features, 3));
    assert_eq!(summary.delimiter.as_deref(), Some(";"));
    assert_eq!(role_of(&summary, "Revenue"), Role::Label);
    assert_eq!(type_of(&summary, "Revenue"), ColumnType::YesNo);
    assert_eq!(
        (texts(&frame, "row"), role_of(&summary, "row")),
        (vec!["1".into(), "2".into(), "3".into()], Role::Session)
    );
    assert_eq!(role_of(&summary, "VisitorType"), Role::Other);
}

#[test]
fn reviews_with_quoted_newlines_are_whole() {
    let text = ",Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Class Name\r\n\
        0,767,33,,\"Absolutely wonderful,\n\nsilky \"\"and\"\" sexy\",4,1,Intimates\r\n1,1080,34,,,5,1,Dresses\r\n2,1077,60,\"Some\r\nflaws\",Hm,3,0,Dresses\r\n";
    let files = Files::new();
    let (frame, summary) = ok(&files.write("reviews.csv", text));
    assert_eq!((summary.kind, summary.rows_read, summary.rows_kept), (TableKind::Reviews, 3, 3));
    assert_eq!(texts(&frame, "Review Text"), ["Absolutely wonderful,\n\nsilky \"and\" sexy", "·", "Hm"]);
    assert_eq!(texts(&frame, "Title"), ["·", "·", "Some\r\nflaws"]);
    let roles = [
        ("Clothing ID", Role::Item),
        ("Rating", Role::Rating),
        ("Title", Role::Title),
        ("Review Text", Role::Text),
        ("Class Name", Role::Category),
        ("Age", Role::Age),
        ("Recommended IND", Role::Other),
        ("column_1", Role::Other),
    ];
    for (name, role) in roles {
        assert_eq!(role_of(&summary, name), role, "{name}");
    }
}

#[test]
fn products_and_users_in_chinese() {
    let files = Files::new();
    let products = "商品编号,商品名称,类目,品牌,价格,库存\nA1,红茶,茶叶,山,¥58.00,12\nA2,茶壶,茶具,水,128,3\n";
    let (frame, summary) = ok(&files.write("products.csv", products));
    assert_eq!(summary.kind, TableKind::Products);
    assert_eq!(texts(&frame, "价格"), ["58.0", "128.0"]);
    let roles: Vec<Role> = summary.columns.iter().map(|c| c.role).collect();
    assert_eq!(roles, [Role::Item, Role::Name, Role::Category, Role::Brand, Role::Price, Role::Stock]);
    let users = "会员号,性别,年龄,城市,注册时间\n007,女,28,杭州,2023年5月1日\n008,男,35,上海,2023年6月11日\n";
    let (frame, summary) = ok(&files.write("users.csv", users));
    assert_eq!(summary.kind, TableKind::Users);
    assert_eq!(texts(&frame, "会员号"), ["007", "008"]);
    assert_eq!(texts(&frame, "注册时间"), ["2023-05-01", "2023-06-11"]);
}

#[test]
fn event_words_follow_the_recipe() {
    let text = "user,item,action,date\na,1,LOOK,2024-01-01\nb,2,bot,2024-01-01\nc,3,Click,2024-01-02\nd,4,signup,2024-01-03\ne,5,,2024-01-03\n";
    let files = Files::new();
    let path = files.write("e.csv", text);
    let recipe = ReadRecipe {
        kind: Some(TableKind::Events),
        event_words: [("look".to_owned(), EventWord::View), ("bot".to_owned(), EventWord::Skip)].into(),
        ..ReadRecipe::default()
    };
    let (frame, summary) = with(&path, &recipe);
    assert_eq!(texts(&frame, "action"), ["view", "view", "signup"]);
    assert_eq!(summary.set_aside, [(AsideReason::NoEvent, 1), (AsideReason::SkippedEvent, 1)].into());
    assert_eq!(summary.recipe.event_words["signup"], EventWord::Other);
    let sniffed = sniff(&path, &recipe, &Monitor::quiet()).unwrap();
    assert_eq!(sniffed.event_words.len(), 4);
    let codes = "user_id,item_id,behavior_type,time\n1,2,1,2014-12-06 02\n";
    assert!(all(&files.write("hours.csv", codes)).is_ok());
    let codes =
        "user_id,item_id,behavior_type,time\n1,2,1,2014-12-06\n1,2,4,2014-12-07\n1,3,3,2014-12-07\n1,3,2,2014-12-07\n";
    let (frame, _) = ok(&files.write("codes.csv", codes));
    assert_eq!(texts(&frame, "behavior_type"), ["view", "purchase", "cart", "favourite"]);
}

#[test]
fn dates_by_day_or_month_are_asked_when_nothing_tells() {
    let files = Files::new();
    let either =
        files.write("either.csv", "order_id,customer_id,order_date,amount\n1,a,01/02/2024,5\n2,b,03/04/2024,6\n");
    let sniffed = sniff(&either, &ReadRecipe::default(), &Monitor::quiet()).unwrap();
    assert_eq!(sniffed.asks, [Ask::DayFirst { column: "order_date".into(), example: "01/02/2024".into() }]);
    assert_eq!(
        all(&either).unwrap_err(),
        ReadError::AmbiguousDates {
            file: "either.csv".into(),
            line: 2,
            column: "order_date".into(),
            example: "01/02/2024".into()
        }
    );
    for (day_first, first) in [(true, "2024-02-01 00:00:00"), (false, "2024-01-02 00:00:00")] {
        let (frame, _) = with(&either, &ReadRecipe { day_first: Some(day_first), ..ReadRecipe::default() });
        assert_eq!(texts(&frame, "order_date")[0], first);
    }
    let told =
        files.write("told.csv", "order_id,customer_id,order_date,amount\n1,a,01/02/2024,5\n2,b,13/04/2024 10:30,6\n");
    let (frame, summary) = ok(&told);
    assert_eq!(texts(&frame, "order_date"), ["2024-02-01 00:00:00", "2024-04-13 10:30:00"]);
    assert_eq!(summary.recipe.day_first, Some(true));
}

#[test]
fn moments_become_wall_clock_times_of_the_zone() {
    let files = Files::new();
    let path = files.write("e.csv", EVENTS);
    let recipe = ReadRecipe { time_zone: Some("+08:00".into()), ..ReadRecipe::default() };
    let (frame, _) = with(&path, &recipe);
    // 17:21:10 UTC is 01:21:10 of the next day in Shanghai.
    assert_eq!(texts(&frame, "timestamp")[0], "2017-11-25 01:21:10");
    let text = "user,item,event,time\na,1,buy,2024-01-01T00:00:00Z\nb,1,buy,2024-01-01 00:00:00\nc,1,buy,2024-01-01T00:00:00+02:00\n";
    let (frame, _) = with(&files.write("mixed.csv", text), &recipe);
    assert_eq!(texts(&frame, "time"), ["2024-01-01 08:00:00", "2024-01-01 00:00:00", "2024-01-01 06:00:00"]);
}

#[test]
fn ids_stay_what_they_are() {
    let files = Files::new();
    let text = "user_id,sku,event,order_no,time\n17850.0,007,buy,20231201123456789012,2024-01-01\n,12,buy,5,2024-01-01\n13047.0, 12 ,buy,N/A,2024-01-01\n";
    let (frame, summary) = ok(&files.write("ids.csv", text));
    assert_eq!(texts(&frame, "user_id"), ["17850", "13047"]);
    assert_eq!(texts(&frame, "sku"), ["007", "12"]);
    assert_eq!(texts(&frame, "order_no"), ["20231201123456789012", "·"]);
    assert_eq!(type_of(&summary, "user_id"), ColumnType::Integer);
    let recipe = ReadRecipe { types: [("user_id".to_owned(), ColumnType::Text)].into(), ..ReadRecipe::default() };
    let (frame, summary) = with(&files.path("ids.csv"), &recipe);
    assert_eq!(
        (texts(&frame, "user_id"), type_of(&summary, "user_id")),
        (vec!["17850".into(), "13047".into()], ColumnType::Text)
    );
}

#[test]
fn a_late_cell_changes_the_type_of_its_column_and_loses_nothing() {
    let files = Files::new();
    let mut text = String::from("a,b,c\n");
    for i in 0..150_000 {
        text.push_str(&format!("{i},{i}.5,{i}\n"));
    }
    text.push_str("x,1,0.25\n");
    let (frame, summary) = ok(&files.write("late.csv", text));
    assert_eq!((summary.rows_read, summary.rows_kept), (150_001, 150_001));
    let types = ["a", "b", "c"].map(|n| type_of(&summary, n));
    assert_eq!(types, [ColumnType::Text, ColumnType::Decimal, ColumnType::Decimal]);
    assert_eq!((texts(&frame, "a")[0].as_str(), texts(&frame, "a")[150_000].as_str()), ("0", "x"));
    assert_eq!(texts(&frame, "row")[150_000], "150001");
}

#[test]
fn roles_and_types_given_are_kept() {
    let files = Files::new();
    let path = files.write("t.csv", "who,what,n\nanna,tea,1\nbert,pot,x\n");
    let recipe = ReadRecipe {
        kind: Some(TableKind::Orders),
        roles: [("who".to_owned(), Role::User), ("what".to_owned(), Role::Item)].into(),
        types: [("n".to_owned(), ColumnType::Decimal)].into(),
        ..ReadRecipe::default()
    };
    let (frame, summary) = with(&path, &recipe);
    assert_eq!(
        (texts(&frame, "who"), texts(&frame, "n"), texts(&frame, "event")),
        (vec!["anna".into()], vec!["1.0".into()], vec!["purchase".into()])
    );
    assert_eq!(summary.set_aside, [(AsideReason::BadNumber, 1)].into());
}
