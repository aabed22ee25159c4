//! Pictures as SVG text: one shape a line, so that a change can be read in a
//! diff.

use core::fmt::Write;

use crate::ink;
use crate::shape::{About, Anchor, Paint, Picture, Segment, Shape};

/// The fonts that [`crate::text`] measures for, and what stands in for them.
pub const FONTS: &str = "system-ui, 'DejaVu Sans', sans-serif";

/// A whole SVG file that carries its colours, light or dark as the viewer is.
pub fn file(picture: &Picture, title: &str) -> String {
    let mut svg = String::new();
    let (w, h) = (number(picture.width), number(picture.height));
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" font-family="{FONTS}">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escape(title));
    let _ = writeln!(
        svg,
        "<style>\nsvg {{\n{}}}\n@media (prefers-color-scheme: dark) {{ svg {{\n{}}} }}\n.f-none {{ fill: none; }}\ntext {{ font-variant-numeric: tabular-nums; }}\n{}</style>",
        ink::properties(false),
        ink::properties(true),
        ink::classes()
    );
    let _ = writeln!(svg, r#"<rect class="f-ground" width="{w}" height="{h}"/>"#);
    let mut markup = Markup {
        svg,
        has_records: false,
    };
    for shape in &picture.shapes {
        markup.element(shape);
    }
    markup.svg.push_str("</svg>\n");
    markup.svg
}

/// The elements of `shapes`, to stand inside an `svg` of a page that has the
/// classes of [`ink::classes`]. Each says in `data-record` which record it is
/// about.
pub fn elements(shapes: &[Shape]) -> String {
    let mut markup = Markup {
        svg: String::new(),
        has_records: true,
    };
    for shape in shapes {
        markup.element(shape);
    }
    markup.svg
}

/// SVG text in the making. Everything is written straight to its end: a page
/// makes it anew with each move of a slider.
struct Markup {
    svg: String,
    has_records: bool,
}

impl Markup {
    fn element(&mut self, shape: &Shape) {
        let (tag, about) = match shape {
            Shape::Rect {
                x,
                y,
                w,
                h,
                r,
                paint,
                about,
            } => {
                self.svg.push_str("<rect");
                self.length("x", *x);
                self.length("y", *y);
                self.length("width", *w);
                self.length("height", *h);
                if *r > 0.0 {
                    self.length("rx", *r);
                }
                self.paint(*paint);
                ("rect", about)
            }
            Shape::Path {
                segments,
                paint,
                about,
            } => {
                self.svg.push_str("<path d=\"");
                write_path(&mut self.svg, segments);
                self.svg.push('"');
                self.paint(*paint);
                ("path", about)
            }
            Shape::Circle {
                x,
                y,
                r,
                paint,
                about,
            } => {
                self.svg.push_str("<circle");
                self.length("cx", *x);
                self.length("cy", *y);
                self.length("r", *r);
                self.paint(*paint);
                ("circle", about)
            }
            Shape::Text {
                x,
                y,
                anchor,
                size,
                bold,
                ink,
                about,
                ..
            } => {
                self.svg.push_str("<text class=\"f-");
                self.svg.push_str(&ink.name());
                self.svg.push('"');
                self.length("x", *x);
                self.length("y", *y);
                self.length("font-size", size.px());
                if let Some(anchor) = anchor_word(*anchor) {
                    self.attribute("text-anchor", anchor);
                }
                if *bold {
                    self.attribute("font-weight", "600");
                }
                ("text", about)
            }
        };
        self.finish(tag, shape, about.as_ref());
    }

    /// What stands inside an element, and its end.
    fn finish(&mut self, tag: &str, shape: &Shape, about: Option<&About>) {
        if let (Some(about), true) = (about, self.has_records) {
            let _ = write!(self.svg, r#" data-record="{}""#, about.record);
        }
        let text = match shape {
            Shape::Text { text, .. } => text.as_str(),
            _ => "",
        };
        let title = about.map_or("", |about| about.title.as_str());
        if title.is_empty() && text.is_empty() {
            self.svg.push_str("/>\n");
            return;
        }
        self.svg.push('>');
        if !title.is_empty() {
            self.svg.push_str("<title>");
            write_escaped(&mut self.svg, title);
            self.svg.push_str("</title>");
        }
        write_escaped(&mut self.svg, text);
        self.svg.push_str("</");
        self.svg.push_str(tag);
        self.svg.push_str(">\n");
    }

    fn paint(&mut self, paint: Paint) {
        self.svg.push_str(" class=\"f-");
        match paint.fill {
            Some(ink) => self.svg.push_str(&ink.name()),
            None => self.svg.push_str("none"),
        }
        if let Some(ink) = paint.stroke {
            self.svg.push_str(" s-");
            self.svg.push_str(&ink.name());
        }
        self.svg.push('"');
        if paint.stroke.is_some() {
            self.length("stroke-width", paint.width);
            let lengths = paint.dash.lengths().iter().copied();
            let lengths: Vec<String> = lengths.map(number).collect();
            if !lengths.is_empty() {
                self.attribute("stroke-dasharray", &lengths.join(" "));
            }
        }
        if paint.opacity < 100 {
            let _ = write!(self.svg, r#" opacity="0.{:02}""#, paint.opacity);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.svg.push(' ');
        self.svg.push_str(name);
        self.svg.push_str("=\"");
        self.svg.push_str(value);
        self.svg.push('"');
    }

    fn length(&mut self, name: &str, value: f32) {
        self.svg.push(' ');
        self.svg.push_str(name);
        self.svg.push_str("=\"");
        write_number(&mut self.svg, value);
        self.svg.push('"');
    }
}

/// The value of `text-anchor` where it is not the default.
const fn anchor_word(anchor: Anchor) -> Option<&'static str> {
    match anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    }
}

fn write_path(svg: &mut String, segments: &[Segment]) {
    for segment in segments {
        let (letter, x, y) = match *segment {
            Segment::Move(x, y) => ('M', x, y),
            Segment::Line(x, y) => ('L', x, y),
            Segment::Close => {
                svg.push('Z');
                continue;
            }
        };
        svg.push(letter);
        write_number(svg, x);
        svg.push(' ');
        write_number(svg, y);
    }
}

/// A length with at most one decimal: finer than any screen, short, and the
/// same wherever it is computed.
pub fn number(value: f32) -> String {
    let mut text = String::new();
    write_number(&mut text, value);
    text
}

fn write_number(text: &mut String, value: f32) {
    let tenths = (value * 10.0).round() as i32;
    if tenths < 0 {
        text.push('-');
    }
    let (whole, part) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    let _ = write!(text, "{whole}");
    if part > 0 {
        text.push('.');
        text.push(char::from(b'0' + part as u8));
    }
}

/// Text as it can stand in markup.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write_escaped(&mut out, text);
    out
}

fn write_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}
