//! The text of a table before its cells are read: its separator, and whether it is text at all.

use super::DataError;
use crate::kinds::Kind;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Long enough for any header, and bounded for a file without line ends.
const LONGEST_LINES: u64 = 1 << 20;

/// A table that can be read.
pub(super) struct Opened {
    /// Its text, with single blanks where blanks separate.
    pub text: Box<dyn Read>,
    pub separator: u8,
    /// Whether lines end in two bytes.
    pub two_ends: bool,
}

/// Opens a table. The separator is the comma, the tab, the semicolon or the bar that the first line has, in this order; a
/// semicolon goes before commas that stand inside of numbers. Without any of them it is a run of blanks, if the first two lines
/// have as many cells.
pub(super) fn open(path: &Path) -> Result<Opened, DataError> {
    let io = |action: &'static str| {
        move |source: io::Error| DataError::Io { path: path.to_path_buf(), action, source }
    };
    let mut file = File::open(path).map_err(io("open"))?;
    let mut lines = [Vec::new(), Vec::new()];
    let mut reader = BufReader::new(Read::take(&file, LONGEST_LINES));
    for line in &mut lines {
        reader.read_until(b'\n', line).map_err(io("read"))?;
    }
    if lines[0].contains(&0) {
        let (what, help) =
            ("this is no text: it has bytes of value 0", "save the table as CSV in UTF-8".to_owned());
        return Err(DataError::Format { path: path.to_path_buf(), what, help });
    }
    if lines[0].starts_with(b"#") && !is_header(&lines) {
        let what = "line 1 starts with `#` and is neither names of the columns nor data";
        return Err(DataError::Format { path: path.to_path_buf(), what, help: "remove it".to_owned() });
    }
    file.seek(SeekFrom::Start(0)).map_err(io("read"))?;
    let two_ends = lines[0].ends_with(b"\r\n");
    let separator = separator(&lines);
    let text: Box<dyn Read> =
        if separator == b' ' { Box::new(Blanks::new(BufReader::new(file))) } else { Box::new(file) };
    Ok(Opened { text, separator, two_ends })
}

/// Whether the first line has as many cells as the second, as one that NumPy writes with names behind `#`.
fn is_header(lines: &[Vec<u8>; 2]) -> bool {
    let [first, second] = lines.each_ref().map(|line| String::from_utf8_lossy(line));
    let (above, below) = cells_of_lines(first.trim_start_matches(['#', ' ']), &second);
    below.is_empty() || above == below.len()
}

/// The number of cells of one line, and the cells of the next, under the separator that the first line has.
pub(crate) fn cells_of_lines(first: &str, second: &str) -> (usize, Vec<String>) {
    let lines = [first.as_bytes().to_vec(), second.as_bytes().to_vec()];
    let separator = char::from(separator(&lines));
    let cells = |line: &str| -> Vec<String> {
        let all = line.trim().split(separator).map(|cell| cell.trim().trim_matches('"').to_string());
        all.filter(|cell| separator != ' ' || !cell.is_empty()).collect()
    };
    (cells(first).len(), cells(second))
}

fn separator([first, second]: &[Vec<u8>; 2]) -> u8 {
    let has = |byte: u8| first.contains(&byte);
    let marked = [b',', b'\t', b';', b'|'].into_iter().find(|byte| has(*byte));
    match marked {
        Some(b',') if has(b';') && commas_are_points(first) => b';',
        Some(byte) => byte,
        None => {
            let (above, below) = (cells(first), cells(second));
            if above > 1 && (below == above || below == 0) { b' ' } else { b',' }
        }
    }
}

/// The number of cells between blanks outside of quotes.
fn cells(line: &[u8]) -> usize {
    let (mut quoted, mut count, mut inside) = (false, 0, false);
    for byte in line {
        quoted ^= *byte == b'"';
        let blank = byte.is_ascii_whitespace() && !quoted;
        count += usize::from(!blank && !inside);
        inside = !blank;
    }
    count
}

/// Whether every comma stands between digits, at most one in a cell between semicolons.
fn commas_are_points(line: &[u8]) -> bool {
    line.split(|b| *b == b';').all(|cell| match cell.iter().position(|b| *b == b',') {
        None => true,
        Some(at) => {
            let digit = |at: usize| cell.get(at).is_some_and(u8::is_ascii_digit);
            at > 0 && digit(at - 1) && digit(at + 1) && !cell[at + 1..].contains(&b',')
        }
    })
}

/// What a file is that is no text in UTF-8, and what to do with it.
pub(super) fn no_text(path: &Path, kind: Kind) -> Option<(&'static str, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = super::shown(&name, 80);
    let pandas = |read: &str| {
        format!(
            "save it as CSV in UTF-8; in Python: `import pandas; pandas.{read}.to_csv('data.csv', index=False)`"
        )
    };
    Some(match kind {
        Kind::Workbook | Kind::Archive => {
            ("this is a workbook or an archive, and no text", pandas(&format!("read_excel('{name}')")))
        }
        Kind::Utf16 => ("this is text in UTF-16", pandas(&format!("read_csv('{name}', encoding='utf-16')"))),
        Kind::Compressed => ("this is a compressed file", "decompress it, `gunzip` for instance".to_owned()),
        Kind::Parquet => ("this is a Parquet file, and no text", pandas(&format!("read_parquet('{name}')"))),
        Kind::Array => (
            "this is an array of NumPy, and no text",
            "write features and labels into one archive: `numpy.savez('data.npz', x=features, y=labels)`"
                .to_owned(),
        ),
        _ => return None,
    })
}

/// Text whose runs of blanks are single ones, and none at the ends of lines.
struct Blanks<R> {
    from: R,
    /// Whether blanks were left out since the last other character.
    blank: bool,
    /// Whether the line has had any other character.
    begun: bool,
    quoted: bool,
    /// A character that had no room yet.
    kept: Option<u8>,
}

impl<R: BufRead> Blanks<R> {
    fn new(from: R) -> Self {
        Self { from, blank: false, begun: false, quoted: false, kept: None }
    }
}

impl<R: BufRead> Read for Blanks<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < out.len() {
            if let Some(byte) = self.kept.take() {
                out[written] = byte;
                written += 1;
                continue;
            }
            let Some(&byte) = self.from.fill_buf()?.first() else { break };
            self.from.consume(1);
            if byte == b' ' && !self.quoted {
                self.blank = true;
                continue;
            }
            let end = matches!(byte, b'\n' | b'\r');
            self.quoted ^= byte == b'"';
            self.quoted &= !end;
            if self.blank && self.begun && !end {
                out[written] = b' ';
                self.kept = Some(byte);
            } else {
                out[written] = byte;
            }
            written += 1;
            self.begun = !end;
            self.blank = false;
        }
        Ok(written)
    }
}
