//! Words of the copy desk.

use super::{Lang, error, words};
use crate::stage::copy::brief::{BriefError, Rewrite};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::check::{Clause, FactKind, Near, Problem, RuleError};
use crate::stage::copy::version::{Origin, Status};
use crate::store::copydesk::CopyError;
use crate::store::copyfile::{CopyColumn, ReimportError};
use crate::ui::failure::Worded;

words! {
    title => "Copy", "文案";
    title_for(product) => "Copy for {product}", "{product}的文案";
    lead => "Say what, for whom and where. The drafts state only what the product sheet says.", "说清写什么、给谁看、发在哪里，草稿只写商品资料里有的内容。";
    lead_drafts(n, who) => "{n} drafts for {who}. Every number is checked against the product sheet.", "为{who}写的 {n} 份草稿，每个数字都与商品资料核对。";
    lead_batch(done, all) => "{done} of {all} texts written.", "已写 {done} / {all} 篇。";
    everyone => "everyone", "所有顾客";
    brief => "Brief", "简报";
    no_project => "Open a project with a product table, and copy can begin.", "打开带商品表的项目，就能开始写文案。";
    product => "Product", "商品";
    choose_products => "Choose products", "选择商品";
    change => "Change", "更改";
    products_n(n) => "{n} products", "{n} 件商品";
    for_whom => "For", "写给谁";
    for_everyone => "Everyone", "所有顾客";
    audience_of(name, n) => "{name}, {n}", "{name}，{n} 人";
    no_segments => "Segments appear here once they are made.", "生成分群后会出现在这里。";
    channel => "Where", "发在哪里";
    channels_more => "Other channels…", "其他渠道…";
    channels_also(names) => "{names}", "{names}";
    both_languages => "In the other language too", "同时写另一种语言";
    model => "Model", "模型";
    model_usual => "The language’s own writer", "该语言的默认模型";
    model_gone => "A model that is not there", "模型已不在";
    top_p => "Likeliest words", "候选词范围";
    top_p_hover => "top-p of sampling: only the likeliest words that together have this probability are drawn from.", "top-p 采样：只从累计概率达到该值的词中选取。";
    for_this_hint => "such as: name the gift box", "例如：提到礼盒";
    written_in => "Written in", "文案语言";
    english => "English", "英文";
    chinese => "Simplified Chinese", "简体中文";
    tone => "Tone", "语气";
    build_on => "Build it on", "围绕什么写";
    build_on_nothing => "The model chooses", "由模型决定";
    must_say => "Must say", "必须出现";
    never_say => "Never say", "不要出现";
    search_words => "Search words", "搜索词";
    words_hint => "words, parted by commas", "用逗号分隔";
    instructions => "Instructions", "补充说明";
    instructions_hint => "for this brief, such as: for Mother’s Day", "例如：为母亲节而写";
    for_this_product => "For this product only", "仅对此商品";
    facts_may_use => "Facts it may use", "可用的事实";
    facts_locked(n) => "{n} locked", "已锁定 {n} 条";
    no_facts => "The sheet says nothing but a name. Copy can only be short and plain; add attributes to the product table.", "资料里只有名称，文案只能简短。请在商品表中补充属性。";
    contradicts(label) => "The sheet says two things about {label}. Mend the product table.", "资料中“{label}”前后不一，请修正商品表。";
    drafts => "Drafts", "草稿数";
    write_n(n) => "Write {n} drafts", "写 {n} 份草稿";
    write_one => "Write a draft", "写 1 份草稿";
    lead_one(who) => "One draft for {who}. Every number is checked against the product sheet.", "为{who}写的 1 份草稿，每个数字都与商品资料核对。";
    write_more(n) => "Write {n} more", "再写 {n} 份";
    write_all(n) => "Write {n} texts", "写 {n} 篇";
    stop => "Stop", "停止";
    pause => "Pause", "暂停";
    go_on => "Go on", "继续";
    writing => "Writing", "正在写";
    writing_now => "writing…", "正在写…";
    loading_model => "Loading the model", "正在加载模型";
    speed(n) => "{n} tokens a second", "每秒 {n} 个词元";
    time_left(time) => "{time} left", "还需 {time}";
    advanced => "Advanced", "高级";
    voice_button => "Shop’s voice", "品牌口吻";
    see_prompt => "See the prompt", "查看提示词";
    templates => "Templates", "模板";
    template_save => "Save as a template", "存为模板";
    template_name => "Template name", "模板名称";
    temperature => "Variety", "多样性";
    temperature_hover => "Temperature of sampling: 0 always takes the likeliest word, 1 dares more.", "采样温度：0 总取最可能的词，1 更大胆。";
    seed => "Seed", "种子";
    lock_facts => "Keep untrue claims out while writing", "写作时拦下无据说法";
    model_house => "House model · runs on this computer", "自带模型 · 在本机运行";
    model_own(name) => "{name} · runs on this computer", "{name} · 在本机运行";
    model_none_title => "No model writes yet", "还没有可用的模型";
    model_none_text => "This build of Shopwright comes without its house model. Add a GGUF model file of your own; it runs on this computer, and nothing leaves it.", "此版本未附带自带模型。请添加你自己的 GGUF 模型文件，它只在本机运行，数据不会离开这台电脑。";
    model_add => "Add a model", "添加模型";
    write_yourself => "Write it yourself", "自己写一份";
    empty_title => "No drafts yet", "还没有草稿";
    empty_text => "Choose a product and a channel at the left, then write.", "在左侧选择商品和渠道，然后开始写。";
    draft_name(letter) => "Draft {letter}", "草稿 {letter}";
    ready => "Ready", "可用";
    sheet_changed => "Sheet changed", "资料已变";
    sheet_changed_hover => "The product table says something else than when this was written. The checks are against the sheet of today.", "商品表在撰写之后有变动，检查以当前资料为准。";
    editing => "Editing", "编辑中";
    approved => "Approved", "已通过";
    rejected => "Rejected", "已拒绝";
    failed => "Not written", "未写成";
    doubtful_n(n) => "{n} to look at", "{n} 处存疑";
    faults_n(n) => "{n} to mend", "{n} 处要改";
    edit => "Edit", "编辑";
    use_it => "Use", "采用";
    approve(name) => "Approve {name}", "通过{name}";
    approve_short => "Approve", "通过";
    reject => "Reject", "拒绝";
    reject_why => "Why (kept with the draft)", "原因（随草稿保存）";
    reopen => "Take back", "收回";
    favourite => "Favourite", "收藏";
    more_like_this => "More like this", "再来类似的";
    again => "Again", "重写";
    replay => "Replay", "重放";
    replay_hover => "Writes it again from its record, with the same model and seed: the same text, byte for byte.", "用同一模型和种子按记录重写，逐字节相同。";
    replay_same => "Replayed: the same text, byte for byte.", "重放结果逐字节一致。";
    replay_other => "Replayed, and the text is another: the record or the model has changed.", "重放结果不同：记录或模型已变。";
    softer => "Warmer", "柔和些";
    plainer => "Plainer", "平实些";
    shorter => "Shorter", "短一些";
    longer => "Longer", "长一些";
    translate => "Translate", "翻译";
    selection_hint => "Mark words to rewrite only those.", "选中文字可只改写那一段。";
    done => "Done", "完成";
    undo_edit => "Undo", "撤销";
    text_title => "Title", "标题";
    text_subject => "Subject", "主题";
    text_body => "Body", "正文";
    text_text => "Text", "文本";
    version_yours(n) => "version {n}, yours", "第 {n} 版，你改的";
    version_model(n) => "version {n}, by the model", "第 {n} 版，模型写的";
    versions => "Versions", "历史版本";
    restore => "Back to this one", "回到这一版";
    back_to(n) => "Back to version {n}", "回到第 {n} 版";
    restored_from(n) => "brought back from version {n}", "由第 {n} 版恢复";
    by_human => "yours", "你写的";
    by_model => "by the model", "模型写的";
    legend_found => "fact found", "事实有据";
    legend_doubt => "doubtful", "存疑";
    legend_missing => "to mend", "要改";
    checks_on(name) => "Checks on {name}", "{name} 的检查";
    facts_traced(n) => "{n} facts traced", "{n} 处事实有据";
    fact_traced => "1 fact traced", "1 处事实有据";
    facts_from_sheet => "to the product sheet", "来自商品资料";
    no_facts_in_text => "No numbers or other facts in this text.", "文中没有数字等事实。";
    mend_remove => "Take it out", "删去";
    mend_say(words) => "Say “{words}”", "改为“{words}”";
    mend_add => "Add it", "补上";
    keep_note => "Keep with a note", "保留并备注";
    keep_why => "Why it may stay", "保留的理由";
    keep_short => "Keep", "保留";
    kept => "kept", "已保留";
    ok_words => "No forbidden words", "没有禁用词";
    ok_reads => "Reads easily", "读来顺口";
    ok_length(n, most) => "Length {n} of {most}", "长度 {n} / {most}";
    ok_own => "Unlike the others", "与其他草稿不同";
    sms_segments(n, units, room) => "{n} messages, {units} of {room} units", "{n} 条短信，{units} / {room} 单位";
    preview => "How it looks", "显示效果";
    preview_shop => "Shop page", "商品页";
    preview_ad => "Search ad", "搜索广告";
    preview_phone => "On the phone", "手机上的样子";
    preview_mail => "In the inbox", "收件箱里";
    preview_note => "As a note", "笔记";
    preview_now => "now", "现在";
    preview_cut(n, all) => "A usual phone cuts it after {n} of {all} characters.", "常见手机只显示前 {n} / {all} 字。";
    preview_ad_mark => "Ad", "广告";
    table => "Table", "表格";
    cards => "Drafts", "草稿";
    all_statuses => "All", "全部";
    only_open => "Open", "待定";
    only_approved => "Approved", "已通过";
    only_findings => "With findings", "有问题的";
    only_clean => "Clean", "无问题";
    only_failed => "Not written", "未写成";
    col_text => "Text", "文本";
    col_status => "Status", "状态";
    col_findings => "Findings", "问题";
    col_by => "Written by", "作者";
    approve_clean(n) => "Approve {n} without findings", "通过 {n} 篇无问题的";
    retry_failed(n) => "Try {n} again", "重试 {n} 篇";
    export => "Export", "导出";
    export_title => "Export the copy", "导出文案";
    export_what => "Which texts", "哪些文案";
    export_approved => "Approved only", "仅已通过";
    export_all => "All", "全部";
    export_rows => "One row is", "每行表示";
    export_row_draft => "a draft", "一份草稿";
    export_row_product => "a product", "一件商品";
    export_as => "Kind of file", "文件类型";
    export_csv => "Text (CSV)", "文本（CSV）";
    export_xlsx => "Excel (XLSX)", "Excel（XLSX）";
    export_code => "Text code of CSV", "CSV 编码";
    code_mark => "UTF-8 for Excel", "UTF-8（Excel 可读）";
    code_plain => "UTF-8, plain", "UTF-8，无标记";
    code_gb => "GB18030", "GB18030";
    export_columns => "Columns", "列";
    export_file => "Save as a file", "存为文件";
    export_clipboard => "To the clipboard", "复制到剪贴板";
    exported(rows, file) => "{rows} rows written to {file}.", "已将 {rows} 行写入 {file}。";
    copied(rows) => "{rows} rows are on the clipboard.", "已复制 {rows} 行到剪贴板。";
    reimport => "Take edits back in", "导回修改";
    reimported(changed, same) => "{changed} texts changed, {same} as they were.", "{changed} 篇有修改，{same} 篇未变。";
    reimport_unknown(n) => "{n} rows belong to no text of this project.", "{n} 行不属于本项目的文案。";
    export_nothing => "There is nothing to export yet. Approve a draft, or export all.", "还没有可导出的内容。请先通过草稿，或导出全部。";
    pick_title => "Which products?", "选择哪些商品？";
    pick_find => "Find: a word, category:tea, brand:…, price<200", "查找：词语、category:茶、brand:…、price<200";
    pick_all(n) => "All {n} that fit", "符合的全部 {n} 件";
    pick_none => "Nothing fits.", "没有符合的商品。";
    pick_more(n) => "and {n} more; narrow the search", "另有 {n} 件，请缩小范围";
    close => "Close", "关闭";
    save => "Save", "保存";
    voice_title => "The shop’s voice", "品牌口吻";
    voice_lead => "Used for all copy of this project.", "用于本项目的所有文案。";
    voice_rules => "Rules, one a line", "规则，每行一条";
    voice_like => "It sounds like, one a line", "像这样，每行一条";
    voice_not => "It never sounds like, one a line", "不要像这样，每行一条";
    voice_instructions => "Instructions for everything", "通用说明";
    voice_currency => "Sign before prices", "价格前的符号";
    voice_words_en => "Own words, English (violation | cheap | affordable)", "自定义英文词（violation | cheap | affordable）";
    voice_words_zh => "Own words, Chinese (违规 | 便宜货 | -)", "自定义中文词（违规 | 便宜货 | -）";
    prompt_title => "What the model is given", "模型收到的内容";
    prompt_note => "No customer, id, telephone number or mail address is in it.", "其中没有任何顾客、编号、电话或邮箱。自带模型只读资料和简报。";
    prompt_house => "This model reads the sheet and the brief as one line of marks and fields, exactly this. Words, audience and instructions are for chat models.", "该模型只读由标记和字段组成的资料与简报，内容如下。措辞、受众和说明供对话模型使用。";
    prompt_own => "Change it myself", "自己修改";
    prompt_system => "Rules", "规则";
    prompt_user => "Task, with the product sheet", "任务，附商品资料";
    channels_langs => "Also write for", "同时写给";
    too_long(n, most) => "Too long: {n} of {most}.", "太长：{n} / {most}。";
    lines(n, wanted) => "{n} lines; the channel has {wanted}.", "共 {n} 行，应为 {wanted} 行。";
    hard(n) => "A sentence of {n} words is hard to read.", "一句有 {n} 字，不易读。";
    close_draft(n) => "{n}% of it stands in another draft.", "与另一份草稿有 {n}% 相同。";
    close_old(n) => "{n}% of it stands in earlier copy.", "与以往文案有 {n}% 相同。";
    close_corpus(n) => "{n}% of it stands in the texts the model learned from.", "与模型学习的范文有 {n}% 相同。";
    must_missing(word) => "“{word}” must be said.", "必须出现“{word}”。";
    search_missing(word) => "The search word “{word}” is missing.", "缺少搜索词“{word}”。";
    and_more(n) => "and {n} more", "另有 {n} 条";
    err_no_products_table => "The project has no products. Import a table of products, or orders with product names.", "项目中没有商品。请导入商品表，或带商品名的订单。";
    err_unknown_product(id) => "There is no product {id} in the catalogue any more.", "目录中已没有商品 {id}。";
    err_nothing_fits(filter) => "No product fits “{filter}”.", "没有符合“{filter}”的商品。";
    err_no_name(id) => "Product {id} has no name. Give it one in the product table.", "商品 {id} 没有名称，请在商品表中补上。";
    err_unknown_segment(name) => "There is no segment named {name}.", "没有名为 {name} 的分群。";
    err_not_replayable => "This draft was written by another model than the one chosen now. Choose that model to replay it.", "此草稿由另一个模型所写，请切换到该模型后重放。";
    err_words(line) => "The shop’s own words: line {line} can’t be read. A line begins with violation, evidence or allowed, then a bar and the words.", "自定义词表第 {line} 行无法读取。每行以“违规、待证、可用”之一开头，后接竖线和词语。";
    err_translate => "The house model writes from the product sheet; it can’t translate. Change the brief’s language and write again, or add a chat model.", "自带模型按资料写作，不能翻译。请更改文案语言后重写，或添加对话模型。";
    err_column(file, column) => "{file} has no column “{column}”. Keep the columns key and text when you edit an export.", "{file} 缺少“{column}”列。编辑导出文件时请保留 key 和 text 列。";
    err_file(file, what) => "{file}: {what}", "{file}：{what}";
    check_products => "Choose at least one product.", "请至少选择一件商品。";
    check_variants => "Ask for 1 to 8 drafts.", "草稿数应为 1 到 8。";
    check_long => "This text is longer than 2,000 characters.", "内容超过 2,000 字。";
    check_many => "At most 40 words.", "最多 40 个词。";
    check_contradiction => "The same word must and must not be said.", "同一个词既要求出现又要求不出现。";
    check_temperature => "Variety goes from 0 to 2.", "多样性应为 0 到 2。";
}

