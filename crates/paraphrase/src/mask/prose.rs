use guardset_core::Field;

/// Least share of letters among the characters that are no blanks, in what programs write and in what people write.
const LETTERS: [f64; 2] = [0.6, 0.4];

/// False for data, tables, code and logs, in which nothing can be reworded.
pub(super) fn is_prose(body: &str, field: Field) -> bool {
    if is_data(body) {
        return false;
    }
    let lines: Vec<&str> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let rows = lines.iter().filter(|line| line.matches('|').count() >= 2).count();
    if 2 * rows >= lines.len() {
        return false;
    }
    if matches!(field, Field::Result | Field::Payload) && lines.len() >= 3 {
        let columns = lines.iter().filter(|line| line.contains("   ")).count();
        if 3 * columns >= lines.len() || body.starts_with("Traceback") {
            return false;
        }
        let records = lines.iter().filter(|line| is_record(line)).count();
        if 5 * records >= 3 * lines.len() {
            return false;
        }
    }
    let solid = body.chars().filter(|c| !c.is_whitespace()).count();
    let letters = body.chars().filter(|c| c.is_alphabetic() || super::slot(*c).is_some()).count();
    let people = matches!(field, Field::Request | Field::Assistant);
    letters as f64 >= LETTERS[usize::from(people)] * solid as f64
}

/// JSON, or XML as a whole.
fn is_data(body: &str) -> bool {
    let wrapped = |open: char, close: char| body.starts_with(open) && body.ends_with(close);
    let json = wrapped('{', '}') || wrapped('[', ']') && (body.contains("\":") || body.contains("\",") || body.len() < 3);
    json || body.starts_with("<?xml") || body.starts_with("<!DOCTYPE") || wrapped('<', '>') && body.contains("</")
}

/// `key: value` or `key=value`, as files and logs have it.
fn is_record(line: &str) -> bool {
    let key = line.split([':', '=']).next().unwrap_or_default().trim_start_matches(['-', ' ', '"']).trim_end_matches(['"', ' ']);
    key.len() < line.len() && !key.is_empty() && !key.contains(' ')
}
