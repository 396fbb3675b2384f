//! Writes every sample page, with its assets, into a folder: `cargo run -p tessera-server --example gallery -- FOLDER [light|dark]`.
//! Serve the folder with any static file server and look at it. Debug builds only, as the samples are.

#[cfg(debug_assertions)]
fn main() -> std::io::Result<()> {
    use std::path::PathBuf;

    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/gallery".to_owned()));
    let theme = arguments.next().unwrap_or_else(|| "system".to_owned());
    std::fs::create_dir_all(folder.join("assets"))?;
    for (path, body) in tessera_server::portal::assets::all() {
        std::fs::write(folder.join(path.trim_start_matches('/')), body)?;
    }
    for sample in tessera_server::portal::pages::samples::all() {
        let html = sample
            .html
            .replacen(r#"data-theme="system""#, &format!(r#"data-theme="{theme}""#), 1);
        std::fs::write(folder.join(format!("{}.html", sample.name)), html)?;
    }
    Ok(())
}

#[cfg(not(debug_assertions))]
fn main() {}
