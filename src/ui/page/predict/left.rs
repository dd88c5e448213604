//! The left picture: what moves the answer. Along one feature, what if, importance, coefficients, paths, the tree.

use egui::{Align2, CornerRadius, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::{LIVE, Live, Look, PredictView, Seen};
use crate::jobs::Slot;
use crate::stage::Stage;
use crate::stage::predict::coefficient::Coefficient;
use crate::stage::predict::drivers::height;
use crate::stage::predict::explain::{PartialDependence, Setting};
use crate::stage::predict::gd::{Descent, LossPoint};
use crate::stage::predict::model::Fitted;
use crate::stage::predict::penalised::Path;
use crate::stage::predict::score::Metric;
use crate::stage::predict::target::Task;
use crate::stage::predict::tree::{Condition, test_of};
use crate::ui::PageContext;
use crate::ui::text::{feature, number, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, regular, text_size};
use crate::ui::widget::xy::{Axis, Key, Scale, legend, xy};
use crate::ui::widget::{self, field};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeftPicture {
    #[default]
    Fit,
    Effect,
    Importance,
    Coefficients,
    Path,
    Loss,
    Tree,
}

impl LeftPicture {
    pub fn name(self, lang: crate::ui::text::Lang) -> &'static str {
        match self {
            Self::Fit => words::pic_fit(lang),
            Self::Effect => words::pic_effect(lang),
            Self::Importance => words::pic_importance(lang),
            Self::Coefficients => words::pic_coefficients(lang),
            Self::Path => words::pic_path(lang),
            Self::Loss => words::pic_loss(lang),
            Self::Tree => words::pic_tree(lang),
        }
    }

    /// The picture last chosen where the model has it, else the model's first.
    pub fn shown(view: &PredictView, seen: &Seen<'_>) -> Self {
        let all = Self::of(seen);
        if all.contains(&view.left) { view.left } else { all.first().copied().unwrap_or_default() }
    }

    /// The pictures that the chosen model has.
    fn of(seen: &Seen<'_>) -> Vec<Self> {
        let model = &seen.model.model;
        // What only this model has comes first.
        let own = match &model.fitted {
            Fitted::Penalised { .. } => Some(Self::Path),
            Fitted::Gd { .. } => Some(Self::Loss),
            Fitted::Tree(_) => Some(Self::Tree),
            _ => None,
        };
        let mut found: Vec<Self> = own.into_iter().collect();
        if seen.kept.study.lines.contains_key(&seen.model.kind) {
            found.push(Self::Fit);
        }
        found.extend([Self::Effect, Self::Importance]);
        if !model.coefficients().is_empty() {
            found.push(Self::Coefficients);
        }
        found
    }
}

pub fn left_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    // A descent under way is watched where its curve will stand.
    if cx.job(Slot::Stage(Stage::Predict)).is_some()
        && let Some(live) = cx.shown.stale_extra::<Live>(LIVE)
        && live.loss.len() > 1
    {
        widget::small_strong(ui, words::pic_loss(lang));
        loss_chart(ui, cx, &live.loss, ui.available_height());
        return;
    }
    let all = LeftPicture::of(seen);
    let mut chosen = LeftPicture::shown(view, seen);
    let choices: Vec<_> = all.iter().map(|p| (*p, p.name(lang).to_owned())).collect();
    ui.horizontal(|ui| {
        // Room for the button that saves the picture.
        ui.set_max_width(ui.available_width() - 32.0);
        let before = chosen;
        let has_feature = matches!(chosen, LeftPicture::Fit | LeftPicture::Effect);
        picker(ui, words::left_picture(lang), &mut chosen, &choices, if has_feature { 0.48 } else { 0.85 });
        if chosen != before {
            view.left = chosen;
        }
        if matches!(chosen, LeftPicture::Fit | LeftPicture::Effect) {
            feature_picker(ui, cx, view, seen);
        }
    });
    picture(ui, cx, view, seen);
}

