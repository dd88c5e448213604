//! 20,000 seeded random actions on the real App with the sample open: no panic, and no frame over 100 ms.

use std::time::Duration;

use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, pos2, vec2};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use shopwright::project::Project;
use shopwright::ui::page::data::DataCommand;

use crate::support::Stand;

const ACTIONS: usize = 20_000;
const KEYS: [Key; 16] = [
    Key::Tab,
    Key::Enter,
    Key::Escape,
    Key::Space,
    Key::ArrowDown,
    Key::ArrowUp,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::PageDown,
    Key::PageUp,
    Key::Home,
    Key::End,
    Key::Backspace,
    Key::Delete,
    Key::A,
    Key::Num1,
];
/// Not among them: Q quits, W closes the project; those have tests of their own.
const CHORDS: [Key; 10] =
    [Key::Z, Key::K, Key::Num1, Key::Num2, Key::Comma, Key::Plus, Key::Minus, Key::Num0, Key::Period, Key::L];

struct Monkey {
    random: StdRng,
    at: Pos2,
    held: bool,
    size: egui::Vec2,
    files: Vec<std::path::PathBuf>,
}

impl Monkey {
    fn point(&mut self) -> Pos2 {
        pos2(self.random.random_range(0.0..self.size.x), self.random.random_range(0.0..self.size.y))
    }

    fn button(&self, pressed: bool) -> Event {
        Event::PointerButton { pos: self.at, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
    }

    fn act(&mut self, stand: &mut Stand) {
        match self.random.random_range(0..100) {
            0..50 => {
                self.at = self.point();
                stand.harness.event(Event::PointerMoved(self.at));
                stand.harness.event(self.button(true));
                stand.harness.event(self.button(false));
                self.held = false;
            }
            50..60 => {
                self.at = self.point();
                stand.harness.event(Event::PointerMoved(self.at));
                self.held = !self.held;
                stand.harness.event(self.button(self.held));
            }
            60..70 => {
                let delta = vec2(0.0, self.random.random_range(-900.0..900.0));
                let phase = egui::TouchPhase::Move;
                let unit = MouseWheelUnit::Point;
                stand.harness.event(Event::MouseWheel {
                    unit,
                    delta,
                    phase,
                    modifiers: Modifiers::NONE,
                    source: egui::MouseWheelSource::Wheel,
                });
            }
            70..84 => stand.harness.key_press(KEYS[self.random.random_range(0..KEYS.len())]),
            84..90 => {
                let key = CHORDS[self.random.random_range(0..CHORDS.len())];
                let shift = self.random.random_bool(0.3);
                let modifiers = if shift { Modifiers::COMMAND.plus(Modifiers::SHIFT) } else { Modifiers::COMMAND };
                stand.harness.key_press_modifiers(modifiers, key);
            }
            90..96 => {
                let text = ["a", "茶", "tray 12", "🙂", "\u{0}", "ａ％"][self.random.random_range(0..6)];
                stand.harness.event(Event::Text(text.to_owned()));
            }
            96..99 => {
                self.size = vec2(self.random.random_range(480.0..2000.0), self.random.random_range(360.0..1200.0));
                stand.harness.set_size(self.size);
            }
            _ => {
                let file = self.files[self.random.random_range(0..self.files.len())].clone();
                stand.app().send(shopwright::ui::Command::Data(DataCommand::look(file)));
            }
        }
    }
}

/// Time that this thread, the UI thread, has spent on the processor: other work on the machine doesn't count.
fn busy() -> Duration {
    let spent = || std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok();
    // Where the system doesn't tell, no time is counted; the panics still are.
    Duration::from_nanos(spent().unwrap_or(0))
}

#[test]
fn twenty_thousand_random_actions() {
    let mut stand = Stand::new();
    stand.open_sample();
    let files = vec![
        stand.write("dropped.csv", "user_id,price\na,1\nb,2\n"),
        stand.write("empty.csv", ""),
        stand.write("noise.csv", [0xff_u8, 0, 1, 2, 0xfe, 0x80, b'\n', b'"']),
    ];
    let mut monkey =
        Monkey { random: StdRng::seed_from_u64(20), at: Pos2::ZERO, held: false, size: crate::support::SIZE, files };
    let mut slowest = Duration::ZERO;
    let mut slow = 0;
    for _ in 0..ACTIONS {
        monkey.act(&mut stand);
        let began = busy();
        stand.harness.step();
        let took = busy().saturating_sub(began);
        slowest = slowest.max(took);
        slow += usize::from(took > Duration::from_millis(100));
    }
    stand.settle();
    println!("slowest of {ACTIONS} frames: {slowest:?}; over 100 ms: {slow}");
    assert_eq!(slow, 0, "the slowest frame took {slowest:?}");
    // The project is whole whatever was clicked: everything it holds can be applied to an empty one.
    let project = stand.app().project().cloned();
    if let Some(project) = project {
        let mut copy = Project::default();
        for (key, value) in project.all_meta() {
            copy.apply(shopwright::project::Edit::Meta(key.into(), Some(value.into()))).expect("fits");
        }
        assert_eq!(copy.name(), project.name());
    }
}
