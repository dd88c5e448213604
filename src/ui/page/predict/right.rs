//! The right picture: how good the chosen model is, on customers it had not seen.

use egui::{Align2, Ui};

use super::left::picker;
use super::{PredictView, Seen};
use crate::stage::predict::fit::{Costs, Tested};
use crate::stage::predict::score::{Confusion, Metric, Residuals};
use crate::stage::predict::sweep::{CalibrationBin, CurvePoint, Sweep};
use crate::ui::PageContext;
use crate::ui::text::{Lang, number, predict as words};
use crate::ui::theme::Tokens;
use crate::ui::widget;
use crate::ui::widget::xy::{Axis, Canvas, Key, Scale, legend, xy};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RightPicture {
    #[default]
    Roc,
    PrecisionRecall,
    Calibration,
    Gain,
    Lift,
    Profit,
    Predicted,
    Residuals,
    Quantiles,
}

impl RightPicture {
    const CLASSES: [Self; 5] = [Self::Roc, Self::PrecisionRecall, Self::Calibration, Self::Gain, Self::Lift];
    const NUMBERS: [Self; 3] = [Self::Predicted, Self::Residuals, Self::Quantiles];

    /// `buying`: whether buyers are what is looked for.
    pub fn name(self, lang: Lang, buying: bool) -> &'static str {
        match self {
            Self::Roc if buying => words::pic_roc(lang),
            Self::Roc => words::pic_roc_any(lang),
            Self::PrecisionRecall => words::pic_pr(lang),
            Self::Calibration => words::pic_calibration(lang),
            Self::Gain => words::pic_gain(lang),
            Self::Lift => words::pic_lift(lang),
            Self::Profit => words::pic_profit(lang),
            Self::Predicted => words::pic_predicted(lang),
            Self::Residuals => words::pic_residuals(lang),
            Self::Quantiles => words::pic_qq(lang),
        }
    }
}

pub fn right_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>) {
    let lang = cx.lang;
    let costs = view.draft.as_ref().and_then(super::Draft::costs);
    let mut all: Vec<RightPicture> = match &seen.model.tested {
        Tested::Classification { .. } => RightPicture::CLASSES.to_vec(),
        Tested::Regression { .. } => RightPicture::NUMBERS.to_vec(),
    };
    if costs.is_some() && matches!(seen.model.tested, Tested::Classification { .. }) {
        all.push(RightPicture::Profit);
    }
    if !all.contains(&view.right) {
        view.right = all[0];
    }
    let buying = seen.is_buying();
    let choices: Vec<_> = all.iter().map(|p| (*p, p.name(lang, buying).to_owned())).collect();
    ui.horizontal(|ui| {
        picker(ui, words::right_picture(lang), &mut view.right, &choices, 0.58);
        if let (RightPicture::Roc, Some(auc)) = (view.right, auc_text(seen)) {
            widget::small(ui, words::auc_is(lang, auc));
        }
    });
    picture(ui, cx, view, seen);
}

/// The chosen picture itself.
pub fn picture(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>) {
    let costs = view.draft.as_ref().and_then(super::Draft::costs);
    match &seen.model.tested {
        Tested::Classification { sweep, calibration, .. } => match view.right {
            RightPicture::Calibration => calibrated(ui, cx, calibration),
            RightPicture::Profit => {
                if let Some(costs) = costs {
                    profit(ui, cx, view, sweep, costs);
                }
            }
            _ => curve(ui, cx, view, seen, sweep),
        },
        Tested::Regression { residuals } => match view.right {
            RightPicture::Residuals => left_over(ui, cx, residuals),
            RightPicture::Quantiles => quantiles(ui, cx, residuals),
            _ => predicted(ui, cx, residuals),
        },
    }
}

