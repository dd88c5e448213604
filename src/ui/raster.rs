//! Pictures without a window: what is drawn in a `Ui` becomes pixels, on any thread and without a graphics driver.
//! For charts saved as files.

use std::collections::HashMap;

use egui::epaint::{ClippedPrimitive, ImageDelta, Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, Context, ImageData, Pos2, RawInput, Rect, TextureId, Theme, Ui, Vec2, ViewportId};

use super::theme::{self, Tokens};

/// Draws `add` on a surface of `size` points with `scale` pixels a point.
pub fn picture(size: Vec2, scale: f32, dark: bool, mut add: impl FnMut(&mut Ui)) -> ColorImage {
    let ctx = Context::default();
    theme::install(&ctx);
    ctx.set_theme(if dark { Theme::Dark } else { Theme::Light });
    let mut textures = HashMap::new();
    let mut primitives = Vec::new();
    // The first pass finds out which glyphs are needed, the second one draws with them.
    for _ in 0..2 {
        let mut input = RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        let mut output = ctx.run_ui(input, &mut add);
        for (id, deltas) in std::mem::take(&mut output.textures_delta.set) {
            deltas.into_iter().for_each(|delta| put_texture(&mut textures, id, delta));
        }
        output.textures_delta.clear();
        primitives = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
    }
    let ground = Tokens::for_mode(dark).surface;
    let mut image = ColorImage::filled([(size.x * scale) as usize, (size.y * scale) as usize], ground);
    for ClippedPrimitive { clip_rect, primitive } in &primitives {
        if let Primitive::Mesh(mesh) = primitive
            && let Some(texture) = textures.get(&mesh.texture_id)
        {
            draw(&mut image, clip_rect, mesh, texture, scale);
        }
    }
    image
}

fn put_texture(textures: &mut HashMap<TextureId, ColorImage>, id: TextureId, delta: ImageDelta) {
    let ImageData::Color(image) = delta.image;
    match (delta.pos, textures.get_mut(&id)) {
        (Some([x, y]), Some(whole)) => {
            let [width, height] = image.size;
            for row in 0..height {
                let at = (y + row) * whole.size[0] + x;
                if let Some(to) = whole.pixels.get_mut(at..at + width) {
                    to.copy_from_slice(&image.pixels[row * width..(row + 1) * width]);
                }
            }
        }
        _ => drop(textures.insert(id, (*image).clone())),
    }
}

/// A corner in pixels.
#[derive(Clone, Copy)]
struct Corner {
    x: f64,
    y: f64,
    uv: Pos2,
    colour: [f32; 4],
}

impl Corner {
    fn of(vertex: &Vertex, scale: f32) -> Self {
        let colour = vertex.color.to_array().map(f32::from);
        Self { x: f64::from(vertex.pos.x * scale), y: f64::from(vertex.pos.y * scale), uv: vertex.uv, colour }
    }
}

fn draw(image: &mut ColorImage, clip: &Rect, mesh: &Mesh, texture: &ColorImage, scale: f32) {
    let [width, height] = image.size;
    let edge = |v: f32, most: usize| (v * scale).round().clamp(0.0, most as f32) as usize;
    let (left, right) = (edge(clip.min.x, width), edge(clip.max.x, width));
    let (top, bottom) = (edge(clip.min.y, height), edge(clip.max.y, height));
    for three in mesh.indices.chunks_exact(3) {
        let corner = |i: usize| mesh.vertices.get(three[i] as usize).map(|vertex| Corner::of(vertex, scale));
        let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) else { continue };
        triangle(image, [a, b, c], texture, (left, right), (top, bottom));
    }
}

