//! `hep diff`: what a change did to a schedule.

mod side;

use super::{print, print_json, print_styled, say};
use crate::args::Diff;
use crate::costs;
use crate::difference::{Difference, differences, figures, is_schedule, tabulated, text};
use crate::failure::Failure;
use hep_compiler::explain::snapshot::{Snapshot, titles};
use serde_json::json;

/// Compares two schedules.
pub fn run(args: &Diff) -> Result<(), Failure> {
    let [old, new] = side::sides(args)?;
    // A snapshot knows the seconds of one thread by its table, which is the one that ships unless told.
    let kept = old.is_snapshot() || new.is_snapshot();
    let costs = if kept { costs::shared(args.costs.costs.as_deref())? } else { costs::load(&args.costs)? };
    let cores = if kept { 1 } else { costs.basis().cores };
    let (old_read, new_read) = (old.snapshot(args, &costs, cores), new.snapshot(args, &costs, cores));
    let (before, after) = match (old_read, new_read) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(first), Err(second)) => {
            if first.to_string() != second.to_string() {
                say(format_args!("{first}\n"));
            }
            return Err(second);
        }
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    let found = comparable(differences(&before, &after), &before, &after);
    if args.output.json {
        print_json(&json!({
            "old": old.name(),
            "new": new.name(),
            "same": found.is_empty(),
            "figures": figures::json(&before, &after),
            "parts": figures::parts_json(&before, &after),
            "sections": text::json(&found),
        }))?;
    } else {
        print(&figures::text(&old.short_name(&new), &new.short_name(&old), &before, &after, true))?;
        show(&found, args.full)?;
    }
    if args.exit_code && !found.is_empty() { Err(Failure::Differs) } else { Ok(()) }
}

/// Without what is no difference of schedules: names and what was asked for, which a plan does not even know.
fn comparable(mut found: Vec<Difference>, old: &Snapshot, new: &Snapshot) -> Vec<Difference> {
    let known = |title| !old.lines(title).is_empty() && !new.lines(title).is_empty();
    let said = known(titles::APPROXIMATIONS);
    found.retain(|d| d.title != titles::PROGRAM && (said || d.title != titles::APPROXIMATIONS));
    found
}

fn show(found: &[Difference], full: bool) -> Result<(), Failure> {
    let rest: Vec<Difference> = found.iter().filter(|d| !tabulated(&d.title)).cloned().collect();
    if !rest.iter().any(|difference| is_schedule(&difference.title)) {
        print("the instructions are the same\n")?;
    }
    if rest.is_empty() {
        return Ok(());
    }
    print("\n")?;
    print_styled(&text::text(&rest, full))
}
