//! What is compared: programs, and losses of programs, each under a name of its own.

use crate::args::{Compare, ProgramArgs};
use crate::failure::Failure;
use std::collections::BTreeSet;
use std::path::Path;

/// A program with a loss.
pub struct Candidate {
    /// Name, which no other candidate has.
    pub name: String,
    /// The program, its sizes and its loss.
    pub program: ProgramArgs,
}

/// Every program with every loss; as written where no losses are given.
pub fn candidates(args: &Compare) -> Result<Vec<Candidate>, Failure> {
    let losses: Vec<Option<&String>> =
        if args.loss.is_empty() { vec![None] } else { args.loss.iter().map(Some).collect() };
    let stems: BTreeSet<String> = args.programs.iter().map(|path| stem(path)).collect();
    let distinct = stems.len() == args.programs.len();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for program in &args.programs {
        for loss in &losses {
            let title = if distinct { stem(program) } else { program.display().to_string() };
            let name = match loss {
                None => title,
                Some(loss) if args.programs.len() == 1 => (*loss).clone(),
                Some(loss) => format!("{title} {loss}"),
            };
            if !seen.insert(name.clone()) {
                return Err(Failure::Usage(format!("`{name}` is to be compared with itself: name it once")));
            }
            let program =
                ProgramArgs { program: program.clone(), loss: loss.cloned(), sizes: args.sizes.clone() };
            found.push(Candidate { name, program });
        }
    }
    Ok(found)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
