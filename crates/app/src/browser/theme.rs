//! Light and dark: an attribute of the root element, which the styles read.

use web_sys::Storage;

use super::{media, root, window};
use crate::route::Theme;

const KEY: &str = "theme";
/// Asks whether the system is dark.
pub const DARK: &str = "(prefers-color-scheme: dark)";

/// The theme that the reader chose before.
pub fn stored() -> Theme {
    let word = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    word.and_then(|word| Theme::read(&word)).unwrap_or_default()
}

/// Remembers a choice, where the browser lets us.
pub fn store(theme: Theme) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, theme.word());
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether a theme is dark on this system now.
pub fn is_dark(theme: Theme) -> bool {
    match theme {
        Theme::Auto => media(DARK).is_some_and(|list| list.matches()),
        Theme::Light => false,
        Theme::Dark => true,
    }
}

/// Shows the page in a theme.
pub fn apply(theme: Theme) {
    let Some(root) = root() else { return };
    let _ = match theme {
        Theme::Auto => root.remove_attribute("data-theme"),
        Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.word()),
    };
}
