//! Words used on more than one page.

use super::words;

words! {
    app_name => "Shopwright", "Shopwright 店匠";
    no_project => "No project open", "未打开项目";
    saved => "Saved", "已保存";
    saved_at(time) => "Saved, {time}", "已保存，{time}";
    saving => "Saving", "正在保存";
    not_saved => "Could not save", "未能保存";
    retry => "Retry", "重试";
    read_only => "Read only", "只读";
    read_only_in_use => "Open in another window. You can look, not change.", "已在另一个窗口打开。这里只能查看，不能修改。";
    read_only_file => "The file or its folder can’t be written. Save a copy to work on it.", "文件或文件夹不可写。请另存副本后再修改。";
    save_copy => "Save a copy", "另存副本";
    on_this_computer => "On this computer only", "仅在本机";
    find_hint => "Find a page or an action", "查找页面或操作";
    nothing_found => "Nothing of that name", "没有匹配项";
    jobs_many(n) => "{n} jobs", "{n} 个任务";
    job_one => "1 job", "1 个任务";
    stop => "Stop", "停止";
    cancel => "Cancel", "取消";
    ok => "OK", "确定";
    close => "Close", "关闭";
    copy => "Copy", "复制";
    copied => "Copied", "已复制";
    details => "Details", "详情";
    undo_named(what) => "Undo: {what}", "撤销：{what}";
    redo_named(what) => "Redo: {what}", "重做：{what}";
    rows_n(n) => "{n} rows", "{n} 行";
    columns_n(n) => "{n} columns", "{n} 列";
    tables_n(n) => "{n} tables", "{n} 张表";
    about_left(time) => "about {time} left", "约剩 {time}";
    percent(n) => "{n} %", "{n} %";
    less_than_a_second => "less than a second", "不到一秒";
    seconds_n(n) => "{n} s", "{n} 秒";
    minutes_n(n) => "{n} min", "{n} 分钟";
    hours_n(n) => "{n} h", "{n} 小时";
    today_at(time) => "today, {time}", "今天 {time}";
    yesterday_at(time) => "yesterday, {time}", "昨天 {time}";
    unknown_fault => "Something in the program went wrong. Your project is unharmed.", "程序出现错误，项目未受影响。";
    dismiss => "Dismiss", "知道了";
    theme_to_dark => "Dark colours", "深色";
    theme_to_light => "Light colours", "浅色";
    drop_here => "Drop to import", "松开即可导入";
    drop_hint => "A table (CSV) or a Shopwright project", "表格（CSV）或 Shopwright 项目";
    find_title => "Find", "查找";
    step_preparing => "Preparing", "准备中";
    step_reading => "Reading", "读取中";
    step_checking => "Checking", "检查中";
    step_sorting => "Sorting", "排序中";
    step_counting => "Counting", "统计中";
    step_generating => "Making the sample shop", "正在生成示例店铺";
    step_writing => "Writing", "写入中";
    step_loading => "Loading", "加载中";
    step_fitting => "Fitting", "拟合中";
    step_searching => "Searching", "搜索中";
    step_training => "Training", "训练中";
    step_evaluating => "Evaluating", "评估中";
    step_scoring => "Scoring", "评分中";
    step_projecting => "Drawing the map", "绘制地图";
    step_explaining => "Explaining", "解释中";
    step_drafting => "Drafting", "撰写中";
    backup_made(name) => "Backup made before updating the file: {name}", "更新文件前已备份：{name}";
    copy_saved(name) => "Copy saved: {name}", "副本已保存：{name}";
    copy_of(name) => "{name} copy", "{name} 副本";
    sample_name => "Qinghe Home", "清禾家居";
    filter_projects => "Shopwright projects", "Shopwright 项目";
    filter_tables => "Tables", "表格";
    filter_all => "All files", "所有文件";
    slot_project => "Project", "项目";
    slot_import => "Import", "导入";
    slot_export => "Export", "导出";
    slot_rows => "Rows", "数据行";
    slot_pictures => "Pictures", "图片";
    slot_explore => "Chart", "图表";
    slot_pick => "Selection", "所选顾客";
    slot_profile => "Profile", "概况";
    slot_clean => "Cleaning", "清洗";
    slot_overview => "Overview", "概览";
}

use super::Lang;
use crate::base::Step;
use crate::jobs::Slot;

pub fn step(lang: Lang, step: Step) -> &'static str {
    match step {
        Step::Preparing => step_preparing(lang),
        Step::Reading => step_reading(lang),
        Step::Checking => step_checking(lang),
        Step::Sorting => step_sorting(lang),
        Step::Counting => step_counting(lang),
        Step::Generating => step_generating(lang),
        Step::Writing => step_writing(lang),
        Step::Loading => step_loading(lang),
        Step::Fitting => step_fitting(lang),
        Step::Searching => step_searching(lang),
        Step::Training => step_training(lang),
        Step::Evaluating => step_evaluating(lang),
        Step::Scoring => step_scoring(lang),
        Step::Projecting => step_projecting(lang),
        Step::Explaining => step_explaining(lang),
        Step::Drafting => step_drafting(lang),
    }
}

pub fn slot(lang: Lang, slot: Slot) -> &'static str {
    match slot {
        Slot::Project => slot_project(lang),
        Slot::Import => slot_import(lang),
        Slot::Export => slot_export(lang),
        Slot::Rows => slot_rows(lang),
        Slot::Overview => slot_overview(lang),
        Slot::Pictures => slot_pictures(lang),
        Slot::Models | Slot::Shelf => super::model::slot(lang),
        Slot::Stage(stage) | Slot::Load(stage) | Slot::Answer(stage) => super::stage::name(lang, stage),
        Slot::Explore => slot_explore(lang),
        Slot::Pick => slot_pick(lang),
        Slot::Profile => slot_profile(lang),
        Slot::Clean => slot_clean(lang),
    }
}
