use std::fmt;

/// Why a record was not taken, as a kind that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The record is no JSON object.
    NoRecord,
    /// A field that the format needs is missing, or of another type than it has there.
    BadField,
    /// No tool is on offer.
    NoTools,
    /// Definitions of tools that cannot be read as JSON.
    BadJsonTools,
    /// A tool or a call without a name.
    NoName,
    /// A definition that is no object.
    BadTool,
    /// Parameters that no JSON Schema object can be made of.
    BadSchema,
    /// Two different tools of one name.
    DuplicateTool,
    /// A role that the format does not have.
    UnknownRole,
    /// Content that is no text, such as an image.
    BadContent,
    /// A call that breaks off or is otherwise no call.
    BadCall,
    /// Arguments that are no JSON object.
    BadJsonArguments,
    /// A call of a tool that is not on offer.
    CallOfUnknownTool,
    /// A result that no call asked for.
    ResultWithoutCall,
    /// One text of results for several calls that does not say which is whose.
    ResultsNotMatched,
    /// Answers that belong to another record, or to turns that the record does not have.
    AnswersNotMatched,
    /// Nobody asked for anything.
    NoUserTurn,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::NoRecord,
        Self::BadField,
        Self::NoTools,
        Self::BadJsonTools,
        Self::NoName,
        Self::BadTool,
        Self::BadSchema,
        Self::DuplicateTool,
        Self::UnknownRole,
        Self::BadContent,
        Self::BadCall,
        Self::BadJsonArguments,
        Self::CallOfUnknownTool,
        Self::ResultWithoutCall,
        Self::ResultsNotMatched,
        Self::AnswersNotMatched,
        Self::NoUserTurn,
    ];

    /// The code under which it is counted. Codes do not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoRecord => "no_record",
            Self::BadField => "bad_field",
            Self::NoTools => "no_tools",
            Self::BadJsonTools => "bad_json_tools",
            Self::NoName => "no_name",
            Self::BadTool => "bad_tool",
            Self::BadSchema => "bad_schema",
            Self::DuplicateTool => "duplicate_tool",
            Self::UnknownRole => "unknown_role",
            Self::BadContent => "bad_content",
            Self::BadCall => "bad_call",
            Self::BadJsonArguments => "bad_json_arguments",
            Self::CallOfUnknownTool => "call_of_unknown_tool",
            Self::ResultWithoutCall => "result_without_call",
            Self::ResultsNotMatched => "results_not_matched",
            Self::AnswersNotMatched => "answers_not_matched",
            Self::NoUserTurn => "no_user_turn",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a record was not taken. File and line are for the caller to put in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wrong}; {right}")]
pub struct Refusal {
    /// The kind.
    pub kind: Reason,
    /// The field, as a path from the record: `messages[2].tool_calls[0].arguments`.
    pub field: String,
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl Refusal {
    pub(super) fn new(kind: Reason, field: impl Into<String>, wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self { kind, field: field.into(), wrong: wrong.into(), right: right.into() }
    }

    /// The code under which it is counted: [`Reason::code`].
    pub fn reason(&self) -> &'static str {
        self.kind.code()
    }
}
