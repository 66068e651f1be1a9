//! The reports for machines: one for every number of threads, each as `hep bench refresh --json` prints it.

use std::path::Path;

use hep_calibrate::refresh::RefreshReport;

use crate::Failure;

pub fn write(reports: &[RefreshReport], path: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(reports)?;
    std::fs::write(path, text + "\n").map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("written to {}", path.display());
    Ok(())
}
