//! Tables of text: one row a line, one column of labels, all others numbers.
//!
//! The separator is a comma unless the first line has none but has tabs or semicolons. The first row is a header when its
//! features are all words, or when its label is the only one that is no number.

use super::error::CsvProblem;
use super::labels::number;
use super::{DataError, LabelColumn, Labels, MAX_ELEMENTS, Raw};
use hep_plan::Tensor;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

pub(super) fn read(path: &Path, label: &LabelColumn) -> Result<Raw, DataError> {
    let io = |action: &'static str| {
        move |source: std::io::Error| DataError::Io { path: path.to_path_buf(), action, source }
    };
    let mut file = File::open(path).map_err(io("open"))?;
    let separator = separator(&file).map_err(io("read"))?;
    file.seek(SeekFrom::Start(0)).map_err(io("read"))?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(file);
    let mut table = Table {
        path,
        label,
        width: 0,
        at: None,
        rows: 0,
        header: None,
        data: Vec::new(),
        labels: Vec::new(),
    };
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => return table.finish(),
            Ok(true) => table.row(&record)?,
            Err(e) => return Err(io("read")(e.into())),
        }
    }
}

fn separator(file: &File) -> std::io::Result<u8> {
    let mut line = Vec::new();
    // Long enough for any header, and bounded for a file without line ends.
    BufReader::new(std::io::Read::take(file, 1 << 20)).read_until(b'\n', &mut line)?;
    let has = |byte: u8| line.contains(&byte);
    Ok(if has(b',') {
        b','
    } else if has(b'\t') {
        b'\t'
    } else if has(b';') {
        b';'
    } else {
        b','
    })
}

struct Table<'a> {
    path: &'a Path,
    label: &'a LabelColumn,
    /// Columns, the label included.
    width: usize,
    /// Column of the label, if there is one.
    at: Option<usize>,
    rows: usize,
    header: Option<Vec<String>>,
    data: Vec<f64>,
    labels: Vec<String>,
}

impl Table<'_> {
    fn error(&self, line: u64, column: usize, problem: CsvProblem) -> DataError {
        DataError::Csv { path: self.path.to_path_buf(), line, column, problem }
    }

    fn row(&mut self, record: &csv::ByteRecord) -> Result<(), DataError> {
        let line = record.position().map_or(0, csv::Position::line);
        // Lines that hold nothing but blanks.
        if record.len() <= 1 && record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return Ok(());
        }
        let cells: Vec<&str> = record
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                let text =
                    std::str::from_utf8(cell).map_err(|_| self.error(line, at + 1, CsvProblem::Encoding))?;
                Ok(text.trim())
            })
            .collect::<Result<_, DataError>>()?;
        if self.width == 0 && self.first_row(&cells)? {
            return Ok(());
        }
        if cells.len() != self.width {
            let problem = CsvProblem::Width { found: cells.len(), expected: self.width };
            return Err(self.error(line, 0, problem));
        }
        if self.data.len() + self.width > MAX_ELEMENTS {
            let reason = format!("it has more than {MAX_ELEMENTS} numbers");
            return Err(DataError::TooLittle { path: self.path.to_path_buf(), reason });
        }
        for (at, cell) in cells.iter().enumerate() {
            if cell.is_empty() {
                return Err(self.error(line, at + 1, CsvProblem::Missing));
            }
            // A label may be any word but these.
            if cell.parse::<f64>().is_ok_and(|value| !value.is_finite()) {
                return Err(self.error(line, at + 1, CsvProblem::NotFinite((*cell).to_string())));
            }
            if Some(at) == self.at {
                self.labels.push((*cell).to_string());
                continue;
            }
            match number(cell) {
                Some(value) => self.data.push(value),
                None => return Err(self.error(line, at + 1, CsvProblem::NotANumber((*cell).to_string()))),
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Finds the label column; returns whether the row is a header.
    fn first_row(&mut self, cells: &[&str]) -> Result<bool, DataError> {
        self.width = cells.len();
        let words = |skip: Option<usize>| {
            let others = cells.iter().enumerate().filter(|(at, _)| Some(*at) != skip);
            let mut others = others.map(|(_, cell)| *cell).peekable();
            others.peek().is_some() && others.all(|cell| !cell.is_empty() && cell.parse::<f64>().is_err())
        };
        let names = || cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.at = match self.label {
            LabelColumn::None => None,
            LabelColumn::First => Some(0),
            LabelColumn::Last => Some(self.width - 1),
            LabelColumn::Name(name) => match cells.iter().position(|cell| cell == name) {
                // A column of that name makes the row a header, whatever the others are called.
                Some(at) => {
                    self.at = Some(at);
                    self.header = Some(names());
                    return Ok(true);
                }
                None => {
                    let found = if words(None) { names() } else { vec![] };
                    let path = self.path.to_path_buf();
                    return Err(DataError::LabelColumn { path, wanted: name.clone(), found });
                }
            },
        };
        let header = words(self.at);
        self.header = header.then(names);
        Ok(header)
    }

    fn finish(mut self) -> Result<Raw, DataError> {
        let too_little =
            |reason: &str| DataError::TooLittle { path: self.path.to_path_buf(), reason: reason.into() };
        if self.width == 1 && self.at.is_some() {
            return Err(too_little("there is a single column, and data need labels and features"));
        }
        // A header of numbers, as data frames write it: only its label is a word.
        let first_alone = self.labels.len() > 1
            && number(&self.labels[0]).is_none()
            && self.labels[1..].iter().all(|label| number(label).is_some());
        if let (None, true, Some(at)) = (&self.header, first_alone, self.at) {
            let mut names: Vec<String> = self.data.drain(..self.width - 1).map(|v| v.to_string()).collect();
            names.insert(at, self.labels.remove(0));
            self.header = Some(names);
            self.rows -= 1;
        }
        if self.rows == 0 {
            return Err(too_little("the file has no rows"));
        }
        let shape = vec![self.rows, self.data.len() / self.rows];
        let feature_names = self.header.take().map(|mut names| {
            if let Some(at) = self.at {
                names.remove(at);
            }
            names
        });
        let x = Tensor { shape, data: self.data };
        let labels = match self.at {
            Some(_) => Labels::from_words(self.labels),
            None => Labels::absent(self.rows),
        };
        Ok(Raw { x, labels, feature_names, test: None })
    }
}
