use crate::secret::Secret;

/// Puts values of the environment in the place of `${VAR}`, `${env:VAR}`, `${input:name}` and `${VAR:-default}`.
pub(super) struct Variables<'a> {
    pub(super) get: &'a dyn Fn(&str) -> Option<String>,
    /// The values that were put in.
    pub(super) used: Vec<Secret>,
    /// What is wrong with what stands in `${..}`.
    pub(super) wrong: Vec<String>,
}

impl Variables<'_> {
    /// The text with its values. What is unset is noted, and left out.
    pub(super) fn fill(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
            filled.push_str(&rest[..start]);
            filled.push_str(&self.value(&rest[start + 2..end]));
            rest = &rest[end + 1..];
        }
        filled + rest
    }

    fn value(&mut self, inside: &str) -> String {
        let (name, default) = inside.split_once(":-").map_or((inside, None), |(name, default)| (name, Some(default)));
        let name = match name.split_once(':') {
            None => name.to_owned(),
            Some(("env", name)) => name.to_owned(),
            // Inputs are asked for by an editor, under names that no variable can have.
            Some(("input", name)) => name.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
            Some((kind, _)) => {
                self.wrong.push(format!("has ${{{inside}}}; {kind} is not known, there are ${{VAR}}, ${{env:VAR}} and ${{input:NAME}}"));
                return String::new();
            }
        };
        let value = (self.get)(&name);
        if let Some(value) = value {
            self.used.push(Secret::new(&value));
            return value;
        }
        if default.is_none() {
            self.wrong.push(format!("has ${{{inside}}}, and the variable {name} is not set; set it in the environment of guardset"));
        }
        default.unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> (String, usize, Vec<String>) {
        let get = |name: &str| ["HOME", "API_KEY"].contains(&name).then(|| format!("<{name}>"));
        let mut variables = Variables { get: &get, used: Vec::new(), wrong: Vec::new() };
        (variables.fill(text), variables.used.len(), variables.wrong)
    }

    #[test]
    fn each_form_is_filled() {
        assert_eq!(fill("a ${HOME}/b ${env:HOME} ${input:api-key}"), ("a <HOME>/b <HOME> <API_KEY>".to_owned(), 3, vec![]));
        assert_eq!(fill("${NONE:-x}${HOME:-y}$HOME ${open"), ("x<HOME>$HOME ${open".to_owned(), 1, vec![]));
    }

    #[test]
    fn what_is_unset_is_named() {
        let (_, _, wrong) = fill("${input:other-key} ${NONE} ${file:x}");
        assert!(wrong[0].contains("OTHER_KEY is not set") && wrong[1].contains("NONE is not set"), "{wrong:?}");
        assert!(wrong[2].contains("file is not known"), "{wrong:?}");
    }
}
