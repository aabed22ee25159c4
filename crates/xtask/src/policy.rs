//! The content security policy of the built site.

use crate::run::Outcome;

/// Nothing but the site's own files, and WebAssembly among them. Workers may
/// also come from a blob: in a sandboxed frame there is no other way. Images
/// may be `data:` addresses, for pictures that are drawn in the page.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; worker-src 'self' blob:";

/// Puts the policy into a page, before all that it governs.
///
/// The pages that `serve` shows go without: their reload script is inline.
pub fn add(page: &str) -> Outcome<String> {
    // A charset must come first, within the first kilobyte.
    const BEFORE: &str = "<meta charset=\"utf-8\"";
    let start = page
        .find(BEFORE)
        .ok_or("The page does not start with its charset.")?;
    let close = page[start..]
        .find('>')
        .ok_or("The page's charset element has no end.")?;
    let (head, rest) = page.split_at(start + close + 1);
    if let Some(inline) = inline_script(rest) {
        return Err(format!(
            "The page has an inline script, which its content security policy forbids; \
             move it to a file in www/:\n{inline}"
        ));
    }
    Ok(format!(
        "{head}<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">{rest}"
    ))
}

/// The first script element without an address.
fn inline_script(page: &str) -> Option<&str> {
    page.match_indices("<script").find_map(|(start, _)| {
        let element = &page[start..];
        let tag = &element[..=element.find('>')?];
        (!tag.contains(" src=")).then_some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_before_what_it_governs() {
        let page =
            "<head><meta charset=\"utf-8\"/><script type=\"module\" src=\"boot.js\"></script>";
        let secured = add(page).expect("a page that obeys it");
        let policy = secured
            .find("Content-Security-Policy")
            .expect("the policy is there");
        assert!(
            secured
                .find("charset")
                .is_some_and(|charset| charset < policy)
        );
        assert!(
            secured
                .find("<script")
                .is_some_and(|script| policy < script)
        );
    }

    #[test]
    fn refuses_inline_scripts() {
        let page = "<head><meta charset=\"utf-8\"/><script type=\"module\">start()</script>";
        assert!(add(page).is_err_and(|message| message.contains("<script type=\"module\">")));
    }
}
