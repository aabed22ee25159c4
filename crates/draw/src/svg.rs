//! Pictures as SVG text: one shape a line, so that a change can be read in a
//! diff.

use core::fmt::Write;

use crate::ink;
use crate::shape::{Anchor, Dash, Paint, Picture, Shape, number, path_data};

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
    for shape in &picture.shapes {
        element(&mut svg, shape);
    }
    svg.push_str("</svg>\n");
    svg
}

fn element(svg: &mut String, shape: &Shape) {
    let (tag, attributes, about, inner) = match shape {
        Shape::Rect {
            x,
            y,
            w,
            h,
            r,
            paint,
            about,
        } => {
            let mut text = format!(
                r#" x="{}" y="{}" width="{}" height="{}""#,
                number(*x),
                number(*y),
                number(*w),
                number(*h)
            );
            if *r > 0.0 {
                let _ = write!(text, r#" rx="{}""#, number(*r));
            }
            ("rect", painted(text, *paint), about, None)
        }
        Shape::Path {
            segments,
            paint,
            about,
        } => {
            let text = format!(r#" d="{}""#, path_data(segments));
            ("path", painted(text, *paint), about, None)
        }
        Shape::Circle {
            x,
            y,
            r,
            paint,
            about,
        } => {
            let text = format!(
                r#" cx="{}" cy="{}" r="{}""#,
                number(*x),
                number(*y),
                number(*r)
            );
            ("circle", painted(text, *paint), about, None)
        }
        Shape::Text {
            x,
            y,
            anchor,
            size,
            bold,
            ink,
            text,
            about,
        } => {
            let mut attributes = format!(
                r#" class="f-{}" x="{}" y="{}" font-size="{}""#,
                ink.name(),
                number(*x),
                number(*y),
                number(size.px())
            );
            if let Some(anchor) = anchor_word(*anchor) {
                let _ = write!(attributes, r#" text-anchor="{anchor}""#);
            }
            if *bold {
                attributes.push_str(r#" font-weight="600""#);
            }
            ("text", attributes, about, Some(escape(text)))
        }
    };
    let title = about
        .as_ref()
        .map(|about| format!("<title>{}</title>", escape(&about.title)))
        .unwrap_or_default();
    let inner = inner.unwrap_or_default();
    if title.is_empty() && inner.is_empty() {
        let _ = writeln!(svg, "<{tag}{attributes}/>");
    } else {
        let _ = writeln!(svg, "<{tag}{attributes}>{title}{inner}</{tag}>");
    }
}

fn painted(mut attributes: String, paint: Paint) -> String {
    let _ = write!(attributes, r#" class="{}""#, paint.classes());
    if paint.stroke.is_some() {
        let _ = write!(attributes, r#" stroke-width="{}""#, number(paint.width));
        if let Some(dash) = dash_array(paint.dash) {
            let _ = write!(attributes, r#" stroke-dasharray="{dash}""#);
        }
    }
    if paint.opacity < 100 {
        let _ = write!(attributes, r#" opacity="{}""#, opacity(paint.opacity));
    }
    attributes
}

/// An opacity in hundredths as SVG writes it.
pub fn opacity(hundredths: u8) -> String {
    format!("0.{hundredths:02}")
}

/// The value of `text-anchor` where it is not the default.
pub const fn anchor_word(anchor: Anchor) -> Option<&'static str> {
    match anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    }
}

/// The value of `stroke-dasharray` where there is one.
pub const fn dash_array(dash: Dash) -> Option<&'static str> {
    match dash {
        Dash::Solid => None,
        Dash::Dashed => Some("4 3"),
        Dash::Dotted => Some("1.5 3"),
    }
}

/// Text as it can stand in markup.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
