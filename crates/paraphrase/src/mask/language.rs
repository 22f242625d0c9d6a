use super::words;

const ENGLISH: &[&str] = &[
    "the", "a", "an", "of", "to", "and", "in", "is", "it", "for", "with", "on", "by", "that", "this", "be", "are", "was", "has", "have",
    "from", "as", "at", "not", "or", "if", "you", "your", "we", "i", "my", "please", "can", "will", "all", "no", "so", "then", "before",
    "after",
];
/// Common words of other languages that English has not.
const OTHERS: &[&str] = &[
    "der", "die", "das", "und", "ist", "nicht", "bitte", "für", "von", "mit", "wird", "werden", "auf", "zu", "le", "la", "les", "des",
    "est", "pour", "une", "avec", "merci", "avant", "vous", "el", "los", "las", "que", "por", "para", "con", "una", "del", "antes",
    "favor", "il", "di", "che", "per", "prima", "della", "grazie", "não", "uma", "os", "do", "da", "mesmo", "het", "een", "van", "voor",
    "niet", "naar", "voordat", "jest", "nie", "przed", "och", "för", "att", "är", "og", "til", "ikke", "en", "de", "et", "o", "e", "y",
    "dans", "au", "du", "su", "se", "al", "como", "med", "af", "som", "ve", "için", "bir", "się", "na", "dla", "proszę", "lütfen", "voor",
    "dat", "op", "wordt", "aan",
];

/// True for a text that is plainly not English.
pub(super) fn is_other(free: &str) -> bool {
    let (mut english, mut others, mut foreign) = (0, 0, 0);
    for word in words(free) {
        let lower = word.to_lowercase();
        english += usize::from(ENGLISH.contains(&lower.as_str()));
        others += usize::from(OTHERS.contains(&lower.as_str()));
        foreign += usize::from(!word.is_ascii() && !word.contains('’'));
    }
    others + foreign >= 2 && others + foreign > english
}
