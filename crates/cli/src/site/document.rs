//! The document around a page's main part.

use std::fmt::Write;

use designs::{Design, registry};
use draw::ink;
use draw::svg::escape;
use sim::Digest;

use super::sheet::link;
use super::subject::{Subject, lesson_path};
use crate::card;
use crate::markup::{attribute, tags};

/// Nothing but the site's own style and pictures; no script at all.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    style-src 'self'; img-src 'self'";

/// The rules without the inks, for a page that has them already.
pub const RULES: &str = include_str!("../../../../www/page.css");

/// The look of pages without a script: inks, and the rules of `www/page.css`.
pub struct Style {
    /// The name of its file, which changes with what it holds.
    pub name: String,
    /// The rules.
    pub text: String,
    /// The name of the site's icon; empty where it has none.
    icon: String,
}

impl Style {
    /// That of every page beside the first one, `index`.
    pub fn beside(index: &str) -> Self {
        let icon = tags(index, "link").find(|tag| attribute(tag, "rel") == Some("icon"));
        let text = ink::page_css() + RULES;
        let mut digest = Digest::new();
        digest.add(text.as_bytes());
        Self {
            name: format!("page-{:016x}.css", digest.value()),
            text,
            icon: icon
                .and_then(|tag| attribute(tag, "href"))
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

/// A subject's page, one folder below the site's root.
pub fn page(subject: &Subject, main: &str, style: &Style, base: Option<&str>) -> String {
    let description = describe(subject);
    let more = invitation(subject, &description, base);
    document(&subject.title(), &description, &more, main, style)
}

/// One or two sentences on a subject.
fn describe(subject: &Subject) -> String {
    if subject.lead.is_empty() {
        subject.design.summary().to_owned()
    } else {
        subject.lead.clone()
    }
}

/// What services that show links read. They ask for whole addresses; where the
/// site's is not known they get what there is.
fn invitation(subject: &Subject, description: &str, base: Option<&str>) -> String {
    let name = subject.path.rsplit('/').next().unwrap_or_default();
    let image = match base {
        Some(base) => format!("{base}{}.png", subject.path),
        None => format!("{name}.png"),
    };
    let (width, height) = card::SIZE;
    let title = subject.title();
    let mut html = String::new();
    let mut property = |name: &str, content: &str| {
        let _ = writeln!(
            html,
            "<meta property=\"{name}\" content=\"{}\">",
            escape(content)
        );
    };
    property("og:type", "article");
    property("og:site_name", "Fencepost");
    property("og:title", &title);
    property("og:description", description);
    if let Some(base) = base {
        property("og:url", &format!("{base}{}.html", subject.path));
    }
    property("og:image", &image);
    property("og:image:width", &width.to_string());
    property("og:image:height", &height.to_string());
    property(
        "og:image:alt",
        &format!("The diagram of “{}”", subject.heading),
    );
    html.push_str("<meta name=\"twitter:card\" content=\"summary_large_image\">\n");
    if let Some(base) = base {
        let _ = writeln!(
            html,
            "<link rel=\"canonical\" href=\"{base}{path}.html\">\n\
             <link rel=\"alternate\" type=\"application/json+oembed\" href=\"{base}{path}.json\" title=\"{}\">",
            escape(&title),
            path = subject.path
        );
    }
    html
}

/// A whole document whose main part is `main`; `more` goes into its head.
pub fn document(title: &str, description: &str, more: &str, main: &str, style: &Style) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<meta name=\"description\" content=\"{}\">\n{more}\
         <link rel=\"icon\" href=\"../{}\">\n<link rel=\"stylesheet\" href=\"../{}\">\n</head>\n<body>\n{}{main}{}</body>\n</html>\n",
        escape(title),
        escape(description),
        style.icon.trim_start_matches("./"),
        style.name,
        header(),
        footer()
    )
}

fn header() -> String {
    let item = |design: &&'static dyn Design| {
        let href = format!("../{}.html", lesson_path(*design));
        format!("<li>{}</li>\n", link(&href, design.title()))
    };
    let items: String = registry::DESIGNS.iter().map(item).collect();
    format!(
        "<header>\n<a class=\"brand\" href=\"../lesson/index.html\">Fencepost</a>\n\
         <nav aria-label=\"Lessons\">\n<ul>\n{items}</ul>\n</nav>\n</header>\n"
    )
}

fn footer() -> String {
    format!(
        "<footer>\n<p>Simulated by Fencepost, model revision {}. MIT licence.</p>\n</footer>\n",
        designs::REVISION
    )
}