/// The chosen picture itself.
pub fn picture(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    match LeftPicture::shown(view, seen) {
        LeftPicture::Fit => fit(ui, cx, view, seen),
        LeftPicture::Effect => effect(ui, cx, view, seen),
        LeftPicture::Importance => importance(ui, cx, seen),
        LeftPicture::Coefficients => coefficients(ui, cx, view, seen),
        LeftPicture::Path => {
            if let Fitted::Penalised { path, .. } = &seen.model.model.fitted {
                penalty_path(ui, cx, seen, path);
            }
        }
        LeftPicture::Loss => {
            if let Fitted::Gd { descent, .. } = &seen.model.model.fitted {
                descent_picture(ui, cx, descent);
            }
        }
        LeftPicture::Tree => tree(ui, cx, seen),
    }
}

/// Choices in a box that takes a share of the card's width.
pub fn picker<T: Clone + PartialEq>(ui: &mut Ui, label: &str, value: &mut T, choices: &[(T, String)], share: f32) {
    let width = ui.available_width() * share;
    ui.vertical(|ui| {
        ui.set_width(width);
        field::bare_choice(ui, label, value, choices);
    });
}

fn feature_picker(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let names: Vec<String> = match (LeftPicture::shown(view, seen), seen.kept.study.lines.get(&seen.model.kind)) {
        (LeftPicture::Fit, Some(lines)) => lines.iter().map(|l| l.name.clone()).collect(),
        _ => seen.model.model.encoder.parts.iter().map(|p| p.name.clone()).collect(),
    };
    let mut chosen = view.feature.clone().filter(|name| names.contains(name)).or_else(|| names.first().cloned());
    let choices: Vec<_> = names.into_iter().map(|n| (Some(n.clone()), feature::column(lang, &n))).collect();
    picker(ui, words::feature(lang), &mut chosen, &choices, 0.96);
    if chosen != view.feature {
        view.feature = chosen;
    }
}

fn scale(seen: &Seen<'_>) -> Scale {
    if seen.task() == Task::Classification { Scale::Percent } else { Scale::Number }
}

fn score_axis(cx: &PageContext<'_>, seen: &Seen<'_>, values: impl IntoIterator<Item = f64>) -> Axis {
    let what = seen.about().what(cx.lang);
    let name = match seen.task() {
        Task::Classification => words::axis_share(cx.lang, what),
        Task::Regression => words::axis_target(cx.lang, what),
    };
    let share = seen.task() == Task::Classification;
    // Dots may lie a little beyond what a share can be; the axis does not.
    let values = values.into_iter().map(|v| if share { v.clamp(0.0, 1.0) } else { v });
    Axis::around(name, values, scale(seen))
}

