//! Lists one server and prints the listing as JSON: `list -- PROGRAM ARGUMENTS` or `list --url ADDRESS`.

use std::process::ExitCode;

use guardset_import::{Limits, Named, Source, list_all};

fn main() -> ExitCode {
    let words: Vec<_> =
        std::env::args().skip(1).filter(|word| !matches!(word.as_str(), "import" | "server" | "--yes" | "--json")).collect();
    let source = match &words[..] {
        [option, url] if option == "--url" => Source::url(url),
        [option, program, arguments @ ..] if option == "--" => Source::command(program, arguments.to_vec()),
        _ => {
            eprintln!("give -- PROGRAM ARGUMENTS, or --url ADDRESS");
            return ExitCode::FAILURE;
        }
    };
    let mut status = ExitCode::FAILURE;
    list_all(&[Named { name: String::new(), source }], &Limits::default(), &mut |_, listed| match listed {
        Ok(listing) => {
            println!("{}", serde_json::json!(listing));
            status = ExitCode::SUCCESS;
        }
        Err(error) => eprintln!("{error}"),
    });
    status
}
