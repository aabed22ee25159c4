//! Colours by what they mean. A shape says what it is about; what that looks
//! like in light and in dark is decided here, once.
//!
//! Colour belongs to actors. Red belongs to broken guarantees alone, green to
//! held ones in the verdict. Every colour has a second sign beside it: a
//! hatch, a ring, a cross, a word.

use core::fmt::Write;

/// What a colour says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ink {
    /// The ground that the picture lies on.
    Ground,
    /// A lane's band.
    Lane,
    /// Grid lines.
    Grid,
    /// Words.
    Text,
    /// Words of lesser weight, message arrows, axes.
    Muted,
    /// An actor, by number; from the seventh on all are alike.
    Actor(u8),
    /// An actor's colour, faded.
    ActorSoft(u8),
    /// Words on an actor's colour.
    OnActor,
    /// A broken guarantee.
    Broken,
    /// The span of a broken guarantee, behind everything else.
    BrokenSoft,
    /// A held guarantee.
    Held,
    /// What lies after the playhead is veiled with the ground.
    Veil,
}

/// How many actors have a colour of their own.
pub const ACTORS: u8 = 6;

/// A colour in light and in dark, as `#rrggbb`.
type Pair = (&'static str, &'static str);

/// Chosen to keep 4.5:1 as text on the ground and to stay apart for the
/// common kinds of colour blindness.
const ACTOR: [Pair; ACTORS as usize] = [
    ("#3554d1", "#8ea2ff"),
    ("#b45309", "#f0a050"),
    ("#7e3fb0", "#cf9bf5"),
    ("#0e7490", "#5cc8e0"),
    ("#6b6b00", "#cfcf5a"),
    ("#8a3a6f", "#f0a3d4"),
];
const CROWD: Pair = ("#57606a", "#a3adb8");

/// The same, faded into the ground.
const ACTOR_SOFT: [Pair; ACTORS as usize] = [
    ("#b4c0f0", "#3d4876"),
    ("#eac59b", "#6b4a26"),
    ("#d8c0ea", "#5a4370"),
    ("#a9d5e0", "#2a5663"),
    ("#d6d69c", "#56562a"),
    ("#e2bdd5", "#6a4560"),
];
const CROWD_SOFT: Pair = ("#cdd2d8", "#434c56");

impl Ink {
    /// Every ink, in the order of the style sheet.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Ground,
            Self::Lane,
            Self::Grid,
            Self::Text,
            Self::Muted,
            Self::OnActor,
            Self::Broken,
            Self::BrokenSoft,
            Self::Held,
            Self::Veil,
        ];
        let actors = (0..=ACTORS).flat_map(|number| [Self::Actor(number), Self::ActorSoft(number)]);
        plain.into_iter().chain(actors)
    }

    /// The name of its variable and classes: `f-NAME` fills, `s-NAME` strokes.
    pub fn name(self) -> String {
        match self {
            Self::Ground => "ground".into(),
            Self::Lane => "lane".into(),
            Self::Grid => "grid".into(),
            Self::Text => "text".into(),
            Self::Muted => "muted".into(),
            Self::Actor(number) => format!("a{}", number.min(ACTORS)),
            Self::ActorSoft(number) => format!("a{}-soft", number.min(ACTORS)),
            Self::OnActor => "on-actor".into(),
            Self::Broken => "broken".into(),
            Self::BrokenSoft => "broken-soft".into(),
            Self::Held => "held".into(),
            Self::Veil => "veil".into(),
        }
    }

    const fn pair(self) -> Pair {
        match self {
            Self::Ground => ("#ffffff", "#1a2027"),
            Self::Lane => ("#f4f2ec", "#141a20"),
            Self::Grid => ("#dedbd2", "#2a323b"),
            Self::Text => ("#1a1f26", "#e8ecf1"),
            Self::Muted => ("#57606a", "#a3adb8"),
            Self::Actor(number) if number < ACTORS => ACTOR[number as usize],
            Self::Actor(_) => CROWD,
            Self::ActorSoft(number) if number < ACTORS => ACTOR_SOFT[number as usize],
            Self::ActorSoft(_) => CROWD_SOFT,
            Self::OnActor => ("#ffffff", "#12161b"),
            Self::Broken => ("#c01f3d", "#ff6b81"),
            Self::BrokenSoft => ("#f7d9de", "#4a2730"),
            Self::Held => ("#1a7f37", "#4cc38a"),
            Self::Veil => ("#ffffff", "#1a2027"),
        }
    }

    /// `#rrggbb` on a light or a dark ground.
    pub const fn colour(self, dark: bool) -> &'static str {
        let (on_light, on_dark) = self.pair();
        if dark { on_dark } else { on_light }
    }
}

/// The custom properties of one theme, one declaration a line.
pub fn properties(dark: bool) -> String {
    let mut css = String::new();
    for ink in Ink::all() {
        let _ = writeln!(css, "  --{}: {};", ink.name(), ink.colour(dark));
    }
    css
}

/// The classes that shapes wear: they read the properties.
pub fn classes() -> String {
    let mut css = String::new();
    for ink in Ink::all() {
        let name = ink.name();
        let _ = writeln!(css, ".f-{name} {{ fill: var(--{name}); }}");
        let _ = writeln!(css, ".s-{name} {{ stroke: var(--{name}); }}");
    }
    css
}

/// The style sheet of the page's pictures: light by default, dark where the
/// system asks for it or the page is told to be.
pub fn page_css() -> String {
    let light = properties(false);
    let dark = properties(true);
    format!(
        "/* Written by `fencepost ink`; a test compares. */\n\
         :root {{\n  color-scheme: light;\n{light}}}\n\
         @media (prefers-color-scheme: dark) {{\n:root:not([data-theme=\"light\"]) {{\n  color-scheme: dark;\n{dark}}}\n}}\n\
         :root[data-theme=\"dark\"] {{\n  color-scheme: dark;\n{dark}}}\n{}",
        classes()
    )
}
