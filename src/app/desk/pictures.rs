//! Small pictures of products, read from files beside the project. Nothing is fetched from a network.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use egui::ColorImage;

use crate::base::{Cancelled, Monitor};

/// Edge of a picture on a list, in pixels.
const EDGE: u32 = 144;
/// A larger file is no product picture; reading it would hold up the others.
const LARGEST: u64 = 20_000_000;

/// Where a catalogue's entry points to; nothing for an address on a network.
fn file_of(entry: &str, folder: &Path) -> Option<PathBuf> {
    let entry = entry.trim();
    let local = entry.strip_prefix("file://").unwrap_or(entry);
    if local.contains("://") || local.is_empty() {
        return None;
    }
    Some(folder.join(local))
}

/// Pictures by item; what cannot be read is left out, and its tile keeps its letter.
pub fn load(
    entries: &[(u32, String)],
    folder: &Path,
    monitor: &Monitor,
) -> Result<HashMap<u32, ColorImage>, Cancelled> {
    let mut found = HashMap::new();
    for (item, entry) in entries {
        monitor.check()?;
        let Some(path) = file_of(entry, folder) else { continue };
        if std::fs::metadata(&path).is_ok_and(|facts| facts.is_file() && facts.len() <= LARGEST)
            && let Some(picture) = thumbnail(&path)
        {
            found.insert(*item, picture);
        }
    }
    Ok(found)
}

fn thumbnail(path: &Path) -> Option<ColorImage> {
    let mut reader = image::ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(12_000);
    limits.max_image_height = Some(12_000);
    reader.limits(limits);
    let small = reader.decode().ok()?.resize_to_fill(EDGE, EDGE, image::imageops::FilterType::Triangle).to_rgba8();
    let size = [small.width() as usize, small.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, small.as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_files_only_and_bad_ones_are_left_out() {
        let folder = tempfile::TempDir::new().expect("folder");
        let red = image::RgbImage::from_pixel(40, 20, image::Rgb([200, 10, 10]));
        red.save(folder.path().join("tray.png")).expect("saved");
        std::fs::write(folder.path().join("broken.jpg"), "no picture").expect("written");
        let entries = ["tray.png", "broken.jpg", "missing.png", "https://example.org/tray.png", " "];
        let entries: Vec<(u32, String)> = (0..).zip(entries.map(str::to_owned)).collect();
        let found = load(&entries, folder.path(), &Monitor::quiet()).expect("not cancelled");
        assert_eq!(found.keys().collect::<Vec<_>>(), [&0]);
        assert_eq!((found[&0].size, found[&0].pixels[0].r()), ([144, 144], 200));
    }
}