fn fit(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>) {
    let lines = seen.kept.study.lines.get(&seen.model.kind);
    let found =
        lines.and_then(|lines| lines.iter().find(|l| Some(&l.name) == view.feature.as_ref()).or_else(|| lines.first()));
    let Some(line) = found else {
        widget::small(ui, words::fit_none(cx.lang));
        return;
    };
    let tokens = Tokens::of(ui);
    let values = line.line.iter().flat_map(|(_, b)| [b.low, b.high]).chain(line.dots.iter().map(|d| d.y));
    let y = score_axis(cx, seen, values);
    let (low, high) = (line.line[0].0, line.line[line.line.len() - 1].0);
    let (unit, name) = say::axis_unit(cx.lang, &line.name, high);
    let x = Axis::new(name, low / unit, high / unit, Scale::Number);
    let step = seen.kept.study.moves.get(&seen.model.kind).and_then(|moves| {
        let m = moves.iter().find(|m| m.name == line.name)?;
        match (&m.from, &m.to) {
            (Setting::Number(from), Setting::Number(to)) if *from >= low && *to <= high => Some((*from, *to)),
            _ => None,
        }
    });
    let draw = |canvas: &crate::ui::widget::xy::Canvas<'_>| {
        let band: Vec<(f64, f64, f64)> = line.line.iter().map(|(x, b)| (*x / unit, b.low, b.high)).collect();
        canvas.band(&band, tokens.band);
        for dot in &line.dots {
            canvas.dot(dot.x / unit, dot.y, 3.2, tokens.chart[0].gamma_multiply(0.75));
        }
        canvas.line(line.line.iter().map(|(x, b)| (*x / unit, b.fit)), 2.0, tokens.accent);
        if let Some((from, to)) = step {
            let (a, b) = (height(&line.line, from), height(&line.line, to));
            canvas.line([(from / unit, a), (to / unit, a), (to / unit, b)], 1.5, tokens.text);
            canvas.label(to / unit, f64::midpoint(a, b), Align2::LEFT_CENTER, &change(cx, seen, b - a), true);
        }
    };
    let hover = |at: f64, _: f64| {
        let fitted = height(&line.line, at * unit);
        let (name, x) = (feature::column(cx.lang, &line.name), say::amount(cx.lang, &line.name, at * unit));
        Some(format!("{name}: {x}\n{}", seen.about().score(cx.lang, fitted)))
    };
    let room = ui.available_height() - 22.0;
    xy(ui, words::pic_fit(cx.lang), (&x, &y), room, draw, hover);
    let rows = line.dots.iter().map(|d| d.rows).sum::<usize>() / line.dots.len().max(1);
    let keys = [
        (Key::Dot(tokens.chart[0]), words::legend_dot(cx.lang, number::whole(rows as u64))),
        (Key::Line(tokens.accent), words::legend_fit(cx.lang).to_owned()),
        (Key::Band(tokens.band), words::legend_band(cx.lang).to_owned()),
    ];
    ui.scope(|ui| legend(ui, &keys)).response.on_hover_text(words::hover_fit(cx.lang));
}

/// `+6 points`, or a signed number.
pub fn change(cx: &PageContext<'_>, seen: &Seen<'_>, by: f64) -> String {
    let sign = if by >= 0.0 { "+" } else { "−" };
    match seen.task() {
        Task::Classification => {
            let n = say::hundredths(by.abs());
            format!("{sign}{}", words::points(cx.lang, n))
        }
        Task::Regression => format!("{sign}{}", number::decimal(by.abs())),
    }
}

fn effect(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>) {
    let parts = &seen.model.model.encoder.parts;
    let wanted = view.feature.as_ref().and_then(|name| parts.iter().position(|p| p.name == *name));
    let effect = seen.look.and_then(|look: &Look| look.effect.as_ref()).filter(|e| Some(e.feature) == wanted);
    let Some(effect) = effect else {
        widget::small(ui, words::computing(cx.lang));
        return;
    };
    let name = &parts[effect.feature].name;
    let is_number = effect.settings.iter().all(|s| matches!(s, Setting::Number(_)));
    if is_number && effect.settings.len() > 1 {
        effect_lines(ui, cx, seen, name, effect);
    } else {
        effect_bars(ui, cx, seen, name, effect);
    }
}

fn effect_lines(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>, name: &str, effect: &PartialDependence) {
    let tokens = Tokens::of(ui);
    let largest = effect.settings.iter().filter_map(|s| if let Setting::Number(v) = s { Some(*v) } else { None });
    let (unit, axis) = say::axis_unit(cx.lang, name, largest.fold(0.0, f64::max));
    let at: Vec<f64> = effect
        .settings
        .iter()
        .map(|s| match s {
            Setting::Number(v) => *v / unit,
            _ => f64::NAN,
        })
        .collect();
    let singles = effect.curves.iter().flat_map(|(_, curve)| curve.iter().copied());
    let y = score_axis(cx, seen, effect.mean.iter().copied().chain(singles));
    let (low, high) = (at[0], at[at.len() - 1]);
    let x = Axis::new(axis, low, high, Scale::Number);
    let draw = |canvas: &crate::ui::widget::xy::Canvas<'_>| {
        for (_, curve) in &effect.curves {
            canvas.line(at.iter().copied().zip(curve.iter().copied()), 1.0, tokens.line_strong.gamma_multiply(0.45));
        }
        canvas.line(at.iter().copied().zip(effect.mean.iter().copied()), 2.5, tokens.accent);
    };
    let hover = |x: f64, _: f64| {
        let place = at.iter().enumerate().min_by(|a, b| (a.1 - x).abs().total_cmp(&(b.1 - x).abs()))?.0;
        let score = seen.about().score(cx.lang, effect.mean[place]);
        let x = say::amount(cx.lang, name, at[place] * unit);
        Some(format!("{}: {x}\n{score}", feature::column(cx.lang, name)))
    };
    let room = ui.available_height() - 22.0;
    xy(ui, words::pic_effect(cx.lang), (&x, &y), room, draw, hover);
    let keys = [
        (Key::Line(tokens.accent), words::legend_mean(cx.lang).to_owned()),
        (Key::Line(tokens.line_strong), words::legend_single(cx.lang).to_owned()),
    ];
    ui.scope(|ui| legend(ui, &keys)).response.on_hover_text(words::hover_effect(cx.lang));
}

