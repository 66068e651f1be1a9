//! `hep info`

use super::{print, print_json};
use crate::args::Info;
use crate::data::{listed, shown};
use crate::failure::Failure;
use crate::kinds::{self, Kind};
use crate::model::Model;
use hep_compiler::explain;
use hep_format::container::FileKind;
use hep_format::files::EVALUATION_KEYS;
use hep_owner::files::SECRET_KEY;
use hep_plan::magnitude::bytes;
use hep_plan::visible::visible;
use serde_json::json;
use std::path::Path;

/// Says what a file is, and which command goes on with it.
pub fn run(args: &Info) -> Result<(), Failure> {
    let kind = kinds::look(&args.file).map_err(|e| {
        let what = format!("cannot open {}: {e}", args.file.display());
        Failure::system(what, &e)
    })?;
    match kind {
        Kind::Container(_) => container(args, kind),
        Kind::Model => model(args),
        // Perhaps a damaged one: its reader says where.
        Kind::Other => Err(hep_format::files::info(&args.file).map_or_else(Failure::from, |_| {
            Failure::message(format!("{} changed while it was read", args.file.display()))
        })),
        _ => other(args, kind),
    }
}

/// What goes on with a file; with a folder of keys, what those allow that are in it.
fn goes_on(kind: Kind, path: &Path) -> Option<String> {
    if kind != Kind::Keys || path.join(SECRET_KEY).is_file() {
        return kind.goes_on(path);
    }
    let evaluation = path.join(EVALUATION_KEYS);
    Kind::Container(FileKind::EvaluationKeys).goes_on(&evaluation).filter(|_| evaluation.is_file())
}

/// The last line about a file: what goes on with it, else what makes such files.
fn next(kind: Kind, args: &Info) -> String {
    let lacks = kind == Kind::Keys && !args.file.join(SECRET_KEY).is_file();
    let line = match (goes_on(kind, &args.file), kind.made_by().filter(|_| !lacks)) {
        (Some(command), _) => format!("  use        `{command}`\n"),
        (None, Some(command)) => format!("  made by    `{command}`\n"),
        (None, None) => String::new(),
    };
    if lacks {
        format!("  lacks      {SECRET_KEY}, with which its owner encrypts and decrypts\n{line}")
    } else {
        line
    }
}

/// What hep did not write, or writes for people.
fn other(args: &Info, kind: Kind) -> Result<(), Failure> {
    let path = &args.file;
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
    let holds: Vec<String> = match kind {
        Kind::Keys | Kind::Folder => kinds::contents(path),
        Kind::Arrays | Kind::Trace => kinds::arrays(path),
        _ => vec![],
    };
    if args.output.json {
        return print_json(&json!({
            "kind": kind.name(), "bytes": size, "holds": holds, "use": goes_on(kind, path),
        }));
    }
    let size = size.map_or(String::new(), |size| format!(", {}", bytes(size)));
    let mut text = format!("{}: {}{size}\n", path.display(), kind.described());
    if !holds.is_empty() {
        text += &format!("  holds      {}\n", listed(&holds));
    }
    text += &next(kind, args);
    print(&text)
}

fn container(args: &Info, kind: Kind) -> Result<(), Failure> {
    let info = hep_format::files::info(&args.file).map_err(hep_owner::Error::from)?;
    if args.output.json {
        let tensors: Vec<_> = info
            .tensors
            .iter()
            .map(|(name, dtype, shape, bytes)| json!({ "name": name, "dtype": dtype, "shape": shape, "bytes": bytes }))
            .collect();
        let mut said = json!({
            "kind": info.kind.name(),
            "bytes": info.bytes,
            "parameters": info.parameters,
            "plan": info.plan,
            "keys": info.keys,
            "data": info.upload,
            "insecure_parameters": info.insecure.parameters,
            "insecure_seed": info.insecure.seed,
            "details": info.details,
            "tensors": tensors,
        });
        if info.kind == FileKind::Plan {
            let plan = hep_format::files::load_plan(&args.file)?;
            let report = serde_json::to_value(explain::report(plan.plan())).map_err(Failure::message)?;
            if let (Some(said), serde_json::Value::Object(report)) = (said.as_object_mut(), report) {
                said.extend(report);
            }
        }
        return print_json(&said);
    }
    let mut text = format!("{}: {}, {}\n", args.file.display(), info.kind, bytes(info.bytes));
    text += &format!("  parameters {}\n  plan       {}\n", info.parameters, info.plan);
    for (name, value) in [("keys", &info.keys), ("data", &info.upload)] {
        if !value.is_empty() {
            text += &format!("  {name:<10} {value}\n");
        }
    }
    text += &format!("  tensors    {}\n", info.tensors.len());
    if info.insecure.parameters || info.insecure.seed {
        text += "  INSECURE: made for tests, protects nothing\n";
    }
    text += &next(kind, args);
    if info.kind == FileKind::Plan {
        text += &explain::text(hep_format::files::load_plan(&args.file)?.plan());
    }
    print(&text)?;
    Ok(())
}

fn model(args: &Info) -> Result<(), Failure> {
    let model = Model::load(&args.file)?;
    let shapes: Vec<(String, Vec<usize>)> =
        model.revealed.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
    let origin = if model.usage.plan.is_empty() { "the clear twin" } else { "ciphertexts" };
    if args.output.json {
        return print_json(&json!({
            "kind": "model",
            "program": model.usage.program,
            "plan": model.usage.plan,
            "insecure": model.usage.insecure,
            "diverges": model.usage.diverges,
            "features": model.usage.data.columns,
            "classes": model.classes,
            "columns": model.usage.columns,
            "revealed": shapes,
        }));
    }
    let mut text = format!(
        "{}: model of {} trained on {origin}, {} features, classes {}\n",
        args.file.display(),
        model.usage.program,
        model.usage.data.columns,
        visible(&model.classes.join(" "))
    );
    for (name, shape) in shapes {
        text += &format!("  {name} {shape:?}\n");
    }
    text += &next(Kind::Model, args);
    if let Some(why) = &model.usage.diverges {
        text += &format!("  DIVERGES: no model to rely on: {}\n", shown(why, 300));
    }
    if model.usage.insecure {
        text += "  INSECURE: the ciphertexts it was trained on protected nothing\n";
    }
    print(&text)?;
    Ok(())
}
