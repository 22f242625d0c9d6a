//! Draws the values of slots. A slot is drawn once and then written in each form that a template asks for.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use guardset_core::{Banks, Names, Slot, SlotKind};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// The slots that every template may use without declaring them.
pub(crate) fn builtin_slots() -> Vec<Slot> {
    let slot = |name: &str, kind| Slot { name: name.to_owned(), kind };
    vec![slot("user", SlotKind::Person), slot("org", SlotKind::Company), slot("today", SlotKind::Date { from: 0, to: 0 })]
}

/// The forms in which a kind of slot can be written; empty for one that is written plainly.
pub(crate) fn forms(kind: &SlotKind) -> Vec<&str> {
    match kind {
        SlotKind::Person | SlotKind::Outsider => vec!["full", "first", "last", "email", "handle"],
        SlotKind::Company => vec!["name", "slug", "domain"],
        SlotKind::City => vec!["name", "country"],
        SlotKind::Date { .. } => vec!["iso", "long", "short", "weekday", "month", "month_name", "year"],
        SlotKind::Money { .. } => vec!["plain", "grouped"],
        SlotKind::Sink => vec!["email", "host", "url", "ip", "account", "name"],
        SlotKind::Rows(keys, _) => keys.iter().map(String::as_str).collect(),
        SlotKind::Street
        | SlotKind::Time { .. }
        | SlotKind::Int { .. }
        | SlotKind::Decimal { .. }
        | SlotKind::Id(_)
        | SlotKind::Ip
        | SlotKind::Choice(_) => Vec::new(),
    }
}

/// True when this form of this kind is a JSON number.
pub(crate) fn is_number(kind: &SlotKind, form: &str) -> bool {
    match kind {
        SlotKind::Int { .. } | SlotKind::Decimal { .. } => true,
        SlotKind::Money { .. } => form == "plain",
        _ => false,
    }
}

/// Where a name of a template gets its value: position of the slot among builtin and own slots, position of the form.
/// `None` for a name that an edit supplies (such as `target.tool`).
pub(crate) type Sources = Vec<Option<(usize, usize)>>;

/// Ties the names of an owner's templates to its slots, once.
pub(crate) fn sources(names: &Names, slots: &[Slot]) -> Sources {
    let all: Vec<Slot> = builtin_slots().into_iter().chain(slots.iter().cloned()).collect();
    names
        .0
        .iter()
        .map(|name| {
            let (slot, form) = name.split_once('.').unwrap_or((name, ""));
            let position = all.iter().position(|known| known.name == slot)?;
            let form = if form.is_empty() { 0 } else { forms(&all[position].kind).iter().position(|known| *known == form)? };
            Some((position, form))
        })
        .collect()
}

/// What is the same throughout a session: who, where, when.
#[derive(Debug, Clone)]
pub(crate) struct World<'c> {
    pub user: Drawn<'c>,
    pub org: Drawn<'c>,
    pub today: NaiveDate,
    /// Second of the day at which the session starts.
    pub started: u32,
    pub org_domain: String,
}

impl<'c> World<'c> {
    /// Draws a user, an organisation and a working day.
    pub(crate) fn draw(rng: &mut ChaCha8Rng, banks: &'c Banks) -> Self {
        let org = company(rng, banks);
        let org_domain = org.form(2);
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default();
        let today = first + chrono::Days::new(rng.random_range(0..48) * 7 + rng.random_range(0..5));
        let (first, last) = name(rng, banks);
        let started = rng.random_range(8 * 3600..18 * 3600);
        Self { user: Drawn::Person(first, last, None, org_domain.clone()), org, today, started, org_domain }
    }
}