pub fn channel_name(lang: Lang, channel: Channel) -> &'static str {
    match channel {
        Channel::Title => lang.pick("Title", "标题"),
        Channel::Short => lang.pick("Short description", "短描述"),
        Channel::Long => lang.pick("Description", "详细描述"),
        Channel::Bullets => lang.pick("Bullet points", "卖点"),
        Channel::Ad => lang.pick("Search ad", "搜索广告"),
        Channel::Social => lang.pick("Social post", "社交动态"),
        Channel::Note => lang.pick("Lifestyle note", "种草笔记"),
        Channel::Push => lang.pick("Push", "推送"),
        Channel::Sms => lang.pick("Text message", "短信"),
        Channel::Email => lang.pick("E-mail", "邮件"),
    }
}

pub fn tone_name(lang: Lang, tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => lang.pick("Plain", "平实"),
        Tone::Warm => lang.pick("Warm", "温暖"),
        Tone::Playful => lang.pick("A little playful", "略带俏皮"),
        Tone::Premium => lang.pick("Premium", "有质感"),
        Tone::Urgent => lang.pick("Lively", "有行动感"),
        Tone::Expert => lang.pick("Expert", "专业"),
    }
}

pub fn language_name(lang: Lang, copy: CopyLang) -> &'static str {
    match copy {
        CopyLang::En => english(lang),
        CopyLang::Zh => chinese(lang),
    }
}

