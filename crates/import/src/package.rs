use std::path::Path;

use crate::client::Source;

/// The package that a command runs, for provenance: `npm:@scope/package`, `pypi:package` or `oci:image`, without its
/// version. `None` where the command does not tell. Of `python -m a_b` the package is guessed to be `a-b`.
pub fn package(source: &Source) -> Option<String> {
    let Source::Command { program, arguments, .. } = source else { return None };
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".cmd").or_else(|| name.strip_suffix(".exe")).unwrap_or(name);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (name, &words[..]) {
        ("cmd", ["/c" | "/C", program, rest @ ..]) => {
            package(&Source::command(*program, rest.iter().map(|word| (*word).to_owned()).collect()))
        }
        ("npx" | "bunx" | "pnpx", rest) => npm(rest),
        ("npm", ["exec" | "x", rest @ ..]) | ("pnpm" | "yarn", ["dlx", rest @ ..]) | ("bun", ["x", rest @ ..]) => npm(rest),
        ("uvx", rest) | ("uv", ["tool", "run", rest @ ..]) | ("pipx", ["run", rest @ ..]) => pypi(rest),
        ("docker" | "podman", ["run", rest @ ..] | ["container", "run", rest @ ..]) => oci(rest),
        (python, rest) if python.starts_with("python") => {
            let module = rest.iter().skip_while(|word| **word != "-m").nth(1)?;
            Some(format!("pypi:{}", plain(module.split('.').next()?)?.replace('_', "-")))
        }
        _ => None,
    }
}

fn npm(words: &[&str]) -> Option<String> {
    let named = option(words, &["-p", "--package"]);
    let package = named.or_else(|| first(words, &["-c", "--call", "-w", "--workspace", "--registry"]))?;
    // The version follows the last `@`, which must not be that of the scope.
    let name = package.rfind('@').filter(|at| *at > 0).map_or(package, |at| &package[..at]);
    Some(format!("npm:{}", plain(name)?))
}

fn pypi(words: &[&str]) -> Option<String> {
    let named = option(words, &["--from", "--spec"]);
    let package =
        named.or_else(|| first(words, &["-p", "--python", "--with", "--index", "--index-url", "--default-index", "--directory"]))?;
    let name = package.split(['@', '=', '<', '>', '~', '!', '[', ' ']).next()?;
    Some(format!("pypi:{}", plain(name)?))
}

fn oci(words: &[&str]) -> Option<String> {
    const WITH_VALUE: [&str; 18] = [
        "-e",
        "--env",
        "--env-file",
        "-v",
        "--volume",
        "--mount",
        "-p",
        "--publish",
        "--name",
        "--network",
        "--net",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--entrypoint",
        "-l",
        "--platform",
    ];
    let image = first(words, &WITH_VALUE)?;
    let image = image.split('@').next()?;
    // A colon before the last slash is that of a port.
    let tag = image.rfind(':').filter(|at| !image[*at..].contains('/'));
    Some(format!("oci:{}", plain(tag.map_or(image, |at| &image[..at]))?))
}

/// The value of one of these options.
fn option<'a>(words: &[&'a str], names: &[&str]) -> Option<&'a str> {
    let options: Vec<_> = words.iter().take_while(|word| **word != "--").collect();
    options.iter().enumerate().find_map(|(place, word)| match word.split_once('=') {
        Some((name, value)) => names.contains(&name).then_some(value),
        None => names.contains(*word).then(|| options.get(place + 1).map(|value| **value))?,
    })
}

/// The first word that is neither an option nor the value of one of those that have one.
fn first<'a>(words: &[&'a str], with_value: &[&str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if with_value.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// The name of a package; `None` where it can be none: a path, an address, anything with characters that none has.
fn plain(name: &str) -> Option<&str> {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "@/._-:".contains(c));
    (fits && !name.starts_with(['.', '/']) && !name.contains("//")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_tells_its_package() {
        let cases = [
            ("npx -y @scope/pkg@1.2 --flag", Some("npm:@scope/pkg")),
            ("npx -y @scope/pkg", Some("npm:@scope/pkg")),
            ("/usr/bin/npx pkg@latest ./docs", Some("npm:pkg")),
            ("npx -y -p @scope/pkg run-it", Some("npm:@scope/pkg")),
            ("npx --package=pkg@2 run-it", Some("npm:pkg")),
            ("cmd /c npx -y pkg", Some("npm:pkg")),
            ("npm exec -- pkg", Some("npm:pkg")),
            ("npx", None),
            ("npx ./local", None),
            ("npx https://x.test/pkg.tgz", None),
            ("uvx mcp-server-x", Some("pypi:mcp-server-x")),
            ("uvx mcp-server-x@1.0 --repo .", Some("pypi:mcp-server-x")),
            ("uvx --from pkg[extra]==1.0 run-it", Some("pypi:pkg")),
            ("uvx --python 3.12 pkg>=1", Some("pypi:pkg")),
            ("uvx --from git+https://x.test/y run-it", None),
            ("uv tool run pkg", Some("pypi:pkg")),
            ("uv run server.py", None),
            ("python -m mcp_server_x --port 1", Some("pypi:mcp-server-x")),
            ("/opt/bin/python3.12 -u -m pkg.server", Some("pypi:pkg")),
            ("python server.py", None),
            ("docker run -i --rm -e KEY -v /a:/b mcp/x:1.0 --flag", Some("oci:mcp/x")),
            ("docker run --rm host.test:5000/mcp/x@sha256:00", Some("oci:host.test:5000/mcp/x")),
            ("docker ps", None),
            ("node index.js", None),
        ];
        for (line, expected) in cases {
            let mut words = line.split(' ').map(str::to_owned);
            let program = words.next().unwrap_or_default();
            assert_eq!(package(&Source::command(program, words.collect())).as_deref(), expected, "{line}");
        }
        assert_eq!(package(&Source::url("https://x.test/npx")), None);
    }
}