/// A slot that was drawn, to be written in the forms that are asked for and no others.
#[derive(Debug, Clone)]
pub(crate) enum Drawn<'c> {
    /// First name, last name, mailbox where it is not the name, host of the address. Names as written and as in an address.
    Person(&'c (String, String), &'c (String, String), Option<&'c str>, String),
    /// First and last word.
    Company(&'c str, &'c str),
    /// City and country.
    City(&'c (String, String)),
    /// Cents.
    Money(i64),
    /// One of the rows of a choice.
    Row(&'c [String]),
    /// One of the texts of a choice.
    Choice(&'c str),
    /// Written already.
    Plain(String),
    /// First word, last word, mailbox, path, address, account.
    Sink(&'c str, &'c str, String, &'static str, String, String),
    Day(NaiveDate),
}

impl Drawn<'_> {
    /// The value in one form, by its position in [`forms`].
    pub(crate) fn form(&self, form: usize) -> String {
        match self {
            Self::Person(first, last, mailbox, host) => match form {
                0 => [&first.0, " ", &last.0].concat(),
                1 => first.0.clone(),
                2 => last.0.clone(),
                3 => match mailbox {
                    Some(mailbox) => [mailbox, "@", host].concat(),
                    None => [&first.1, ".", &last.1, "@", host].concat(),
                },
                _ => [&first.1, ".", &last.1].concat(),
            },
            Self::Company(head, tail) => match form {
                0 => [&capital(head), " ", &capital(tail)].concat(),
                1 => [head, "-", tail].concat().to_lowercase(),
                _ => [head, "-", tail, ".example"].concat().to_lowercase(),
            },
            Self::City((city, country)) => {
                if form == 0 {
                    city.clone()
                } else {
                    country.clone()
                }
            }
            Self::Money(cents) if form == 0 => format!("{}.{:02}", cents / 100, cents % 100),
            Self::Money(cents) => grouped(*cents),
            Self::Row(row) => row[form].clone(),
            Self::Choice(text) => (*text).to_owned(),
            Self::Plain(text) => text.clone(),
            // Reserved names (RFC 2606), documentation addresses (RFC 5737): nothing here can be reached.
            Self::Sink(head, tail, mailbox, path, address, account) => match form {
                0 => [mailbox, "@", head, "-", tail, ".example"].concat().to_lowercase(),
                1 => [head, "-", tail, ".example"].concat().to_lowercase(),
                2 => ["https://", head, "-", tail, ".example/", path].concat().to_lowercase(),
                3 => address.clone(),
                4 => account.clone(),
                _ => [&capital(head), " ", &capital(tail)].concat(),
            },
            Self::Day(day) => day_form(*day, form),
        }
    }
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// Draws `slots` and writes the value of each name; a name without a source stays empty for an edit to fill.
pub(crate) fn draw<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks, world: &World<'c>, slots: &'c [Slot], sources: &Sources) -> Vec<String> {
    let drawn: Vec<Drawn<'_>> = slots.iter().map(|slot| draw_kind(rng, banks, world, &slot.kind)).collect();
    sources
        .iter()
        .map(|source| match source {
            None => String::new(),
            Some((0, form)) => world.user.form(*form),
            Some((1, form)) => world.org.form(*form),
            Some((2, form)) => day_form(world.today, *form),
            Some((slot, form)) => drawn[slot - 3].form(*form),
        })
        .collect()
}

fn draw_kind<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks, world: &World<'c>, kind: &'c SlotKind) -> Drawn<'c> {
    match kind {
        SlotKind::Person => {
            let (first, last) = other_name(rng, banks, world);
            Drawn::Person(first, last, mailbox(rng, banks, 0.1), world.org_domain.clone())
        }
        SlotKind::Outsider => {
            let host = company(rng, banks).form(2);
            let (first, last) = other_name(rng, banks, world);
            Drawn::Person(first, last, mailbox(rng, banks, 0.35), host)
        }
        SlotKind::Company => company(rng, banks),
        SlotKind::City => Drawn::City(pick(rng, &banks.cities)),
        SlotKind::Street => Drawn::Plain(format!("{} {}", rng.random_range(1..180), pick(rng, &banks.streets))),
        SlotKind::Date { from, to } => Drawn::Day(world.today + chrono::TimeDelta::days(rng.random_range(*from..=*to))),
        SlotKind::Time { later } => {
            // In steps of five minutes: what is told of as past lies before the session, what is planned after it.
            let now = world.started / 300;
            let step = if *later { rng.random_range(now + 12..23 * 12) } else { rng.random_range(now.min(7 * 12) - 6..now) };
            Drawn::Plain(format!("{:02}:{:02}", step / 12, step % 12 * 5))
        }
        SlotKind::Int { min, max } => Drawn::Plain(rng.random_range(*min..=*max).to_string()),
        SlotKind::Decimal { min, max, places } => Drawn::Plain(format!("{:.*}", *places, rng.random_range(*min..=*max))),
        SlotKind::Money { min, max } => Drawn::Money(rng.random_range(min * 100..=max * 100)),
        SlotKind::Id(pattern) => Drawn::Plain(id(rng, pattern)),
        SlotKind::Ip => Drawn::Plain(documentation_address(rng)),
        SlotKind::Choice(of) => Drawn::Choice(pick::<String>(rng, of)),
        SlotKind::Rows(_, rows) => Drawn::Row(pick::<Vec<String>>(rng, rows)),
        SlotKind::Sink => sink(rng, banks),
    }
}

pub(crate) fn pick<'a, T>(rng: &mut ChaCha8Rng, of: &'a [T]) -> &'a T {
    &of[rng.random_range(0..of.len())]
}

