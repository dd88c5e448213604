//! Words of importing: kinds, roles, reasons, and what can be wrong with a file.

use super::{Lang, number, words};
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::read::{AsideReason, ReadError};
use crate::stage::data::schema::{ColumnType, EventWord, KindReason, RoleReason};
use crate::ui::failure::Worded;

words! {
    import_title => "What is in this file?", "这个文件里有什么？";
    import_lead => "Shopwright guessed what each column means. You decide, then it imports.", "Shopwright 推测了每一列的含义，由你确认后导入。";
    import_go => "Import", "导入";
    import_back => "Back", "返回";
    how_read => "How the file is read", "文件读取方式";
    file_facts(size, n) => "{size} · {n} columns", "{size} · {n} 列";
    encoding => "Encoding", "编码";
    detected => "detected", "自动识别";
    delimiter => "Columns are split by", "列分隔符";
    comma => "Comma", "逗号";
    semicolon => "Semicolon", "分号";
    tab => "Tab", "制表符";
    pipe => "Vertical bar", "竖线";
    double_colon => "Two colons", "双冒号";
    space => "Space", "空格";
    other_delimiter(text) => "“{text}”", "“{text}”";
    sheet => "Sheet", "工作表";
    dates => "Dates look like", "日期格式";
    dates_day_first => "31/12/2026, day first", "31/12/2026，日在前";
    dates_month_first => "12/31/2026, month first", "12/31/2026，月在前";
    dates_choose => "Please choose", "请选择";
    numbers => "Numbers look like", "数字格式";
    numbers_point => "1,234.5", "1,234.5";
    numbers_comma => "1.234,5", "1.234,5";
    step_file => "File", "文件";
    step_roles => "Roles", "列含义";
    step_import => "Import", "导入";
    step_cleaning => "Cleaning", "清洗";
    to_cleaning => "Continue to cleaning", "继续清洗";
    column_name => "column", "列";
    column_kind => "type", "类型";
    column_role => "what it is", "含义";
    kept_share(percent) => "{percent} of the file", "占文件的 {percent}";
    bought_and_returned(bought, returned) => "{bought} purchases, {returned} returns", "{bought} 次购买，{returned} 次退货";
    dates_as_written => "As written", "按原样";
    dates_ask(column, example) => "{column}: {example} can be read both ways. Please choose.", "{column}：{example} 有两种读法，请选择。";
    zone => "Times are in", "时区";
    zone_utc => "As written (UTC)", "按原样（UTC）";
    one_row_is => "One row is", "每行表示";
    row_events => "something a customer did", "一次顾客行为";
    row_orders => "a line of an order", "订单的一行";
    row_products => "a product", "一件商品";
    row_users => "a customer", "一位顾客";
    row_reviews => "a review", "一条评价";
    row_features => "measures of one customer or visit", "一位顾客或一次访问的各项数值";
    first_row_names => "First row holds the names", "首行是列名";
    remember => "Remember for files like this", "记住，用于同类文件";
    remembered => "Read as last time", "沿用上次设置";
    never_changed => "Your file is read, never changed. A copy is kept in the project.", "只读取文件，从不修改。项目中保存一份副本。";
    first_rows(n) => "first {n} rows", "前 {n} 行";
    why_roles => "Why these roles", "为何如此判断";
    click_chip => "Click a chip to change a role", "点击标签可更改角色";
    words_title => "What the event words mean", "行为词的含义";
    word_times(word, n) => "{word}, {n} times", "{word}，{n} 次";
    importing => "Importing", "正在导入";
    looking => "Looking at the file", "正在查看文件";
    rows_read(n) => "{n} rows read", "已读取 {n} 行";
    rows_kept(n) => "{n} kept", "保留 {n} 行";
    rows_aside(n) => "{n} set aside", "搁置 {n} 行";
    aside_note(percent) => "{percent} of the file, listed with the reason", "占文件的 {percent}，均列出原因";
    aside_none => "Every row was kept.", "所有行均已保留。";
    aside_show => "Show the rows set aside", "查看搁置的行";
    aside_hide => "Hide the rows set aside", "隐藏搁置的行";
    aside_line => "line", "行号";
    aside_why => "why", "原因";
    aside_text => "as it stands in the file", "文件原文";
    aside_file => "file", "文件";
    aside_export => "Export these rows", "导出这些行";
    aside_first(n) => "The first {n} of them were kept.", "已保留其中前 {n} 行。";
    aside_saved(file) => "Rows saved: {file}", "已导出：{file}";
    done => "Done", "完成";

    reason_wrong_columns => "Other number of cells", "单元格数不符";
    reason_bad_quote => "Stray quote", "引号错误";
    reason_bad_json => "Not a JSON object", "不是 JSON 对象";
    reason_no_user => "No customer", "没有顾客";
    reason_no_item => "No product", "没有商品";
    reason_no_event => "No event", "没有行为";
    reason_no_time => "No time", "没有时间";
    reason_bad_time => "Time can’t be read", "时间无法识别";
    reason_bad_number => "Number can’t be read", "数字无法识别";
    reason_bad_yes_no => "Neither yes nor no", "既非是也非否";
    reason_zero_quantity => "Quantity of zero", "数量为零";
    reason_skipped_event => "Event left out by you", "你选择忽略的行为";

    role_user => "Customer", "顾客";
    role_item => "Product", "商品";
    role_order => "Order", "订单";
    role_session => "Visit", "会话";
    role_event => "Event", "行为";
    role_time => "Time", "时间";
    role_dwell => "Seconds viewed", "浏览秒数";
    role_quantity => "Quantity", "数量";
    role_price => "Price", "单价";
    role_amount => "Amount", "金额";
    role_name => "Product name", "商品名称";
    role_category => "Category", "品类";
    role_brand => "Brand", "品牌";
    role_stock => "Stock", "库存";
    role_description => "Description", "描述";
    role_attributes => "Attributes", "属性";
    role_picture => "Picture", "图片";
    role_rating => "Rating", "评分";
    role_title => "Title", "标题";
    role_text => "Text", "正文";
    role_language => "Language", "语言";
    role_city => "City", "城市";
    role_country => "Country", "国家";
    role_channel => "Channel", "渠道";
    role_registered => "Registered", "注册时间";
    role_gender => "Gender", "性别";
    role_age => "Age", "年龄";
    role_label => "Label", "标签";
    role_other => "No role", "无角色";

    why_given => "Chosen by you", "由你指定";
    why_name(word) => "The name says “{word}”", "列名即“{word}”";
    why_name_holds(word) => "The name holds “{word}”", "列名含“{word}”";
    why_events(percent, example) => "{percent} known event words, such as {example}", "{percent} 为已知行为词，如 {example}";
    why_times(example) => "All read as times: {example}", "均可识别为时间：{example}";
    why_scale(low, high) => "Whole numbers from {low} to {high}", "{low} 到 {high} 的整数";
    why_place(n) => "Usual in place {n}", "通常在第 {n} 列";
    why_last => "Yes or no in the last column", "末列为是/否";
    why_long(n) => "Texts of about {n} characters", "约 {n} 字的文本";
    why_added => "Added while reading", "读取时添加";
    why_nothing => "Nothing speaks for a role", "没有可判断的依据";

    event_view => "viewed", "浏览";
    event_favourite => "marked as favourite", "收藏";
    event_cart => "put in the cart", "加购";
    event_purchase => "bought", "购买";
    event_return => "returned", "退货";
    event_other => "something else", "其他";
    event_skip => "leave out", "忽略";

    e_not_found(file) => "{file} is not there any more.", "找不到 {file}。";
    e_empty(file) => "{file} is empty. Export it again from where it came.", "{file} 是空文件。请从来源重新导出。";
    e_binary(file, line) => "{file} is not text: from line {line} on it holds other bytes. If it is a spreadsheet, give it its own ending.", "{file} 不是文本：第 {line} 行起为二进制数据。若为表格文件，请改用正确的扩展名。";
    e_unknown(file, format) => "{file} is a {format} file, which can’t be read. Save it as CSV or XLSX.", "{file} 是 {format} 文件，无法读取。请另存为 CSV 或 XLSX。";
    e_setting(file, setting, value) => "{file}: “{value}” doesn’t fit as {setting}. Choose another.", "{file}：“{value}”不能用作 {setting}，请另选。";
    e_unequal(file, line, found, expected) => "{file}: line {line} has {found} cells where the header has {expected}. Is another delimiter used?", "{file}：第 {line} 行有 {found} 个单元格，表头有 {expected} 个。分隔符是否不对？";
    e_long(file, line) => "{file}: line {line} is too long to be a row. Is a quote missing?", "{file}：第 {line} 行过长，不像一行数据。是否缺少引号？";
    e_quote(file, line) => "{file}: a quote opened on line {line} is never closed. Close it, or read the file without quotes.", "{file}：第 {line} 行的引号没有闭合。请补上，或按无引号读取。";
    e_encoding(file, line, encoding) => "{file}: line {line} is not {encoding}. Choose another encoding.", "{file}：第 {line} 行不是 {encoding} 编码。请选择其他编码。";
    e_zip_many(file, names) => "{file} holds several files ({names}). Unpack it and import one.", "{file} 中有多个文件（{names}）。请解压后逐个导入。";
    e_zip_bomb(file) => "{file} would unpack to far more than a table. It was left alone.", "{file} 解压后远超正常大小，已停止读取。";
    e_damaged(file, what) => "{file} is damaged: {what}. Export or download it again.", "{file} 已损坏：{what}。请重新导出或下载。";
    e_no_sheets(file) => "{file} has no sheets.", "{file} 没有工作表。";
    e_twice(file, line, name) => "{file}, line {line}: two columns are named {name}. Rename one.", "{file} 第 {line} 行：有两列同名为 {name}，请改名。";
    e_many_columns(file, count, limit) => "{file} has {count} columns; at most {limit} can be read. Is the delimiter right?", "{file} 有 {count} 列，最多支持 {limit} 列。分隔符是否正确？";
    e_missing_role(file, kind, role) => "{file}: to be read as {kind}, a column must be the {role}. Click a chip to choose it.", "{file}：要作为{kind}读取，需要指定{role}列。点击标签选择。";
    e_double_role(role, first, second) => "Both {first} and {second} are marked as {role}. One is enough.", "{first} 和 {second} 都标为{role}，只需一个。";
    e_ambiguous(file, column, example) => "{file}: the dates in {column}, such as {example}, can be read day first or month first. Choose which.", "{file}：{column} 中的日期（如 {example}）日月顺序不明，请选择。";
    e_future(file, line, column, first) => "{file}: from line {line} on every date in {column} is in the future, the first is {first}. Is another column the time?", "{file}：自第 {line} 行起，{column} 中的日期全部在未来，首个为 {first}。时间列是否选错？";
    e_nothing_kept(file, rows, reason) => "{file}: none of its {rows} rows can be kept; most: {reason}. Check the roles.", "{file}：{rows} 行均无法保留，主要原因：{reason}。请检查各列角色。";
    e_changed(file) => "{file} changed while it was being read. Import it again.", "{file} 在读取时被修改，请重新导入。";
    e_other(what) => "{what}. The project is unchanged.", "{what}。项目未变动。";
}

