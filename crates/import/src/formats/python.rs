use serde_json::{Map, Number, Value};

/// Where a literal or a call cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    /// Offset in bytes.
    pub at: usize,
    /// What would be right there.
    pub expected: &'static str,
}

/// Nesting beyond this is refused; the JSON reader draws its line at the same place.
const DEPTH: usize = 127;

/// Reads the Python literal at the beginning of `text`; gives it with the offset in bytes behind it.
///
/// Strings (with prefix `r`, `u` or `b`, tripled quotes, all escapes but `\N`), numbers, `True`, `False`, `None` and
/// their JSON spellings, lists, tuples, sets (both become arrays) and dicts, whose keys become strings.
pub(super) fn literal_prefix(text: &str) -> Result<(Value, usize), Flaw> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    Ok((value, reader.at))
}

/// A place in a text of Python literals.
pub(super) struct Reader<'a> {
    pub text: &'a str,
    /// Offset in bytes.
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn flaw<T>(&self, expected: &'static str) -> Result<T, Flaw> {
        Err(Flaw { at: self.at, expected })
    }

    pub fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether `token` comes next, behind spaces; it is passed if so.
    pub fn eat(&mut self, token: &str) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub fn value(&mut self, depth: usize) -> Result<Value, Flaw> {
        if depth > DEPTH {
            return self.flaw("less nesting");
        }
        self.skip_spaces();
        match self.rest().as_bytes() {
            [b'[', ..] => self.items("[", "]", depth),
            [b'(', ..] => self.parenthesis(depth),
            [b'{', ..] => self.braces(depth),
            [b'"' | b'\'', ..] => self.string(false),
            [b'r' | b'R', b'"' | b'\'', ..] => self.behind_prefix(true),
            [b'u' | b'U' | b'b' | b'B', b'"' | b'\'', ..] => self.behind_prefix(false),
            [b'0'..=b'9' | b'.' | b'+' | b'-', ..] => self.number(),
            _ => self.word(),
        }
    }

    fn behind_prefix(&mut self, raw: bool) -> Result<Value, Flaw> {
        self.at += 1;
        self.string(raw)
    }

    fn items(&mut self, open: &str, close: &'static str, depth: usize) -> Result<Value, Flaw> {
        self.eat(open);
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.value(depth + 1)?);
            if !self.eat(",") && !self.next_is(close) {
                return self.flaw("a comma or the end of the list");
            }
        }
        Ok(Value::Array(items))
    }

    fn next_is(&mut self, token: &str) -> bool {
        self.skip_spaces();
        self.rest().starts_with(token)
    }

    /// `(1)` is 1, `(1,)` and `(1, 2)` are tuples.
    fn parenthesis(&mut self, depth: usize) -> Result<Value, Flaw> {
        let start = self.at;
        let tuple = self.items("(", ")", depth)?;
        let inside = self.text[start..self.at - 1].trim_end();
        match tuple {
            Value::Array(mut items) if items.len() == 1 && !inside.ends_with(',') => Ok(items.remove(0)),
            tuple => Ok(tuple),
        }
    }

    /// A dict or a set; `{}` is a dict.
    fn braces(&mut self, depth: usize) -> Result<Value, Flaw> {
        let start = self.at;
        self.eat("{");
        let mut dict = Map::new();
        while !self.eat("}") {
            let key = self.value(depth + 1)?;
            if !self.eat(":") {
                if dict.is_empty() && !key.is_array() && !key.is_object() {
                    self.at = start;
                    return self.items("{", "}", depth);
                }
                return self.flaw("a colon");
            }
            let Some(key) = key_of(key) else { return self.flaw("a key that is a string, a number or a name") };
            let value = self.value(depth + 1)?;
            dict.insert(key, value);
            if !self.eat(",") && !self.next_is("}") {
                return self.flaw("a comma or the end of the dict");
            }
        }
        Ok(Value::Object(dict))
    }

    fn word(&mut self) -> Result<Value, Flaw> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let value = match &rest[..end] {
            "True" | "true" => Value::Bool(true),
            "False" | "false" => Value::Bool(false),
            "None" | "null" => Value::Null,
            _ => return self.flaw("a literal"),
        };
        self.at += end;
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Flaw> {
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let sign = matches!(c, '+' | '-') && matches!(before, ' ' | 'e' | 'E');
            before = c;
            !(sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
        });
        let end = end.unwrap_or(rest.len());
        let Some(number) = number_of(&rest[..end].replace('_', "")) else { return self.flaw("a number") };
        self.at += end;
        Ok(Value::Number(number))
    }

    fn string(&mut self, raw: bool) -> Result<Value, Flaw> {
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| self.rest().starts_with(quote)).unwrap_or("'");
        let start = self.at;
        self.at += quote.len();
        let mut text = String::new();
        loop {
            if self.rest().starts_with(quote) {
                self.at += quote.len();
                return Ok(Value::String(text));
            }
            match self.next() {
                None => return Err(Flaw { at: start, expected: "a string that ends" }),
                Some('\\') if raw => {
                    text.push('\\');
                    text.extend(self.next());
                }
                Some('\\') => self.escape(&mut text)?,
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Flaw> {
        let at = self.at;
        let c = match self.next() {
            Some('\n') => return Ok(()),
            Some(c @ ('\\' | '\'' | '"')) => c,
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some('x') => self.code(2, 16)?,
            Some('u') => self.code(4, 16)?,
            Some('U') => self.code(8, 16)?,
            Some('0'..='7') => {
                self.at = at;
                let digits = self.rest().bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                self.code(digits, 8)?
            }
            // As Python has it: what is no escape stands for itself, backslash and all.
            Some(other) => {
                text.push('\\');
                other
            }
            None => return self.flaw("an escape that ends"),
        };
        text.push(c);
        Ok(())
    }

    /// The character of that code; two `\u` that are a surrogate pair are one.
    fn code(&mut self, digits: usize, radix: u32) -> Result<char, Flaw> {
        let high = self.unit(digits, radix)?;
        if (0xD800..0xDC00).contains(&high) && self.rest().starts_with("\\u") {
            self.at += 2;
            let low = self.unit(4, 16)?;
            let pair = char::decode_utf16([high, low].map(|unit| unit as u16)).next();
            return pair.and_then(Result::ok).map_or_else(|| self.flaw("the second half of a surrogate pair"), Ok);
        }
        char::from_u32(high).map_or_else(|| self.flaw("the code of a character"), Ok)
    }

    fn unit(&mut self, digits: usize, radix: u32) -> Result<u32, Flaw> {
        let code = self.rest().get(..digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match code.and_then(|code| u32::from_str_radix(code, radix).ok()) {
            Some(unit) => {
                self.at += digits;
                Ok(unit)
            }
            None => self.flaw("the digits of an escape"),
        }
    }
}

fn key_of(key: Value) -> Option<String> {
    match key {
        Value::String(key) => Some(key),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// A number as Python writes it, without underscores. One beyond 64 bits becomes a float, as in JSON.
fn number_of(token: &str) -> Option<Number> {
    let digits = token.trim_start_matches(['+', '-']);
    if token.len() > digits.len() + 1 || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let value = i64::from_str_radix(hex, 16).ok()?;
        return Some(Number::from(if token.starts_with('-') { -value } else { value }));
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() > 1 && digits.starts_with('0') {
        return None; // 007 is no number in Python; read as one it would lose its zeros.
    }
    let whole = token.parse::<i64>().map(Number::from).or_else(|_| token.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(token.parse::<f64>().ok()?))
}
