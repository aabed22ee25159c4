//! What an address asks for. The fragment says what is simulated; the query
//! says how it is shown.

use designs::parameter::read_duration;
use designs::registry::DESIGNS;
use designs::{Notice, Parsed};
use sim::Time;

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// As the system is.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Its word in addresses and in storage.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with a word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.word() == word)
    }
}

/// Which way time runs in the diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Orient {
    /// To the right where there is room, else down.
    #[default]
    Auto,
    /// To the right.
    Horizontal,
    /// Down.
    Vertical,
}

/// A part of the page that an address can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panel {
    /// What holds and what is broken.
    Verdict,
    /// What happened, in words.
    Story,
    /// The lesson's sentences and its answer.
    Claims,
    /// A curve over many runs.
    Chart,
}

impl Panel {
    const ALL: [(&'static str, Self); 4] = [
        ("verdict", Self::Verdict),
        ("story", Self::Story),
        ("claims", Self::Claims),
        ("chart", Self::Chart),
    ];
}

/// How the page is shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Presentation {
    /// Inside another page: no header, and the address is left alone.
    pub embed: bool,
    /// The theme asked for.
    pub theme: Option<Theme>,
    /// The keys of the parameters that can be changed; `None` for all.
    pub controls: Option<Vec<String>>,
    /// The parts shown beside the diagram.
    pub panels: Vec<Panel>,
    /// Where the playhead stands at first.
    pub at: Option<Time>,
    /// Whether it runs at once.
    pub play: bool,
    /// Which way time runs.
    pub orient: Orient,
    /// Whether the reader can change the scenario; it can be played either way.
    pub editable: bool,
    /// Whether the outcome is hidden until the reader has said what it will be.
    pub predict: bool,
    /// Whether the page is in a frame, whoever made it and however it is shown.
    /// An address does not say so.
    pub framed: bool,
}

impl Presentation {
    /// Whether the address, and with it the history, is another page's.
    pub fn is_guest(&self) -> bool {
        self.embed || self.framed
    }

    /// Whether a part is shown.
    pub fn has(&self, panel: Panel) -> bool {
        self.panels.contains(&panel)
    }

    /// Reads a query, given the value of each of its keys. Keys that mean
    /// nothing here are left alone: hosts add their own.
    pub fn read(value_of: impl Fn(&str) -> Option<String>) -> (Self, Vec<Notice>) {
        let mut notices = Vec::new();
        let read = |key: &str| value_of(key).map(|value| (key.to_owned(), value));
        let embed = read("embed");
        let theme = read("theme");
        let controls = read("controls");
        let panels = read("panels");
        let at = read("at");
        let play = read("play");
        let orient = read("orient");
        let editable = read("editable");
        let predict = read("predict");
        let lang = read("lang");

        let mut pick = |pair: Option<(String, String)>, choices: &[&str]| -> Option<usize> {
            let (key, value) = pair?;
            let place = choices.iter().position(|&choice| choice == value);
            if place.is_none() {
                notices.push(misfit(
                    &key,
                    &value,
                    &match choices {
                        [only] => format!("“{only}”"),
                        _ => format!("one of {}", choices.join(", ")),
                    },
                ));
            }
            place
        };
        let embed = pick(embed, &["0", "1"]) == Some(1);
        let theme = pick(theme, &["auto", "light", "dark"])
            .map(|place| [Theme::Auto, Theme::Light, Theme::Dark][place]);
        let play = pick(play, &["off", "on"]) == Some(1);
        let orient = pick(orient, &["auto", "horizontal", "vertical"])
            .map_or_else(Orient::default, |place| {
                [Orient::Auto, Orient::Horizontal, Orient::Vertical][place]
            });
        let editable = pick(editable, &["off", "on"]) != Some(0);
        let predict = pick(predict, &["0", "1"]) == Some(1);
        // There is no other language yet.
        pick(lang, &["en"]);
        let at = at.and_then(|(key, value)| {
            let us = read_duration(&value).and_then(|us| u64::try_from(us).ok());
            if us.is_none() {
                notices.push(misfit(&key, &value, "a time such as 6.2s"));
            }
            us.map(Time::from_us)
        });
        let panels = panels.map(|(key, value)| read_panels(&key, &value, &mut notices));
        let controls = controls.map(|(key, value)| read_controls(&key, &value, &mut notices));
        let presentation = Self {
            embed,
            theme,
            // An embedded page is a picture first: what can be moved is
            // chosen by whoever embeds it.
            controls: controls.or_else(|| embed.then(Vec::new)),
            panels: panels.unwrap_or_else(|| {
                if embed {
                    vec![Panel::Verdict]
                } else {
                    Panel::ALL.map(|(_, panel)| panel).to_vec()
                }
            }),
            at,
            play,
            orient,
            editable,
            predict,
            framed: false,
        };
        (presentation, notices)
    }
}

