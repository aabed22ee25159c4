//! What the tests across crates stand on: a [`Site`] that serves `dist/` as any
//! static host would, and a [`Browser`] that looks at it.
#![cfg(not(target_arch = "wasm32"))]

mod browser;
mod keys;
mod site;

pub use browser::{Browser, View};
pub use keys::key_codes;
pub use site::{Request, Site};

/// The folder `cargo xtask build` writes.
pub fn dist() -> std::path::PathBuf {
    std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../dist"))
}