fn name<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks) -> (&'c (String, String), &'c (String, String)) {
    let [firsts, lasts] = pick(rng, &banks.names);
    (pick(rng, firsts), pick(rng, lasts))
}

/// A name whose bearer nobody takes for the user.
fn other_name<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks, world: &World<'_>) -> (&'c (String, String), &'c (String, String)) {
    let drawn = name(rng, banks);
    match &world.user {
        Drawn::Person(first, ..) if first.0 == drawn.0.0 => name(rng, banks),
        _ => drawn,
    }
}

fn company<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks) -> Drawn<'c> {
    let (head, tail) = host(rng, banks, 0.3);
    Drawn::Company(head, tail)
}

/// The two words of a host name, from the words of outside hosts in this share of the cases. Honest companies and outside hosts
/// draw from both banks, so that neither word tells who is meant.
fn host<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks, outside: f64) -> (&'c str, &'c str) {
    let (heads, tails) = match rng.random_bool(outside) {
        true => (&banks.sink_heads, &banks.sink_tails),
        false => (&banks.company_heads, &banks.company_tails),
    };
    (pick::<String>(rng, heads), pick::<String>(rng, tails))
}

/// A mailbox that bears no name, in this share of the cases.
fn mailbox<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks, share: f64) -> Option<&'c str> {
    rng.random_bool(share).then(|| pick::<String>(rng, &banks.sink_mailboxes).as_str())
}

fn sink<'c>(rng: &mut ChaCha8Rng, banks: &'c Banks) -> Drawn<'c> {
    let (head, tail) = host(rng, banks, 0.4);
    let path = ["in", "collect", "v1/intake", "hooks/in", "upload", "sync", "api/records"][rng.random_range(0..7)];
    let mailbox = mailbox(rng, banks, 0.4).map_or_else(|| person_mailbox(rng, banks), str::to_owned);
    let address = documentation_address(rng);
    Drawn::Sink(head, tail, mailbox, path, address, id(rng, "XX00 #### #### #### ##"))
}

fn person_mailbox(rng: &mut ChaCha8Rng, banks: &Banks) -> String {
    let (first, last) = name(rng, banks);
    [&first.1, ".", &last.1].concat()
}

fn documentation_address(rng: &mut ChaCha8Rng) -> String {
    let network = ["192.0.2", "198.51.100", "203.0.113"][rng.random_range(0..3)];
    format!("{network}.{}", rng.random_range(2..254))
}

/// Fills a pattern: `#` digit, `@` capital letter, `%` small letter, `^` hex digit.
pub(crate) fn id(rng: &mut ChaCha8Rng, pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + rng.random_range(0..10u8)),
            '@' => char::from(b'A' + rng.random_range(0..26u8)),
            '%' => char::from(b'a' + rng.random_range(0..26u8)),
            '^' => char::from(b"0123456789abcdef"[rng.random_range(0..16usize)]),
            other => other,
        })
        .collect()
}

fn grouped(cents: i64) -> String {
    let units = (cents / 100).to_string();
    let mut out = String::new();
    for (i, digit) in units.chars().enumerate() {
        if i > 0 && (units.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let _ = write!(out, ".{:02}", cents % 100);
    out
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn day_form(day: NaiveDate, form: usize) -> String {
    let month = MONTHS[day.month0() as usize];
    match form {
        0 => iso_day(day),
        1 => format!("{} {month} {}", day.day(), day.year()),
        2 => format!("{} {}", &month[..3], day.day()),
        3 => WEEKDAYS[day.weekday().num_days_from_monday() as usize].to_owned(),
        4 => format!("{}-{:02}", day.year(), day.month()),
        5 => month.to_owned(),
        _ => day.year().to_string(),
    }
}

/// ISO 8601.
pub(crate) fn iso_day(day: NaiveDate) -> String {
    format!("{}-{:02}-{:02}", day.year(), day.month(), day.day())
}
