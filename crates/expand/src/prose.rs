//! Which texts of a catalog a model may reword, and what becomes of them.

use std::sync::Arc;

use guardset_core::{Catalog, Edit, Field, Names, Payload, Rewording, ScenarioStep, Template, Wording, hash_text};

use crate::json::quoted;

/// Whose text it is. Attack and look-alike must be reworded in the same proportion, or the style would tell the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It stands in safe and unsafe sessions alike.
    Shared,
    /// It stands in attacks.
    Attack,
    /// It stands in look-alikes, which are also the side business of any session.
    Benign,
}

impl Side {
    /// The name in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Attack => "attack",
            Self::Benign => "benign",
        }
    }
}

/// The file that texts come from.
#[derive(Debug)]
pub struct Owner {
    /// Id of the scenario, pattern or server.
    pub id: String,
    /// Names of the slots in its texts.
    pub names: Arc<Names>,
}

/// One text.
#[derive(Debug)]
pub struct Prose {
    /// Its file, in [`Texts::owners`].
    pub owner: usize,
    /// What it is.
    pub field: Field,
    /// Whose it is.
    pub side: Side,
    /// How often it is drawn where its file is: one over the number of wordings it stands among.
    pub weight: f64,
    /// What may be reworded: the whole, or the prose within a result. Empty where there is none.
    pub text: Arc<Template>,
}

/// Every text that may be reworded, in canonical order.
#[derive(Debug, Default)]
pub struct Texts {
    /// Files.
    pub owners: Vec<Owner>,
    /// Texts; those of one file stand together.
    pub texts: Vec<Prose>,
}

/// Lists the texts of a catalog. It is taken by mutable reference only because [`reword`] walks the same way.
pub fn prose(catalog: &mut Catalog) -> Texts {
    let mut all = Texts::default();
    walk(catalog, &mut |seen, wording| {
        if all.owners.len() == seen.owner {
            all.owners.push(Owner { id: seen.id.to_owned(), names: Arc::new(seen.names.clone()) });
        }
        let text = Cut::of(seen.field, &wording.text).map(|cut| Template::parse(&cut.prose)).unwrap_or_default();
        all.texts.push(Prose { owner: seen.owner, field: seen.field, side: seen.side, weight: seen.weight, text: Arc::new(text) });
    });
    all
}

/// Puts rewordings into a catalog: for each text of [`prose`] those that are usable, out of `asked`. `shares` says how many texts of
/// each field are drawn from them. Returns which variants of each text are in use: some are left out, so that attacks and
/// look-alikes are reworded alike.
pub fn reword(catalog: &mut Catalog, texts: &Texts, mut usable: Vec<Vec<Rewording>>, asked: u32, shares: [f64; 5]) -> Vec<Vec<u32>> {
    balance(texts, &mut usable);
    let mut used = Vec::with_capacity(usable.len());
    let mut usable = usable.into_iter();
    walk(catalog, &mut |seen, wording| {
        let rewordings = usable.next().unwrap_or_default();
        let Some(cut) = Cut::of(seen.field, &wording.text) else { return used.push(Vec::new()) };
        let slots = sorted_slots(&wording.text);
        let whole = rewordings.into_iter().map(|part| Rewording { text: cut.around(&part.text), ..part });
        // Said again where it is used: what holds a slot of the original holds its value.
        wording.rewordings = whole.filter(|rewording| sorted_slots(&rewording.text) == slots).collect();
        used.push(wording.rewordings.iter().map(|rewording| rewording.variant).collect());
        wording.asked = if shares[seen.field as usize] > 0.0 { asked } else { 0 };
    });
    catalog.reworded = shares;
    used
}

fn sorted_slots(text: &Template) -> Vec<usize> {
    let mut slots: Vec<usize> = text.slots().collect();
    slots.sort_unstable();
    slots
}

