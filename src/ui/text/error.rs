//! Errors in words: what happened, where, and how to mend it.

use std::path::Path;

use super::{Lang, words};
use crate::project::EditError;
use crate::store::StoreError;
use crate::ui::failure::Worded;

words! {
    title_open => "The project could not be opened", "无法打开项目";
    title_import => "The table could not be imported", "无法导入表格";
    title_rows => "Rows could not be read", "无法读取数据行";
    title_job => "That did not work", "操作未完成";
    title_save => "Not saved", "未保存";
    title_copy => "The copy could not be saved", "无法保存副本";
    title_panic => "The program made a mistake", "程序出错";
    not_found(file) => "{file} is not there any more. Was it moved or renamed?", "找不到 {file}。它是否被移动或重命名了？";
    not_a_project(file) => "{file} is not a Shopwright project. To bring in a table, import it.", "{file} 不是 Shopwright 项目。如果是表格，请使用导入。";
    empty(file) => "{file} is empty (0 bytes). Open your last copy of it.", "{file} 是空文件（0 字节）。请打开最近的副本。";
    damaged(file, what) => "{file} is damaged: {what}. Nothing was changed; open your last copy of it.", "{file} 已损坏：{what}。文件未被改动，请打开最近的副本。";
    newer(file, found, known) => "{file} was made by a newer Shopwright (file version {found}; this one reads up to {known}). Update the program to open it.", "{file} 由更新版本的 Shopwright 创建（文件版本 {found}，本程序最高支持 {known}）。请更新程序。";
    cannot_write(file) => "{file} can’t be written: it or its folder is read-only, or another program has it open. Close it there, or choose another name or folder.", "无法写入 {file}：文件或文件夹为只读，或已在其他程序中打开。请先关闭，或选择其他名称、文件夹。";
    in_use(file) => "{file} is open in another window or program. Close it there first.", "{file} 已在其他窗口或程序中打开。请先在那里关闭。";
    disk_full(file) => "The disk is full, so {file} could not be saved. Free some space and retry; nothing is lost while this window is open.", "磁盘已满，无法保存 {file}。请清理空间后重试；窗口打开期间不会丢失任何内容。";
    exists(file) => "There is already a file named {file}. Choose another name.", "已有名为 {file} 的文件。请换一个名称。";
    io(file, what) => "{file}: {what}", "{file}：{what}";
    name_taken(name) => "There is already a table named {name}.", "已有名为 {name} 的表。";
    name_empty => "A table needs a name.", "表需要一个名称。";
    run_changed => "A run never changes once made.", "运行结果一经生成不可更改。";
    table_unreadable(file, what) => "{file} can’t be read as a table: {what}. The project is unchanged.", "无法将 {file} 读取为表格：{what}。项目未变动。";
    no_project_for_import => "Open or make a project first.", "请先打开或新建一个项目。";
}

pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub fn store(lang: Lang, error: &StoreError) -> String {
    match error {
        StoreError::NotFound(path) => not_found(lang, file_name(path)),
        StoreError::NotAProject(path) => not_a_project(lang, file_name(path)),
        StoreError::Empty(path) => empty(lang, file_name(path)),
        StoreError::Damaged { path, what } => damaged(lang, file_name(path), what),
        StoreError::Newer { path, found, known } => newer(lang, file_name(path), found, known),
        StoreError::ReadOnly(path) => cannot_write(lang, file_name(path)),
        StoreError::InUse(path) => in_use(lang, file_name(path)),
        StoreError::DiskFull(path) => disk_full(lang, file_name(path)),
        StoreError::Exists(path) => exists(lang, file_name(path)),
        StoreError::Io { path, what } => io(lang, file_name(path), what),
        StoreError::Table { path, what } => table_unreadable(lang, file_name(path), what),
    }
}

pub fn edit(lang: Lang, error: &EditError) -> String {
    match error {
        EditError::RunChanged(_) => run_changed(lang).to_owned(),
        EditError::TableNameTaken(name) => name_taken(lang, name),
        EditError::TableNameEmpty => name_empty(lang).to_owned(),
    }
}

impl Worded for crate::stage::data::sample::SampleError {
    fn text(&self, _lang: Lang) -> String {
        self.to_string()
    }
}
