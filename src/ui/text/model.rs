//! Words of the Models page, and the language model's errors in words.

use super::{Lang, error, number, words};
use crate::stage::copy::lm::error::LmError;
use crate::store::models::ShelfError;
use crate::ui::failure::Worded;

words! {
    title => "Language models", "语言模型";
    lead => "They write your product copy. Each runs on this computer, and the text stays here.", "它们为你撰写商品文案，全部在本机运行，内容不外传。";
    add => "Add a model", "添加模型";
    add_folder => "Add a folder", "添加文件夹";
    add_hint => "Drop a .gguf file anywhere on the window, or choose one.", "把 .gguf 文件拖进窗口，或点击选择。";
    who_writes => "Who writes", "由谁撰写";
    writes_english => "English copy", "英文文案";
    writes_chinese => "Chinese copy", "中文文案";
    who_writes_note => "A brief can name another one, under Advanced.", "简报可在“高级”中另选模型。";
    in_memory => "In memory", "内存";
    in_memory_none => "No model is loaded. The first draft loads one.", "当前没有加载模型，撰写第一篇时会自动加载。";
    in_memory_is(name, size) => "{name} is loaded and takes {size}.", "已加载 {name}，占用 {size}。";
    unload => "Unload", "卸载";
    loaded => "loaded", "已加载";
    on_shelf => "On this computer", "本机模型";
    house => "House model", "内置模型";
    house_missing => "Not there yet", "尚未提供";
    house_missing_text => "The small model that comes with Shopwright is still being trained, so this version has none. Until then, add a model of your own.", "Shopwright 自带的小模型仍在训练，当前版本尚未包含。在此之前请添加自己的模型。";
    house_text => "Comes with Shopwright: small, fast, English and Chinese.", "随 Shopwright 提供：小巧、快速，支持中英文。";
    linked => "linked", "链接";
    copied => "copied", "副本";
    unusable => "can’t be used", "无法使用";
    none_chosen => "Choose a model to see what it is.", "选择一个模型查看详情。";
    size => "Size", "大小";
    architecture => "Architecture", "架构";
    parameters => "Parameters", "参数量";
    quantisation => "Quantisation", "量化";
    quantisation_hover => "How finely each number is kept. Q8_0 is nearly exact, Q4 is half the size and a little rougher.", "每个数值的保存精度。Q8_0 几乎无损，Q4 体积减半、略粗糙。";
    context => "Context", "上下文";
    context_n(n) => "{n} tokens", "{n} 个词元";
    context_hover => "How much it can read and write at once. An English token has about four letters, a Chinese one about a character.", "一次能读写的长度。英文一个词元约四个字母，中文约一个字。";
    memory => "Memory needed", "所需内存";
    licence => "Licence", "许可证";
    licence_unknown => "not said in the file", "文件中未注明";
    checksum => "SHA-256", "SHA-256";
    checksum_take => "Compute", "计算";
    checksum_copy => "Copy the SHA-256", "复制 SHA-256";
    place => "Where", "位置";
    place_house => "inside the program", "程序内部";
    speed => "Speed here", "本机速度";
    speed_none => "not tried yet", "尚未测试";
    speed_write(n) => "writes {n} tokens a second", "每秒写 {n} 个词元";
    speed_read(n) => "reads {n} tokens a second", "每秒读 {n} 个词元";
    speed_batch(n) => "{n} a second with 8 drafts at once", "8 篇同时撰写共每秒 {n} 个词元";
    speed_first(n) => "first word after {n} ms", "{n} 毫秒出第一个词";
    try_it => "Test run", "试运行";
    try_hover => "Loads it, lets it write a few lines about a made-up throw, and measures its speed.", "加载模型，为一条虚构的盖毯写几句，并测量速度。";
    trying => "Trying it out", "正在试运行";
    it_wrote => "It wrote", "试写结果";
    remove => "Take off the list", "从列表移除";
    remove_copy => "Delete the copy", "删除副本";
    remove_sure => "Really delete", "确认删除";
    offer_title(name) => "Add {name}?", "添加 {name}？";
    offer_copy => "Copy it here", "复制到本机模型";
    offer_link => "Use it where it is", "就地使用";
    offer_note => "A copy stays if the file is moved or deleted. Used where it is, it takes no further space.", "复制后，原文件移动或删除也不受影响；就地使用则不占用额外空间。";
    offer_memory(need, free) => "It needs about {need} of memory; {free} are free now.", "约需 {need} 内存，当前可用 {free}。";
    checking => "Looking at the file", "正在检查文件";
    copying => "Copying", "正在复制";
    open_models => "Well-known open models", "常见开放模型";
    open_models_lead => "Shopwright opens no connection. Download a file with your browser, then add it here. The licence is between you and the maker: read it there.", "Shopwright 不联网。请用浏览器下载文件，再添加到这里。许可证以模型发布页为准。";
    open_about(size) => "about {size}", "约 {size}";
    open_unchecked(licence) => "{licence} (not checked)", "{licence}（未核对）";
    open_both => "English, Chinese", "英文、中文";
    open_english => "English", "英文";
    copy_address => "Copy the address", "复制地址";
    filter_models => "Language models", "语言模型";
    added(name) => "{name} is on the list", "已添加 {name}";
    removed(name) => "{name} is off the list", "已移除 {name}";
    slot => "Language model", "语言模型";
    title_failed => "The model could not be used", "模型无法使用";
    err_file(file, what) => "{file} can’t be read: {what}.", "无法读取 {file}：{what}。";
    err_not_gguf => "This is not a GGUF model file. Take one whose name ends in .gguf.", "这不是 GGUF 模型文件。请选择以 .gguf 结尾的文件。";
    err_version(n) => "The file has GGUF version {n}; known are 2 and 3. Download a current version of it.", "文件的 GGUF 版本为 {n}，仅支持 2 和 3。请下载新版文件。";
    err_cut => "The file ends in its first part: the download was broken off. Download it again.", "文件开头部分不完整，下载被中断。请重新下载。";
    err_missing(missing, whole) => "{missing} of {whole} are missing: the download was broken off. Download it again.", "缺少 {missing}（共 {whole}），下载被中断。请重新下载。";
    err_damaged(what) => "The file is damaged or unusual ({what}). Download it again or take another model.", "文件已损坏或不常见（{what}）。请重新下载或换一个模型。";
    err_architecture(name) => "Models of the kind “{name}” are not known. Take a Llama, Mistral, SmolLM2, Qwen 2, Qwen 3, Phi 3, Gemma 3, GLM 4 or LFM2.", "不支持“{name}”类模型。请选择 Llama、Mistral、SmolLM2、Qwen 2、Qwen 3、Phi 3、Gemma 3、GLM 4 或 LFM2。";
    err_variant(what) => "This variant is not known ({what}). Take a plain one of the same family.", "不支持该变体（{what}）。请选择同系列的普通版本。";
    err_quantisation(kind) => "Its numbers are kept as {kind}, which is not known. Take the same model as Q8_0, Q4_K_M or Q4_0.", "不支持量化格式 {kind}。请选择 Q8_0、Q4_K_M 或 Q4_0 版本。";
    err_memory(need, free) => "It needs about {need} of memory and {free} are free. Close other programs, or take a smaller model.", "约需 {need} 内存，当前仅 {free} 可用。请关闭其他程序，或选择更小的模型。";
    err_tokenizer(what) => "Its tokenizer doesn’t fit ({what}). Take the file from another source, or put its tokenizer.json beside it.", "分词器不匹配（{what}）。请换一个来源的文件，或将 tokenizer.json 放在旁边。";
    err_template(what) => "Its chat template has an error ({what}). Take the file from another source.", "对话模板有误（{what}）。请换一个来源的文件。";
    err_empty => "There is nothing to write about. Fill in the brief.", "没有可写的内容，请填写简报。";
    err_context(over, context) => "The product’s facts are {over} tokens too long for this model ({context}). Shorten the sheet, or take a model with a longer context.", "商品资料超出该模型上下文（{context}）{over} 个词元。请精简资料，或换用上下文更长的模型。";
    err_setting(field, allowed) => "{field} must be {allowed}.", "{field} 应为 {allowed}。";
    err_not_finite => "The model computes nonsense: its file is probably damaged. Download it again.", "模型输出无效，文件可能已损坏。请重新下载。";
    err_no_house => "This version has no house model yet. Add a model of your own on the Models page.", "当前版本尚无内置模型。请在模型页面添加自己的模型。";
    err_twice(file) => "{file} is on the list already.", "{file} 已在列表中。";
    err_folder(file) => "{file} is a folder. Use it where it is instead of copying it.", "{file} 是文件夹，请选择就地使用。";
    err_other(what) => "The model failed: {what}.", "模型出错：{what}。";
}

