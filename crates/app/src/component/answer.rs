//! The lesson's answer: what courses expect, then what really happens.

use designs::design::Design;
use designs::lesson::{self, Block, Piece};
use yew::prelude::*;

use super::link::Linker;

/// Both answers, with their claims as links.
pub fn answer(design: &'static dyn Design, linker: &Linker) -> Html {
    let lesson = lesson::read(design.lesson());
    let claim = |id: &str| claim_link(design, linker, id);
    html! {
        <div class="answer">
            <h2>{ "Textbook answer" }</h2>
            { blocks(&lesson.textbook, &claim) }
            <h2>{ "What really happens" }</h2>
            { blocks(&lesson.really, &claim) }
        </div>
    }
}

fn claim_link(design: &'static dyn Design, linker: &Linker, id: &str) -> Html {
    let mut claims = design.claims().iter();
    let claim = claims.find(|claim| claim.id == id);
    let Some((claim, code)) = claim.and_then(|claim| Some((claim, *claim.runs.first()?))) else {
        return html! { { id } };
    };
    let words = html! { <><span class="unseen">{ "claim " }</span>{ claim.id }</> };
    linker.link(code, "claim-link", claim.sentence, words)
}

/// Paragraphs and lists.
pub fn blocks(blocks: &[Block<'_>], claim: &dyn Fn(&str) -> Html) -> Html {
    let together = |one: &Block<'_>, next: &Block<'_>| {
        one.point && next.point && one.number.is_some() == next.number.is_some()
    };
    let part = |part: &[Block<'_>]| {
        let block = |block: &Block<'_>| {
            let inside: Html = block.pieces.iter().map(|it| piece(it, claim)).collect();
            if block.point {
                html! { <li value={block.number.map(|number| number.to_string())}>{ inside }</li> }
            } else {
                html! { <p>{ inside }</p> }
            }
        };
        let inside: Html = part.iter().map(block).collect();
        match part.first() {
            Some(first) if first.number.is_some() => html! { <ol>{ inside }</ol> },
            Some(first) if first.point => html! { <ul>{ inside }</ul> },
            _ => inside,
        }
    };
    blocks.chunk_by(together).map(part).collect()
}

fn piece(piece: &Piece<'_>, claim: &dyn Fn(&str) -> Html) -> Html {
    match *piece {
        Piece::Text(text) => html! { { text } },
        Piece::Strong(text) => html! { <b>{ text }</b> },
        Piece::Claim(id) => claim(id),
        Piece::Listing(text) => html! { <code class="listing">{ text }</code> },
    }
}
