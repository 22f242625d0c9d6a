use guardset_core::Taxonomy;

use crate::say::say;

/// Prints the taxonomy as tables.
pub fn print(taxonomy: &Taxonomy) {
    say!("taxonomy {}\n", taxonomy.version);
    say!("{:<34} {:<12} {:<7} {:<12} {:<12} {:<16} {}", "class", "phase", "source", "scope", "type", "maestro", "catalogues");
    for class in &taxonomy.classes {
        say!(
            "{:<34} {:<12} {:<7} {:<12} {:<12} {:<16} {}",
            class.id,
            class.phase,
            class.source,
            class.scope,
            class.threat_type,
            class.maestro.join(" "),
            class.catalogue_ids.join(" ")
        );
    }
    for (title, axis) in [("vector", &taxonomy.vectors), ("effect", &taxonomy.effects), ("disguise", &taxonomy.disguises)] {
        say!("\n{title}");
        for value in axis {
            say!("  {:<22} {}", value.id, value.definition);
        }
    }
    say!("\ncontrol");
    for control in &taxonomy.controls {
        say!("  {:<32} {:<28} {}", control.id, control.groups.join(" "), control.definition);
    }
}
