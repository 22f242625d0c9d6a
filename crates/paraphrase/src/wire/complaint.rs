use serde_json::Value;

/// What a server says when it does not do as asked. Servers differ in where they say it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Code and type of the error, where there are any.
    pub(crate) names: Vec<String>,
    pub(crate) message: String,
}

/// Most characters of a message that are kept.
const MOST: usize = 2_000;

impl Complaint {
    pub(crate) fn read(body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let error = value.get("error").filter(|error| error.is_object()).unwrap_or(&value);
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let message = ["message", "error", "detail"].into_iter().find_map(text);
        Self {
            names: ["code", "type"].into_iter().filter_map(text).collect(),
            message: plain(&message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())),
        }
    }

    /// Whether it is about money or a quota that is used up, which no waiting mends.
    pub(crate) fn is_about_money(&self) -> bool {
        self.names.iter().any(|name| name == "insufficient_quota" || name.contains("billing"))
            || self.message.contains("credit balance is too low")
    }

    pub(crate) fn is_about_the_model(&self) -> bool {
        self.names.iter().any(|name| name == "model_not_found")
    }
}

/// The beginning of a text, on one line and without what a terminal would act on.
fn plain(text: &str) -> String {
    text.trim().chars().map(|char| if char.is_control() { ' ' } else { char }).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_looked_in() {
        let check = |body: &str, names: &[&str], message: &str| {
            let expected = Complaint { names: names.iter().map(|&name| name.into()).collect(), message: message.into() };
            assert_eq!(Complaint::read(body.as_bytes()), expected, "{body}");
        };
        check(r#"{"error":{"message":"no","type":"bad","code":"x"}}"#, &["x", "bad"], "no");
        check(r#"{"error":{"message":"no","type":"bad","code":400}}"#, &["bad"], "no");
        check(r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#, &["overloaded_error"], "busy");
        check(r#"{"error":"plain"}"#, &[], "plain");
        check(r#"{"detail":"Not Found"}"#, &[], "Not Found");
        check("<html>\n\u{1b}[31mBad Gateway</html>\n", &[], "<html>  [31mBad Gateway</html>");
        check("", &[], "");
        assert_eq!(Complaint::read("ä".repeat(5_000).as_bytes()).message.chars().count(), 2_000);
    }
}
