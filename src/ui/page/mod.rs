//! The registry of pages. A page that is not built is not here, so it is not in the rail.

pub mod about;
pub mod copy;
pub mod data;
pub mod explore;
pub mod home;
mod loop_picture;
pub mod models;
pub mod predict;
pub mod recommend;
pub mod segment;
pub mod settings;

use egui::{Key, Rect, Ui, UiBuilder, pos2, vec2};

use super::PageContext;
use super::text::{Lang, action, home as words, model as model_words, stage};
use super::theme::size;
use super::widget::{self, icon};
use crate::stage::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Page {
    #[default]
    Home,
    Data,
    Explore,
    Segment,
    Predict,
    Recommend,
    Copy,
    Models,
    Settings,
    About,
}

impl Page {
    pub const ALL: [Self; 10] = [
        Self::Home,
        Self::Data,
        Self::Explore,
        Self::Segment,
        Self::Predict,
        Self::Recommend,
        Self::Copy,
        Self::Models,
        Self::Settings,
        Self::About,
    ];

    /// In the rail from the top; settings stand at its foot, models and About are reached from there.
    pub const RAIL: [Self; 7] =
        [Self::Home, Self::Data, Self::Explore, Self::Segment, Self::Predict, Self::Recommend, Self::Copy];

    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Copy => stage::copy(lang),
            Self::Home => words::rail_home(lang),
            Self::Data => stage::data(lang),
            Self::Models => model_words::title(lang),
            Self::Recommend => stage::recommend(lang),
            Self::Segment => stage::segment(lang),
            Self::Predict => stage::predict(lang),
            Self::Explore => super::text::explore::title(lang),
            Self::Settings => words::rail_settings(lang),
            Self::About => words::about_title(lang),
        }
    }

    pub fn go(self, lang: Lang) -> &'static str {
        match self {
            Self::Copy => action::go_copy(lang),
            Self::Home => action::go_home(lang),
            Self::Data => action::go_data(lang),
            Self::Models => action::go_models(lang),
            Self::Recommend => action::go_recommend(lang),
            Self::Segment => action::go_segment(lang),
            Self::Predict => action::go_predict(lang),
            Self::Explore => action::go_explore(lang),
            Self::Settings => action::go_settings(lang),
            Self::About => action::go_about(lang),
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Copy => icon::COPY_DESK,
            Self::Home => icon::HOME,
            Self::Data => icon::DATA,
            Self::Models => icon::MODEL,
            Self::Recommend => icon::RECOMMEND,
            Self::Segment => icon::SEGMENT,
            Self::Predict => icon::PREDICT,
            Self::Explore => icon::EXPLORE,
            Self::Settings => icon::SETTINGS,
            Self::About => icon::INFO,
        }
    }

    pub fn key(self) -> Option<Key> {
        match self {
            Self::Copy => Some(Key::Num7),
            Self::Home => Some(Key::Num1),
            Self::Data => Some(Key::Num2),
            Self::Recommend => Some(Key::Num6),
            Self::Segment => Some(Key::Num4),
            Self::Predict => Some(Key::Num5),
            Self::Explore => Some(Key::Num3),
            Self::Settings => Some(Key::Comma),
            Self::Models | Self::About => None,
        }
    }

    /// The stage that this page works on, for the dot in the rail.
    pub fn stage(self) -> Option<Stage> {
        match self {
            Self::Data => Some(Stage::Data),
            Self::Segment => Some(Stage::Segment),
            Self::Predict => Some(Stage::Predict),
            Self::Recommend => Some(Stage::Recommend),
            Self::Copy => Some(Stage::Copy),
            Self::Home | Self::Explore | Self::Models | Self::Settings | Self::About => None,
        }
    }

    /// The page that a stage is worked on, once it is built.
    pub fn of_stage(stage: Stage) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.stage() == Some(stage))
    }

    pub fn show(self, ui: &mut Ui, cx: &PageContext<'_>, views: &mut Views) {
        match self {
            Self::Copy => copy::copy_page(ui, cx, &mut views.copy),
            Self::Home => home::home_page(ui, cx),
            Self::Data => data::data_page(ui, cx, &mut views.data),
            Self::Models => models::models_page(ui, cx, &mut views.models),
            Self::Recommend => recommend::recommend_page(ui, cx, &mut views.recommend),
            Self::Segment => segment::segment_page(ui, cx, &mut views.segment),
            Self::Predict => predict::predict_page(ui, cx, &mut views.predict),
            Self::Explore => explore::explore_page(ui, cx, &mut views.explore),
            Self::Settings => settings::settings_page(ui, cx, &mut views.settings),
            Self::About => about::about_page(ui, cx, &mut views.about),
        }
    }
}

/// What each page remembers of its own: scroll positions, drafts of fields. Not part of the project.
#[derive(Default)]
pub struct Views {
    pub copy: copy::CopyView,
    pub data: data::DataView,
    pub models: models::ModelsView,
    pub recommend: recommend::RecommendView,
    pub segment: segment::SegmentView,
    pub predict: predict::PredictView,
    pub explore: explore::ExploreView,
    pub settings: settings::SettingsView,
    pub about: about::AboutView,
}

/// The head of every page: title, one plain sentence, room for buttons at the right. Returns the room below.
fn page_head(ui: &mut Ui, title: &str, lead: &str, buttons: impl FnOnce(&mut Ui)) -> Rect {
    let full = ui.max_rect();
    let gutter = size::S6;
    let head = Rect::from_min_size(full.min + vec2(gutter, 0.0), vec2(full.width() - 2.0 * gutter, size::PAGE_HEAD));
    let right = egui::Layout::right_to_left(egui::Align::Center);
    let mut side = ui.new_child(UiBuilder::new().id_salt("page buttons").max_rect(head).layout(right));
    buttons(&mut side);
    let taken = side.min_rect().width();
    let text = Rect::from_min_max(head.min + vec2(0.0, 14.0), pos2(head.right() - taken - size::S4, head.bottom()));
    let mut words = ui.new_child(UiBuilder::new().id_salt("page words").max_rect(text));
    words.spacing_mut().item_spacing.y = 2.0;
    widget::title(&mut words, title);
    widget::lead(&mut words, lead);
    Rect::from_min_max(pos2(head.left(), head.bottom()), full.max - vec2(gutter, gutter))
}
