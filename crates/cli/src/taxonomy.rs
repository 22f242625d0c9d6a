use guardset_core::Taxonomy;

/// Prints the taxonomy as tables.
pub fn print(taxonomy: &Taxonomy) {
    println!("taxonomy {}\n", taxonomy.version);
    println!("{:<34} {:<12} {:<7} {:<12} {:<12} {:<16} {}", "class", "phase", "source", "scope", "type", "maestro", "catalogues");
    for class in &taxonomy.classes {
        println!(
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
        println!("\n{title}");
        for value in axis {
            println!("  {:<22} {}", value.id, value.definition);
        }
    }
    println!("\ncontrol");
    for control in &taxonomy.controls {
        println!("  {:<32} {:<28} {}", control.id, control.groups.join(" "), control.definition);
    }
}
