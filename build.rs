//! Tells the program whether the house model is there to be compiled in.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(house_model)");
    // The folder, which is always there: a file that is missing would count as changed at every build.
    println!("cargo::rerun-if-changed=assets/model");
    if std::path::Path::new("assets/model/house.gguf").is_file() {
        println!("cargo::rustc-cfg=house_model");
    }
}