impl Worded for LmError {
    fn text(&self, lang: Lang) -> String {
        let bytes = |n: &u64| number::bytes(*n);
        match self {
            Self::Cancelled(cancelled) => cancelled.text(lang),
            Self::File { path, what } => err_file(lang, error::file_name(path), what),
            Self::NoHouseModel => err_no_house(lang).to_owned(),
            Self::NotGguf => err_not_gguf(lang).to_owned(),
            Self::Version(n) => err_version(lang, n),
            Self::HeaderCut { .. } => err_cut(lang).to_owned(),
            Self::Incomplete { missing, expected } => err_missing(lang, bytes(missing), bytes(expected)),
            Self::Architecture(name) => err_architecture(lang, name),
            Self::Variant { what, .. } => err_variant(lang, what),
            Self::Quantisation { kind, .. } => err_quantisation(lang, kind),
            Self::Header { .. } | Self::Key { .. } | Self::MissingTensor(_) | Self::Shape { .. } => {
                err_damaged(lang, self)
            }
            Self::Memory { need, free } => err_memory(lang, bytes(need), bytes(free)),
            Self::Tokenizer(what) => err_tokenizer(lang, what),
            Self::Vocabulary { .. } => err_tokenizer(lang, self),
            Self::Template(what) => err_template(lang, what),
            Self::EmptyPrompt => err_empty(lang).to_owned(),
            Self::Context { context, over, .. } => {
                err_context(lang, number::whole(*over as u64), number::whole(*context as u64))
            }
            Self::Setting { field, allowed } => err_setting(lang, field, allowed),
            Self::NotFinite => err_not_finite(lang).to_owned(),
            Self::Candle(what) => err_other(lang, what),
        }
    }
}

impl Worded for ShelfError {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Cancelled(cancelled) => cancelled.text(lang),
            Self::Model(error) => error.text(lang),
            Self::Store(error) => error::store(lang, error),
            Self::Twice(path) => err_twice(lang, error::file_name(path)),
            Self::Folder(path) => err_folder(lang, error::file_name(path)),
        }
    }
}
