//! Tables of text: one row a line, one column of labels, all others numbers.
//!
//! The separator is found in `table`. Whether the first row is a header is decided in `header`, which columns are read in
//! `columns`. A separator at the end of every row ends no column.

use super::cell::{CsvProblem, CsvRow};
use super::columns::{self, Columns};
use super::header::{self, Cells, First};
use super::labels::{is_missing, number};
use super::{DataError, LabelPlace, Labels, MAX_ELEMENTS, Raw, Reading, plausible, table, words};
use hep_plan::Tensor;
use std::path::Path;

pub(super) fn read(path: &Path, reading: &Reading) -> Result<Raw, DataError> {
    let table::Opened { text, separator, two_ends } = table::open(path)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text);
    let mut table = Table {
        path,
        reading,
        two_ends,
        started: false,
        width: 0,
        at: None,
        rows: 0,
        ended: None,
        first: Vec::new(),
        header: None,
        data: Vec::new(),
        labels: Vec::new(),
        lines: Vec::new(),
    };
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => return table.finish(),
            Ok(true) => table.row(&record)?,
            Err(e) => {
                let (path, source) = (path.to_path_buf(), e.into());
                return Err(DataError::Io { path, action: "read", source });
            }
        }
    }
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
    /// The line of the first row, if a separator ends it.
    ended: Option<u64>,
    /// Cells of the first row, whatever it is.
    first: Vec<String>,
    header: Option<Vec<String>>,
    data: Vec<f64>,
    labels: Vec<String>,
    /// The line of each row.
    lines: Vec<u64>,
}

impl Table<'_> {
    fn error(&self, line: u64, column: usize, problem: CsvProblem) -> DataError {
        let name = column.checked_sub(1).and_then(|at| self.header.as_ref()?.get(at)).cloned();
        // What is no number in the first row may be a name, if others look like names too.
        let names = self.first.first().is_some_and(String::is_empty)
            || self.first.iter().enumerate().any(|(at, cell)| Some(at) != self.at && words::is_name(cell));
        let row = match self.reading.header {
            None if self.rows == 0 && self.header.is_none() && names => CsvRow::MayBeNames,
            Some(false) if self.rows == 0 && names => CsvRow::SaidData,
            _ => CsvRow::Data,
        };
        DataError::Csv { path: self.path.to_path_buf(), line, column, name, row, problem }
    }

    fn too_little(&self, reason: &str, help: &str) -> DataError {
        DataError::TooLittle { path: self.path.to_path_buf(), reason: reason.into(), help: help.into() }
    }

    fn row(&mut self, record: &csv::ByteRecord) -> Result<(), DataError> {
        let late = u64::from(self.two_ends && self.started);
        let line = record.position().map_or(0, csv::Position::line) + late;
        self.started = true;
        // Lines that hold nothing but blanks.
        if record.len() <= 1 && record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return Ok(());
        }
        let mut cells: Vec<&str> = record
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                let text =
                    std::str::from_utf8(cell).map_err(|_| self.error(line, at + 1, CsvProblem::Encoding))?;
                Ok(text.trim())
            })
            .collect::<Result<_, DataError>>()?;
        // A separator at the end of the first row: nothing follows it, unless another row says so.
        if self.width == 0 && cells.len() > 2 && cells.last().is_some_and(|last| last.is_empty()) {
            self.ended = Some(line);
        }
        if let (Some(first), Some(last)) = (self.ended, cells.last())
            && self.width + 1 == cells.len()
            && !last.is_empty()
        {
            return Err(self.error(first, cells.len(), CsvProblem::Missing(String::new())));
        }
        let ends = cells.last().is_some_and(|last| last.is_empty());
        if ends && (self.width + 1 == cells.len() || self.width == 0 && self.ended.is_some()) {
            cells.pop();
        }
        if self.width == 0 && self.first_row(&cells)? {
            return Ok(());
        }
        if cells.len() != self.width {
            let problem = CsvProblem::Width { found: cells.len(), expected: self.width };
            return Err(self.error(line, 0, problem));
        }
        if self.data.len() + self.width > MAX_ELEMENTS {
            let reason = format!("it has more than {MAX_ELEMENTS} numbers");
            return Err(self.too_little(&reason, "leave rows or columns out of the file"));
        }
        let row = self.kind_of(&cells);
        self.cells(line, &cells).map_err(|error| match error {
            DataError::Csv { path, line, column, name, row: CsvRow::Data, problem } => {
                DataError::Csv { path, line, column, name, row: row.unwrap_or(CsvRow::Data), problem }
            }
            error => error,
        })?;
        self.rows += 1;
        self.lines.push(line);
        Ok(())
    }

    /// What a row is that is no data, where it can be told.
    fn kind_of(&self, cells: &[&str]) -> Option<CsvRow> {
        let header = self.header.as_ref()?;
        if cells.iter().zip(header).all(|(cell, name)| cell == name) {
            return Some(CsvRow::NamesAgain);
        }
        let features = cells.iter().enumerate().filter(|(at, _)| Some(*at) != self.at);
        let is_word = |cell: &str| number(cell).is_none();
        let words = features.clone().filter(|(_, cell)| is_word(cell)).count();
        if self.rows == 0 && words > 1 && words == features.count() {
            return Some(CsvRow::Units);
        }
        let unsaid = !self.reading.given && self.reading.known.is_none() && self.reading.labeled;
        (unsaid && words == 1).then_some(CsvRow::MayBeLabel)
    }

    /// Reads the cells of a row.
    fn cells(&mut self, line: u64, cells: &[&str]) -> Result<(), DataError> {
        for (at, cell) in cells.iter().enumerate() {
            let label = Some(at) == self.at;
            if label && !self.reading.labeled {
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
            columns::named_once(self.path, &self.first)?;
            match (&self.reading.known, self.at) {
                (Some(known), _) => columns::compare(self.path, known, &self.first, self.at)?,
                (None, Some(at)) if self.reading.labeled && !self.reading.given => {
                    plausible::named(self.path, &self.first, at)?;
                }
                (None, _) => {}
            }
        }
        Ok(header)
    }

    fn finish(mut self) -> Result<Raw, DataError> {
        if self.width == 1 && self.at.is_some() {
            return Err(self.too_little(
                "there is a single column, and data need labels and features",
                "put the label and the features of a row on one line, with commas, semicolons, tabs or blanks between them",
            ));
        }
        self.late_header()?;
        if self.rows == 0 {
            let (reason, help) = match &self.header {
                Some(_) => {
                    ("the file has a header and no rows", "write a row of data on each line below the header")
                }
                None => {
                    ("the file is empty", "write a row of data on each line: its label, and its features")
                }
            };
            return Err(self.too_little(reason, help));
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
            return Err(self.too_little(
                "there is no column of features",
                "put the features of a row beside its label, with commas, semicolons, tabs or blanks between them",
            ));
        }
        if let (Some(known), Some(found)) = (&self.reading.known, &names) {
            x = columns::arrange(self.path, known, found, x)?;
            names = Some(known.features.clone());
        }
        let labels = match at {
            Some(_) if self.reading.labeled => Labels::from_words(self.labels),
            _ => Labels::absent(self.rows),
        };
        let columns = names.map(|features| Columns { label: place.name.clone(), features });
        let (lines, test_place) = (self.lines, LabelPlace::default());
        Ok(Raw { x, labels, place, columns, lines, left_out, test: None, test_place })
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
                self.lines.remove(0);
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