pub fn role(lang: Lang, role: Role) -> &'static str {
    match role {
        Role::User => role_user(lang),
        Role::Item => role_item(lang),
        Role::Order => role_order(lang),
        Role::Session => role_session(lang),
        Role::Event => role_event(lang),
        Role::Time => role_time(lang),
        Role::Dwell => role_dwell(lang),
        Role::Quantity => role_quantity(lang),
        Role::Price => role_price(lang),
        Role::Amount => role_amount(lang),
        Role::Name => role_name(lang),
        Role::Category => role_category(lang),
        Role::Brand => role_brand(lang),
        Role::Stock => role_stock(lang),
        Role::Description => role_description(lang),
        Role::Attributes => role_attributes(lang),
        Role::Picture => role_picture(lang),
        Role::Rating => role_rating(lang),
        Role::Title => role_title(lang),
        Role::Text => role_text(lang),
        Role::Language => role_language(lang),
        Role::City => role_city(lang),
        Role::Country => role_country(lang),
        Role::Channel => role_channel(lang),
        Role::Registered => role_registered(lang),
        Role::Gender => role_gender(lang),
        Role::Age => role_age(lang),
        Role::Label => role_label(lang),
        Role::Other => role_other(lang),
    }
}

pub fn row_is(lang: Lang, kind: TableKind) -> &'static str {
    match kind {
        TableKind::Events => row_events(lang),
        TableKind::Orders => row_orders(lang),
        TableKind::Products => row_products(lang),
        TableKind::Users => row_users(lang),
        TableKind::Reviews => row_reviews(lang),
        TableKind::Features => row_features(lang),
    }
}