fn read_panels(key: &str, value: &str, notices: &mut Vec<Notice>) -> Vec<Panel> {
    let mut panels = Vec::new();
    for word in words(value) {
        match Panel::ALL.iter().find(|(known, _)| *known == word) {
            Some(&(_, panel)) => panels.push(panel),
            None => notices.push(misfit(key, word, "one of verdict, story, claims, chart")),
        }
    }
    panels
}

fn read_controls(key: &str, value: &str, notices: &mut Vec<Notice>) -> Vec<String> {
    let mut controls = Vec::new();
    for word in words(value) {
        let known = DESIGNS
            .iter()
            .flat_map(|design| design.parameters())
            .any(|parameter| parameter.key == word);
        if known {
            controls.push(word.to_owned());
        } else {
            notices.push(misfit(key, word, "the name of a parameter"));
        }
    }
    controls
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn misfit(key: &str, value: &str, wanted: &str) -> Notice {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
    Notice {
        part: key.to_owned(),
        message: format!("“{shown}” is not {wanted}; ignored"),
    }
}

/// What a fragment, with or without its `#`, asks for.
#[derive(Clone, Debug)]
pub enum Place {
    /// The gallery.
    Gallery,
    /// A lesson.
    Lesson(Box<Parsed>),
    /// Nothing that there is.
    Nowhere(Notice),
}

impl Place {
    /// Reads a fragment.
    pub fn read(fragment: &str) -> Self {
        let code = fragment.strip_prefix('#').unwrap_or(fragment);
        if code.is_empty() {
            return Self::Gallery;
        }
        match designs::code::read(code) {
            Ok(parsed) => Self::Lesson(Box::new(parsed)),
            Err(notice) => Self::Nowhere(notice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> (Presentation, Vec<Notice>) {
        Presentation::read(|key| {
            query
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_empty_query_shows_everything() {
        let (presentation, notices) = read(&[]);
        assert!(notices.is_empty());
        assert!(!presentation.embed && presentation.controls.is_none());
        assert_eq!(presentation.panels.len(), 4);
    }

    #[test]
    fn an_embed_shows_the_verdict_and_the_chosen_sliders() {
        let (presentation, notices) = read(&[("embed", "1"), ("controls", "ttl,pause")]);
        assert!(notices.is_empty());
        assert_eq!(presentation.panels, [Panel::Verdict]);
        assert_eq!(
            presentation.controls,
            Some(vec!["ttl".to_owned(), "pause".to_owned()])
        );
        assert_eq!(read(&[("embed", "1")]).0.controls, Some(Vec::new()));
    }

    #[test]
    fn bad_values_fall_back_and_are_named() {
        let (presentation, notices) = read(&[
            ("embed", "yes"),
            ("theme", "blue"),
            ("controls", "ttl,colour"),
            ("panels", "story,weather"),
            ("at", "soon"),
            ("play", "1"),
            ("orient", "up"),
            ("editable", "no"),
            ("predict", "yes"),
            ("lang", "fr"),
        ]);
        let parts: Vec<&str> = notices.iter().map(|notice| notice.part.as_str()).collect();
        assert_eq!(
            parts,
            [
                "embed", "theme", "play", "orient", "editable", "predict", "lang", "at", "panels",
                "controls"
            ]
        );
        assert!(!presentation.embed && presentation.theme.is_none());
        assert!(presentation.editable && !presentation.predict);
        assert_eq!(notices[6].message, "“fr” is not “en”; ignored");
        assert_eq!(presentation.panels, [Panel::Story]);
        assert_eq!(presentation.controls, Some(vec!["ttl".to_owned()]));
    }

    #[test]
    fn good_values_are_taken_without_a_notice() {
        let (presentation, notices) = read(&[
            ("editable", "off"),
            ("predict", "1"),
            ("lang", "en"),
            ("orient", "vertical"),
            ("at", "6.2s"),
        ]);
        assert_eq!(notices, []);
        assert!(!presentation.editable && presentation.predict);
        assert_eq!(presentation.orient, Orient::Vertical);
        assert_eq!(presentation.at, Some(Time::from_us(6_200_000)));
    }

    #[test]
    fn fragments_lead_to_a_lesson_the_gallery_or_nowhere() {
        assert!(matches!(Place::read(""), Place::Gallery));
        assert!(matches!(Place::read("#"), Place::Gallery));
        assert!(matches!(Place::read("#redlock?ttl=6s"), Place::Lesson(_)));
        let Place::Nowhere(notice) = Place::read("#readlock") else {
            panic!("there is no such design");
        };
        assert_eq!(notice.part, "readlock");
    }
}
