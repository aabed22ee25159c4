//! Links and snippets of the open scenario, to take elsewhere.

use std::rc::Rc;

use designs::link;
use draw::svg::escape;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::browser::{address, copy};
use crate::state::Scene;

/// A height at which an embedded diagram shows without scrolling, px.
const HEIGHT: u32 = 620;

/// Properties of [`Share`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
}

/// Ways to take the scenario along: a link, and snippets for pages.
#[component]
pub fn Share(props: &Props) -> Html {
    let code = link::write(&props.scene.run);
    let title = props.scene.title();
    let base = address::base();
    let url = format!("{base}#{code}");
    let frame = format!("{base}?embed=1#{code}");
    let snippet = format!(
        r#"<iframe src="{}" width="100%" height="{HEIGHT}" title="{}" loading="lazy"></iframe>"#,
        escape(&frame),
        escape(title)
    );
    let ways = [
        (
            "Link",
            "It names what it shows, and says so if that ever differs.",
            url.clone(),
        ),
        (
            "Frame",
            "For any page, mdBook, and most learning platforms. Add controls=ttl,pause after embed=1 for sliders.",
            snippet.clone(),
        ),
        (
            "Markdown",
            "",
            format!("[{}]({url})", title.replace(['[', ']'], "")),
        ),
        (
            "MyST",
            "",
            format!("```{{iframe}} {frame}\n:width: 100%\n:title: {title}\n```"),
        ),
        ("Terminal", "", format!("fencepost run '{code}'")),
        (
            "Element",
            "It fits its height, tells the page of changes, and shows what is in it until it runs.",
            format!(
                "<script src=\"{}fence-post.js\" defer></script>\n<fence-post scenario=\"{}\" title=\"{}\">A diagram of a simulated run.</fence-post>",
                escape(address::folder(&base)),
                escape(&code),
                escape(title)
            ),
        ),
        (
            "mdBook",
            "A line of HTML with an empty line before and after it; so too in Docusaurus and Jupyter.",
            format!("\n{snippet}\n"),
        ),
        (
            "Learning platform",
            "Into the HTML view of the editor. It stands with these four attributes alone, where the platform strips the rest.",
            snippet.replace(r#" loading="lazy""#, ""),
        ),
    ];
    let way = |(name, use_of, text): (&'static str, &'static str, String)| {
        html! { <Snippet key={name} {name} {use_of} {text} /> }
    };
    ways.into_iter().map(way).collect()
}

#[derive(Properties, PartialEq)]
struct SnippetProps {
    name: &'static str,
    /// What it is for; empty where the name says it.
    use_of: &'static str,
    text: AttrValue,
}

/// Text to copy, by a button or by hand.
#[component]
fn Snippet(props: &SnippetProps) -> Html {
    let field = use_node_ref();
    let copied = use_state_eq(|| None::<AttrValue>);
    let is_copied = copied.as_ref() == Some(&props.text);
    let onclick = {
        let (field, copied, text) = (field.clone(), copied.setter(), props.text.clone());
        move |_| {
            // Where the browser refuses, the text is selected all the same.
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                let _ = field.focus();
                field.select();
            }
            let (copied, now) = (copied.clone(), text.clone());
            copy::text(&text, move || copied.set(Some(now)));
        }
    };
    let id = format!("share-{}", props.name.to_lowercase());
    html! {
        <section class="snippet">
            <label for={id.clone()}>{ props.name }</label>
            <button type="button" class="button" {onclick}
                aria-label={format!("Copy: {}", props.name)}>
                { if is_copied { "copied" } else { "copy" } }
            </button>
            <textarea {id} readonly=true rows="3" spellcheck="false" ref={field}
                value={props.text.clone()} />
            if !props.use_of.is_empty() { <p>{ props.use_of }</p> }
            <span class="unseen" role="status">{ if is_copied { "copied" } else { "" } }</span>
        </section>
    }
}