/// Takes rewordings away from the side that has more of a style, until attacks and look-alikes show it equally often. Which go
/// is a matter of a stable hash.
fn balance(texts: &Texts, usable: &mut [Vec<Rewording>]) {
    let mut order: Vec<usize> = (0..texts.texts.len()).collect();
    order.sort_by_cached_key(|at| (hash_text(&texts.texts[*at].text.marked()), *at));
    let mut styles: Vec<(Field, usize)> =
        usable.iter().zip(&texts.texts).flat_map(|(list, text)| list.iter().map(|rewording| (text.field, rewording.style))).collect();
    styles.sort_unstable();
    styles.dedup();
    for (field, style) in styles {
        let total = |side: Side| -> f64 { texts.texts.iter().filter(|t| t.field == field && t.side == side).map(|t| t.weight).sum() };
        let of = |list: &[Rewording]| list.iter().filter(|rewording| rewording.style == style).count() as f64;
        let has = |side: Side, usable: &[Vec<Rewording>]| -> f64 {
            let own = texts.texts.iter().zip(usable).filter(|(t, _)| t.field == field && t.side == side);
            own.map(|(t, list)| t.weight * of(list)).sum::<f64>() / total(side)
        };
        if total(Side::Attack) == 0.0 || total(Side::Benign) == 0.0 {
            continue;
        }
        let (attack, benign) = (has(Side::Attack, usable), has(Side::Benign, usable));
        let richer = if attack > benign { Side::Attack } else { Side::Benign };
        let mut surplus = (attack - benign).abs() * total(richer);
        for at in &order {
            let text = &texts.texts[*at];
            if text.field != field || text.side != richer {
                continue;
            }
            let list = &mut usable[*at];
            while surplus >= text.weight * 0.5
                && let Some(last) = list.iter().rposition(|rewording| rewording.style == style)
            {
                list.remove(last);
                surplus -= text.weight;
            }
        }
    }
}

/// A text as the walk comes by it.
struct Seen<'a> {
    owner: usize,
    id: &'a str,
    names: &'a Names,
    field: Field,
    side: Side,
    weight: f64,
}

/// Comes by every wording of a catalog, in an order that depends on the catalog alone.
fn walk(catalog: &mut Catalog, visit: &mut dyn FnMut(Seen<'_>, &mut Wording)) {
    let mut owner = 0;
    for scenario in &mut catalog.scenarios {
        let (id, names) = (&scenario.id, &scenario.names);
        let mut set = |field, wordings: &mut [Wording]| {
            let weight = 1.0 / wordings.len().max(1) as f64;
            wordings.iter_mut().for_each(|wording| visit(Seen { owner, id, names, field, side: Side::Shared, weight }, wording));
        };
        set(Field::Request, &mut scenario.requests);
        set(Field::Assistant, &mut scenario.replies);
        for step in &mut scenario.steps {
            match step {
                ScenarioStep::Call(call) => {
                    set(Field::Assistant, &mut call.says);
                    set(Field::Result, &mut call.template.results);
                }
                ScenarioStep::Assistant(wordings) => set(Field::Assistant, wordings),
                ScenarioStep::User(wordings) => set(Field::Request, wordings),
            }
        }
        owner += 1;
    }
    for pattern in &mut catalog.patterns {
        let (id, names) = (&pattern.id, &pattern.names);
        let mut one = |field, side, weight, wording: &mut Wording| visit(Seen { owner, id, names, field, side, weight }, wording);
        let mut set = |field, side, wordings: &mut Vec<Wording>| {
            let weight = 1.0 / wordings.len().max(1) as f64;
            wordings.iter_mut().for_each(|wording| one(field, side, weight, wording));
        };
        set(Field::Assistant, Side::Attack, &mut pattern.follows);
        set(Field::Assistant, Side::Attack, &mut pattern.refuses);
        set(Field::Assistant, Side::Attack, &mut pattern.asks);
        set(Field::Assistant, Side::Benign, &mut pattern.lookalike.replies);
        // What users add is added in attacks as well: as side business, and by a few patterns of their own.
        for edit in pattern.expose.iter_mut().chain(&mut pattern.comply).chain(&mut pattern.lookalike.edits) {
            if let Edit::ExtendRequest { text, .. } = edit {
                set(Field::Request, Side::Shared, text);
            }
        }
        let payloads: [(Side, &mut Vec<Payload>); 2] =
            [(Side::Attack, &mut pattern.payloads), (Side::Benign, &mut pattern.lookalike.payloads)];
        for (side, payloads) in payloads {
            let weight = 1.0 / payloads.len().max(1) as f64;
            payloads.iter_mut().for_each(|payload| one(Field::Payload, side, weight, &mut payload.text));
        }
        owner += 1;
    }
    let none = Names::default();
    for server in &mut catalog.servers {
        let mut one = |field, names, wording: &mut Wording| {
            visit(Seen { owner, id: &server.name, names, field, side: Side::Shared, weight: 1.0 }, wording);
        };
        if let Some(instructions) = &mut server.instructions {
            one(Field::Description, &none, instructions);
        }
        for tool in &mut catalog.tools[server.tools.clone()] {
            one(Field::Description, &none, &mut tool.description);
        }
        owner += 1;
        // The slots of an example are its tool's own.
        for tool in &mut catalog.tools[server.tools.clone()] {
            let names = &tool.names;
            for wording in &mut tool.example.results {
                visit(Seen { owner, id: &tool.name, names, field: Field::Result, side: Side::Shared, weight: 1.0 }, wording);
            }
            owner += 1;
        }
    }
}

/// Words below which a string in JSON is a value and no prose.
const PROSE: usize = 5;

/// The prose of a text and what stands around it, with markers for slots.
struct Cut {
    before: String,
    prose: String,
    after: String,
    /// It is a string in JSON.
    json: bool,
}

impl Cut {
    fn of(field: Field, text: &Template) -> Option<Self> {
        let marked = text.marked();
        let json = field == Field::Result && marked.trim_start().starts_with(['{', '[']);
        if !json {
            let prose = marked.trim();
            let at = marked.len() - marked.trim_start().len();
            let (before, after) = (marked[..at].to_owned(), marked[at + prose.len()..].to_owned());
            return (!prose.is_empty()).then(|| Self { before, prose: prose.to_owned(), after, json });
        }
        let longest = strings(&marked).into_iter().filter(|(_, prose)| is_prose(prose)).max_by_key(|(range, _)| range.len())?;
        let (range, prose) = longest;
        Some(Self { before: marked[..range.start].to_owned(), prose, after: marked[range.end..].to_owned(), json })
    }

    fn around(&self, part: &Template) -> Template {
        let part = part.marked();
        let part = if self.json { quoted(&part) } else { part };
        Template::parse(&format!("{}{part}{}", self.before, self.after))
    }
}

fn is_prose(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    text.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).count() >= PROSE && letters * 10 >= text.chars().count() * 7
}

