use crate::mask::STAND_IN;

/// True when two free texts differ in case and punctuation alone, or are as similar as `closeness` forbids.
pub(super) fn too_close(text: &str, other: &str, closeness: f64) -> bool {
    let (text, other) = (bare(text), bare(other));
    if text == other {
        return true;
    }
    let longest = text.chars().count().max(other.chars().count()) as f64;
    // What two texts have in letters bounds their distance from below, and is found much faster.
    if 1.0 - apart(&text, &other) as f64 / longest < closeness {
        return false;
    }
    strsim::normalized_levenshtein(&text, &other) >= closeness
}

/// Letters and figures in lower case, with single blanks.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || c == STAND_IN {
            out.extend(c.to_lowercase());
        } else if !out.ends_with(' ') && !out.is_empty() && !matches!(c, '\'' | '’') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Least number of changes that turn the characters of one text into those of the other, in whatever order.
fn apart(text: &str, other: &str) -> usize {
    let mut counts = [0_i32; 128];
    let place = |c: char| if c.is_ascii() { c as usize } else { u32::from(c) as usize % 97 + 31 };
    text.chars().for_each(|c| counts[place(c)] += 1);
    other.chars().for_each(|c| counts[place(c)] -= 1);
    let (more, less) = counts.iter().fold((0, 0), |(more, less), count| (more + (*count).max(0), less + (-*count).max(0)));
    more.max(less) as usize
}