fn effect_bars(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>, name: &str, effect: &PartialDependence) {
    let base = effect.mean.iter().copied().fold(f64::INFINITY, f64::min).min(0.0);
    let most = effect.mean.iter().map(|v| (v - base).abs()).fold(0.0, f64::max);
    let rows: Vec<Bar> = effect
        .settings
        .iter()
        .zip(&effect.mean)
        .map(|(setting, mean)| Bar {
            name: say::setting(cx.lang, name, setting),
            detail: String::new(),
            low: 0.0,
            value: mean - base,
            high: 0.0,
            text: seen.about().score(cx.lang, *mean),
            hover: String::new(),
            strong: false,
        })
        .collect();
    bars(ui, &rows, most, "effect");
}

/// A row of a bar list: from 0 to `value`, with an interval when `low` and `high` differ.
pub struct Bar {
    /// Cut with an ellipsis where it is too long.
    pub name: String,
    /// Behind the name, never cut.
    pub detail: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
    pub text: String,
    pub hover: String,
    pub strong: bool,
}

/// Named bars from a common zero; returns the one that was clicked.
pub fn bars(ui: &mut Ui, rows: &[Bar], most: f64, id: &str) -> Option<usize> {
    let tokens = Tokens::of(ui);
    let most = if most > 0.0 { most } else { 1.0 };
    let signed = rows.iter().any(|row| row.value < 0.0 || row.low < 0.0);
    let mut clicked = None;
    ScrollArea::vertical().id_salt(("bars", id)).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (i, row) in rows.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 8.0, 26.0), Sense::click());
            let label = [row.name.as_str(), &row.detail, &row.text].join(" ").replace("  ", " ");
            response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
            if row.strong || response.hovered() {
                ui.painter().rect_filled(rect, 4.0, if row.strong { tokens.selected } else { tokens.hover });
            }
            let font = || regular(text_size::SMALL);
            let names = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * 0.46, rect.bottom()));
            let detail = ui.painter().layout_no_wrap(row.detail.clone(), font(), tokens.text_2);
            let own = names.width() - 4.0 - if row.detail.is_empty() { 0.0 } else { detail.size().x + 6.0 };
            let name = fitting(ui, &row.name, own.max(30.0), tokens.text);
            let top = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
            let after = rect.left() + 4.0 + name.size().x + 6.0;
            let clip = ui.painter().with_clip_rect(names.intersect(ui.clip_rect()));
            clip.galley(pos2(rect.left() + 4.0, top(&name)), name.clone(), tokens.text);
            clip.galley(pos2(after, top(&detail)), detail.clone(), tokens.text_2);
            let text = pos2(rect.right() - 4.0, rect.center().y);
            ui.painter().text(text, Align2::RIGHT_CENTER, &row.text, font(), tokens.text);
            let track =
                Rect::from_min_max(pos2(names.right() + 8.0, rect.top()), pos2(rect.right() - 70.0, rect.bottom()));
            draw_bar(ui, track, row, most, signed, tokens);
            if response.clicked() {
                clicked = Some(i);
            }
            if !row.hover.is_empty() {
                response.on_hover_text(&row.hover);
            }
        }
    });
    clicked
}

