//! Templated texts: most words of a scenario are fixed, and slots in between are drawn. Shared by tests and benches.

/// SplitMix64. Good enough to draw words, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((bits ^ bits >> 31) as u128 * bound as u128) >> 64) as usize
    }
}

/// How many words stand between two slots, how many are drawn for each, and how many there are in all.
#[derive(Clone, Copy)]
pub struct Shape {
    pub fixed: usize,
    pub drawn: usize,
    pub words: usize,
}

/// Some 3 KB; two samples of one scenario have a similarity of about 0.42.
pub const USUAL: Shape = Shape { fixed: 16, drawn: 4, words: 380 };
/// As long, but with fewer slots: about 0.68, so most pairs of a scenario are candidates and none a duplicate.
pub const DENSE: Shape = Shape { fixed: 30, drawn: 3, words: 380 };

pub fn sample(random: &mut Random, scenario: usize, shape: Shape) -> Vec<String> {
    let mut template = Random(scenario as u64 + 1);
    let fixed: Vec<String> = (0..shape.words).map(|_| word(&mut template)).collect();
    let is_fixed = |position: usize| position % (shape.fixed + shape.drawn) < shape.fixed;
    fixed.into_iter().enumerate().map(|(position, fixed)| if is_fixed(position) { fixed } else { word(random) }).collect()
}

/// The words with `edits` of them drawn anew, at places that are drawn as well.
pub fn edited(random: &mut Random, words: &[String], edits: usize) -> Vec<String> {
    let mut words = words.to_vec();
    for _ in 0..edits {
        let position = random.below(words.len());
        words[position] = format!("{}{}", word(random), random.below(1000));
    }
    words
}

/// Sets words like a JSON transcript, about eight bytes each.
pub fn text(words: &[String]) -> String {
    let mut text = String::from("{");
    for (position, word) in words.iter().enumerate() {
        text.push_str(["\"", "\": \"", " ", " ", " ", ", ", " ", "_", ". ", " "][position % 10]);
        text.push_str(word);
        text.push_str(if position % 10 == 9 { "\",\n" } else { "" });
    }
    text + "}"
}

fn word(random: &mut Random) -> String {
    const PARTS: [&str; 22] = [
        "al", "ber", "con", "de", "er", "fi", "gra", "hol", "in", "jo", "ker", "lan", "mo", "net", "or", "pay", "qui", "ro", "ser", "tion",
        "us", "ver",
    ];
    // A vocabulary of some 475 words, between two and nine letters long.
    let number = random.below(475);
    let part = |place: usize| PARTS[(number / place + number) % PARTS.len()];
    [part(1), part(22), if number.is_multiple_of(2) { part(7) } else { "" }].concat()
}
