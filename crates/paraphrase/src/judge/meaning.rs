use guardset_core::{Field, Meaning};

use super::Reason;
use super::tongue::{Found, Hit};

/// Words between a negation and what it denies.
const REACH: usize = 8;
/// The meaning that denies others.
const NOT: &str = "not";
/// The meaning that sets what it is about apart from what else is done.
const KEEP: &str = "keep";
/// Meanings that put actions into an order.
const ORDER: [&str; 4] = ["before", "after", "first", "then"];

/// Compares what an original and its rewording say.
pub(super) fn compare(original: &Found, reply: &Found, meanings: &[Meaning], field: Field) -> Result<(), Reason> {
    let says = |found: &Found, ids: &[String]| found.hits.iter().any(|hit| ids.contains(&meanings[hit.meaning].id));
    for (number, meaning) in meanings.iter().enumerate() {
        let (had, has) = (clauses(original, number), clauses(reply, number));
        if has == 0 && had > 0 && !meaning.may_lose.contains(&field) && !says(reply, &meaning.or) {
            return Err(Reason::MeaningLost);
        }
    }
    for (number, meaning) in meanings.iter().enumerate() {
        let (had, has) = (clauses(original, number), clauses(reply, number));
        // In more clauses than the original says it at all, it is said once more.
        let said = original.hits.iter().filter(|hit| hit.meaning == number).count();
        let gained = has > 0 && had == 0 || meaning.counted && has > said;
        if gained && !meaning.may_gain.contains(&field) && !(had == 0 && says(original, &meaning.or)) {
            return Err(Reason::MeaningAdded);
        }
    }
    if denied(original, meanings, field) != denied(reply, meanings, field) {
        return Err(Reason::MeaningTurned);
    }
    let has = |found: &Found, ids: &[&str]| found.hits.iter().any(|hit| ids.contains(&meanings[hit.meaning].id.as_str()));
    let ordered = has(original, &ORDER) || has(reply, &ORDER) || has(original, &[KEEP]) && has(reply, &[KEEP]);
    if ordered && turned(&actions(original, meanings), &actions(reply, meanings)) {
        return Err(Reason::MeaningTurned);
    }
    Ok(())
}

/// In how many clauses a meaning is found.
fn clauses(found: &Found, meaning: usize) -> usize {
    let mut clauses: Vec<usize> = found.hits.iter().filter(|hit| hit.meaning == meaning).map(|hit| hit.clause).collect();
    clauses.dedup();
    clauses.len()
}

/// The actions that a negation in the same clause denies: for each negation the nearest, those left out that may come
/// and go.
fn denied(found: &Found, meanings: &[Meaning], field: Field) -> Vec<usize> {
    let mut denied: Vec<usize> = found
        .hits
        .iter()
        .filter(|hit| meanings[hit.meaning].id == NOT)
        .filter_map(|not| {
            let counts = |meaning: &Meaning| meaning.action && !meaning.may_gain.contains(&field);
            let near = found.hits.iter().filter(|hit| counts(&meanings[hit.meaning]) && hit.clause == not.clause);
            near.filter(|hit| hit.at.abs_diff(not.at) <= REACH).min_by_key(|hit| hit.at.abs_diff(not.at)).map(|hit| hit.meaning)
        })
        .collect();
    denied.sort_unstable();
    denied.dedup();
    denied
}

/// The actions in the order in which they are to happen, as far as words for order tell: "before you send it, read it"
/// is reading and then sending.
fn actions(found: &Found, meanings: &[Meaning]) -> Vec<usize> {
    let id = |hit: &Hit| meanings[hit.meaning].id.as_str();
    let mut hits = found.hits.clone();
    let orders: Vec<Hit> = found.hits.iter().filter(|hit| ["before", "after", "once"].contains(&id(hit))).copied().collect();
    for order in orders {
        let inside = |at: usize| hits.get(at).filter(|hit| hit.sentence == order.sentence && meanings[hit.meaning].action);
        let of_sentence: Vec<usize> = (0..hits.len()).filter(|at| inside(*at).is_some()).collect();
        let earlier = of_sentence.iter().rfind(|at| hits[**at].at < order.at).copied();
        let mut later = of_sentence.iter().filter(|at| hits[**at].at > order.at).copied();
        let (first, second) = (later.next(), later.next());
        match (id(&order), earlier, first, second) {
            ("before", None, Some(first), Some(second)) | ("after" | "once", Some(first), Some(second), _) => hits.swap(first, second),
            _ => {}
        }
    }
    let mut actions: Vec<usize> = Vec::new();
    for hit in &hits {
        if meanings[hit.meaning].action && !actions.contains(&hit.meaning) {
            actions.push(hit.meaning);
        }
    }
    actions
}

fn turned(original: &[usize], reply: &[usize]) -> bool {
    let common = |list: &[usize], other: &[usize]| -> Vec<usize> { list.iter().copied().filter(|action| other.contains(action)).collect() };
    common(original, reply) != common(reply, original)
}