pub fn rewrite_name(lang: Lang, how: Rewrite) -> &'static str {
    match how {
        Rewrite::Shorter => shorter(lang),
        Rewrite::Longer => longer(lang),
        Rewrite::Warmer => softer(lang),
        Rewrite::Plainer => plainer(lang),
        Rewrite::Translate => translate(lang),
    }
}

pub fn status_name(lang: Lang, status: &Status) -> &'static str {
    match status {
        Status::Open => only_open(lang),
        Status::Approved => approved(lang),
        Status::Rejected(_) => rejected(lang),
        Status::Failed(_) => failed(lang),
    }
}

pub fn origin_name(lang: Lang, origin: Origin) -> &'static str {
    match origin {
        Origin::Machine => lang.pick("machine", "机器"),
        Origin::HumanEdited => lang.pick("machine, edited by you", "机器写，你改"),
        Origin::Human => lang.pick("you", "你"),
    }
}

pub fn column_name(lang: Lang, column: CopyColumn) -> &'static str {
    match column {
        CopyColumn::Key => lang.pick("Key (for edits that come back)", "键（用于导回修改）"),
        CopyColumn::Product => lang.pick("Product id", "商品编号"),
        CopyColumn::Name => lang.pick("Product name", "商品名称"),
        CopyColumn::Channel => lang.pick("Channel", "渠道"),
        CopyColumn::Language => lang.pick("Language", "语言"),
        CopyColumn::Variant => lang.pick("Variant", "变体"),
        CopyColumn::Text => lang.pick("Text", "文本"),
        CopyColumn::WrittenBy => lang.pick("Written by (machine, human-edited, human)", "作者（机器、人改、人写）"),
        CopyColumn::Status => lang.pick("Status", "状态"),
        CopyColumn::Faults => lang.pick("Faults", "要改处"),
        CopyColumn::Doubts => lang.pick("Doubts", "存疑处"),
        CopyColumn::Model => lang.pick("Model", "模型"),
        CopyColumn::Seed => lang.pick("Seed", "种子"),
    }
}

