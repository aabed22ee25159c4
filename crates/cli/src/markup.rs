//! Reads what a built page names.

/// The start tags of a kind, without their brackets.
pub fn tags<'a>(page: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    page.split('<').skip(1).filter_map(move |rest| {
        let tag = rest.strip_prefix(name)?.split('>').next()?;
        tag.starts_with(char::is_whitespace).then_some(tag)
    })
}

/// The value of an attribute of a tag, which stands between quotes.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => after[1..].split_once(quote)?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if before.split_whitespace().last() == Some(name) {
            return Some(value);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_for_what_it_names() {
        let page = "<head><link rel=\"icon\" href='./i.svg'/><meta name=program content=\"./p.js\" \
                    data-wasm=\"./p.wasm\"></head><linked rel=\"x\">";
        let links: Vec<&str> = tags(page, "link").collect();
        assert_eq!(links.len(), 1);
        assert_eq!(attribute(links[0], "href"), Some("./i.svg"));
        let meta = tags(page, "meta").next().expect("it has one");
        assert_eq!(attribute(meta, "name"), Some("program"));
        assert_eq!(attribute(meta, "data-wasm"), Some("./p.wasm"));
        assert_eq!(attribute(meta, "wasm"), None);
    }
}
