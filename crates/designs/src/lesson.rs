//! A design's `lesson.md`, taken apart for the page and the handout.
//!
//! Headings are `# Question`, `# Textbook answer` and `# What really happens`.
//! Under them stand paragraphs, `- ` points and numbered ones, `1. `; a
//! reference such as `[1a]` names a claim. Between two lines of "```" stands
//! the text of a program, kept as it is.

use alloc::vec;
use alloc::vec::Vec;

/// A lesson's three parts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lesson<'a> {
    /// The question as it is put to a learner.
    pub question: Vec<Block<'a>>,
    /// The answer that courses expect.
    pub textbook: Vec<Block<'a>>,
    /// What a closer look shows.
    pub really: Vec<Block<'a>>,
}

/// A paragraph or a point of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block<'a> {
    /// Whether it is a point of a list.
    pub point: bool,
    /// Its number, where the list has numbers.
    pub number: Option<u32>,
    /// Its text and its references, in order.
    pub pieces: Vec<Piece<'a>>,
}

/// A stretch of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Plain words.
    Text(&'a str),
    /// Words that carry weight, written between `**`.
    Strong(&'a str),
    /// A claim's id.
    Claim(&'a str),
    /// The lines of a program, a block of its own.
    Listing(&'a str),
}

/// Reads a lesson. Text before the first heading is left out.
pub fn read(source: &str) -> Lesson<'_> {
    let mut lesson = Lesson::default();
    let mut part: Option<&mut Vec<Block<'_>>> = None;
    let mut rest = source;
    while let Some((line, after)) = rest.split_once('\n').or_else(|| last_line(rest)) {
        rest = after;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line.starts_with(FENCE) {
            let (listing, after) = listing(rest);
            rest = after;
            if let Some(blocks) = part.as_mut() {
                blocks.push(Block {
                    point: false,
                    number: None,
                    pieces: vec![Piece::Listing(listing)],
                });
            }
        } else if let Some(heading) = line.strip_prefix("# ") {
            part = match heading {
                "Question" => Some(&mut lesson.question),
                "Textbook answer" => Some(&mut lesson.textbook),
                "What really happens" => Some(&mut lesson.really),
                _ => None,
            };
        } else if let Some(blocks) = part.as_mut() {
            let numbered = numbered(line);
            let point = line.strip_prefix("- ");
            let text = point.or(numbered.map(|(_, text)| text));
            blocks.push(Block {
                point: text.is_some(),
                number: numbered.map(|(number, _)| number),
                pieces: pieces(text.unwrap_or(line)),
            });
        }
    }
    lesson
}

/// The number and the text of a point that has one.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, text) = line.split_once(". ")?;
    Some((number.parse().ok()?, text))
}

/// What begins and ends a listing.
const FENCE: &str = "```";

fn last_line(rest: &str) -> Option<(&str, &str)> {
    (!rest.is_empty()).then_some((rest, ""))
}

/// The lines before the next fence, and what follows it.
fn listing(rest: &str) -> (&str, &str) {
    let (listing, after) = rest.split_once(FENCE).unwrap_or((rest, ""));
    (listing.trim_end(), after)
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut push = |text| {
        if !matches!(text, Piece::Text("")) {
            pieces.push(text);
        }
    };
    while let Some(start) = text.find(['[', '*']) {
        let (open, close) = if text[start..].starts_with("**") {
            ("**", "**")
        } else {
            ("[", "]")
        };
        let inside = text[start..]
            .strip_prefix(open)
            .and_then(|rest| rest.split_once(close));
        let Some((inner, rest)) = inside else { break };
        push(Piece::Text(&text[..start]));
        push(if open == "[" {
            Piece::Claim(inner)
        } else {
            Piece::Strong(inner)
        });
        text = rest;
    }
    push(Piece::Text(text));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_falls_into_its_parts() {
        let lesson = read(
            "# Question\nWhy?\n\n# Textbook answer\n- **One**: so [1a][1b].\n# What really happens\nElse.",
        );
        assert_eq!(lesson.question[0].pieces, [Piece::Text("Why?")]);
        assert_eq!(
            lesson.textbook[0],
            Block {
                point: true,
                number: None,
                pieces: [
                    Piece::Strong("One"),
                    Piece::Text(": so "),
                    Piece::Claim("1a"),
                    Piece::Claim("1b"),
                    Piece::Text("."),
                ]
                .to_vec(),
            }
        );
        assert_eq!(lesson.really.len(), 1);
    }

    #[test]
    fn points_may_be_numbered() {
        let lesson = read("# Textbook answer\n1. One.\n2. Two. And more.\nIn 1999. No point.");
        let read: Vec<(bool, Option<u32>)> = lesson
            .textbook
            .iter()
            .map(|block| (block.point, block.number))
            .collect();
        assert_eq!(read, [(true, Some(1)), (true, Some(2)), (false, None)]);
        assert_eq!(lesson.textbook[1].pieces, [Piece::Text("Two. And more.")]);
    }

    #[test]
    fn a_listing_stays_as_it_is() {
        let lesson = read("# Question\nThis:\n```lua\nif a[1] then\n\n  b()\nend\n```\nAnd so on.");
        let pieces: Vec<_> = lesson.question.iter().map(|it| &it.pieces[..]).collect();
        assert_eq!(
            pieces,
            [
                &[Piece::Text("This:")],
                &[Piece::Listing("if a[1] then\n\n  b()\nend")],
                &[Piece::Text("And so on.")],
            ]
        );
    }
}
