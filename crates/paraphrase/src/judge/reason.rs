use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// Why a reply cannot be used.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name in manifests.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }
        }
    };
}

reasons! {
    /// The model ran into its limit of tokens.
    CutOff = "cut_off",
    /// The server says that the model would not.
    Refused = "refused",
    /// The server would not take the request.
    Declined = "declined",
    /// The reply is no JSON object, or something stands around it.
    NotJson = "not_json",
    /// A text that was asked for is not in the object.
    MissingText = "missing_text",
    /// The object has a member that nobody asked for.
    ExtraMember = "extra_member",
    /// The object has a member twice.
    DoubledMember = "doubled_member",
    /// A member is no string.
    NotText = "not_text",
    /// Nothing but blanks.
    Empty = "empty",
    /// It has characters that control, hide or turn text, which the original lacks.
    HiddenCharacter = "hidden_character",
    /// It begins as a refusal does.
    Refusal = "refusal",
    /// It talks about itself before it begins.
    Preamble = "preamble",
    /// Something that looks like a marker is none.
    MarkerBroken = "marker_broken",
    /// A marker has a number that the text has not.
    MarkerUnknown = "marker_unknown",
    /// A marker is there twice.
    MarkerDoubled = "marker_doubled",
    /// A marker is missing.
    MarkerLost = "marker_lost",
    /// Two markers have changed places.
    MarkerOrder = "marker_order",
    /// Lines are missing, added or begin otherwise, or a marker has left its line.
    Lines = "lines",
    /// It is shorter than the recipe allows.
    TooShort = "too_short",
    /// It is longer than the recipe allows.
    TooLong = "too_long",
    /// A word mixes scripts.
    MixedScript = "mixed_script",
    /// It has a figure, address, path, quotation, symbol or code that the original lacks.
    NewValue = "new_value",
    /// It has a name that the original lacks.
    NewName = "new_name",
    /// It is not in the language asked for.
    WrongLanguage = "wrong_language",
    /// It has two or more sentences more than the original.
    MoreSentences = "more_sentences",
    /// It no longer says something that the label may rest on.
    MeaningLost = "meaning_lost",
    /// It says something that the original does not.
    MeaningAdded = "meaning_added",
    /// It says that actions follow each other otherwise, or denies another one.
    MeaningTurned = "meaning_turned",
    /// It is the original, or nearly.
    TooClose = "too_close",
    /// It is, or nearly, a rewording that is in use already.
    LikeSibling = "like_sibling",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
