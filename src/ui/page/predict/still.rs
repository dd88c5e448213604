//! A picture of the page as a file shows it: its title, all of it, no pointer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{ColorImage, UiBuilder};

use super::{Look, PredictView, Seen, is_buying, left, right};
use crate::base::time::Moment;
use crate::project::RunId;
use crate::store::settings::Settings;
use crate::store::study::{KeptStudy, StudyPlan};
use crate::ui::PageContext;
use crate::ui::shown::Shown;
use crate::ui::text::{Lang, predict_say as say};
use crate::ui::widget;

/// Points, and pixels a point.
const SIZE: egui::Vec2 = egui::vec2(720.0, 520.0);
const SCALE: f32 = 2.0;

/// Everything that a picture is drawn from, so that it can be drawn without the window.
#[derive(Clone)]
pub struct Still {
    pub id: RunId,
    pub kept: Arc<KeptStudy>,
    pub plan: StudyPlan,
    pub look: Option<Look>,
    pub view: PredictView,
    pub is_left: bool,
    pub lang: Lang,
    pub dark: bool,
}

impl Still {
    /// The picture's name, for the file.
    pub fn name(&self) -> &'static str {
        if self.is_left {
            self.view.left.name(self.lang)
        } else {
            self.view.right.name(self.lang, is_buying(&self.plan))
        }
    }

    pub fn draw(&self) -> ColorImage {
        let (failures, settings, shown) = (BTreeMap::new(), Settings::default(), Shown::default());
        let cx = PageContext {
            lang: self.lang,
            now: Moment::default(),
            open: None,
            jobs: &[],
            failures: &failures,
            settings: &settings,
            shown: &shown,
            commands: RefCell::default(),
        };
        let mut view = self.view.clone();
        crate::ui::raster::picture(SIZE, SCALE, self.dark, |ui| {
            let result = &self.kept.study.result;
            let Some(model) = view.model.and_then(|kind| result.of(kind)).or_else(|| result.best()) else { return };
            let look = self.look.as_ref().filter(|look| look.at.model == model.kind);
            let seen = Seen { id: self.id, plan: &self.plan, kept: &self.kept, model, look };
            let room = egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE).shrink(24.0);
            let mut ui = ui.new_child(UiBuilder::new().id_salt("still").max_rect(room));
            widget::heading(&mut ui, &format!("{} · {}", self.name(), say::model(self.lang, model.kind)));
            match self.is_left {
                true => left::picture(&mut ui, &cx, &mut view, &seen),
                false => right::picture(&mut ui, &cx, &view, &seen),
            }
        })
    }
}
