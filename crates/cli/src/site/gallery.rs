//! The page that lists all others.

use std::fmt::Write;

use draw::svg::escape;

use super::document::{Style, document};
use super::sheet::link;
use super::subject::{Part, Subject};

const TITLE: &str = "See how locks, leases and elections go wrong";
const DESCRIPTION: &str = "Every lesson, scenario and claim of Fencepost as a page that needs no \
    script: diagram, verdict, story and trace.";

/// The list of `subjects`, as `lesson/index.html`.
pub fn page(subjects: &[Subject], style: &Style) -> String {
    let mut main = format!(
        "<main class=\"sheet\">\n<h1>{TITLE}</h1>\n\
         <p class=\"lead\">{DESCRIPTION}</p>\n\
         <p class=\"live\"><a href=\"../\">Open the simulator</a></p>\n"
    );
    let is_of_one_lesson = |one: &Subject, next: &Subject| one.design.key() == next.design.key();
    for lesson in subjects.chunk_by(is_of_one_lesson) {
        main.push_str(&card(lesson));
    }
    main.push_str("</main>\n");
    document("Fencepost without a script", DESCRIPTION, "", &main, style)
}

fn card(subjects: &[Subject]) -> String {
    let mut html = String::new();
    let mut claims = String::new();
    for subject in subjects {
        let href = format!("../{}.html", subject.path);
        let (heading, lead) = (link(&href, &subject.heading), escape(&subject.lead));
        let _ = match subject.part {
            Part::Lesson => write!(
                html,
                "<section>\n<h2>{heading}</h2>\n<p>{lead}</p>\n<ul class=\"links\">\n"
            ),
            Part::Scenario => writeln!(html, "<li>{heading}<br>{lead}</li>"),
            Part::Claim(_) => writeln!(claims, "<li>{heading}: {lead}</li>"),
        };
    }
    let _ = write!(
        html,
        "</ul>\n<details>\n<summary>Claims</summary>\n<ul class=\"links\">\n{claims}</ul>\n</details>\n</section>\n"
    );
    html
}