pub fn event(lang: Lang, word: EventWord) -> &'static str {
    match word {
        EventWord::View => event_view(lang),
        EventWord::Favourite => event_favourite(lang),
        EventWord::Cart => event_cart(lang),
        EventWord::Purchase => event_purchase(lang),
        EventWord::Return => event_return(lang),
        EventWord::Other => event_other(lang),
        EventWord::Skip => event_skip(lang),
    }
}

pub fn aside(lang: Lang, reason: AsideReason) -> &'static str {
    match reason {
        AsideReason::WrongColumns => reason_wrong_columns(lang),
        AsideReason::BadQuote => reason_bad_quote(lang),
        AsideReason::BadJson => reason_bad_json(lang),
        AsideReason::NoUser => reason_no_user(lang),
        AsideReason::NoItem => reason_no_item(lang),
        AsideReason::NoEvent => reason_no_event(lang),
        AsideReason::NoTime => reason_no_time(lang),
        AsideReason::BadTime => reason_bad_time(lang),
        AsideReason::BadNumber => reason_bad_number(lang),
        AsideReason::BadYesNo => reason_bad_yes_no(lang),
        AsideReason::ZeroQuantity => reason_zero_quantity(lang),
        AsideReason::SkippedEvent => reason_skipped_event(lang),
    }
}