/// The strings of a JSON text that are no keys: where each stands with its quotes, and what it says. Slots may stand anywhere, so
/// this is no parser.
fn strings(json: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = json[at..].find('"').map(|offset| at + offset) {
        let mut end = open + 1;
        let bytes = json.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let Some(token) = json.get(open..=end) else { break };
        let is_key = json[end + 1..].trim_start().starts_with(':');
        if let (false, Ok(text)) = (is_key, serde_json::from_str::<String>(token)) {
            found.push((open..end + 1, text));
        }
        at = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prose_of_a_result_is_cut_out_and_put_back() {
        let slot = Template::marker(2);
        let text =
            Template::parse(&format!(r#"{{"id":"{slot}","text":"The room on the second floor says \"closed\" until {slot}","n":{slot}}}"#));
        let cut = Cut::of(Field::Result, &text).expect("prose");
        assert_eq!(cut.prose, format!("The room on the second floor says \"closed\" until {slot}"));
        assert_eq!(cut.around(&Template::parse(&cut.prose)), text, "what is put back is what was cut out");
        let again = cut.around(&Template::parse(&format!("Until {slot}, \"closed\" is what it says\n")));
        assert!(again.marked().contains(r#"\"closed\" is what it says\n","n""#), "{}", again.marked());
        assert!(Cut::of(Field::Result, &Template::literal(r#"{"status":"ok","items":[1,2]}"#)).is_none());
    }

    #[test]
    fn sides_are_made_even() {
        let text =
            |side, words: &str| Prose { owner: 0, field: Field::Payload, side, weight: 0.5, text: Arc::new(Template::literal(words)) };
        let texts = Texts {
            owners: Vec::new(),
            texts: vec![
                text(Side::Attack, "a"),
                text(Side::Attack, "b"),
                text(Side::Benign, "c"),
                text(Side::Benign, "d"),
                text(Side::Shared, "e"),
            ],
        };
        let one = |variant| Rewording { variant, style: 0, text: Template::literal("x") };
        let mut usable = vec![vec![one(0)], vec![], vec![one(0), one(1)], vec![one(0)], vec![one(0)]];
        balance(&texts, &mut usable);
        assert_eq!(usable[2].len() + usable[3].len(), 1, "the look-alikes had three, the attacks one");
        assert_eq!((usable[0].len(), usable[4].len()), (1, 1), "nobody else loses anything");
    }
}
