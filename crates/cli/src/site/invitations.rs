//! What invites others to a site whose address is known: search engines by a
//! site map, pages that embed by oEmbed.

use std::fmt::Write;

use draw::svg::escape;
use serde_json::json;

use super::subject::Subject;
use crate::card;

/// A frame's size where oEmbed has to name one, in pixels.
const FRAME: (u32, u32) = (900, 620);

/// The addresses of all pages.
pub fn sitemap(base: &str, subjects: &[Subject]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let pages = subjects
        .iter()
        .map(|subject| format!("{}.html", subject.path));
    for place in [String::new(), "lesson/index.html".to_owned()]
        .into_iter()
        .chain(pages)
    {
        let _ = writeln!(xml, "<url><loc>{base}{place}</loc></url>");
    }
    xml.push_str("</urlset>\n");
    xml
}

/// How a subject is embedded, as oEmbed 1.0 says it in JSON.
pub fn oembed(base: &str, subject: &Subject) -> String {
    let (width, height) = FRAME;
    let (thumbnail_width, thumbnail_height) = card::SIZE;
    let title = subject.title();
    let html = format!(
        "<iframe src=\"{base}?embed=1#{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" \
         loading=\"lazy\"></iframe>",
        escape(&subject.code),
        escape(&title)
    );
    let mut text = json!({
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Fencepost",
        "provider_url": base,
        "html": html,
        "width": width,
        "height": height,
        "thumbnail_url": format!("{base}{}.png", subject.path),
        "thumbnail_width": thumbnail_width,
        "thumbnail_height": thumbnail_height,
    })
    .to_string();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const BASE: &str = "https://example.org/fencepost/";

    #[test]
    fn a_frame_made_of_a_link_shows_its_scenario() {
        for subject in Subject::all() {
            let said: Value = serde_json::from_str(&oembed(BASE, &subject)).expect("it is JSON");
            assert_eq!(said["type"], "rich");
            let html = said["html"].as_str().expect("it is text");
            let source = format!("{BASE}?embed=1#{}", escape(&subject.code));
            assert!(html.contains(&format!("src=\"{source}\"")), "{html}");
            assert_eq!(html.matches('"').count(), 10, "{html}");
        }
    }

    #[test]
    fn the_site_map_names_every_page_once() {
        let subjects = Subject::all();
        let map = sitemap(BASE, &subjects);
        assert_eq!(map.matches("<loc>").count(), subjects.len() + 2);
        for subject in &subjects {
            let line = format!("<loc>{BASE}{}.html</loc>", subject.path);
            assert_eq!(map.matches(&line).count(), 1, "{line}");
        }
    }
}
