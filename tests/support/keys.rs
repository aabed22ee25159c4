use fantoccini::key::Key;

/// The key codes of a key with its modifiers, such as `Shift+Right`, in the
/// order in which they go down.
///
/// # Errors
/// Names the part that is no key.
pub fn key_codes(name: &str) -> Result<Vec<char>, String> {
    // "+" separates, and is a key as well.
    let parts: Vec<&str> = if name == "+" {
        vec!["+"]
    } else {
        name.split('+').collect()
    };
    parts.into_iter().map(key_code).collect()
}

fn key_code(name: &str) -> Result<char, String> {
    let key = match name {
        "Left" => Key::Left,
        "Right" => Key::Right,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Escape" => Key::Escape,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "Tab" => Key::Tab,
        "Enter" => Key::Enter,
        "Esc" => Key::Escape,
        "Shift" => Key::Shift,
        "Alt" => Key::Alt,
        "Ctrl" => Key::Control,
        "Space" => return Ok(' '),
        _ => {
            let mut letters = name.chars();
            return match (letters.next(), letters.next()) {
                (Some(letter), None) => Ok(letter),
                _ => Err(format!("{name:?} is no key")),
            };
        }
    };
    Ok(char::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_go_down_first() {
        assert_eq!(key_codes("Shift+Right"), Ok(vec!['\u{e008}', '\u{e014}']));
        assert_eq!(key_codes("+"), Ok(vec!['+']));
        assert_eq!(key_codes("n"), Ok(vec!['n']));
        assert_eq!(key_codes("Ctrl+Foo"), Err("\"Foo\" is no key".to_owned()));
    }
}
