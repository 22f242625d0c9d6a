//! Says whether a reply can stand in for the text that it rewords.

mod closeness;
mod guards;
mod meaning;
mod object;
mod reason;
mod reply;
mod tongue;
mod values;

use guardset_core::{Accept, Field, Template};

pub use guards::{Guards, Tongue};
pub use object::{part, parts};
pub use reason::Reason;

use crate::mask::{Masked, STAND_IN};

/// A text that was asked for, and what is asked of the reply.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The text as the model saw it.
    pub masked: &'a Masked,
    /// What it is.
    pub field: Field,
    /// Language that the reply is to be in; the text itself is in that of the seeds.
    pub language: &'a Tongue,
    /// What the recipe asks for.
    pub accept: &'a Accept,
    /// Rewordings of the same text that are in use already.
    pub siblings: &'a [Template],
}

/// Characters that a marker counts for where lengths are compared.
const MARKER_LENGTH: usize = 6;
/// Characters by which a short text may leave the band of lengths.
const SLACK: f64 = 12.0;

/// Puts back what the markers of a reply stand for.
///
/// # Errors
/// The first rule that the reply breaks. Rules go from form to meaning, so that the reason names the plainest fault.
pub fn judge(ask: &Ask<'_>, guards: &Guards, reply: &str) -> Result<Template, Reason> {
    let reply = reply.replace(['\u{a0}', '\u{202f}'], " ");
    let reply = reply.trim();
    if reply.is_empty() {
        return Err(Reason::Empty);
    }
    values::hidden(reply, &ask.masked.free)?;
    guards.announces(reply, &ask.masked.free, ask.language)?;
    let read = reply::read(reply, ask.masked)?;
    length(&read.free, &ask.masked.free, ask.accept)?;
    let (original, free) = (ask.masked.free.as_str(), read.free.as_str());
    values::scripts(free, original)?;
    guards.language(free, original, ask.language)?;
    values::new(free, original, ask)?;
    if values::sentences(free) > values::sentences(original) + 1 {
        return Err(Reason::MoreSentences);
    }
    asks(free, original, ask.field)?;
    meaning::compare(&guards.seeds().find(original), &ask.language.find(free), guards.meanings(), ask.field)?;
    if closeness::too_close(free, original, ask.accept.closeness) {
        return Err(Reason::TooClose);
    }
    let text = read.restored(ask.masked);
    for sibling in ask.siblings {
        if closeness::too_close(free, &stood(sibling, ask.masked), ask.accept.closeness) {
            return Err(Reason::LikeSibling);
        }
    }
    let template = Template::parse(&text);
    let mut slots: Vec<usize> = template.slots().collect();
    slots.sort_unstable();
    if slots != ask.masked.slots {
        return Err(Reason::MarkerLost);
    }
    Ok(template)
}

impl Masked {
    /// Puts back what the markers of a text stand for, whatever is between them.
    ///
    /// # Errors
    /// When markers or lines are not those of this text.
    pub fn unmask(&self, reply: &str) -> Result<Template, Reason> {
        reply::read(reply, self).map(|read| Template::parse(&read.restored(self)))
    }
}

fn length(free: &str, original: &str, accept: &Accept) -> Result<(), Reason> {
    let count = |text: &str| text.chars().map(|c| if c == STAND_IN { MARKER_LENGTH } else { 1 }).sum::<usize>() as f64;
    let (had, has) = (count(original), count(free));
    if has < accept.length[0] * had - SLACK {
        Err(Reason::TooShort)
    } else if has > accept.length[1] * had + SLACK {
        Err(Reason::TooLong)
    } else {
        Ok(())
    }
}

/// Whoever asks still asks, and nobody begins to. Users may turn a question into a request.
fn asks(free: &str, original: &str, field: Field) -> Result<(), Reason> {
    match (original.contains('?'), free.contains('?')) {
        (true, false) if field != Field::Request => Err(Reason::MeaningLost),
        (false, true) if field != Field::Request => Err(Reason::MeaningAdded),
        _ => Ok(()),
    }
}

/// An earlier rewording with stand-ins for what was protected.
fn stood(sibling: &Template, masked: &Masked) -> String {
    let mut text = sibling.marked();
    let mut pieces: Vec<&String> = masked.pieces.iter().collect();
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    for piece in pieces {
        text = text.replacen(piece.as_str(), STAND_IN.encode_utf8(&mut [0; 4]), 1);
    }
    text
}
