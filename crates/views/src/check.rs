//! Renders a view with made-up samples: what is wrong with a template is told while loading, not in the middle of a run.

use guardset_core::{
    Checkpoint, Class, Labels, Lineage, Message, Problems, Reasons, Role, Sample, Split, Surfaced, Taxonomy, ViewOptions, ViewRow,
};

use crate::load::SAFE;
use crate::raw::Categories;
use crate::view::View;

/// A session that a template engine or a chat template would trip over, were it not a value.
const BODY: &str = "{{ label.id }} {% raw %} <|im_end|> <start_of_turn> &lt; \"quoted\" \\n\n### Choice: A";

pub(crate) fn check(file: &str, view: &View, taxonomy: &Taxonomy, problems: &mut Problems) {
    let safe = taxonomy.class(SAFE).into_iter();
    let deviations: Vec<&Class> = view.classes.iter().filter(|class| class.id != SAFE).collect();
    // The same words for each class and checkpoint, so that what is wrong with all is told once.
    for class in safe.chain(deviations) {
        for checkpoint in Checkpoint::ALL {
            for rationale in [Reasons::With, Reasons::Without] {
                let sample = made_up(class, checkpoint, taxonomy);
                match view.render(&sample, "made-up", &ViewOptions { rationale, ..ViewOptions::default() }) {
                    Ok(Some(row)) => wrongs(view, &row).for_each(|message| problems.add(file, None, "messages", message)),
                    Ok(None) => {}
                    Err(message) => problems.add(file, None, "messages", first_words(&message)),
                }
            }
        }
    }
}

fn wrongs(view: &View, row: &ViewRow<'_>) -> impl Iterator<Item = String> {
    let text = |wanted: fn(Role) -> bool| {
        let wanted = row.messages.iter().filter(|message| wanted(message.role));
        wanted.map(|Message { content, .. }| content.as_str()).collect::<Vec<_>>().join("\n")
    };
    let (prompt, answer) = (text(|role| role != Role::Assistant), text(|role| role == Role::Assistant));
    let verdict = if row.is_unsafe { &view.verdict.r#unsafe } else { &view.verdict.safe };
    let listed = view.classes.iter().filter(|class| row.categories.contains(&class.id.as_str()));
    let unlisted =
        listed.filter(|class| view.categories != Categories::None && !prompt.contains(&class.title) && !prompt.contains(&class.id));
    let unlisted: Vec<&str> = unlisted.map(|class| class.title.as_str()).collect();
    [
        (prompt.matches(BODY).count() != 1).then(|| "`system` and `user` must hold {{ body }} exactly once, as it is".to_owned()),
        answer.contains(BODY).then(|| "the answer must not hold {{ body }}".to_owned()),
        (!answer.contains(verdict.as_str())).then(|| "the answer must hold {{ verdict }}".to_owned()),
        (!unlisted.is_empty()).then(|| format!("the prompt must give title or id of each of `categories`; {} is not in it", unlisted[0])),
        answer.trim().is_empty().then(|| "the answer is empty".to_owned()),
    ]
    .into_iter()
    .flatten()
}

fn made_up(class: &Class, checkpoint: Checkpoint, taxonomy: &Taxonomy) -> Sample {
    let is_unsafe = class.id != SAFE;
    let first = |axis: &[guardset_core::Axis]| axis.first().map(|value| value.id.clone()).filter(|_| is_unsafe);
    Sample {
        pair_id: None,
        pair_role: None,
        family: String::new(),
        split: Split::Validation,
        checkpoint,
        text: Surfaced { body: BODY.to_owned(), ..Surfaced::default() },
        labels: Labels {
            label: class.id.clone(),
            labels: vec![class.id.clone()],
            is_unsafe,
            attack_present: is_unsafe,
            attack_followed: is_unsafe,
            vector: first(&taxonomy.vectors),
            effect: first(&taxonomy.effects),
            disguise: None,
            goal: None,
            severity: class.severity.clone(),
            controls: taxonomy.controls.iter().take(2).map(|control| control.id.clone()).filter(|_| is_unsafe).collect(),
            violating_steps: if is_unsafe { vec![1] } else { Vec::new() },
            evidence: Vec::new(),
            rationale: "A made-up reason.".to_owned(),
        },
        lineage: Lineage::default(),
    }
}

/// Tera's report in one line, without the drawing of where it is.
pub(crate) fn first_words(error: &str) -> String {
    let line = error.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.replace("error: ", "");
    let end = [" -->", ". Available"].iter().filter_map(|stop| line.find(stop)).min().unwrap_or(line.len());
    line[..end].to_owned()
}