/// A text cut with an ellipsis to a width.
pub fn fitting(ui: &Ui, text: &str, width: f32, ink: egui::Color32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), regular(text_size::SMALL), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

fn draw_bar(ui: &Ui, track: Rect, row: &Bar, most: f64, signed: bool, tokens: &Tokens) {
    let zero = if signed { track.center().x } else { track.left() };
    let unit = if signed { track.width() / 2.0 } else { track.width() };
    let at = |v: f64| zero + unit * (v / most).clamp(-1.0, 1.0) as f32;
    let (a, b) = (zero.min(at(row.value)), zero.max(at(row.value)).max(zero.min(at(row.value)) + 2.0));
    let bar = Rect::from_min_max(pos2(a, track.center().y - 5.0), pos2(b, track.center().y + 5.0));
    let colour = if row.value < 0.0 { tokens.chart[5] } else { tokens.chart[0] };
    ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
    if row.high > row.low {
        let stroke = Stroke::new(1.5, tokens.text_2);
        let y = track.center().y;
        ui.painter().hline(at(row.low)..=at(row.high), y, stroke);
        for end in [row.low, row.high] {
            ui.painter().vline(at(end), (y - 4.0)..=(y + 4.0), stroke);
        }
    }
    if signed {
        ui.painter().vline(zero, track.y_range(), Stroke::new(1.0, tokens.axis));
    }
}

fn importance(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>) {
    let metric = Metric::usual(seen.task());
    widget::caption(ui, words::importance_lead(cx.lang, say::metric(cx.lang, metric)));
    let parts = &seen.model.model.encoder.parts;
    let rows: Vec<Bar> = seen
        .model
        .importance
        .iter()
        .filter_map(|i| {
            Some(Bar {
                name: feature::column(cx.lang, &parts.get(i.feature)?.name),
                detail: String::new(),
                low: i.loss - i.sd,
                value: i.loss,
                high: i.loss + i.sd,
                text: number::decimal(i.loss),
                hover: format!("{} ± {}", number::decimal(i.loss), number::decimal(i.sd)),
                strong: false,
            })
        })
        .collect();
    let most = rows.iter().map(|r| r.high.abs()).fold(0.0, f64::max);
    bars(ui, &rows, most, "importance");
}

/// One standard deviation's effect with its interval, scaled as the estimate is.
fn standard(c: &Coefficient) -> Option<(f64, f64, f64)> {
    let one = c.standardised?;
    let scale = if c.estimate != 0.0 { one / c.estimate } else { 0.0 };
    let (low, high) = (c.low.unwrap_or(c.estimate) * scale, c.high.unwrap_or(c.estimate) * scale);
    Some((low.min(high), one, low.max(high)))
}

fn coefficients(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let table = seen.model.model.coefficients();
    widget::caption(ui, words::coefficient_lead(lang));
    if table.is_empty() {
        widget::small(ui, words::coefficients_none(lang));
        return;
    }
    let parts = &seen.model.model.encoder.parts;
    let mut rows: Vec<(String, Bar)> = table
        .iter()
        .filter_map(|c| {
            let (low, value, high) = standard(c)?;
            let owner = parts.get(c.feature?)?.name.clone();
            let name = say::encoded(lang, &c.name);
            let strong = view.feature.as_ref() == Some(&owner);
            let text = number::decimal(value);
            let (detail, hover) = (String::new(), coefficient_text(cx, c));
            Some((owner, Bar { name, detail, low, value, high, text, hover, strong }))
        })
        .collect();
    rows.sort_by(|a, b| b.1.value.abs().total_cmp(&a.1.value.abs()));
    let most = rows.iter().map(|(_, r)| r.low.abs().max(r.high.abs())).fold(0.0, f64::max);
    let (owners, rows): (Vec<String>, Vec<Bar>) = rows.into_iter().unzip();
    if let Some(i) = bars(ui, &rows, most, "coefficients") {
        view.feature = Some(owners[i].clone());
        view.side = super::side::Side::Coefficient;
    }
}