mod reason;
pub use reason::{clause, problem};

pub fn brief_error(lang: Lang, error: BriefError) -> &'static str {
    match error {
        BriefError::NoProducts => check_products(lang),
        BriefError::Variants => check_variants(lang),
        BriefError::TooLong(_) => check_long(lang),
        BriefError::TooMany(_) => check_many(lang),
        BriefError::Contradiction(_) => check_contradiction(lang),
        BriefError::Temperature => check_temperature(lang),
    }
}

pub fn rule_error(lang: Lang, error: &RuleError) -> String {
    err_words(lang, error.line)
}

impl Worded for CopyError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Source(error) => error.text(lang),
            Self::Store(error) => error::store(lang, error),
            Self::Brief(error) => brief_error(lang, *error).to_owned(),
            Self::Words(error) => rule_error(lang, error),
            Self::Model(error) => error.text(lang),
            Self::NoProducts => err_no_products_table(lang).to_owned(),
            Self::UnknownProduct(id) => err_unknown_product(lang, id),
            Self::NothingFits(filter) => err_nothing_fits(lang, filter),
            Self::NoName(id) => err_no_name(lang, id),
            Self::UnknownSegment(name) => err_unknown_segment(lang, name),
            Self::NotReplayable => err_not_replayable(lang).to_owned(),
            Self::CannotTranslate => err_translate(lang).to_owned(),
            Self::Edit(error) => error::edit(lang, error),
            Self::Json(error) => error.to_string(),
            Self::Cancelled(cancelled) => cancelled.text(lang),
        }
    }
}

impl Worded for ReimportError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoColumn { path, column } => err_column(lang, path, column),
            Self::File { path, what } => err_file(lang, path, what),
        }
    }
}
