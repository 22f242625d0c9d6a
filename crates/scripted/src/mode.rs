use std::str::FromStr;

use crate::{Act, Broken, Request, answer, reword, say, texts};

/// What the server makes of the texts it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rewords them, crudely.
    Reword,
    /// Gives them back as they are.
    Echo,
    /// Rewords them, and breaks what a reply must keep.
    Break(Broken),
}

impl Mode {
    /// The act for one request.
    pub fn act(self, request: &Request) -> Act {
        match self {
            Self::Reword => say(request, &answer(reworded(request))).into(),
            Self::Echo => say(request, &answer(texts(request))).into(),
            Self::Break(broken) => broken.response(request, reworded(request)).into(),
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "reword" => Ok(Self::Reword),
            None if text == "echo" => Ok(Self::Echo),
            Some(("break", broken)) => broken.parse().map(Self::Break),
            _ => Err(format!("{text:?} is neither reword, echo nor break:KIND")),
        }
    }
}

fn reworded(request: &Request) -> Vec<(String, String)> {
    let seed = request.json()["seed"].as_u64().unwrap_or(0);
    texts(request).into_iter().map(|(id, text)| (id, reword(&text, seed))).collect()
}