/// As the board says it: the mean over the parts tested on.
fn auc_text(seen: &Seen<'_>) -> Option<String> {
    seen.model.metrics.get(&Metric::Auc).map(|auc| format!("{auc:.3}"))
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Where the threshold stands on a curve.
fn chosen(picture: RightPicture, c: &Confusion) -> (f64, f64) {
    let (yes, rows) = (c.found + c.missed, c.rows());
    let precision = share(c.found, c.contacted());
    let contacted = share(c.contacted(), rows);
    match picture {
        RightPicture::PrecisionRecall => (share(c.found, yes), precision),
        RightPicture::Gain => (contacted, share(c.found, yes)),
        RightPicture::Lift => (contacted, if yes > 0 { precision / share(yes, rows) } else { 0.0 }),
        _ => (share(c.in_vain, c.in_vain + c.spared), share(c.found, yes)),
    }
}

fn curve(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>, sweep: &Sweep) {
    let (lang, picture, buying) = (cx.lang, view.right, seen.is_buying());
    let of = |buyers: fn(Lang) -> &'static str, others: fn(Lang) -> &'static str| {
        if buying { buyers(lang) } else { others(lang) }
    };
    let found = of(words::axis_found, words::axis_found_any);
    let tokens = Tokens::of(ui);
    let points = match picture {
        RightPicture::PrecisionRecall => sweep.precision_recall(),
        RightPicture::Gain => sweep.gain(),
        RightPicture::Lift => sweep.lift(),
        _ => sweep.roc(),
    };
    let base = share(sweep.yes, sweep.yes + sweep.no);
    let (x, y, guess): (Axis, Axis, [(f64, f64); 2]) = match picture {
        RightPicture::PrecisionRecall => (
            Axis::share(of(words::axis_recall, words::axis_recall_any)),
            Axis::share(of(words::axis_precision, words::axis_precision_any)),
            [(0.0, base), (1.0, base)],
        ),
        RightPicture::Gain => (Axis::share(words::axis_contacted(lang)), Axis::share(found), [(0.0, 0.0), (1.0, 1.0)]),
        RightPicture::Lift => {
            let top = points.iter().map(|p| p.y).fold(1.0, f64::max);
            let y = Axis::around(words::axis_lift(lang), [0.0, top], Scale::Number);
            (Axis::share(words::axis_contacted(lang)), y, [(0.0, 1.0), (1.0, 1.0)])
        }
        _ => (
            Axis::share(of(words::axis_in_vain, words::axis_in_vain_any)),
            Axis::share(found),
            [(0.0, 0.0), (1.0, 1.0)],
        ),
    };
    let confusion = sweep.confusion(view.threshold);
    let at = chosen(picture, &confusion);
    let percent = |v: f64| number::decimal((v * 100.0).round());
    let told = match picture {
        RightPicture::Roc => {
            let (found, vain) = (confusion.found, confusion.in_vain);
            words::found_in_vain(lang, percent(share(found, sweep.yes)), percent(share(vain, sweep.no)))
        }
        RightPicture::Lift => format!("{} ×", number::decimal(at.1)),
        _ => format!("{} %", percent(at.1)),
    };
    let draw = |canvas: &Canvas<'_>| {
        canvas.dashed(&guess, tokens.text_3);
        canvas.line(points.iter().map(|p| (p.x, p.y)), 2.0, tokens.accent);
        canvas.dashed(&[(at.0, y.low), at], tokens.text_3);
        canvas.dashed(&[(x.low, at.1), at], tokens.text_3);
        canvas.mark(at.0, at.1);
        let below = y.low + (at.1 - y.low) * 0.93;
        canvas.label(at.0 + 0.03, below, Align2::LEFT_TOP, &told, true);
    };
    let hover = |px: f64, _: f64| {
        let near = |a: &&CurvePoint, b: &&CurvePoint| (a.x - px).abs().total_cmp(&(b.x - px).abs());
        let point = points.iter().min_by(near)?;
        let height = if picture == RightPicture::Lift {
            format!("{} ×", number::decimal(point.y))
        } else {
            format!("{} %", percent(point.y))
        };
        let threshold = words::legend_at(lang, percent(point.threshold.min(1.0)));
        Some(format!("{threshold}\n{}: {} %\n{}: {height}", x.name, percent(point.x), y.name))
    };
    let room = ui.available_height() - 22.0;
    let title = match (picture, auc_text(seen)) {
        (RightPicture::Roc, Some(auc)) => words::roc_auc(lang, auc),
        _ => picture.name(lang, buying).to_owned(),
    };
    xy(ui, &title, (&x, &y), room, draw, hover);
    legend(
        ui,
        &[
            (Key::Dot(tokens.accent), words::legend_at(lang, percent(view.threshold))),
            (Key::Dash(tokens.text_3), words::legend_guess(lang).to_owned()),
        ],
    );
}

