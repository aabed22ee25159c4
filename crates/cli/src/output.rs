//! What is printed. A reader that has gone away is no error.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::{Failure, Outcome};

/// The standard output.
pub struct Output {
    out: io::StdoutLock<'static>,
}

impl Output {
    pub fn new() -> Self {
        Self {
            out: io::stdout().lock(),
        }
    }

    /// Prints `text` as it is.
    pub fn write(&mut self, text: &str) -> Outcome {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Outcome {
        let written = self.out.write_all(bytes);
        written
            .and_then(|()| self.out.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::Unread,
                _ => Failure::Input(format!("cannot write to the standard output: {error}")),
            })
    }

    /// Prints a line.
    pub fn line(&mut self, text: &str) -> Outcome {
        self.write(text)?;
        self.write("\n")
    }

    /// Prints a value as JSON.
    pub fn json(&mut self, value: &impl Serialize) -> Outcome {
        let mut json = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut json, Lines::default());
        value
            .serialize(&mut serializer)
            .map_err(|error| Failure::Input(format!("cannot be written as JSON: {error}")))?;
        json.push(b'\n');
        self.bytes(&json)
    }
}

/// JSON that can be read and searched by lines: what a value is made of and
/// what its lists are made of stand on a line each, an event for one.
#[derive(Default)]
struct Lines {
    depth: usize,
    empty: bool,
}

impl Lines {
    const BROKEN_UP: usize = 2;

    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        writer.write_all(bracket)
    }

    fn item<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        match (first, self.depth <= Self::BROKEN_UP) {
            (true, true) => self.indent(writer, b"\n"),
            (false, true) => self.indent(writer, b",\n"),
            (true, false) => Ok(()),
            (false, false) => writer.write_all(b", "),
        }
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.empty && self.depth < Self::BROKEN_UP {
            self.indent(writer, b"\n")?;
        }
        self.empty = false;
        writer.write_all(bracket)
    }

    fn indent<W: ?Sized + Write>(&self, writer: &mut W, before: &[u8]) -> io::Result<()> {
        writer.write_all(before)?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Writes a file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Outcome {
    fs::write(path, bytes)
        .map_err(|error| Failure::Input(format!("cannot write {}: {error}", path.display())))
}

/// Reads a file of text.
pub fn read_file(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::Input(format!("cannot read {}: {error}", path.display())))
}

/// Tells of something on the standard error. Where nobody reads that either,
/// there is nothing left to do.
pub fn notice(what: &str) {
    let _ = writeln!(io::stderr(), "fencepost: {what}");
}
