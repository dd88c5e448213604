//! What can be done: names in menus and the palette, and names of steps in the history.

use super::{Lang, stage, words};
use crate::project::Label;

words! {
    go_models => "Go to language models", "前往语言模型";
    go_copy => "Go to Copy", "前往文案";
    go_home => "Go to Home", "前往主页";
    go_data => "Go to Data", "前往数据";
    go_recommend => "Go to Recommend", "前往推荐";
    go_segment => "Go to Segments", "前往分群";
    step_segment => "change a segment", "更改客群";
    step_floor => "change the smallest audience", "更改最小人群";
    step_segment_names => "change a segment’s name", "更改客群名称";
    go_predict => "Go to Predict", "前往预测";
    go_explore => "Go to Explore", "前往探索";
    go_settings => "Go to Settings", "前往设置";
    go_about => "About Shopwright", "关于 Shopwright";
    new_project => "New project…", "新建项目…";
    open_project => "Open a project…", "打开项目…";
    open_sample => "Open the sample shop", "打开示例店铺";
    import_table => "Import a table…", "导入表格…";
    save_copy => "Save a copy…", "另存副本…";
    close_project => "Close the project", "关闭项目";
    undo => "Undo", "撤销";
    redo => "Redo", "重做";
    find => "Find…", "查找…";
    theme => "Switch light and dark", "切换深浅色";
    language => "切换到简体中文", "Switch to English";
    zoom_in => "Zoom in", "放大";
    zoom_out => "Zoom out", "缩小";
    zoom_reset => "Actual size", "实际大小";
    stop_jobs => "Stop all jobs", "停止所有任务";
    quit => "Quit", "退出";
    step_rename => "rename the project", "重命名项目";
    step_import(name) => "import {name}", "导入 {name}";
    step_remove_table(name) => "remove {name}", "移除 {name}";
    step_rename_table(name) => "rename {name}", "重命名 {name}";
    step_role(name) => "change the role of {name}", "更改 {name} 的角色";
    step_run(stage) => "run {stage}", "运行{stage}";
    step_remove_run(stage) => "remove a run of {stage}", "移除{stage}的一次运行";
    step_decide(stage) => "change the settings of {stage}", "更改{stage}设置";
    step_clean(name) => "clean {name}", "清洗 {name}";
    step_keep_chart(name) => "keep the chart {name}", "保存图表 {name}";
    step_remove_chart(name) => "remove the chart {name}", "移除图表 {name}";
    step_change(what) => "change {what}", "更改 {what}";
}

pub fn label(lang: Lang, label: &Label) -> String {
    match label {
        Label::RenameProject => step_rename(lang).to_owned(),
        Label::ImportTable(name) => step_import(lang, name),
        Label::RemoveTable(name) => step_remove_table(lang, name),
        Label::RenameTable(name) => step_rename_table(lang, name),
        Label::ChangeRole(name) => step_role(lang, name),
        Label::Run(of) => step_run(lang, stage::name(lang, *of)),
        Label::RemoveRun(of) => step_remove_run(lang, stage::name(lang, *of)),
        Label::Decide(of) => step_decide(lang, stage::name(lang, *of)),
        Label::Change("segment") => step_segment(lang).to_owned(),
        Label::Change("audience_floor") => step_floor(lang).to_owned(),
        Label::Change("segment_names") => step_segment_names(lang).to_owned(),
        Label::Clean(name) => step_clean(lang, name),
        Label::KeepChart(name) => step_keep_chart(lang, name),
        Label::RemoveChart(name) => step_remove_chart(lang, name),
        Label::Change(what) => step_change(lang, what),
    }
}