pub fn role_reason(lang: Lang, reason: &RoleReason) -> String {
    match reason {
        RoleReason::Given => why_given(lang).to_owned(),
        RoleReason::NameIs { word } => why_name(lang, word),
        RoleReason::NameHolds { word } => why_name_holds(lang, word),
        RoleReason::EventWords { share, example } => {
            why_events(lang, super::common::percent(lang, number::decimal(f64::from(share * 100.0).round())), example)
        }
        RoleReason::Times { example } => why_times(lang, example),
        RoleReason::SmallScale { low, high } => why_scale(lang, low, high),
        RoleReason::Place { place } => why_place(lang, place),
        RoleReason::LastYesNo => why_last(lang).to_owned(),
        RoleReason::LongTexts { mean_length } => why_long(lang, mean_length),
        RoleReason::Added => why_added(lang).to_owned(),
        RoleReason::NoSign => why_nothing(lang).to_owned(),
    }
}

/// Kinds have reasons too; the wizard shows them on hover.
pub fn kind_reason(lang: Lang, reason: &KindReason) -> String {
    match reason {
        KindReason::Given => why_given(lang).to_owned(),
        KindReason::HasRoles { roles } => {
            let names: Vec<_> = roles.iter().map(|one| role(lang, *one)).collect();
            names.join(lang.pick(", ", "、"))
        }
        KindReason::MostlyMeasures { measures, columns } => format!("{measures} / {columns}"),
        KindReason::NothingElse => why_nothing(lang).to_owned(),
    }
}

pub fn delimiter_name(lang: Lang, text: &str) -> String {
    match text {
        "," => comma(lang).to_owned(),
        ";" => semicolon(lang).to_owned(),
        "\t" => tab(lang).to_owned(),
        "|" => pipe(lang).to_owned(),
        "::" => double_colon(lang).to_owned(),
        " " => space(lang).to_owned(),
        other => other_delimiter(lang, other),
    }
}

pub fn column_type(lang: Lang, kind: ColumnType) -> &'static str {
    use super::home;
    match kind.key() {
        "integer" => home::type_integer(lang),
        "decimal" => home::type_decimal(lang),
        "yes_no" => home::type_yes_no(lang),
        "date" => home::type_date(lang),
        "time" => home::type_time(lang),
        _ => home::type_text(lang),
    }
}

impl Worded for ReadError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NotFound { file } => e_not_found(lang, file),
            Self::Empty { file } => e_empty(lang, file),
            Self::Binary { file, line } => e_binary(lang, file, line),
            Self::UnknownFormat { file, format } => e_unknown(lang, file, format),
            Self::BadSetting { file, setting, value } => e_setting(lang, file, setting, value),
            Self::UnequalColumns { file, line, expected, found } => e_unequal(lang, file, line, found, expected),
            Self::LineTooLong { file, line, .. } => e_long(lang, file, line),
            Self::UnclosedQuote { file, line } => e_quote(lang, file, line),
            Self::WrongEncoding { file, line, encoding } => e_encoding(lang, file, line, encoding),
            Self::ZipManyFiles { file, names, .. } => e_zip_many(lang, file, names),
            Self::ZipBomb { file, .. } => e_zip_bomb(lang, file),
            Self::ArchiveDamaged { file, what }
            | Self::ParquetDamaged { file, what }
            | Self::WorkbookDamaged { file, what } => e_damaged(lang, file, what),
            Self::JsonDamaged { file, line, what } => e_damaged(lang, file, format!("{}: {what}", line)),
            Self::NoSheets { file } => e_no_sheets(lang, file),
            Self::DuplicateColumns { file, line, name } => e_twice(lang, file, line, name),
            Self::TooManyColumns { file, count, limit } => e_many_columns(lang, file, count, limit),
            Self::MissingRole { file, kind, role: missing } => {
                e_missing_role(lang, file, super::super::page::data::kind_name(lang, *kind), role(lang, *missing))
            }
            Self::DoubleRole { role: twice, first, second, .. } => {
                e_double_role(lang, role(lang, *twice), first, second)
            }
            Self::AmbiguousDates { file, column, example, .. } => e_ambiguous(lang, file, column, example),
            Self::AllFuture { file, line, column, first } => e_future(lang, file, line, column, first),
            Self::NothingKept { file, rows, reason, .. } => {
                e_nothing_kept(lang, file, number::whole(*rows), aside(lang, *reason))
            }
            Self::Changed { file } => e_changed(lang, file),
            other => e_other(lang, other),
        }
    }
}
