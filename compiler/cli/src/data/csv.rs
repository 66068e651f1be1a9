//! Tables of text: one row a line, one column of labels, all others numbers.
//!
//! The separator is a comma unless the first line has none but has tabs or semicolons. Whether the first row is a header is
//! decided in `header`, which columns are read in `columns`.

use super::columns::{self, Columns};
use super::error::CsvProblem;
use super::header::{self, Cells, First};
use super::labels::{is_missing, number};
use super::{DataError, LabelPlace, Labels, MAX_ELEMENTS, Raw, Reading, plausible};
use hep_plan::Tensor;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

pub(super) fn read(path: &Path, reading: &Reading) -> Result<Raw, DataError> {
    let io = |action: &'static str| {
        move |source: std::io::Error| DataError::Io { path: path.to_path_buf(), action, source }
    };
    let mut file = File::open(path).map_err(io("open"))?;
    let (separator, two_ends) = separator(&file).map_err(io("read"))?;
    file.seek(SeekFrom::Start(0)).map_err(io("read"))?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(file);
    let mut table = Table {
        path,
        reading,
        two_ends,
        started: false,
        width: 0,
        at: None,
        rows: 0,
        first: Vec::new(),
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

/// The separator of the first line, and whether that ends in two bytes.
fn separator(file: &File) -> std::io::Result<(u8, bool)> {
    let mut line = Vec::new();
    // Long enough for any header, and bounded for a file without line ends.
    BufReader::new(std::io::Read::take(file, 1 << 20)).read_until(b'\n', &mut line)?;
    let has = |byte: u8| line.contains(&byte);
    let two_ends = line.ends_with(b"\r\n");
    let separator = if has(b',') {
        b','
    } else if has(b'\t') {
        b'\t'
    } else if has(b';') {
        b';'
    } else {
        b','
    };
    Ok((separator, two_ends))
}

struct Table<'a> {
    path: &'a Path,
    reading: &'a Reading,
    /// Whether lines end in two bytes: the reader then counts a line when it begins the next.
    two_ends: bool,
    /// Whether a line was read.
    started: bool,
    /// Columns, the label included.
    width: usize,
    /// Column of the label, if there is one.
    at: Option<usize>,
    rows: usize,
    /// Cells of the first row, whatever it is.
    first: Vec<String>,
    header: Option<Vec<String>>,
    data: Vec<f64>,
    labels: Vec<String>,
}

impl Table<'_> {
    fn error(&self, line: u64, column: usize, problem: CsvProblem) -> DataError {
        let name = column.checked_sub(1).and_then(|at| self.header.as_ref()?.get(at)).cloned();
        // What is no number in the first row may be a name.
        let first = self.rows == 0 && self.header.is_none() && self.reading.header.is_none();
        DataError::Csv { path: self.path.to_path_buf(), line, column, name, first, problem }
    }

    fn too_little(&self, reason: &str) -> DataError {
        DataError::TooLittle { path: self.path.to_path_buf(), reason: reason.into() }
    }

    fn row(&mut self, record: &csv::ByteRecord) -> Result<(), DataError> {
        let late = u64::from(self.two_ends && self.started);
        let line = record.position().map_or(0, csv::Position::line) + late;
        self.started = true;
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
            return Err(self.too_little(&format!("it has more than {MAX_ELEMENTS} numbers")));
        }
        for (at, cell) in cells.iter().enumerate() {
            let label = Some(at) == self.at;
            if label && !self.reading.labelled {
                continue;
            }
            if is_missing(cell) {
                return Err(self.error(line, at + 1, CsvProblem::Missing((*cell).to_string())));
            }
            // A label may be any word but these.
            if cell.parse::<f64>().is_ok_and(|value| !value.is_finite()) {
                return Err(self.error(line, at + 1, CsvProblem::NotFinite((*cell).to_string())));
            }
            if label {
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
        self.first = cells.iter().map(ToString::to_string).collect();
        let First { header, label } = header::first_row(self.path, cells, self.reading)?;
        self.at = label;
        if header {
            self.header = Some(self.first.clone());
            match (&self.reading.known, self.at) {
                (Some(known), _) => columns::compare(self.path, known, &self.first, self.at)?,
                (None, Some(at)) if self.reading.labelled && !self.reading.given => {
                    plausible::named(self.path, &self.first, at)?;
                }
                (None, _) => {}
            }
        }
        Ok(header)
    }

    fn finish(mut self) -> Result<Raw, DataError> {
        if self.width == 1 && self.at.is_some() {
            return Err(self.too_little("there is a single column, and data need labels and features"));
        }
        self.late_header()?;
        if self.rows == 0 {
            return Err(self.too_little("the file has no rows"));
        }
        let at = self.at;
        let place = LabelPlace {
            name: at.and_then(|at| self.header.as_ref()?.get(at)).cloned(),
            column: at.map(|at| at + 1),
        };
        let mut names = self.header.take();
        if let (Some(names), Some(at)) = (&mut names, at) {
            names.remove(at);
        }
        let width = self.width - usize::from(at.is_some());
        let mut x = Tensor { shape: vec![self.rows, width], data: std::mem::take(&mut self.data) };
        let left_out = match &mut names {
            Some(names) if at != Some(0) => {
                columns::leave_index_out(names, &mut x, self.reading.known.as_ref())
            }
            _ => false,
        };
        if x.shape[1] == 0 {
            return Err(self.too_little("there is no column of features"));
        }
        if let (Some(known), Some(found)) = (&self.reading.known, &names) {
            x = columns::arrange(self.path, known, found, x)?;
            names = Some(known.features.clone());
        }
        let labels = match at {
            Some(_) if self.reading.labelled => Labels::from_words(self.labels),
            _ => Labels::absent(self.rows),
        };
        let columns = names.map(|features| Columns { label: place.name.clone(), features });
        Ok(Raw { x, labels, place, columns, left_out, test: None })
    }

    /// A header of numbers, as data frames write it: only its label is a word.
    fn late_header(&mut self) -> Result<(), DataError> {
        if self.header.is_some() || self.reading.header.is_some() {
            return Ok(());
        }
        if let (Some(at), [first, others @ ..]) = (self.at, self.labels.as_slice())
            && number(first).is_none()
            && !others.is_empty()
        {
            if others.iter().all(|label| number(label).is_some()) {
                self.data.drain(..self.width - 1);
                self.labels.remove(0);
                self.header = Some(self.first.clone());
                self.rows -= 1;
                let known = self.reading.known.as_ref();
                return known
                    .map_or(Ok(()), |known| columns::compare(self.path, known, &self.first, self.at));
            }
            if !others.contains(first) && header::in_order(&self.first, Some(at)) {
                return Err(header::unclear(self.path, &self.first));
            }
        }
        let (first, label) = (self.first.as_slice(), self.at);
        let cells = Cells { first, label, labels: &self.labels, features: &self.data };
        header::unless_unlike(self.path, &cells)
    }
}