fn calibrated(ui: &mut Ui, cx: &PageContext<'_>, bins: &[CalibrationBin]) {
    let lang = cx.lang;
    let tokens = Tokens::of(ui);
    let top = bins.iter().map(|b| b.mean_score.max(b.share_yes)).fold(0.1, f64::max);
    let axis = |name: &str| Axis::around(name, [0.0, top], Scale::Percent);
    let (x, y) = (axis(words::axis_said(lang)), axis(words::axis_came(lang)));
    let draw = |canvas: &Canvas<'_>| {
        canvas.dashed(&[(0.0, 0.0), (x.high, x.high)], tokens.text_3);
        canvas.line(bins.iter().map(|b| (b.mean_score, b.share_yes)), 1.5, tokens.accent);
        for bin in bins {
            canvas.dot(bin.mean_score, bin.share_yes, 4.0, tokens.accent);
        }
    };
    let percent = |v: f64| number::decimal((v * 1e3).round() / 10.0);
    let hover = |px: f64, _: f64| {
        let near =
            |a: &&CalibrationBin, b: &&CalibrationBin| (a.mean_score - px).abs().total_cmp(&(b.mean_score - px).abs());
        let bin = bins.iter().min_by(near)?;
        let (said, came) = (percent(bin.mean_score), percent(bin.share_yes));
        let rows = crate::ui::text::common::rows_n(lang, number::whole(bin.rows));
        Some(format!("{}: {said} %\n{}: {came} %\n{rows}", words::axis_said(lang), words::axis_came(lang)))
    };
    let room = ui.available_height() - 22.0;
    xy(ui, words::pic_calibration(lang), (&x, &y), room, draw, hover);
    legend(ui, &[(Key::Dash(tokens.text_3), words::legend_perfect(lang).to_owned())]);
}

fn profit(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, sweep: &Sweep, costs: Costs) {
    let lang = cx.lang;
    let tokens = Tokens::of(ui);
    let earns = |found: u64, vain: u64| costs.sale * found as f64 - costs.contact * (found + vain) as f64;
    let points: Vec<(f64, f64)> =
        sweep.points.iter().map(|p| (p.threshold.min(1.0), earns(p.found, p.in_vain))).collect();
    let y = Axis::around(words::axis_profit(lang), points.iter().map(|p| p.1).chain([0.0]), Scale::Number);
    let x = Axis::share(words::axis_threshold(lang));
    let c = sweep.confusion(view.threshold);
    let at = (view.threshold, earns(c.found, c.in_vain));
    let draw = |canvas: &Canvas<'_>| {
        canvas.dashed(&[(0.0, 0.0), (1.0, 0.0)], tokens.text_3);
        canvas.line(points.iter().copied(), 2.0, tokens.accent);
        canvas.mark(at.0, at.1);
        canvas.label(at.0 + 0.03, at.1, Align2::LEFT_BOTTOM, &number::decimal(at.1), true);
    };
    let hover = |px: f64, _: f64| {
        let near = |a: &&(f64, f64), b: &&(f64, f64)| (a.0 - px).abs().total_cmp(&(b.0 - px).abs());
        let (threshold, profit) = points.iter().min_by(near)?;
        Some(format!(
            "{}\n{}",
            words::legend_at(lang, number::decimal((threshold * 100.0).round())),
            number::decimal(*profit)
        ))
    };
    let room = ui.available_height();
    xy(ui, words::pic_profit(lang), (&x, &y), room, draw, hover);
}

