/// Foreign text as it may stand on a terminal or in a message: control characters, escape sequences and characters that
/// turn or hide text are shown as `\u{..}`, so that nothing that a server sent can act or pass unseen.
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// The first characters of a foreign text, escaped; `...` stands for the rest.
pub(crate) fn excerpt(text: &str, characters: usize) -> String {
    let kept: String = text.chars().take(characters).collect();
    let rest = if kept.len() < text.len() { "..." } else { "" };
    escape(&kept) + rest
}

/// Control characters, separators of lines, marks of direction, characters without width, tags.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_acts_on_a_terminal() {
        assert_eq!(escape("plain, naïve – 漢字 🙂"), "plain, naïve – 漢字 🙂");
        assert_eq!(escape("\u{1b}[31mred\r\n"), "\\u{1b}[31mred\\u{d}\\u{a}");
        assert_eq!(escape("a\u{202e}b\u{200b}c\u{e0041}\u{9b}"), "a\\u{202e}b\\u{200b}c\\u{e0041}\\u{9b}");
    }

    #[test]
    fn an_excerpt_ends_between_characters() {
        assert_eq!(excerpt("naïve", 3), "naï...");
        assert_eq!(excerpt("naïve", 5), "naïve");
    }
}
