fn main() {
    let options = eframe::NativeOptions { renderer: eframe::Renderer::Glow, viewport: egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]), ..Default::default() };
    let _ = eframe::run_native("Shopwright", options, Box::new(|cc| Ok(Box::new(shopwright::app::App::new(cc, shopwright::app::services::Services::of_this_machine(), None)))));
}