/// Everything that is known of a coefficient, a line each.
pub fn coefficient_text(cx: &PageContext<'_>, c: &Coefficient) -> String {
    coefficient_lines(cx, c).into_iter().map(|(name, value)| format!("{name}  {value}")).collect::<Vec<_>>().join("\n")
}

pub fn coefficient_lines(cx: &PageContext<'_>, c: &Coefficient) -> Vec<(&'static str, String)> {
    let lang = cx.lang;
    let mut lines = vec![(words::coefficient(lang), number::decimal(c.estimate))];
    let mut add = |name, value: Option<f64>| lines.extend(value.map(|v| (name, number::decimal(v))));
    add(words::std_error(lang), c.std_error);
    add(words::statistic(lang), c.statistic);
    if let Some(p) = c.p_value {
        lines.push((words::p_value(lang), if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }));
    }
    if let (Some(low), Some(high)) = (c.low, c.high) {
        lines.push((words::interval(lang), format!("{} … {}", number::decimal(low), number::decimal(high))));
    }
    if let Some(odds) = c.odds_ratio {
        let (low, high) = (number::decimal(odds.low), number::decimal(odds.high));
        lines.push((words::odds_ratio(lang), format!("{} ({low} … {high})", number::decimal(odds.ratio))));
    }
    if let Some(vif) = c.vif {
        lines.push((words::vif(lang), number::decimal(vif)));
    }
    lines
}

fn penalty_path(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>, path: &Path) {
    let tokens = Tokens::of(ui);
    let at: Vec<f64> = path.penalties.iter().map(|p| p.max(1e-12).log10()).collect();
    if at.len() < 2 {
        widget::small(ui, words::coefficients_none(cx.lang));
        return;
    }
    let y = Axis::around(words::axis_weight(cx.lang), path.weights.iter().flatten().copied(), Scale::Number);
    let ends = Axis::around("", at.iter().copied(), Scale::Log);
    let (low, high) = at.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let x = Axis { name: words::axis_penalty(cx.lang).to_owned(), low, high, ..ends };
    let columns = seen.model.model.encoder.names();
    let series = |j: usize| -> Vec<(f64, f64)> {
        at.iter().zip(&path.weights).filter_map(|(x, w)| Some((*x, *w.get(j)?))).collect()
    };
    let mut order: Vec<usize> = (0..columns.len()).collect();
    let biggest = |j: usize| path.weights.iter().filter_map(|w| w.get(j)).fold(0.0f64, |m, w| m.max(w.abs()));
    order.sort_by(|a, b| biggest(*b).total_cmp(&biggest(*a)));
    let chosen = path.chosen.max(1e-12).log10();
    let draw = |canvas: &crate::ui::widget::xy::Canvas<'_>| {
        for (rank, j) in order.iter().enumerate().rev() {
            let colour = if rank < 6 { tokens.series(rank) } else { tokens.line_strong.gamma_multiply(0.5) };
            canvas.line(series(*j), if rank < 6 { 2.0 } else { 1.0 }, colour);
        }
        canvas.dashed(&[(chosen, y.low), (chosen, y.high)], tokens.accent);
        canvas.label(chosen, y.high, Align2::LEFT_TOP, words::legend_chosen(cx.lang), false);
    };
    let hover = |px: f64, py: f64| {
        let place = at.iter().enumerate().min_by(|a, b| (a.1 - px).abs().total_cmp(&(b.1 - px).abs()))?.0;
        let weights = path.weights.get(place)?;
        let near = weights.iter().enumerate().min_by(|a, b| (a.1 - py).abs().total_cmp(&(b.1 - py).abs()))?;
        Some(format!("{}\n{}", say::encoded(cx.lang, columns.get(near.0)?), number::decimal(*near.1)))
    };
    let room = ui.available_height() - 40.0;
    xy(ui, words::pic_path(cx.lang), (&x, &y), room, draw, hover);
    let named: Vec<(Key, String)> = order
        .iter()
        .take(6)
        .enumerate()
        .map(|(rank, j)| (Key::Line(tokens.series(rank)), say::encoded(cx.lang, &columns[*j])))
        .collect();
    legend(ui, &named);
}

