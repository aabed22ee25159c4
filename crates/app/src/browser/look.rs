//! How dark the page is and how fine its pixels are, now and whenever that
//! changes.

use yew::prelude::*;

use super::listener::Listener;
use super::{media, theme, window};
use crate::route::Theme;

/// Pixels of a canvas for each CSS pixel on paper.
const PRINTED: f64 = 4.0;

/// What a canvas has to be painted for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Look {
    /// Light on dark.
    pub dark: bool,
    /// Device pixels for each CSS pixel.
    pub density: f64,
}

/// The look of the page in `theme`.
#[hook]
pub fn use_look(theme: Theme) -> Look {
    let system = use_state_eq(|| (theme::is_dark(Theme::Auto), window().device_pixel_ratio()));
    {
        let system = system.setter();
        use_effect_with((), move |()| {
            let measure = move |printed: Option<f64>| {
                let density = printed.unwrap_or_else(|| window().device_pixel_ratio());
                system.set((theme::is_dark(Theme::Auto), density));
            };
            let listen = |event: &'static str, printed: Option<f64>| {
                let measure = measure.clone();
                Listener::new(window().into(), event, move || measure(printed))
            };
            let mut listeners = vec![
                listen("resize", None),
                listen("beforeprint", Some(PRINTED)),
                listen("afterprint", None),
            ];
            if let Some(list) = media(theme::DARK) {
                let measure = measure.clone();
                listeners.push(Listener::new(list.into(), "change", move || measure(None)));
            }
            move || drop(listeners)
        });
    }
    let (system_is_dark, density) = *system;
    Look {
        dark: match theme {
            Theme::Auto => system_is_dark,
            Theme::Light => false,
            Theme::Dark => true,
        },
        density,
    }
}