fn predicted(ui: &mut Ui, cx: &PageContext<'_>, residuals: &Residuals) {
    let lang = cx.lang;
    let tokens = Tokens::of(ui);
    let pairs = &residuals.pairs;
    let x = Axis::around(words::axis_predicted(lang), pairs.iter().map(|p| p.1), Scale::Number);
    let y = Axis::around(words::axis_actual(lang), pairs.iter().map(|p| p.0), Scale::Number);
    let draw = |canvas: &Canvas<'_>| {
        for (actual, said) in pairs {
            canvas.dot(*said, *actual, 2.0, tokens.chart[0].gamma_multiply(0.45));
        }
        let (low, high) = (x.low.max(y.low), x.high.min(y.high));
        canvas.dashed(&[(low, low), (high, high)], tokens.text);
    };
    let room = ui.available_height() - 22.0;
    xy(
        ui,
        words::pic_predicted(lang),
        (&x, &y),
        room,
        draw,
        nearest(pairs, |(a, p)| (*p, *a), x.high - x.low, y.high - y.low),
    );
    legend(ui, &[(Key::Dash(tokens.text), words::legend_perfect(lang).to_owned())]);
}

/// Tells the point near the pointer.
fn nearest(
    pairs: &[(f64, f64)],
    at: impl Fn(&(f64, f64)) -> (f64, f64),
    width: f64,
    height: f64,
) -> impl FnOnce(f64, f64) -> Option<String> {
    move |px, py| {
        let far = |p: &(f64, f64)| {
            let (x, y) = at(p);
            ((x - px) / width).powi(2) + ((y - py) / height).powi(2)
        };
        let pair = pairs.iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
        let (x, y) = at(pair);
        (far(pair) < 0.001).then(|| format!("{} → {}", number::decimal(x), number::decimal(y)))
    }
}

fn left_over(ui: &mut Ui, cx: &PageContext<'_>, residuals: &Residuals) {
    let lang = cx.lang;
    let tokens = Tokens::of(ui);
    let pairs: Vec<(f64, f64)> = residuals.pairs.iter().map(|(actual, said)| (*said, actual - said)).collect();
    let x = Axis::around(words::axis_predicted(lang), pairs.iter().map(|p| p.0), Scale::Number);
    let y = Axis::around(words::axis_residual(lang), pairs.iter().map(|p| p.1), Scale::Number);
    let draw = |canvas: &Canvas<'_>| {
        for (said, rest) in &pairs {
            canvas.dot(*said, *rest, 2.0, tokens.chart[0].gamma_multiply(0.45));
        }
        canvas.dashed(&[(x.low, 0.0), (x.high, 0.0)], tokens.text);
    };
    let room = ui.available_height();
    xy(ui, words::pic_residuals(lang), (&x, &y), room, draw, nearest(&pairs, |p| *p, x.high - x.low, y.high - y.low));
}

fn quantiles(ui: &mut Ui, cx: &PageContext<'_>, residuals: &Residuals) {
    let lang = cx.lang;
    let tokens = Tokens::of(ui);
    let pairs = &residuals.quantiles;
    let x = Axis::around(words::axis_normal(lang), pairs.iter().map(|p| p.0), Scale::Number);
    let y = Axis::around(words::axis_found_q(lang), pairs.iter().map(|p| p.1), Scale::Number);
    let draw = |canvas: &Canvas<'_>| {
        let (low, high) = (x.low.max(y.low), x.high.min(y.high));
        canvas.dashed(&[(low, low), (high, high)], tokens.text);
        for (normal, found) in pairs {
            canvas.dot(*normal, *found, 2.5, tokens.chart[0]);
        }
    };
    let room = ui.available_height() - 22.0;
    xy(ui, words::pic_qq(lang), (&x, &y), room, draw, nearest(pairs, |p| *p, x.high - x.low, y.high - y.low));
    legend(ui, &[(Key::Dash(tokens.text), words::legend_normal(lang).to_owned())]);
}