fn descent_picture(ui: &mut Ui, cx: &PageContext<'_>, descent: &Descent) {
    let n = number::whole(descent.epochs as u64);
    let text =
        if descent.converged { words::descent_settled(cx.lang, n) } else { words::descent_unsettled(cx.lang, n) };
    let rate = format!("{} {}", words::learning_rate(cx.lang), number::decimal(descent.learning_rate));
    widget::small(ui, format!("{text} {rate}"));
    loss_chart(ui, cx, &descent.curve, ui.available_height());
}

/// Mean squared error by epoch, both in logarithms.
pub fn loss_chart(ui: &mut Ui, cx: &PageContext<'_>, curve: &[LossPoint], height: f32) {
    let tokens = Tokens::of(ui);
    let point = |p: &LossPoint| (((p.epoch + 1) as f64).log10(), p.mse.max(1e-300).log10());
    let points: Vec<(f64, f64)> = curve.iter().map(point).collect();
    let y = Axis::around(words::axis_loss(cx.lang), points.iter().map(|p| p.1), Scale::Log);
    let high = points.iter().map(|p| p.0).fold(0.3, f64::max);
    let x = Axis::new(words::axis_epoch(cx.lang), 0.0, high, Scale::Log);
    let draw = |canvas: &crate::ui::widget::xy::Canvas<'_>| {
        canvas.line(points.iter().copied(), 2.0, tokens.accent);
        if let Some((a, b)) = points.last() {
            canvas.mark(*a, *b);
        }
    };
    let hover = |at: f64, _: f64| {
        let nearest = curve.iter().min_by(|a, b| (point(a).0 - at).abs().total_cmp(&(point(b).0 - at).abs()))?;
        Some(format!("{}\n{}", number::whole(nearest.epoch as u64), number::decimal(nearest.mse)))
    };
    xy(ui, words::pic_loss(cx.lang), (&x, &y), height, draw, hover);
}

/// The tree in words: every question with those who answer it so, indented under the question before.
fn tree(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>) {
    let Fitted::Tree(tree) = &seen.model.model.fitted else { return };
    let encoder = &seen.model.model.encoder;
    let tokens = Tokens::of(ui);
    // Node, depth, and the question on the way to it.
    let mut lines: Vec<(usize, usize, Option<Condition>)> = Vec::with_capacity(tree.len());
    let mut stack = vec![(0, 0, None)];
    while let Some((node, depth, asked)) = stack.pop() {
        lines.push((node, depth, asked));
        if tree.is_leaf(node) {
            continue;
        }
        if let Some(column) = encoder.columns.get(tree.feature[node] as usize) {
            let test = |goes_left| Some(test_of(column, tree.threshold[node], goes_left));
            stack.push((tree.right[node] as usize, depth + 1, test(false)));
            stack.push((node + 1, depth + 1, test(true)));
        }
    }
    ScrollArea::both().id_salt("tree").auto_shrink(false).show_rows(ui, 22.0, lines.len(), |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (node, depth, asked) in &lines[range] {
            let question = match asked {
                Some(condition) => say::condition(cx.lang, &encoder.parts, condition),
                None => words::everybody(cx.lang).to_owned(),
            };
            let score = seen.about().score(cx.lang, tree.value[*node]);
            let count = words::rule_rows(cx.lang, number::whole(tree.cover[*node].round() as u64));
            ui.horizontal(|ui| {
                ui.set_height(22.0);
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.add_space(*depth as f32 * 16.0);
                let quiet = |text: String| egui::RichText::new(text).font(regular(text_size::SMALL));
                let no_wrap = |text: egui::RichText| egui::Label::new(text).extend();
                ui.add(no_wrap(quiet(question).color(tokens.text)));
                let strong = egui::RichText::new(score).font(crate::ui::theme::semibold(text_size::SMALL));
                let leaf = tree.is_leaf(*node);
                ui.add(no_wrap(strong.color(if leaf { tokens.accent_text } else { tokens.text_2 })));
                ui.add(no_wrap(quiet(count).color(tokens.text_3)));
            });
        }
    });
}
