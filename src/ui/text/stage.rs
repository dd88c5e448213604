//! The stages and how they stand.

use super::{Lang, words};
use crate::stage::Stage;

words! {
    data => "Data", "数据";
    segment => "Segments", "分群";
    predict => "Predict", "预测";
    recommend => "Recommend", "推荐";
    voice => "Voice", "口碑";
    copy => "Copy", "文案";
    campaign => "Campaign", "活动";
    fresh => "Fresh", "最新";
    out_of_date => "Out of date", "已过期";
    running => "Running", "运行中";
    not_run => "Not run yet", "尚未运行";
    failed => "Failed", "失败";
    run_again => "Run again", "重新运行";
}

pub fn name(lang: Lang, stage: Stage) -> &'static str {
    match stage {
        Stage::Data => data(lang),
        Stage::Segment => segment(lang),
        Stage::Predict => predict(lang),
        Stage::Recommend => recommend(lang),
        Stage::Voice => voice(lang),
        Stage::Copy => copy(lang),
        Stage::Campaign => campaign(lang),
    }
}