/// Twice the signed area of a triangle.
fn area(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Fills the pixels whose middle is inside; on an edge that two triangles share, only one of them has it (the top-left
/// rule), so that nothing is blended twice.
fn triangle(
    image: &mut ColorImage,
    mut corners: [Corner; 3],
    texture: &ColorImage,
    across: (usize, usize),
    down: (usize, usize),
) {
    let at = |corner: &Corner| (corner.x, corner.y);
    let mut whole = area(at(&corners[0]), at(&corners[1]), at(&corners[2]));
    if whole == 0.0 || !whole.is_finite() {
        return;
    }
    if whole < 0.0 {
        corners.swap(1, 2);
        whole = -whole;
    }
    let [a, b, c] = corners;
    let least = |f: fn(&Corner) -> f64| corners.iter().map(f).fold(f64::INFINITY, f64::min);
    let most = |f: fn(&Corner) -> f64| corners.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
    let first = |v: f64, low: usize| ((v - 0.5).floor().max(0.0) as usize).max(low);
    let last = |v: f64, high: usize| ((v + 0.5).ceil().max(0.0) as usize).min(high);
    let owned = |from: &Corner, to: &Corner| from.y > to.y || (from.y == to.y && from.x < to.x);
    let edges = [(b, c, owned(&b, &c)), (c, a, owned(&c, &a)), (a, b, owned(&a, &b))];
    for y in first(least(|c| c.y), down.0)..last(most(|c| c.y), down.1) {
        for x in first(least(|c| c.x), across.0)..last(most(|c| c.x), across.1) {
            let middle = (x as f64 + 0.5, y as f64 + 0.5);
            let weights = edges.map(|(from, to, owned)| (area((from.x, from.y), (to.x, to.y), middle), owned));
            if weights.iter().any(|(w, owned)| *w < 0.0 || (*w == 0.0 && !owned)) {
                continue;
            }
            let [wa, wb, wc] = weights.map(|(w, _)| (w / whole) as f32);
            let uv = Pos2::new(a.uv.x * wa + b.uv.x * wb + c.uv.x * wc, a.uv.y * wa + b.uv.y * wb + c.uv.y * wc);
            let texel = sample(texture, uv);
            let ink: [f32; 4] = std::array::from_fn(|i| {
                let colour = a.colour[i] * wa + b.colour[i] * wb + c.colour[i] * wc;
                colour * texel[i] / 255.0
            });
            let pixel = &mut image.pixels[y * image.size[0] + x];
            *pixel = over(ink, *pixel);
        }
    }
}

/// Between the four texels around.
fn sample(texture: &ColorImage, uv: Pos2) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (uv.x * width as f32 - 0.5, uv.y * height as f32 - 0.5);
    let texel = |x: f32, y: f32| {
        let x = (x.max(0.0) as usize).min(width.saturating_sub(1));
        let y = (y.max(0.0) as usize).min(height.saturating_sub(1));
        texture.pixels.get(y * width + x).map_or([0.0; 4], |colour| colour.to_array().map(f32::from))
    };
    let (left, top) = (x.floor(), y.floor());
    let (dx, dy) = (x - left, y - top);
    let four = [texel(left, top), texel(left + 1.0, top), texel(left, top + 1.0), texel(left + 1.0, top + 1.0)];
    let shares = [(1.0 - dx) * (1.0 - dy), dx * (1.0 - dy), (1.0 - dx) * dy, dx * dy];
    std::array::from_fn(|i| (0..4).map(|k| four[k][i] * shares[k]).sum())
}

/// Premultiplied colours one over the other.
fn over(ink: [f32; 4], below: Color32) -> Color32 {
    let rest = 1.0 - ink[3] / 255.0;
    let below = below.to_array().map(f32::from);
    let [r, g, b, a]: [u8; 4] = std::array::from_fn(|i| (ink[i] + below[i] * rest).round().clamp(0.0, 255.0) as u8);
    #[expect(clippy::disallowed_methods, reason = "a pixel that was computed, not a colour of the look")]
    Color32::from_rgba_premultiplied(r, g, b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn shapes_text_and_clips_become_pixels() {
        let t = Tokens::for_mode(false);
        let image = picture(Vec2::new(100.0, 60.0), 2.0, false, |ui| {
            let square = Rect::from_min_max(pos2(10.0, 10.0), pos2(30.0, 30.0));
            ui.painter().rect_filled(square, 0.0, t.accent);
            let clipped = ui.painter().with_clip_rect(Rect::from_min_max(pos2(40.0, 0.0), pos2(50.0, 60.0)));
            clipped.rect_filled(Rect::from_min_max(pos2(40.0, 10.0), pos2(90.0, 30.0)), 0.0, t.bad);
            let font = crate::ui::theme::semibold(20.0);
            ui.painter().text(pos2(10.0, 34.0), egui::Align2::LEFT_TOP, "Shop", font, t.text);
        });
        assert_eq!(image.size, [200, 120]);
        let at = |x: usize, y: usize| image.pixels[y * 200 + x];
        assert_eq!((at(40, 40), at(90, 40), at(110, 40)), (t.accent, t.bad, t.surface));
        assert_eq!(at(4, 4), t.surface);
        let dark = image.pixels[70 * 200..].iter().filter(|colour| colour.r() < 0x60).count();
        assert!(dark > 80, "the word is there: {dark}");
    }

    #[test]
    fn translucent_neighbours_leave_no_seam() {
        let t = Tokens::for_mode(false);
        let image = picture(Vec2::new(40.0, 40.0), 1.0, false, |ui| {
            let square = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 40.0));
            ui.painter().add(egui::Shape::mesh({
                let mut mesh = Mesh::default();
                mesh.add_colored_rect(square, t.text.gamma_multiply(0.5));
                mesh
            }));
        });
        let first = image.pixels[20 * 40 + 5];
        let inner = (5..35).flat_map(|y| (5..35).map(move |x| y * 40 + x));
        assert!(inner.into_iter().all(|i| image.pixels[i] == first), "the diagonal is not drawn twice");
    }
}
